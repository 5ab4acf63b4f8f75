"""The HTTP server and its API v1. Imported only where [http] is set (ADR 0016)."""
