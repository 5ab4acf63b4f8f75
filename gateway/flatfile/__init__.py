"""Tables: bytes of CSV or of fixed-width lines become the rows of each document; no I/O, no clock."""
