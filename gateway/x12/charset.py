"""Text beyond ASCII: X12 leaves it to agreement, so what is UTF-8 is read as UTF-8, and all else as latin-1."""

from __future__ import annotations


def readable(text: str) -> str:
    """The text, of which the reader made a character of each byte, in the characters that its sender saw.

    What is no UTF-8 stays as it is; so does what holds characters that are no bytes.
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def printable(text: str) -> str:
    """Without anything that could steer a screen."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "·" for each in text)


def opening(text: str, most: int) -> str:
    """How a text begins, as a message shows it: its first line, of at most so many characters, and … where it goes on."""
    first = next(iter(text.lstrip().splitlines()), "")[:most]
    return printable(first) + ("…" if len(text.strip()) > len(first) else "")
