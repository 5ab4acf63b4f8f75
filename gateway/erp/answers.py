"""What each HTTP status of an ERP means, for a posting and for a look-up: two tables, and the rows' few functions.

The rule behind them: where nothing can have been booked, TryLater; where it may have been, OutcomeUnknown; where
the same request would be refused again, Refused. `down` says that the whole target is meant, not this document.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import msgspec

from gateway.erp.http import Answer
from gateway.erp.words import safe_text, say
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Booked, Posting

LONGEST_WAIT = 3600.0
_LONGEST_REFERENCE = 255
_LONGEST_RETRY_AFTER = 64
_NOT_SAID = "it gives no reason"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One call and its answer; `now` is when the answer came."""

    target: str
    posting: Posting
    answer: Answer
    now: datetime

    @property
    def facts(self) -> dict[str, Any]:
        """What fills the catalogue's words."""
        document = {"kind": self.posting.kind, "business_key": safe_text(self.posting.business_key)}
        return {"target": self.target, "status": self.answer.status, **document}


def submitted(asked: Asked) -> Booked:
    """What the answer to a posting means."""
    status = asked.answer.status
    return POSTING.get(status, _POSTING_OTHERWISE.get(status // 100, _failed))(asked)


def looked_up(asked: Asked) -> Booked | None:
    """What the answer to a look-up means; whatever it raises, the earlier posting is in doubt still."""
    status = asked.answer.status
    return LOOK_UP.get(status, _LOOK_UP_OTHERWISE.get(status // 100, _look_up_refused))(asked)


def _booked(asked: Asked) -> Booked:
    effect = _json(asked.answer)
    said = effect.get("id")
    reference = said if isinstance(said, str) else safe_text(said)
    if not reference.isprintable() or not 0 < len(reference) <= _LONGEST_REFERENCE:
        raise OutcomeUnknown(say("erp.answer_unreadable", **asked.facts))
    return Booked(reference=reference, again=effect.get("replayed") is True)


def _found(asked: Asked) -> Booked:
    return Booked(reference=_booked(asked).reference, again=True)


def _absent(asked: Asked) -> None:
    del asked


def _credentials(asked: Asked) -> NoReturn:
    # Refusing the document would send every one to a person, for one wrong setting.
    raise TryLater(say("erp.credentials", **asked.facts), down=True)


def _wait(asked: Asked) -> NoReturn:
    raise TryLater(say("erp.asks_to_wait", **asked.facts), after=_after(asked))


def _wait_all(asked: Asked) -> NoReturn:
    raise TryLater(say("erp.asks_to_wait", **asked.facts), after=_after(asked), down=True)


def _unavailable(asked: Asked) -> NoReturn:
    # With Retry-After the ERP itself speaks; without, it may be a gateway between, which passed the posting on.
    if _after(asked) is None:
        _failed(asked)
    _wait_all(asked)


def _failed(asked: Asked) -> NoReturn:
    raise OutcomeUnknown(say("erp.failed", **asked.facts), after=_after(asked), down=True)


def _unreadable(asked: Asked) -> NoReturn:
    raise OutcomeUnknown(say("erp.answer_unreadable", **asked.facts))


def _clash(asked: Asked) -> NoReturn:
    said = _json(asked.answer)
    if said.get("code") == "idempotency.conflict":
        raise Refused("erp.conflict", **asked.facts)
    if said.get("code") == "duplicate":
        raise Refused("erp.duplicate", reference=safe_text(said.get("id")) or "an id it does not tell", **asked.facts)
    _refused(asked)


def _refused(asked: Asked) -> NoReturn:
    raise Refused("erp.refused", detail=_detail(asked.answer), **asked.facts)


def _redirected(asked: Asked) -> NoReturn:
    raise Refused("erp.redirected", **asked.facts)


def _look_again(asked: Asked) -> NoReturn:
    raise TryLater(say("erp.look_up_failed", **asked.facts), after=_after(asked))


def _look_again_all(asked: Asked) -> NoReturn:
    raise TryLater(say("erp.look_up_failed", **asked.facts), after=_after(asked), down=True)


def _look_up_refused(asked: Asked) -> NoReturn:
    raise Refused("erp.look_up_refused", detail=_detail(asked.answer), **asked.facts)


POSTING: dict[int, Callable[[Asked], Booked]] = {
    200: _booked,
    201: _booked,
    401: _credentials,
    403: _credentials,
    408: _wait,  # it did not get the whole request
    409: _clash,
    423: _wait,
    425: _wait,
    429: _wait_all,
    501: _refused,
    503: _unavailable,
}
_POSTING_OTHERWISE: dict[int, Callable[[Asked], Booked]] = {
    2: _unreadable,  # 202: taken, booked later perhaps; 204: booked, under what id?
    3: _redirected,
    4: _refused,
    5: _failed,
}
LOOK_UP: dict[int, Callable[[Asked], Booked | None]] = {
    200: _found,
    404: _absent,
    401: _credentials,
    403: _credentials,
    408: _look_again,
    423: _look_again,
    425: _look_again,
    429: _look_again_all,
    501: _look_up_refused,
}
_LOOK_UP_OTHERWISE: dict[int, Callable[[Asked], Booked | None]] = {
    5: _look_again_all,  # a look-up books nothing: where it fails, the target does
}


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, 0 to an hour, from a Retry-After in either of its forms; None where it says nothing usable."""
    text = (value or "").strip()
    if not text or len(text) > _LONGEST_RETRY_AFTER or not text.isascii():
        return None
    try:
        seconds = float(text) if text.replace(".", "", 1).isdigit() else (_date(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):  # all that the standard library's date reader raises
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _date(text: str) -> datetime:
    date = parsedate_to_datetime(text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _after(asked: Asked) -> float | None:
    return retry_after(asked.answer.headers.get("retry-after"), asked.now)


def _json(answer: Answer) -> dict[str, Any]:
    """The body as a JSON object; an empty one where it is none."""
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (ValueError, RecursionError):
        return {}


def _detail(answer: Answer) -> str:
    """What a problem+json says to people, with its code where it has one."""
    said = _json(answer)
    words = safe_text(said.get("detail") or said.get("title")) or _NOT_SAID
    code = safe_text(said.get("code"))
    return f"{words} [{code}]" if code else words
