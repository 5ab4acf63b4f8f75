"""Text that somebody else wrote, as it may stand in a message: cut, and without control characters."""


def printable(text: str, most: int = 200) -> str:
    """The first characters, blanks for line breaks, a question mark for whatever cannot be printed."""
    return "".join(each if each.isprintable() else "?" for each in " ".join(text[:most].split()))
