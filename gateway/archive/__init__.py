"""Where bytes are kept once and for all, named by what they are."""
