"""The guide of a kit: everything a partner must know to send us a file and to read the answer, for this partner alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

import msgspec

from gateway.model.catalogue import phrases
from gateway.profiles.agreement import AckKind, Agreement, AnswerText, Channel, Partner, Ta1When
from gateway.profiles.http import HttpAccount
from gateway.profiles.http_words import PATH
from gateway.profiles.load import Loaded
from gateway.profiles.mailbox import fingerprint
from gateway.terminal.onboarding.answering import answer_name

_WIDTH = 96


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """The partner's way in; `host` only where it comes to a server of ours, what follows for an account on our SFTP server."""

    channel: Channel
    host: str | None = None
    port: int = 0
    keep_days: int = 0
    fingerprints: tuple[str, ...] = ()
    upcoming: tuple[str, ...] = ()

    @property
    def by_sftp(self) -> bool:
        """Whether it comes to our SFTP server."""
        return bool(self.fingerprints)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An example: what is the matter with it, its place in the kit, the names of its answers."""

    what: str
    kind: str
    file: str
    answers: tuple[str, ...]


class KitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the guide tells; `tables` are the template and the column guide of each kind that comes as a table."""

    loaded: Loaded
    partner: Partner
    agreed: tuple[Agreement, ...]
    door: Door
    tables: Mapping[str, tuple[str, ...]]
    examples: tuple[Shown, ...]

    @property
    def x12(self) -> tuple[Agreement, ...]:
        """What comes as X12."""
        return tuple(each for each in self.agreed if each.columns is None)


Say = Mapping[str, str]


def kit_guide(facts: KitFacts) -> bytes:
    """The guide as a text file that opens anywhere: UTF-8 with a byte order mark, lines ended by CRLF."""
    language = facts.partner.language
    say = {**phrases("kit", language), **{f"kind:{key}": text for key, text in phrases("answer", language).items()}}
    entity = _entity(facts)
    title = say["title"].format(entity=entity)
    lines = [title, "=" * len(title), "", say["about"].format(partner=facts.partner.title)]
    for heading, sentences in (
        ("what", _what(facts, say)),
        ("where", _where(facts.door, say)),
        ("winscp", _winscp(facts.door, say)),
        ("when", _when(facts.door, say)),
        ("answers", _answers(facts, say)),
        ("examples", _examples(facts, say)),
        ("then", (say[key] for key in ("all_taken", "none_taken", "some_taken", "unsure", "silence"))),
        ("contact", _contact(facts, say)),
    ):
        told = list(sentences)
        if told:
            lines += ["", say[heading], "", *(line for sentence in told for line in _bullet(sentence))]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def _bullet(sentence: str) -> list[str]:
    begin = "" if sentence[:1].isdigit() else "- "  # a step has its number
    return textwrap.wrap(
        sentence, _WIDTH, initial_indent=begin, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _entity(facts: KitFacts) -> str:
    named = {each.entity for each in facts.agreed}
    return " / ".join(one.title for one in facts.loaded.profiles.entities if not named or one.name in named)


def _kinds(kinds: list[str], say: Say) -> str:
    return ", ".join(f"{say[f'kind:kinds_{kind}']} ({kind})" for kind in kinds)


def _what(facts: KitFacts, say: Say) -> Iterator[str]:
    x12 = facts.x12
    if x12:
        yield say["x12"].format(kinds=_kinds([each.kind for each in x12], say))
        signs = {(str(each.our_id), each.our_gs, each.partner_gs) for each in x12}
        for ours, our_gs, their_gs in sorted(signs):
            theirs = f" {say['and']} ".join(map(str, facts.partner.ids))
            yield say["ids"].format(theirs=theirs, ours=ours, our_gs=our_gs, their_gs=", ".join(their_gs))
        for usage in sorted({each.usage or "" for each in x12}):
            yield say["usage_one"].format(usage=usage) if usage else say["usage_any"]
    for kind, files in facts.tables.items():
        template, columns = (f"tables/{name}" for name in files)
        yield say["table"].format(kinds=_kinds([kind], say), template=template, columns=columns)
    if facts.tables:
        yield say["table_no_test"]
    if facts.partner.csv_kinds:
        yield say["unmapped"].format(kinds=_kinds(list(facts.partner.csv_kinds), say))


def _where(door: Door, say: Say) -> Iterator[str]:
    channel = door.channel
    mailbox = channel.mailbox
    if door.host and channel.http:
        yield from _http(door.host, channel.http, say)
    if door.by_sftp and channel.sftp:
        account = channel.sftp
        yield say["sftp"].format(host=door.host, port=door.port, user=account.account)
        if account.keys:
            yield say["sftp_keys"].format(keys=", ".join(map(fingerprint, account.keys)))
        else:
            yield say["sftp_password"]
        if account.networks:
            yield say["sftp_networks"].format(networks=", ".join(account.networks))
        yield say["sftp_prints"]
        yield from door.fingerprints
        if door.upcoming:
            yield say["sftp_next"]
            yield from door.upcoming
        yield say["sftp_folders"]
        return
    if door.host:
        return
    if mailbox and mailbox.take_from:
        yield say["mailbox"].format(take_from=mailbox.take_from, host=mailbox.address, user=mailbox.user)
    else:
        yield say["folder"].format(channel=channel.name)
    if mailbox and mailbox.put_into:
        yield say["mailbox_answers"].format(put_into=mailbox.put_into, host=mailbox.address)


def _http(host: str, account: HttpAccount, say: Say) -> Iterator[str]:
    yield say["http"].format(host=host, path=PATH)
    if account.content_types:
        yield say["http_types"].format(types=", ".join(account.content_types))
    yield say["http_once"]
    yield say["http_answers"]


def _winscp(door: Door, say: Say) -> Iterator[str]:
    account = door.channel.sftp
    if not door.by_sftp or account is None:
        return
    means = "winscp_key" if account.keys else "winscp_password"
    steps = ("winscp_new", means, "winscp_login", "winscp_put", "winscp_get")
    for nth, step in enumerate(steps, start=1):
        yield f"{nth}. " + say[step].format(host=door.host, port=door.port, user=account.account)


def _when(door: Door, say: Say) -> Iterator[str]:
    channel = door.channel
    if door.by_sftp:
        yield say["uploaded"]
    elif not door.host:
        yield say[channel.complete].format(seconds=f"{channel.stable_seconds:g}", sentinel=channel.sentinel)
    yield say["gone"]
    yield say["names"]


def _answers(facts: KitFacts, say: Say) -> Iterator[str]:
    stay = "answers_in_sftp" if facts.door.by_sftp else "answers_in"
    if facts.door.by_sftp or not facts.door.host:
        yield say[stay].format(place=_place(facts.door), days=facts.door.keep_days)
    named: dict[str, str] = {}
    for each in facts.x12:
        if each.acknowledgment is not AckKind.NONE:
            kind = each.acknowledgment.value
            named[say["ack"].format(name=answer_name(each, kind), kind=kind)] = ""
    for each in facts.x12:
        if each.ta1 is not Ta1When.NEVER:
            named[say["ta1"].format(name=answer_name(each, "TA1"))] = ""
    yield from named
    texts = {each.answer_text for each in facts.agreed}
    if AnswerText.ALWAYS in texts:
        yield say["text_always"]
    elif AnswerText.ON_ERROR in texts:
        yield say["text_on_error"]
    else:
        yield say["text_unread"]
    if any(each.answer_csv for each in facts.agreed):
        yield say["rows"]


def _place(door: Door) -> str:
    mailbox = door.channel.mailbox
    if door.by_sftp:
        return "ack/ or error/"
    if mailbox and mailbox.put_into:
        return f"{mailbox.put_into} ({mailbox.address})"
    return f"outbox/{door.channel.name}"


def _examples(facts: KitFacts, say: Say) -> Iterator[str]:
    if not facts.examples:
        return
    yield say["examples_about"]
    if any(each.usage != "P" for each in facts.x12):
        yield say["examples_test"]
    if facts.tables:
        yield say["examples_table"]
    for one in facts.examples:
        words = {"kind": say[f"kind:kind_{one.kind}"], "kinds": say[f"kind:kinds_{one.kind}"]}
        told = say[one.what].format(file=one.file, **words)
        answered = say["answered"].format(files=", ".join(one.answers)) if one.answers else say["unanswered"]
        yield f"{told} {answered}"


def _contact(facts: KitFacts, say: Say) -> Iterator[str]:
    named = {each.entity for each in facts.agreed}
    contacts = [one.contact for one in facts.loaded.profiles.entities if one.contact and one.name in named]
    yield say["contact_is"].format(contact="; ".join(contacts)) if contacts else say["contact_none"]
