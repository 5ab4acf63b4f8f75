"""The bundled ERP simulator: a separate HTTP process that books each effect once, and fails on demand.

The process itself (`python -m gateway.lab`) uses the standard library alone, so that it is up at once;
`process.py` is the side of whoever starts it.
"""
