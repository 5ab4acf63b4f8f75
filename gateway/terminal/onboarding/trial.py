"""`gateway partner test`: a partner's way checked from its settings to the answer, each step said in plain words."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from gateway.control import Request, ask
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Posting
from gateway.profiles.agreement import Agreement, Channel, ErpTarget, Partner
from gateway.profiles.load import Loaded, load
from gateway.profiles.words import LABELS
from gateway.settings import Home
from gateway.terminal.onboarding.answering import Reader
from gateway.terminal.onboarding.examples import Numbers, x12_good
from gateway.terminal.onboarding.kit import received
from gateway.terminal.onboarding.steps import Step, Verdict, left_out, well, wrong
from gateway.terminal.onboarding.table_examples import table_examples
from gateway.terminal.onboarding.trial_doors import http_step, mailbox_step, sftp_step
from gateway.terminal.onboarding.trial_file import sent_and_answered
from gateway.terminal.onboarding.trial_folders import folder_steps
from gateway.x12.maps import Maps

_SECRETS = ("profile.secret_missing", "profile.password_not_hashed")


def trial(home: Home, name: str, *, wait: float) -> int:
    """Check all there is and say it; 0 where nothing is wrong, 1 where something is. Raises Refused for a partner there is none of."""
    loaded = load(home.root, secrets=False)
    if loaded.usable and loaded.profiles.partner(name) is None and name not in loaded.held:
        known = ", ".join(sorted({*(one.name for one in loaded.profiles.partners), *loaded.held})) or "none"
        raise Refused("profile.no_such_partner", name=name, known=known)
    bad = done = 0
    for step in _steps(home, name, loaded, wait):
        for line in step.lines:
            print(line, flush=True)
        bad += step.verdict is Verdict.WRONG
        done += step.verdict is Verdict.WELL
    print()
    if bad:
        print(
            f"{bad} of {bad + done} steps {'is' if bad == 1 else 'are'} wrong. Mend what is told there and call again."
        )
    else:
        print(f"Everything that could be checked is in order ({done} steps).")
    return 1 if bad else 0


def _steps(home: Home, name: str, loaded: Loaded, wait: float) -> Iterator[Step]:
    mistakes = [one for one in loaded.mistakes if one.concerns(name)]
    partner = loaded.profiles.partner(name)
    if mistakes or partner is None:
        yield from (wrong(str(one)) for one in mistakes)
        return
    yield well(f"partners/{name}.toml and config/gateway.toml have no mistake.")
    yield from _secrets(home, name)
    channel = loaded.profiles.channel(partner.channel) or Channel(name=partner.channel, carries=(name,))
    running = ask(home, Request(verb="hello", arguments={})) is not None
    folders = list(folder_steps(home, channel, running=running))
    yield from folders
    yield from _erps(loaded, partner)
    yield from _read(loaded, partner)
    if channel.sftp:
        yield sftp_step(home, loaded.sftp, channel.sftp, running=running)
    if channel.http:
        yield http_step(loaded.http, running=running)
    if channel.mailbox:
        yield mailbox_step(home, channel.mailbox)
    if any(step.verdict is Verdict.WRONG for step in folders):
        yield left_out("No test file was dropped, since the folders are not in order.")
    else:
        yield sent_and_answered(home, partner, channel, running=running, wait=wait)


def _secrets(home: Home, name: str) -> Iterator[Step]:
    """Every secret that the settings point to, as far as it can be read from here."""
    missing = [one for one in load(home.root).mistakes if one.code in _SECRETS and one.concerns(name)]
    if not missing:
        yield well("Every secret that the settings point to can be read.")
    for one in missing:
        environment = "environment variable" in one.finding.message
        hint = " If the gateway runs with another environment, call this there." if environment else ""
        yield wrong(f"{one}{hint}")


def _erps(loaded: Loaded, partner: Partner) -> Iterator[Step]:
    """Each ERP that its documents go to is asked for one that never was."""
    agreed = received(partner, datetime.now(UTC))
    names = dict.fromkeys(name for each in agreed for name in (each.erp, each.test_erp) if name)
    targets = {target.name: target for target in loaded.profiles.targets}
    for target in (targets[name] for name in names if name in targets):
        if target.url == "lab":
            yield left_out(f'ERP "{target.name}" is the bundled simulator: it answers while `gateway run --lab` runs.')
            continue
        yield _asked(target)


def _asked(target: ErpTarget) -> Step:
    """Look up a posting that never was: that changes nothing, and shows whether the ERP answers and lets us in."""
    from gateway.wiring import open_erp  # noqa: PLC0415 - loads every adapter

    key = str(uuid4())
    posting = Posting(key=key, kind="850", business_key=key, revision=1, partner="", canonical=b"{}")
    try:
        open_erp(target, None).find(posting)
    except (Refused, TryLater) as problem:
        return wrong(f'ERP "{target.name}" ({target.url}) was asked for a posting by its key, and: {problem}')
    return well(f'ERP "{target.name}" ({target.url}) answers and lets us in.')


def _read(loaded: Loaded, partner: Partner) -> Iterator[Step]:
    """A good file of each kind, made for this partner, read as the gateway would read it."""
    maps, now = Maps(), datetime.now(UTC)
    reader = Reader(loaded, partner, maps)
    with tempfile.TemporaryDirectory(prefix="gateway-") as scratch:
        for each in received(partner, now):
            content = _good(each, partner, maps, now)
            path = Path(scratch) / f"good-{each.kind}.{'csv' if each.columns else 'edi'}"
            path.write_bytes(content)
            reply = reader.reply(path, each, now)
            form = "a table" if each.columns else "X12"
            if reply.outcome == "accepted":
                yield well(f"A good file of {LABELS[each.kind]} ({each.kind}), made as {form}, would be taken.")
            else:
                yield wrong(
                    f"A good file of {LABELS[each.kind]} ({each.kind}), made as {form}, would be {reply.outcome}: "
                    f"{reply.reason or 'see gateway explain'}"
                )
    for kind in partner.csv_kinds:
        yield wrong(
            f"{LABELS[kind].capitalize()} ({kind}) come as tables, and no column map reads them: they wait for a person. "
            f"`gateway template {partner.name} {kind}` makes a map."
        )


def _good(agreed: Agreement, partner: Partner, maps: Maps, now: datetime) -> bytes:
    if agreed.columns is not None:
        return next(table_examples(agreed)).content
    control = int(time.time()) % 1_000_000_000
    return x12_good(agreed, partner.ids[0], Numbers(control=control, document=f"TEST-{control}", at=now), maps)
