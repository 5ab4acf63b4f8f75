"""Migrations of the ledger, run by Alembic: expand, deploy, contract."""
