"""Every answer an ERP may give has one meaning; a row here for each row of the tables in answers.py."""

import pytest

from gateway.erp.answers import retry_after
from gateway.erp.http import LARGEST_ANSWER
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Booked
from tests.erp.contract import posting
from tests.erp.stub import NOW, answering, http

DATE = "Retry-After: Sun, 01 Mar 2026 12:00:30 GMT\r\n"
HOUR = "Retry-After: 99999\r\n"
SOON = "Retry-After: 2\r\n"

# status, body, header -> the exception, its `after`, its `down`; a row for each of the table in answers.py
LATER = [
    (401, {}, "", TryLater, None, True),
    (403, {}, "", TryLater, None, True),
    (408, {}, "", TryLater, None, False),
    (423, {}, SOON, TryLater, 2, False),
    (425, {}, SOON, TryLater, 2, False),
    (429, {}, SOON, TryLater, 2, True),
    (429, {}, HOUR, TryLater, 3600, True),
    (429, {}, DATE, TryLater, 30, True),
    (429, {}, "", TryLater, None, True),
    (503, {}, SOON, TryLater, 2, True),
    (503, {}, "", OutcomeUnknown, None, True),
    (500, {}, "", OutcomeUnknown, None, True),
    (502, {}, "", OutcomeUnknown, None, True),
    (504, {}, SOON, OutcomeUnknown, 2, True),
    (599, {}, "", OutcomeUnknown, None, True),
    (202, {"id": "PO-1"}, "", OutcomeUnknown, None, False),
    (204, {}, "", OutcomeUnknown, None, False),
]


@pytest.mark.parametrize(("status", "content", "header", "family", "after", "down"), LATER)
def test_an_answer_that_time_will_mend(  # noqa: PLR0913 - a row of the table
    status: int, content: object, header: str, family: type[TryLater], after: float | None, *, down: bool
) -> None:
    whole = http(status, content, headers=header) if status != 204 else b"HTTP/1.1 204 X\r\n\r\n"
    with answering(whole) as (erp, _), pytest.raises(TryLater) as later:
        erp.submit(posting())
    assert (type(later.value), later.value.after, later.value.down) == (family, after, down)
    assert str(status) in str(later.value)


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        *((status, {"detail": "no"}, "erp.refused") for status in (400, 404, 405, 410, 412, 413, 415, 417, 422, 501)),
        *((status, {}, "erp.redirected") for status in (301, 302, 303, 304, 307, 308)),
        (409, {"code": "idempotency.conflict"}, "erp.conflict"),
        (409, {"code": "duplicate", "id": "INV-9"}, "erp.duplicate"),
        (409, {"code": "duplicate"}, "erp.duplicate"),
        (409, {"code": "version"}, "erp.refused"),
        (409, None, "erp.refused"),
    ],
)
def test_an_answer_that_needs_a_person(status: int, content: object, code: str) -> None:
    headers = "Location: http://127.0.0.1:1/elsewhere\r\n" if status // 100 == 3 else ""
    with answering(http(status, content, headers=headers)) as (erp, stub), pytest.raises(Refused) as refused:
        erp.submit(posting())
    assert refused.value.code == code
    assert stub.connections == 1


@pytest.mark.parametrize(
    ("status", "content", "booked"),
    [
        (201, {"id": "INV-1", "replayed": False}, Booked(reference="INV-1")),
        (200, {"id": "INV-1", "replayed": True}, Booked(reference="INV-1", again=True)),
        (200, {"id": 4711}, Booked(reference="4711")),
    ],
)
def test_an_answer_that_says_it_is_booked(status: int, content: object, booked: Booked) -> None:
    with answering(http(status, content)) as (erp, _):
        assert erp.submit(posting()) == booked


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>welcome</html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id":' + b"[" * 100_000,
        b'{"id":true}',
        b'{"id":""}',
        b'{"id":null}',
        b'{"id":{"id":"x"}}',
        b'{"id":"a\\nb"}',
        b'{"id":"%s"}' % (b"x" * 300),
        b'{"id":' + b"9" * 5000 + b"}",
        b'{"id":"x","more":"%s"}' % (b"x" * LARGEST_ANSWER),
    ],
)
def test_a_success_without_a_readable_id_is_in_doubt(body: bytes) -> None:
    with answering(http(201, body=body)) as (erp, _), pytest.raises(OutcomeUnknown):
        erp.submit(posting())


@pytest.mark.parametrize(
    ("status", "after", "down"),
    [(401, None, True), (403, None, True), (408, 2, False), (423, 2, False), (425, 2, False), (429, 2, True)]
    + [(status, 2, True) for status in (500, 502, 503, 504, 520)],
)
def test_a_look_up_that_fails_is_asked_again(status: int, after: float | None, *, down: bool) -> None:
    with answering(http(status, {}, headers=SOON)) as (erp, _), pytest.raises(TryLater) as later:
        erp.find(posting())
    assert (type(later.value), later.value.after, later.value.down) == (TryLater, after, down)


@pytest.mark.parametrize("status", [204, 302, 400, 405, 409, 422, 501])
def test_a_look_up_that_is_refused_goes_to_a_person(status: int) -> None:
    with answering(http(status, {}) if status != 204 else b"HTTP/1.1 204 X\r\n\r\n") as (erp, _):
        with pytest.raises(Refused) as refused:
            erp.find(posting())
        assert refused.value.code == "erp.look_up_refused"


def test_a_look_up_with_garbage_for_an_answer_finds_nothing_out() -> None:
    with answering(http(200, body=b"<html>")) as (erp, _), pytest.raises(TryLater) as later:
        erp.find(posting())
    assert not isinstance(later.value, OutcomeUnknown)


def test_what_a_refusal_says_is_shown_on_one_safe_line() -> None:
    detail = "no\nsuch\x1b[2J \u202eitem " + "x" * 1000
    with answering(http(422, {"code": "item", "detail": detail})) as (erp, _), pytest.raises(Refused) as refused:
        erp.submit(posting())
    said = str(refused.value)
    assert said.isprintable()
    assert "no such [2J item xxx" in said
    assert said.endswith("… [item]")
    assert len(said) < 450


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 1.5 ", 1.5),
        ("120", 120),
        ("99999999999999999999", 3600),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 12:01:00", 60),
        ("Sun, 01 Mar 2020 12:01:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 3600),
        *((odd, None) for odd in (None, "", "-5", "nan", "inf", "1e9", "٣", "2, 3", "soon", "9" * 100)),
        ("Sun, 99 Mar 2026 99:99:99 GMT", None),
        ("Sun, 01 Mar 99999999 12:01:00 GMT", None),
    ],
)
def test_a_retry_after_is_believed_within_reason(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
