"""The ledger: what happened, what is owed, and what to do next, in one database."""
