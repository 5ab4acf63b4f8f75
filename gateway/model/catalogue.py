"""The one catalogue of messages: every code the gateway can utter, with its words, who acts, and the code an acknowledgment carries.

The words live in `messages/<language>/<area>.toml` beside this module, a table per code (`[missing_element]` in
`syntax.toml` is the code `syntax.missing_element`): a reader finds them in one place, a translator needs no Python.
English has every code and alone says who acts, how much it weighs and what an acknowledgment carries. Another language
says any of the words again; what it lacks is said in English. `phrases/` has what stands around messages in a letter.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec
from msgspec import UNSET

from gateway.model.finding import AckCode, Fact, Finding, Severity, Who

ENGLISH = "en"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue; `message`, `expected` and `fix` are str.format templates over the finding's facts."""

    code: str
    title: str
    message: str
    expected: str | None = None
    fix: str | None = None
    severity: Severity = Severity.ERROR
    who: Who = Who.PARTNER
    ack: AckCode | None = None


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding says in one language: a title, what we saw, what we expected, what to do next."""

    title: str
    message: str
    expected: str | None
    fix: str | None


@cache
def reasons(language: str = ENGLISH, place: Path | None = None) -> Mapping[str, Reason]:
    """Every reason by its code, its words in this language where it has them; read once.

    `place` is a folder of languages, None the one that ships.
    """
    if language == ENGLISH:
        return {
            code: msgspec.convert({**entry, "code": code, "ack": _ack(entry)}, Reason)
            for code, entry in _entries(ENGLISH, None)
        }
    english = reasons()
    again = {code: _again(english[code], entry) for code, entry in _entries(language, place) if code in english}
    return {**english, **again}


@cache
def phrases(page: str, language: str = ENGLISH, place: Path | None = None) -> Mapping[str, str]:
    """The phrases of one page (`messages/<language>/phrases/<page>.toml`), each in this language or in English."""
    said: dict[str, str] = tomllib.loads(_shipped().joinpath(ENGLISH, "phrases", f"{page}.toml").read_text("utf-8"))
    folder = _folder(language, place)
    again = folder and folder.joinpath("phrases", f"{page}.toml")
    return said | tomllib.loads(again.read_text("utf-8")) if again and again.is_file() else said


def languages(place: Path | None = None) -> tuple[str, ...]:
    """The languages that can be asked for, English first."""
    found = {folder.name for folder in (place or _shipped()).iterdir() if folder.is_dir()}
    return (ENGLISH, *sorted(found - {ENGLISH}))


def _shipped() -> Traversable:
    return files("gateway.model").joinpath("messages")


def _folder(language: str, place: Path | None) -> Traversable | None:
    """The folder of this name among those that are there: a setting never becomes a path."""
    return next((folder for folder in (place or _shipped()).iterdir() if folder.name == language), None)


def _entries(language: str, place: Path | None) -> list[tuple[str, dict[str, Any]]]:
    """Every table of every page, by its code."""
    folder = _folder(language, place)
    pages = sorted(folder.iterdir(), key=lambda page: page.name) if folder is not None else []
    return [
        (f"{page.name.removesuffix('.toml')}.{name}", entry)
        for page in pages
        if page.name.endswith(".toml")
        for name, entry in tomllib.loads(page.read_text("utf-8")).items()
    ]


def _again(english: Reason, entry: dict[str, Any]) -> Reason:
    """The same reason in other words."""
    return msgspec.structs.replace(english, **{name: entry[name] for name in Words.__struct_fields__ if name in entry})


def _ack(entry: dict[str, Any]) -> dict[str, str] | None:
    """`ack = "AK4 7"` in the file is segment AK4, code 7."""
    if "ack" not in entry:
        return None
    segment, code = entry["ack"].split(" ")
    return {"segment": segment, "code": code}


# Where a finding stands, as the fields of Finding name it; everything else a caller passes only fills the words.
_PLACE = ("segment", "position", "element", "component", "repetition", "offset", "row", "column", "value")


def finding(code: str, *, severity: Severity | None = None, **facts: Any) -> Finding:  # noqa: ANN401 - facts fill a template
    """Say `code` about these facts: those that name a place locate it, all of them fill the words.

    `severity` overrides the catalogue's (an agreement or a doubtful source may soften a rule); a softened
    finding is not reported in an acknowledgment.
    """
    reason = reasons()[code]
    weight = severity or reason.severity
    softened = weight is Severity.WARNING and reason.severity is Severity.ERROR
    return Finding(
        code=code,
        severity=weight,
        message=reason.message.format_map(facts),
        expected=reason.expected and reason.expected.format_map(facts),
        fix=reason.fix and reason.fix.format_map(facts),
        who=reason.who,
        ack=None if softened else reason.ack,
        facts={name: _plain(facts[name]) for name in facts_of(code) if name not in _PLACE} or UNSET,
        **{place: facts[place] for place in _PLACE if place in facts},
    )


@cache
def facts_of(code: str) -> tuple[str, ...]:
    """The facts that the words of this code need: what a translation may speak of too."""
    reason = reasons()[code]
    templates = "".join(filter(None, (reason.message, reason.expected, reason.fix)))
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(templates) if name is not None))


def _plain(fact: object) -> Fact:
    """A fact that can be written down; numbers stay numbers, since a template may give them a form."""
    return fact if fact is None or isinstance(fact, str | int | float) else str(fact)


def said(found: Finding, language: str = ENGLISH, place: Path | None = None) -> Words:
    """What a finding says, in this language; in English where the language lacks it or cannot say it of these facts."""
    english = reasons().get(found.code)
    title = english.title if english else found.code
    own = Words(title=title, message=found.message, expected=found.expected, fix=found.fix)
    reason = reasons(language, place).get(found.code)
    if reason is None or reason is english:
        return own
    facts = {name: getattr(found, name) for name in _PLACE} | (found.facts or {})
    try:
        return Words(
            title=reason.title,
            message=reason.message.format_map(facts),
            expected=reason.expected and reason.expected.format_map(facts),
            fix=reason.fix and reason.fix.format_map(facts),
        )
    except (LookupError, ValueError, AttributeError):
        return own  # a template that asks for what is not there says nothing; the finding still does
