"""The simulated ERP: the doors a gateway uses (`/documents`), and those of whoever watches (`/effects`, `/faults`).

POST   /documents/{kind}    Idempotency-Key: K    {"business_key","revision","partner","document":{...}}
                            201 new, 200 booked before with the same body, 409 idempotency.conflict with another
GET    /documents?key=K     200 or 404: is there an effect under this key?
GET    /effects[?after=ID]  every effect, in the order of booking
POST   /faults              {"scenario","count","seconds","retry_after","kind"}: see faults.py
GET    /faults, DELETE /faults
GET    /healthz
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs

from gateway.lab.effects import Effect, Effects, Order
from gateway.lab.faults import Fault, Faults, fault_from
from gateway.lab.wire import Answer, Connection, Listener, Request, problem

_KIND = re.compile(r"[A-Za-z0-9_-]{1,32}")
_KEY = re.compile(r"[!-~]{1,255}")
_LARGEST_REVISION = 2**31


class Simulator(Listener):
    """The ERP, listening on 127.0.0.1; raises OSError where the port is taken."""

    def __init__(self, port: int, effects: Effects) -> None:
        super().__init__(("127.0.0.1", port), _Call)
        self.effects = effects
        self.faults = Faults()


class _Call(Connection):
    """One connection to the simulated ERP."""

    server: Simulator

    def respond(self, request: Request) -> Answer | Iterator[list[Any]] | None:
        path, _, query = request.target.partition("?")
        asked = parse_qs(query, max_num_fields=10)
        match [request.method, *path.split("/")[1:]]:
            case ["POST", "documents", kind] if _KIND.fullmatch(kind):
                return self._post(kind, request)
            case ["GET", "documents"]:
                return self._look_up(asked.get("key", [""])[0])
            case ["GET", "effects"]:
                return self._effects(asked.get("after", ["0"])[0])
            case ["GET", "healthz"]:
                return Answer(200, {"status": "ok", "effects": self.server.effects.count()})
            case ["GET" | "POST" | "DELETE", "faults"]:
                return self._faults(request)
        return problem(404, "no_such_door", "see /documents, /effects, /faults, /healthz")

    def _post(self, kind: str, request: Request) -> Answer | None:
        fault = self.server.faults.for_post(kind)
        if fault and fault.scenario == "down":
            return None
        order = self._order(kind, request)
        return _FAULTY[fault.scenario](self, order, fault) if fault else self.book(order)

    def book(self, order: Order) -> Answer:
        """What a healthy ERP does with a post."""
        effect = self.server.effects.book(order)
        if not effect.is_of(order):
            return problem(409, "idempotency.conflict", "this key came before with another body", id=effect.id)
        replayed = effect.posts > 1
        return Answer(200 if replayed else 201, {"id": effect.id, "replayed": replayed})

    def _look_up(self, key: str) -> Answer | None:
        if self.server.faults.for_look_up():
            return None
        if effect := self.server.effects.under(key):
            return Answer(200, _shown(effect))
        return problem(404, "unknown_key", "no effect was booked with this key")

    def _effects(self, after: str) -> Iterator[list[Any]]:
        number = int(after.rpartition("-")[2][:15])
        return ([_shown(effect) for effect in page] for page in self.server.effects.after(number))

    def _faults(self, request: Request) -> Answer:
        faults = self.server.faults
        if request.method == "POST":
            faults.add(fault_from(_parsed(self.body(request))))
        elif request.method == "DELETE":
            faults.clear()
        return Answer(201 if request.method == "POST" else 200, [asdict(fault) for fault in faults.standing()])

    def _order(self, kind: str, request: Request) -> Order:
        body = self.body(request)
        key = request.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            raise ValueError("Idempotency-Key is 1 to 255 printable characters")
        match _parsed(body):
            case {"business_key": str(name), "revision": int(revision), "partner": str(partner), "document": dict()}:
                if not 0 <= revision < _LARGEST_REVISION:
                    raise ValueError("revision is a whole number from 0")
                # A lone surrogate cannot be kept; the encoder's error is a ValueError, answered like the others.
                (name + partner).encode()
                return Order(kind, key, name, revision, partner, hashlib.sha256(body).hexdigest())
        raise ValueError('a document comes as {"business_key": "", "revision": 0, "partner": "", "document": {}}')


def _parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _shown(effect: Effect) -> dict[str, Any]:
    row = effect._asdict()
    del row["number"]
    return {"id": effect.id, **row}


def _busy(call: _Call, order: Order, fault: Fault) -> Answer:
    del call, order
    wait = 1.0 if fault.retry_after is None else fault.retry_after
    return problem(int(fault.scenario), "busy", "come back later", headers=(("Retry-After", f"{wait:g}"),))


def _broken(call: _Call, order: Order, fault: Fault) -> Answer:
    del call, order, fault
    return problem(500, "internal", "the simulated ERP failed")


def _slow(call: _Call, order: Order, fault: Fault) -> Answer:
    time.sleep(fault.seconds)
    return call.book(order)


def _timeout_after_commit(call: _Call, order: Order, fault: Fault) -> None:
    call.book(order)
    call.hold(fault.seconds)


def _refuse(call: _Call, order: Order, fault: Fault) -> Answer:
    del call, fault
    return problem(422, "refused", f"the simulated ERP does not take {order.business_key}")


def _duplicate(call: _Call, order: Order, fault: Fault) -> Answer:
    del fault
    booked = call.server.effects.of_document(order.kind, order.business_key)
    # Where no gateway posted it, somebody typed it in.
    existing = booked.id if booked else "TYPED-IN-000001"
    return problem(409, "duplicate", "this business document is there already, under another key", id=existing)


def _drop(call: _Call, order: Order, fault: Fault) -> None:
    del call, order, fault


# "down" is not here: it is met before the body is read.
_FAULTY: dict[str, Callable[[_Call, Order, Fault], Answer | None]] = {
    "429": _busy,
    "500": _broken,
    "503": _busy,
    "slow": _slow,
    "timeout_after_commit": _timeout_after_commit,
    "refuse": _refuse,
    "duplicate": _duplicate,
    "drop_before_commit": _drop,
}
