"""Which certificate is used when: all six uses can change, each at its own time, without a gap."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.as2 import Credential, Use, read_certificate, read_pkcs12, read_private_key, usable
from gateway.model.outcomes import Refused
from tests.as2.parties import NOON, OPENSSL, credential, needs_openssl, pair

DAY = timedelta(days=1)
OLD = pair("us").credential(until=NOON + 10 * DAY)
NEXT = pair("us-next").credential(since=NOON + 5 * DAY)
RECEIVING = (Use.DECRYPT, Use.VERIFY, Use.VERIFY_MDN)
SENDING = (Use.SIGN, Use.ENCRYPT, Use.TLS_CLIENT)


def _names(*given: Credential, use: Use, days: int) -> list[str]:
    return [each.certificate.subject.split()[-1] for each in usable(given, use, NOON + days * DAY)]


@pytest.mark.parametrize("use", RECEIVING)
def test_old_and_next_are_both_read_with_until_the_old_one_ends(use: Use) -> None:
    assert sorted(_names(OLD, NEXT, use=use, days=0)) == ["us", "us-next"]
    assert sorted(_names(OLD, NEXT, use=use, days=9)) == ["us", "us-next"]
    assert _names(OLD, NEXT, use=use, days=10) == ["us-next"]


@pytest.mark.parametrize("use", SENDING)
def test_the_next_one_is_sent_with_from_its_day_on_and_not_before(use: Use) -> None:
    assert _names(OLD, NEXT, use=use, days=4) == ["us"]
    assert _names(OLD, NEXT, use=use, days=5)[0] == "us-next"
    assert _names(OLD, NEXT, use=use, days=20) == ["us-next"]


def test_each_use_has_its_own_certificates() -> None:
    only = Credential(certificate=credential("us").certificate, uses=frozenset({Use.SIGN}))
    assert [use for use in Use if usable([only], use, NOON)] == [Use.SIGN]


def test_of_several_the_one_within_its_own_dates_then_the_latest_is_preferred() -> None:
    first, second, third = (
        pair(name).credential(since=NOON + days * DAY) for name, days in (("a", -3), ("b", -2), ("c", -1))
    )
    assert _names(first, third, second, use=Use.SIGN, days=0) == ["c", "b", "a"]
    expired = pair("d").credential(since=NOON)
    assert _names(expired, OLD, use=Use.SIGN, days=0) == ["d", "us"]
    assert len(usable([OLD, expired], Use.SIGN, NOON + 350 * DAY)) == 1


def test_one_that_expired_is_the_last_choice_but_a_choice() -> None:
    assert _names(credential("us"), use=Use.ENCRYPT, days=350) == ["us"]


def test_a_certificate_is_read_from_pem_and_der() -> None:
    read = read_certificate(pair("us").certificate)
    assert read_certificate(read.der) == read
    assert read.begins < NOON < read.ends
    assert len(read.fingerprint) == 64


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"0\x80",
        b"\x30\x03\x02\x01\x00",
        pair("us").key,
    ],
)
def test_what_is_no_certificate_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        read_certificate(content)
    assert refusal.value.code == "as2.certificate_unreadable"


def test_a_certificate_of_a_key_that_nobody_knows_is_refused() -> None:
    """What was once found by damage: a type of key that cryptography rejects in its own way."""
    odd = read_certificate(pair("us").certificate).der.replace(
        bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01017f")
    )
    with pytest.raises(Refused) as refusal:
        read_certificate(odd)
    assert refusal.value.code == "as2.certificate_unreadable"


def test_every_cut_of_a_certificate_is_refused() -> None:
    der = read_certificate(pair("us").certificate).der
    for at in range(0, len(der), 9):
        with pytest.raises(Refused):
            read_certificate(der[:at])


@pytest.mark.parametrize("content", [b"", b"\x30\x00", pair("us").certificate])
def test_what_is_no_key_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        read_private_key(content, credential("us").certificate)
    assert refusal.value.code == "as2.key_unreadable"


def test_the_key_of_another_certificate_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="Common Name: us") as refusal:
        read_private_key(pair("acme").key, credential("us").certificate)
    assert refusal.value.code == "as2.key_of_another"


@needs_openssl
@pytest.mark.parametrize("how", [[], ["-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES"]])
def test_pitfall_20_a_p12_file_is_read_even_an_old_one_with_rc2(tmp_path: Path, how: list[str]) -> None:
    certificate, key = pair("us").files(tmp_path, "us")
    command = [
        OPENSSL or "",
        "pkcs12",
        "-export",
        "-in",
        str(certificate),
        "-inkey",
        str(key),
        "-passout",
        "pass:secret",
        *how,
    ]
    content = subprocess.run(command, check=True, capture_output=True).stdout
    read, private = read_pkcs12(content, b"secret")
    assert read == credential("us").certificate
    assert private.public_key() == read.public_key
    for wrong in ((content, b"other"), (content[:100], b"secret"), (b"", None)):
        with pytest.raises(Refused) as refusal:
            read_pkcs12(*wrong)
        assert refusal.value.code == "as2.key_unreadable"
