"""Our SFTP server: a process of its own that speaks with strangers, and the daemon's side of it.

The server (`__main__`, `server`, `doorkeeper`, `session` and what they use) holds no ledger handle. It stages what comes and
asks the daemon, over a private socket (`messages`, `line`), to make it ours; only then it says OK. The daemon's side
(`intake`, `child`, `outlet`) starts the server, admits what it staged, and puts out what we owe (ADR 0014).
"""
