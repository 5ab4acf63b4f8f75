"""The bytes of a table become text that knows where in the file each of its characters stands."""

from __future__ import annotations

import codecs
from functools import cached_property
from typing import Final

import msgspec

from gateway.model.catalogue import finding
from gateway.model.finding import Finding

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AUTO: Final = "auto"
_FALLBACK: Final = "windows-1252"
_STEP: Final = 1 << 16


class Text(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The characters of a file, `bom` the bytes of the mark before them, and what was odd about them."""

    characters: str
    encoding: str
    bom: int = 0
    odd: tuple[Finding, ...] = ()

    def offset(self, character: int) -> int:
        """The byte in the file at which this character begins."""
        if self._byte_each:
            return self.bom + character
        step = character // _STEP
        return self.bom + self._steps[step] + len(self.characters[step * _STEP : character].encode(self.encoding))

    @cached_property
    def line_break(self) -> str | None:
        """The one line break of this text; None where it has several kinds."""
        returns, feeds = self.characters.count("\r"), self.characters.count("\n")
        if not returns:
            return "\n"
        if not feeds:
            return "\r"
        return "\r\n" if returns == feeds == self.characters.count("\r\n") else None

    @cached_property
    def _byte_each(self) -> bool:
        return self.encoding != "utf-8" or self.characters.isascii()

    @cached_property
    def _steps(self) -> list[int]:
        """How many bytes stand before every so many characters, so that no look-up reads the file from its start."""
        counted = [0]
        for at in range(0, len(self.characters), _STEP):
            counted.append(counted[-1] + len(self.characters[at : at + _STEP].encode(self.encoding)))
        return counted


def text_of(content: bytes, encoding: str) -> Text | Finding:
    """The text, read as agreed: "auto" is UTF-8 and, where it is not that, windows-1252; or why it is none."""
    nul = content.find(b"\0")
    if content.startswith(_UTF16) or nul >= 0:
        # Every other byte of Latin text in UTF-16 is NUL: about half of them, and never all.
        utf16 = content.startswith(_UTF16) or 1 / 3 < content.count(b"\0") / len(content) < 2 / 3
        return finding("table.utf16" if utf16 else "table.not_text", offset=max(nul, 0))
    bom = len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0
    first = "utf-8" if encoding == _AUTO or bom else encoding
    text, wrong = _decoded(content, bom, first)
    if wrong is None or encoding != _AUTO or bom:
        return text if wrong is None else _undecodable(content, wrong, first)
    text, still_wrong = _decoded(content, 0, _FALLBACK)
    if still_wrong is not None:
        return _undecodable(content, still_wrong, _FALLBACK)
    guessed = finding("table.encoding_guessed", offset=wrong, row=_row(content, wrong), byte=f"0x{content[wrong]:02X}")
    return msgspec.structs.replace(text, odd=(guessed,))


def _decoded(content: bytes, bom: int, encoding: str) -> tuple[Text, int | None]:
    """The text, and the first byte that is none in this encoding."""
    try:
        return Text(characters=content[bom:].decode(encoding), encoding=encoding, bom=bom), None
    except UnicodeDecodeError as error:
        return Text(characters="", encoding=encoding), bom + error.start


def _undecodable(content: bytes, at: int, encoding: str) -> Finding:
    return finding(
        "table.undecodable", offset=at, row=_row(content, at), byte=f"0x{content[at]:02X}", encoding=encoding.upper()
    )


def _row(content: bytes, at: int) -> int:
    """About which row a byte stands in: lines are counted, since nothing can be read yet."""
    before = content[:at]
    return 1 + (before.count(b"\n") or before.count(b"\r"))
