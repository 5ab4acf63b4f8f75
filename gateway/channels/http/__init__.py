"""Files that partners post over HTTP. The server itself is gateway.api (ADR 0016)."""
