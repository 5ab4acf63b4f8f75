"""The sentences of `gateway check`: what a home, a partner and its agreements come to, as one would tell a colleague."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import date
from functools import reduce

from gateway.profiles.agreement import (
    AckKind,
    Agreement,
    AnswerText,
    Channel,
    ColumnMap,
    Direction,
    ErpTarget,
    OnDuplicate,
    Partner,
    Profiles,
    Ta1When,
)
from gateway.profiles.http import HttpServer
from gateway.profiles.http_words import about_http
from gateway.profiles.mailbox_words import about_mailbox
from gateway.profiles.sftp import SftpServer
from gateway.profiles.sftp_words import about_login

LABELS = {
    "850": "orders",
    "855": "order responses",
    "856": "ship notices",
    "810": "invoices",
    "997": "acknowledgments",
    "999": "acknowledgments",
}
_TA1 = {
    Ta1When.NEVER: "never with a TA1",
    Ta1When.WHEN_ASKED: "and with a TA1 where ISA14 = 1 asks for one",
    Ta1When.ASKED_OR_REFUSED: "and with a TA1 where ISA14 = 1 asks for one or the whole interchange is refused",
    Ta1When.ON_ERROR: "and with a TA1 where the interchange has a fault",
    Ta1When.ALWAYS: "and always with a TA1",
}
AGAIN = {
    OnDuplicate.DUPLICATE: "is a duplicate, answered as the first time and not processed again",
    OnDuplicate.HOLD: "waits for a person",
    OnDuplicate.WARN: "is processed, with a warning",
    OnDuplicate.REJECT: "is rejected with a TA1 (R 025)",
}
_IN_WORDS = {
    AnswerText.NEVER: "",
    AnswerText.ON_ERROR: " Where something was not taken, NAME.rejected.txt says why in words.",
    AnswerText.ALWAYS: " NAME.accepted.txt or NAME.rejected.txt says the same in words.",
}
_SUFFIXES = {"": "none", "\r": "CR", "\n": "LF", "\r\n": "CRLF"}
_ENDS = {"": "nothing", "\r": "a carriage return", "\n": "a line feed", "\r\n": "a carriage return and a line feed"}
_WIDTH = 110


def about_home(profiles: Profiles) -> str:
    """Who we are and where documents go."""
    us = [f"We are {entity.title}: {_or(entity.ids)}, group {entity.gs}." for entity in profiles.entities]
    targets = [f"{target.name} is {_target(target)}." for target in profiles.targets]
    return "\n".join([*us, *targets])


def _target(target: ErpTarget) -> str:
    where = "the bundled simulator" if target.url == "lab" else target.url
    return f"{where} ({target.profile}), tried for up to {target.budget_hours:g} hours, {target.concurrency} documents at a time"


def about_partner(
    partner: Partner, channels: list[Channel], sftp: SftpServer | None = None, http: HttpServer | None = None
) -> str:
    """Whose files these are, where they come and when they are complete."""
    lines = [f"{partner.title} ({partner.name}, partners/{partner.name}.toml)"]
    for channel in channels:
        lines += wrapped(f"Files dropped in inbox/{channel.name} count as complete {_complete(channel)}.")
        if channel.sftp:
            lines += wrapped(about_login(channel.sftp, sftp))
        if channel.http:
            lines += wrapped(about_http(channel.http, http))
        if channel.mailbox:
            lines += [line for said in about_mailbox(channel.mailbox, channel.name) for line in wrapped(said)]
    if partner.ids:
        lines += wrapped(f"An interchange is theirs where ISA05 and ISA06 say {_or(partner.ids)}.")
    for channel in channels:
        others = [name for name in channel.carries if name != partner.name]
        if others:
            lines += wrapped(f"inbox/{channel.name} also brings the files of {_and(others)}.")
    for kind in partner.csv_kinds:
        csv = f"{kinds([kind])} come as tables, and no column map reads them yet: the files are kept and wait for a person."
        lines += wrapped(f"{csv} `gateway template {partner.name} {kind}` makes a map.")
    lines += wrapped("Anything that is not told here waits for a person.")
    return "\n".join(lines)


def _complete(channel: Channel) -> str:
    if channel.complete == "rename":
        return "as soon as they appear: they are renamed into place, and temporary names are left alone"
    if channel.complete == "sentinel":
        return f"when a file of the same name and {channel.sentinel} lies beside them, as invoice.edi{channel.sentinel} beside invoice.edi"
    return f"when unchanged for {channel.stable_seconds:g} seconds, in two looks at least a second apart"


def about_agreements(alike: list[Agreement], partner: Partner, profiles: Profiles, today: date) -> str:
    """What happens with these kinds, of which all settings are the same; and where each setting comes from."""
    agreement = alike[0]
    entity = next(entity for entity in profiles.entities if entity.name == agreement.entity)
    ours = f"{entity.title} ({agreement.our_id}, group {agreement.our_gs})"
    theirs = f"{partner.title} ({_or(partner.ids)}, group {_or(agreement.partner_gs)})"
    way = f"from {theirs} to us, {ours}" if agreement.direction is Direction.IN else f"from us, {ours}, to {theirs}"
    lines = wrapped(f"{kinds([each.kind for each in alike])} {way}")
    for sentence in [
        *in_time(agreement, today),
        *_treatment(agreement, alike, answers_in(partner.channel, profiles), profiles),
    ]:
        lines += wrapped(sentence, "    ", "  - ")
    return "\n".join([*lines, *origins(agreement)])


def answers_in(channel: str, profiles: Profiles) -> str:
    """Where answers to what came through this channel are put."""
    found = profiles.channel(channel)
    if found and found.mailbox and found.mailbox.put_into:
        return f"{found.mailbox.put_into} of {found.mailbox.address}"
    return f"outbox/{channel}"


def in_time(agreement: Agreement, today: date) -> list[str]:
    """From when to when, and for which files, where that is limited."""
    since, to = agreement.effective_from, agreement.effective_to
    said = " ".join(word for word in (since and f"from {since}", to and f"up to and with {to}") if word)
    sentences = [f"This holds {said}{_by_now(since, to, today)}."] if said else []
    if agreement.usage:
        sentences.append(
            f"This holds for {'production' if agreement.usage == 'P' else 'test'} files (ISA15 = {agreement.usage})."
        )
    return sentences


def _by_now(since: date | None, to: date | None, today: date) -> str:
    if since and today < since:
        return ", not yet today"
    return ", no longer today" if to and to < today else ""


def _treatment(agreement: Agreement, alike: list[Agreement], place: str, profiles: Profiles) -> list[str]:
    if agreement.direction is Direction.OUT:
        return [f"{_written(agreement)} This version sends none yet."]
    if agreement.kind in ("997", "999"):
        return ["They are taken, and never answered."]
    one = LABELS[agreement.kind].removesuffix("s") if len(alike) == 1 else "document"
    return [
        f"They are checked against the release that their group names (GS08); a time that names no zone is {agreement.timezone} time.",
        _posted(agreement, profiles),
        f"{_answered(agreement, place)}{_IN_WORDS[agreement.answer_text]} {_written(agreement)}",
        f"Where one of a group is rejected, {'the others are taken' if agreement.partial_acceptance else 'none of it is taken'}.",
        f"The same file again {AGAIN[agreement.on_duplicate_file]}.",
        _interchange_again(agreement),
        f"{'An' if one[0] in 'aio' else 'A'} {one} that came before with other content {AGAIN[agreement.on_duplicate_document]}.",
    ]


def _posted(agreement: Agreement, profiles: Profiles) -> str:
    targets = {target.name: target for target in profiles.targets}
    test = agreement.test_erp
    tested = f"posted to ERP {test} ({address(targets[test])})" if test else "posted nowhere"
    production = f'They are posted to ERP "{agreement.erp}" ({address(targets[agreement.erp])})'
    match agreement.usage:
        case "P":
            return f"{production}."
        case "T":
            return f"They are {tested}."
        case _:
            return f"{production}; test files (ISA15 = T) are checked and answered, and {tested}."


def address(target: ErpTarget) -> str:
    """Where an ERP is."""
    return "the bundled simulator" if target.url == "lab" else target.url


def _answered(agreement: Agreement, place: str) -> str:
    ta1 = _TA1[agreement.ta1]
    if agreement.acknowledgment is AckKind.NONE:
        return f"They are not answered with a 997 or 999, {ta1}."
    kind = agreement.acknowledgment.value
    name = agreement.acknowledgment_name.format(partner=agreement.partner, kind=kind, control="000000123", number="45")
    version = f" of version {agreement.acknowledgment_version}" if agreement.acknowledgment_version else ""
    return f"They are answered with a {kind}{version} in {place}, named like {name}, {ta1}."


def _written(agreement: Agreement) -> str:
    separators = agreement.separators
    signs = " ".join(
        sign if sign.isprintable() else f"0x{ord(sign):02X}"
        for sign in (separators.element, separators.component, separators.repetition, separators.segment)
    )
    return f"We write with {signs} and {_ENDS[separators.suffix]} after each segment."


def _interchange_again(agreement: Agreement) -> str:
    if agreement.reuses_control_numbers:
        return "Interchange numbers are not compared: this partner uses them again."
    production, test = AGAIN[agreement.on_duplicate_interchange], AGAIN[agreement.on_duplicate_interchange_test]
    days = agreement.duplicate_window_days
    both = production if production == test else f"{production}; in test it {test}"
    said = {"P": production, "T": test}.get(agreement.usage or "", both)
    return f"An interchange number that came in the last {days} days, with other content, {said}."


def origins(agreement: Agreement, without: tuple[str, ...] = ()) -> list[str]:
    """Every setting that is no default, with the line it stands at."""
    said = [
        (key, _written_out(shown(agreement, key)), origin)
        for key, origin in agreement.origins
        if origin != "default" and key.split(".")[0] not in without
    ]
    wide = max((len(key) for key, _, _ in said), default=0)
    rows = [f"      {key:<{wide}}  {value}  ({origin})" for key, value, origin in said]
    return ["    Settings, and where they stand; the others are defaults:", *rows]


def shown(agreement: Agreement, key: str) -> str | int | bool | None:
    """The value of a setting as its file would have it; `key` may be "separators.suffix". Of a column map its size."""
    value: object = reduce(getattr, key.split("."), agreement)
    if isinstance(value, ColumnMap):
        return f"a map of {len(value.columns)} columns"
    if key == "separators.suffix":
        return _SUFFIXES[str(value)]
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return value if value is None or isinstance(value, bool | int) else str(value)


def _written_out(value: str | int | bool | None) -> str:  # noqa: FBT001 - a setting's value
    return str(value).lower() if isinstance(value, bool) else str(value)


def kinds(named: Iterable[str]) -> str:
    """Kinds by number and name: 810 invoices."""
    return _and([f"{kind} {LABELS[kind]}" for kind in named])


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _or(words: Iterable[object]) -> str:
    return " or ".join(str(word) for word in words)


def wrapped(sentence: str, indent: str = "  ", first: str = "  ") -> list[str]:
    """The lines of a sentence."""
    return textwrap.wrap(sentence, _WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
