"""From a page to a shape, with every mistake on the way: pydantic finds them, this says them in words and finds their line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.profiles.locate import Place
from gateway.profiles.mistakes import Mistake, mistake
from gateway.profiles.page import Page

ShapeT = TypeVar("ShapeT", bound=BaseModel)

# What pydantic calls it -> what we call it. Its other types are the codes that gateway.profiles.shape raises itself.
_CODES = {
    "extra_forbidden": "unknown_key",
    "missing": "missing_key",
    "literal_error": "not_one_of",
    "enum": "not_one_of",
    "string_type": "wrong_type",
    "int_type": "wrong_type",
    "float_type": "wrong_type",
    "bool_type": "wrong_type",
    "list_type": "wrong_type",
    "dict_type": "wrong_type",
    "model_type": "wrong_type",
    "date_type": "wrong_type",
    "string_too_short": "bad_length",
    "string_too_long": "bad_length",
    "too_short": "bad_length",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "finite_number": "out_of_range",
    "string_pattern_mismatch": "bad_form",
}
_EXPECTED = {
    "string_type": 'text in quotes, "like this"',
    "int_type": "a whole number without quotes",
    "float_type": "a number without quotes",
    "bool_type": "true or false without quotes",
    "list_type": 'a list, ["like", "this"]; a table repeats as [[{key}]]',
    "dict_type": "a table of named tables, [{key}.NAME]",
    "model_type": "a table, [{key}] or {{ ... }}",
    "date_type": "a day without quotes, 2026-01-31",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least one",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "finite_number": "a finite number",
}
# What a pattern means, by the key it stands at.
_FORMS = {
    "qualifier": 'two capitals or digits, as ISA05 has them: "ZZ", "01"',
    "id": "what stands in ISA06, without the spaces that pad it",
    "gs": "what stands in GS02, without spaces around it",
    "our_gs": "what stands in GS02, without spaces around it",
    "partner_gs": "what stands in GS02, without spaces around it",
    "gln": "13 digits",
    "acknowledgment_version": 'six digits and what may follow them: "004010", "005010X231A1"',
    "env": "the name of an environment variable",
    "title": "one line of text",
    "sentinel": 'a suffix with its full stop: ".done", ".ok"',
    "host": "the name or address of a server, without its port",
    "user": "one line of text",
    "ignore": "one line of text",
    "content_types": 'a type of content, such as "application/edi-x12"',
    "account": "a short name of small letters, digits, full stops, - and _",
}
_NAME_FORM = "a short name of small letters, digits, - and _"
_SECRETS = frozenset(
    {"token", "password", "keys", "key", "passphrase"}
)  # never shown; a private key among public ones least of all


def shaped(page: Page, shape: type[ShapeT]) -> tuple[ShapeT | None, list[Mistake]]:
    """Check the page; what is sound of it comes back beside the mistakes, so that more can be found; None for too little."""
    values, found = page.values, list[Mistake]()
    while True:
        try:
            return shape.model_validate(values), found
        except ValidationError as error:
            details = error.errors(include_url=False)
            found = found or [_said(page, shape, one) for one in details]
            smaller = _without(values, details)
            if smaller is None:
                return None, found
            values = smaller


def _without(values: dict[str, Any], details: list[ErrorDetails]) -> dict[str, Any] | None:
    """The values without those that are mistaken; where something is missing, without the table that misses it."""
    kept = deepcopy(values)
    # From the end, so that taking one element of a list away leaves the places of the earlier ones.
    for place in sorted({_culprit(one) for one in details}, key=_by_position, reverse=True):
        if not place:
            return None
        around: Any = kept
        for step in place[:-1]:
            around = around[step]
        del around[place[-1]]
    return kept


def _by_position(place: Place) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (0, step) for step in place]


def _culprit(detail: ErrorDetails) -> Place:
    place = tuple(step for step in detail["loc"] if step != "[key]")
    return place[:-1] if detail["type"] == "missing" else place


def _said(page: Page, shape: type[BaseModel], detail: ErrorDetails) -> Mistake:
    kind, place = detail["type"], tuple(step for step in detail["loc"] if step != "[key]")
    key = next((str(step) for step in reversed(place) if isinstance(step, str)), "")
    code = "literal_secret" if _SECRETS.intersection(place) and kind == "model_type" else _CODES.get(kind, kind)
    facts = {
        **detail.get("ctx", {}),
        "key": key,
        "table": table_of(place),
        "hint": _HINTS[code](shape, place, key) if code in _HINTS else "",
        "value": "something that is not shown here" if _SECRETS.intersection(place) else _shown(detail["input"]),
    }
    facts["expected"] = _expectation(kind, key, facts)
    return mistake(code, page.name, page.line(_culprit(detail)), **facts)


def _shown(value: object) -> str:
    """A single value as TOML would have it, shortened; of tables and lists only what they are."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value[:60]}"' if isinstance(value, str) else str(value)[:60]


def _expectation(kind: str, key: str, facts: dict[str, Any]) -> str:
    if kind == "string_pattern_mismatch":
        return _FORMS.get(key, _NAME_FORM)
    if kind in ("literal_error", "enum"):
        return str(facts["expected"]).replace("'", '"')
    return _EXPECTED.get(kind, "").format_map(facts)


def table_of(place: Place) -> str:
    """Where a key stands, as its file writes it: in [channel], in [[agreement]]; the top of the file has no name."""
    names = [str(step) for step in place[:-1] if isinstance(step, str)]
    if not names:
        return "at the top of the file"
    return f"in [[{'.'.join(names)}]]" if isinstance(place[-2], int) else f"in [{'.'.join(names)}]"


def _around(shape: type[BaseModel], place: Place) -> type[BaseModel]:
    """The shape of the table that this place is in."""
    for step in place[:-1]:
        if isinstance(step, str) and step in shape.model_fields:
            shape = _within(shape.model_fields[step].annotation) or shape
    return shape


def _absent(shape: type[BaseModel], place: Place, key: str) -> str:
    """What to write where `key` is missing: a line, or a table of its own."""
    annotation = _around(shape, place).model_fields[key].annotation
    if _within(annotation):
        name = ".".join(str(step) for step in place if isinstance(step, str))
        return f"a table [[{name}]]" if get_origin(annotation) is list else f"a table [{name}]"
    return f"a line {key} = ... there"


def _meant(shape: type[BaseModel], place: Place, key: str) -> str:
    """The key that was probably meant, or the table that this one belongs in."""
    known = _around(shape, place).model_fields
    near = difflib.get_close_matches(key, known, 1)
    if near:
        return f'Did you mean "{near[0]}"?'
    homes = [table for table, name in _tables(shape, "") if name == key]
    return f'"{key}" belongs in {" or ".join(homes)}.' if homes else f"Known here: {', '.join(known)}."


def _within(annotation: object) -> type[BaseModel] | None:
    """The shape in an annotation such as list[Shape] | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _within(part))), None)


def _tables(shape: type[BaseModel], path: str) -> Iterator[tuple[str, str]]:
    """Every (table, key) of a file, the tables as they are written."""
    for name, field in shape.model_fields.items():
        yield path or "the top of the file, above the first [table]", name
        inner = _within(field.annotation)
        if inner:
            within = f"{path.strip('[]')}.{name}".lstrip(".") + (
                ".NAME" if get_origin(field.annotation) is dict else ""
            )
            yield from _tables(inner, f"[[{within}]]" if get_origin(field.annotation) is list else f"[{within}]")


_HINTS = {"unknown_key": _meant, "missing_key": _absent}
