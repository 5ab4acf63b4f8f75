"""Texts about an ERP: from the catalogue, and what the ERP itself said, made safe to show."""

import unicodedata

from gateway.model.catalogue import reasons

_LONGEST = 300


def say(code: str, **facts: object) -> str:
    """The catalogue's words for `code` with these facts filled in."""
    return reasons()[code].message.format_map(facts)


def safe_text(said: object) -> str:
    """Somebody else's text on one line, at most 300 characters, without control or direction characters.

    A whole number is shown as it is, anything that is neither is "".
    """
    text = said if isinstance(said, str) else str(said) if _is_whole(said) else ""
    # Categories C*: controls, direction overrides, lone surrogates: a terminal or a page would obey them.
    shown = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text[: 4 * _LONGEST])
    line = " ".join(shown.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _is_whole(said: object) -> bool:
    # Longer ones are no ids, and Python refuses to write them out.
    return isinstance(said, int) and not isinstance(said, bool) and said.bit_length() <= _LONGEST
