"""The plainest ERP profile: a document as JSON over HTTP, an Idempotency-Key, and a look-up by that key.

    POST {url}/documents/{kind}   Idempotency-Key: K   {"business_key","revision","partner","document":{...}}
                                  201 {"id","replayed":false} | 200 {"id","replayed":true} | problem+json
    GET  {url}/documents?key=K    200 {"id"} | 404

The bundled simulator speaks it; answers.py says what every status means.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote

import msgspec

from gateway.erp.answers import Asked, looked_up, submitted
from gateway.erp.http import Http
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Booked, Posting

_TOKEN = re.compile(r"[!-~]+")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class HttpJson:
    """An ERP behind `url`; safe to use from `concurrency` threads at once.

    `token`, where there is one, goes as a bearer token; `timeout` is in seconds; `now` is read for a Retry-After
    that names a date. Raises Refused("erp.url_invalid" | "erp.token_invalid").
    """

    def __init__(  # noqa: PLR0913 - what a target's section in the configuration has
        self,
        target: str,
        url: str,
        *,
        token: str | None = None,
        timeout: float = 30.0,
        concurrency: int = 4,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        if token is not None and not _TOKEN.fullmatch(token):
            raise Refused("erp.token_invalid", target=target)
        self._target = target
        self._http = Http(target, url, timeout=timeout, concurrency=concurrency)
        self._headers = {"Accept": "application/json, application/problem+json", "User-Agent": "edi-gateway"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._now = now

    def submit(self, posting: Posting) -> Booked:
        """Ask the ERP to book this document, once whatever happens, since its key goes with it.

        Raises Refused, TryLater (nothing was booked) or OutcomeUnknown, as the tables of answers.py have it.
        """
        headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": posting.key}
        path = f"/documents/{quote(posting.kind, safe='')}"
        answer = self._http.ask("POST", path, headers=headers, body=_body(posting))
        return submitted(Asked(target=self._target, posting=posting, answer=answer, now=self._now()))

    def find(self, posting: Posting) -> Booked | None:
        """What the ERP booked under this key; None where it says that there is nothing.

        Raises Refused or TryLater; either way the posting is in doubt as before.
        """
        try:
            answer = self._http.ask("GET", f"/documents?key={quote(posting.key, safe='')}", headers=self._headers)
            return looked_up(Asked(target=self._target, posting=posting, answer=answer, now=self._now()))
        except OutcomeUnknown as silence:
            # A look-up changes nothing, so its own outcome is never in question.
            raise TryLater(str(silence), after=silence.after, down=True) from silence

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _body(posting: Posting) -> bytes:
    """The canonical bytes stand in the body as they are: what the ledger keeps is what the ERP gets."""
    about: Mapping[str, object] = {
        "business_key": posting.business_key,
        "revision": posting.revision,
        "partner": posting.partner,
    }
    return msgspec.json.encode(about)[:-1] + b',"document":' + posting.canonical + b"}"
