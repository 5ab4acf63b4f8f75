"""A new partner from the command line: its file proposed from a sample, the folder to send it, and a check of its channel."""
