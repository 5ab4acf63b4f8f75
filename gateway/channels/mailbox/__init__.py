"""Remote SFTP mailboxes: files are fetched from, and answers put on, a server that somebody else runs."""
