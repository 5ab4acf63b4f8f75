"""A person's verbs from a terminal: through the daemon where one runs, else as the home's writer for a moment."""

from __future__ import annotations

import getpass
import json
from typing import Any

import msgspec

from gateway.control import Answer, Request, ask
from gateway.model.outcomes import Refused
from gateway.settings import Home


def act(home: Home, verb: str, arguments: dict[str, Any], *, as_json: bool) -> int:
    """Do it, say what was done; 0 done, 1 refused with the reason."""
    request = Request(verb=verb, arguments=arguments | {"who": _who()})
    answer = ask(home, request)
    if answer is None:
        answer = _alone(home, request)
    if as_json:
        print(json.dumps(msgspec.to_builtins(answer)))
    elif answer.done is not None:
        print(answer.done["sentence"])
    else:
        print(" ".join(part for part in (answer.text, answer.fix) if part))
    return 0 if answer.done is not None else 1


def renumber(home: Home, by: int) -> int:
    """Leave out so many control numbers of ours, with no daemon up; raises Refused where one is."""
    from gateway.flow.renumber import leave_out_numbers  # noqa: PLC0415 - only here
    from gateway.wiring import open_gateway  # noqa: PLC0415

    with open_gateway(home) as gateway, gateway.ledger.write() as tx:
        counters = leave_out_numbers(tx, gateway.current.get(), by, _who())
    print(f"{counters} counters were raised: the next {by} control numbers of each are never sent.")
    return 0


def _alone(home: Home, request: Request) -> Answer:
    """With no daemon up: take the lock and make the same call."""
    from gateway.wiring import open_gateway  # noqa: PLC0415 - only where no daemon answers

    try:
        with open_gateway(home) as gateway:
            return gateway.handle(request)
    except Refused as refused:
        # A daemon that is just starting holds the lock and will answer in a moment.
        return ask(home, request) or Answer(code=refused.code, text=str(refused), fix=refused.fix)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
