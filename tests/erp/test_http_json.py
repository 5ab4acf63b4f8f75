"""The http_json profile keeps the contract with the simulator, and makes sense of every answer an ERP may give."""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.erp import open_erp
from gateway.erp.http_json import HttpJson
from gateway.lab.process import Simulator
from gateway.model.catalogue import reasons
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.profiles.agreement import ErpTarget
from tests.erp.contract import ErpContract, Target, posting
from tests.erp.stub import Stub, answering, http


class Lab:
    """The simulator as the contract wants a target."""

    def __init__(self, lab: Simulator, erp: HttpJson) -> None:
        self.lab = lab
        self.erp = erp

    def booked(self) -> list[str]:
        return [effect["id"] for effect in self.lab.effects()]

    def refuse(self) -> None:
        self.lab.fault("refuse", count=1)

    def know_it_already(self) -> None:
        self.lab.fault("duplicate", count=1)

    def be_busy(self, seconds: float) -> None:
        self.lab.fault("429", count=1, retry_after=seconds)

    def answer_nothing_but_book(self) -> None:
        self.lab.fault("timeout_after_commit", count=1, seconds=30)

    def lose_the_posting(self) -> None:
        self.lab.fault("drop_before_commit", count=1)

    def be_gone(self) -> None:
        self.lab.stop()


class TestHttpJsonWithTheSimulator(ErpContract):
    """The contract, over HTTP to the simulator's own process."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Target]:
        with Simulator.start(tmp_path / "lab.db") as lab, HttpJson("erp", lab.url, timeout=1.5) as erp:
            yield Lab(lab, erp)


@pytest.mark.parametrize("scenario", ["500", "down"])
def test_a_failing_erp_leaves_a_posting_in_doubt_and_recovers(tmp_path: Path, scenario: str) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab, HttpJson("erp", lab.url) as erp:
        lab.fault(scenario)
        with pytest.raises(OutcomeUnknown) as unknown:
            erp.submit(posting())
        assert unknown.value.down
        lab.heal()
        assert erp.find(posting()) is None
        assert not erp.submit(posting()).again


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 abc X\r\n\r\n",
        b"SSH-2.0-server\r\n",
        b"HTTP/1.1 201 X\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 201 X\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 201 X\r\nA: " + b"b" * 100_000,
    ],
)
def test_an_answer_that_is_no_http_or_breaks_off_is_in_doubt(raw: bytes) -> None:
    with answering(raw) as (erp, _), pytest.raises(OutcomeUnknown) as unknown:
        erp.submit(posting())
    assert unknown.value.down


def test_an_answer_that_trickles_in_is_given_up_in_time() -> None:
    drops = [b"HTTP/1.1 201 X\r\nContent-Length: 1000\r\n\r\n", *[b" "] * 1000]
    with answering(*drops, pause=0.05, timeout=0.3) as (erp, _), pytest.raises(OutcomeUnknown, match=r"0\.3 s"):
        erp.submit(posting())


def test_a_slow_document_does_not_condemn_the_target_but_a_slow_look_up_does() -> None:
    with answering(b"", b"", pause=0.3, timeout=0.1) as (erp, _):
        with pytest.raises(OutcomeUnknown) as unknown:
            erp.submit(posting())
        assert not unknown.value.down
        with pytest.raises(TryLater) as later:
            erp.find(posting())
        assert later.value.down


def test_the_canonical_bytes_are_posted_as_they_are() -> None:
    canonical = '{"kind":"810",  "spaced" : 1.50, "name":"Zürich"}'.encode()
    asked = msgspec.structs.replace(posting('with "quotes" \u2028', canonical=canonical), kind="810/../x")
    with answering(http(201, {"id": "INV-1"})) as (erp, stub):
        erp.submit(asked)
    head, _, body = stub.asked.partition(b"\r\n\r\n")
    assert b'"document":' + canonical + b"}" in body
    assert json.loads(body)["business_key"] == asked.business_key
    assert head.startswith(b"POST /documents/810%2F..%2Fx HTTP/1.1\r\n")
    assert f"Idempotency-Key: {asked.key}".encode() in head
    assert b"Authorization: Bearer s3cret" in head


def test_connections_are_kept_for_the_next_posting(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab, HttpJson("erp", lab.url, concurrency=1) as erp:
        for number in range(20):
            erp.submit(posting(str(number)))
        assert erp._http._pool.num_connections == 1  # noqa: SLF001 - seen nowhere else


def test_a_caller_too_many_waits_its_turn_and_then_comes_back_later(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab, HttpJson("erp", lab.url, timeout=0.1, concurrency=1) as erp:
        taken = erp._http._pool._get_conn()  # noqa: SLF001 - as if another thread were in the middle of a call
        with pytest.raises(TryLater, match="all 1 connections") as later:
            erp.submit(posting())
        assert (type(later.value), later.value.down) == (TryLater, False)
        taken.close()
        assert lab.effects() == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "erp.example.org",
        "ftp://erp.example.org",
        "http://",
        "http://u:p4ss@erp.example.org",
        "http://h/?a=b",
        "http://[x",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(Refused) as refused:
        open_erp(ErpTarget(name="erp", url=url), None)
    assert refused.value.code == "erp.url_invalid"
    assert "p4ss" not in str(refused.value)


@pytest.mark.parametrize("token", ["", "two words", "line\r\nbreak", "ümlaut"])
def test_a_token_that_cannot_stand_in_a_header_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(Refused) as refused:
        open_erp(ErpTarget(name="erp", url="http://127.0.0.1:1", token=token), None)
    assert refused.value.code == "erp.token_invalid"
    assert not token or token not in str(refused.value)


def test_a_host_that_cannot_be_looked_up_is_down_and_nothing_was_sent() -> None:
    with HttpJson("erp", f"http://{'a' * 70}.invalid") as erp, pytest.raises(TryLater) as later:
        erp.submit(posting())
    assert (type(later.value), later.value.down) == (TryLater, True)


def test_a_path_in_the_address_is_kept() -> None:
    stub = Stub(http(201, {"id": "INV-1"}))
    with HttpJson("erp", stub.url + "/api/v2/") as erp:
        erp.submit(posting())
    stub.stop()
    assert stub.asked.startswith(b"POST /api/v2/documents/810 HTTP/1.1")


def test_the_target_lab_is_the_simulator(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        erp = open_erp(ErpTarget(name="erp"), lab.url)
        assert erp.find(posting()) is None
        assert isinstance(erp, HttpJson)
        erp.close()


def test_the_target_lab_without_a_simulator_is_refused() -> None:
    with pytest.raises(Refused, match="runs without it"):
        open_erp(ErpTarget(name="erp"), None)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refused) as refused:
        open_erp(ErpTarget(name="erp", profile="sap_r2"), None)
    assert refused.value.code == "erp.profile_unknown"
    assert "http_json" in (reasons()["erp.profile_unknown"].expected or "").format(**refused.value.facts)


def test_a_certificate_nobody_vouches_for_means_that_nothing_was_sent(tmp_path: Path) -> None:
    stub = Stub(tls=self_signed(tmp_path))
    with (
        HttpJson("erp", stub.url.replace("http:", "https:")) as erp,
        pytest.raises(TryLater, match="certificate") as later,
    ):
        erp.submit(posting())
    stub.stop()
    assert not isinstance(later.value, OutcomeUnknown)
    assert later.value.down
    assert stub.asked == b""


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    unlocked = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unlocked)
    (folder / "both.pem").write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context
