"""The pitfalls of interoperation that lie in MDNs and headers, by the numbers of the list in docs/interop-as2.md."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import pytest

from gateway.as2 import (
    STRONG_DIGESTS,
    Asked,
    Built,
    Digest,
    Judged,
    Level,
    Mdn,
    Mic,
    Modifier,
    Sent,
    Standing,
    answer_to,
    build_mdn,
    from_nobody,
    is_mdn,
    judge,
    read_head,
    read_mdn,
)
from gateway.as2.algorithms import digest_named
from gateway.as2.asking import asked, headers_asking
from gateway.as2.disposition import read_disposition
from gateway.as2.headers import headers_of, parameterised, written
from gateway.as2.mic import read_mic, same
from gateway.as2.names import read_message_id, read_name, write_message_id, write_name
from gateway.model.outcomes import Refused
from tests.as2.parties import (
    ASKING,
    HEAD,
    LIMITS,
    ORDER,
    arrived,
    credential,
    fault,
    received,
    sent,
    signing,
    taken,
)

OURS = Mic(value=hashlib.sha256(ORDER).digest(), digest=Digest.SHA256)
SENT = Sent(message_id="PO-7@acme", as2_from="ACME", as2_to="US", mic=OURS, signed=False)
BACK = (("AS2-From", "US"), ("AS2-To", "ACME"), ("Message-ID", "<9@us>"))


def _mdn(*lines: str, kind: str = "multipart/report; report-type=disposition-notification; boundary=r") -> Mdn:
    """An unsigned MDN whose part for software has these lines."""
    fields = "\r\n".join(lines)
    body = (
        "--r\r\nContent-Type: text/plain\r\n\r\nAll is well.\r\n"
        f"--r\r\nContent-Type: message/disposition-notification\r\n\r\n{fields}\r\n--r--\r\n"
    )
    return _read((*BACK, ("Content-Type", kind)), body.encode())


def _read(fields: Iterable[tuple[str, str]], body: bytes, *pinned: str) -> Mdn:
    certificates = [credential(name) for name in pinned]
    return read_mdn(read_head(fields), body, pinned=certificates, digests=STRONG_DIGESTS, limits=LIMITS)


def _judged(*lines: str) -> Judged:
    return judge(_mdn("Original-Message-ID: <PO-7@acme>", *lines), SENT)


def _codes(judged: Judged) -> list[str]:
    return [found.code for found in judged.findings]


@pytest.mark.parametrize(
    "name",
    ["sha256", "SHA256", "sha-256", "SHA-256", " sha-256 ", '"sha-256"', "rsa-sha256", "SHA_256", "sha256WithRSA"],
)
def test_pitfall_11_a_digest_has_many_names(name: str) -> None:
    assert digest_named(name) is Digest.SHA256


@pytest.mark.parametrize(
    ("name", "digest"),
    [("sha1", "sha1"), ("sha-1", "sha1"), ("rsa-sha1", "sha1"), ("id-sha512", "sha512"), ("md5", None), ("", None)],
)
def test_pitfall_11_one_that_we_do_not_know_is_none(name: str, digest: str | None) -> None:
    assert digest_named(name) == digest


@pytest.mark.parametrize("name", ["sha256", "SHA-256", "sha-256", " rsa-sha256", "", "what?"])
@pytest.mark.parametrize("form", ["{value}, {name}", "{value},{name}", " {value} ,  {name} "])
def test_pitfall_11_the_mic_is_compared_by_value_whatever_its_algorithm_is_called(name: str, form: str) -> None:
    said = read_mic(form.format(value=base64.b64encode(OURS.value).decode(), name=name))
    assert said
    assert same(OURS, said)


def test_pitfall_11_another_value_or_another_known_algorithm_is_another_mic() -> None:
    assert not same(OURS, Mic(value=hashlib.sha256(b"other").digest(), digest=Digest.SHA256))
    assert not same(OURS, Mic(value=OURS.value, digest=Digest.SHA512))


@pytest.mark.parametrize(
    ("of_signature", "digests", "digest"),
    [
        (Digest.SHA512, (Digest.SHA256,), Digest.SHA512),
        (None, (Digest.SHA384, Digest.SHA256), Digest.SHA384),
        (None, (), Digest.SHA256),
    ],
)
def test_pitfall_11_the_mic_uses_the_signatures_digest_else_the_first_asked_for(
    of_signature: Digest | None, digests: tuple[Digest, ...], digest: Digest
) -> None:
    assert Asked(to="x", digests=digests).digest(of_signature) is digest


@pytest.mark.parametrize(
    ("options", "signed", "digests", "required"),
    [
        (
            "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha1",
            True,
            ["sha1"],
            False,
        ),
        (
            "signed-receipt-protocol=optional,pkcs7-signature;signed-receipt-micalg=optional,sha-256,sha1",
            True,
            ["sha256", "sha1"],
            False,
        ),
        (
            "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, SHA-512;",
            True,
            ["sha512"],
            True,
        ),
        (
            "SIGNED-RECEIPT-PROTOCOL = Optional , PKCS7-Signature ;\r\n Signed-Receipt-Micalg = Optional , md5 , sha256",
            True,
            ["sha256"],
            False,
        ),
        ("signed-receipt-protocol=optional, pkcs7-signature", True, [], False),
        ("signed-receipt-protocol=pkcs7-signature; signed-receipt-micalg=sha1", True, ["sha1"], False),
        (
            'signed-receipt-protocol="optional", "pkcs7-signature"; signed-receipt-micalg="optional", "sha256"',
            True,
            ["sha256"],
            False,
        ),
        ("signed-receipt-micalg=optional, sha256, sha256", False, ["sha256"], False),
        (";;=;signed-receipt-protocol", False, [], False),
        ("", False, [], False),
    ],
)
def test_pitfall_12_options_are_read_in_every_form(
    options: str, digests: list[str], *, signed: bool, required: bool
) -> None:
    found = asked(headers_of([("Disposition-Notification-To", "x"), ("disposition-notification-options", options)]))
    assert found
    assert (found.signed, list(found.digests), found.required) == (signed, digests, required)


def test_pitfall_12_what_is_required_and_unknown_is_a_failure_and_said_so() -> None:
    options = "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, md5, ripemd160"
    asking = (("Disposition-Notification-To", "x"), ("Disposition-Notification-Options", options))
    read = arrived((*HEAD, *asking, ("Content-Type", "application/edi-x12")), ORDER)
    assert fault(read) == ("unsupported MIC-algorithms", "as2.mic_algorithms_unsupported")
    said = b"".join(build_mdn(answer_to(read, message_id="9@us"), signing(by="us")).body)
    assert b"; failed/failure: unsupported MIC-algorithms\r\n" in said


def test_pitfall_12_what_is_optional_and_unknown_is_answered_with_our_own_choice() -> None:
    assert Asked(to="x", named=("md5",)).digest(None) is Digest.SHA256


def test_pitfall_12_without_an_address_nothing_is_asked_for() -> None:
    assert asked(headers_of([("Disposition-Notification-Options", "signed-receipt-micalg=optional, sha1")])) is None


def test_pitfall_12_what_we_ask_is_read_as_we_meant_it() -> None:
    wanted = Asked(to="x@y", url="https://us.example/mdn", signed=True, digests=(Digest.SHA384,), named=("sha-384",))
    assert asked(headers_of(headers_asking(wanted))) == wanted


@pytest.mark.parametrize(
    ("text", "action", "level", "modifier"),
    [
        ("automatic-action/MDN-sent-automatically; processed", "processed", None, None),
        ("Automatic-Action/mdn-sent-automatically;PROCESSED", "processed", None, None),
        (
            "automatic-action/MDN-sent-automatically; processed/error: decryption-failed",
            "processed",
            "error",
            Modifier.DECRYPTION_FAILED,
        ),
        (
            "automatic-action/MDN-sent-automatically; processed/Error: Authentication-Failed",
            "processed",
            "error",
            Modifier.AUTHENTICATION_FAILED,
        ),
        (
            "automatic-action/MDN-sent-automatically;\r\n\tprocessed/error:\r\n integrity-check-failed",
            "processed",
            "error",
            Modifier.INTEGRITY_CHECK_FAILED,
        ),
        (
            "automatic-action/MDN-sent-automatically; failed/Failure: unsupported MIC-algorithms",
            "failed",
            "failure",
            Modifier.UNSUPPORTED_MIC,
        ),
        (
            "automatic-action/MDN-sent-automatically; failed/failure=unsupported-format",
            "failed",
            "failure",
            Modifier.UNSUPPORTED_FORMAT,
        ),
        (
            "automatic-action/MDN-sent-automatically; processed/warning: duplicate-document",
            "processed",
            "warning",
            Modifier.DUPLICATE_DOCUMENT,
        ),
        (
            "automatic-action/MDN-sent-automatically; processed/error, warning: something else",
            "processed",
            "error",
            None,
        ),
        ("processed / error : decompression_failed", "processed", "error", Modifier.DECOMPRESSION_FAILED),
        ("automatic-action/MDN-sent-automatically; processed/odd: x", "processed", "error", None),
        ("failed", "failed", None, None),
    ],
)
def test_pitfall_13_a_disposition_is_read_in_every_form(
    text: str, action: str, level: str | None, modifier: Modifier | None
) -> None:
    mdn = _mdn("Original-Message-ID: <PO-7@acme>", f"Disposition: {text}")
    assert mdn.disposition
    assert (mdn.disposition.action, mdn.disposition.level, mdn.disposition.modifier) == (action, level, modifier)


@pytest.mark.parametrize("text", ["", ";", "automatic-action/MDN-sent-automatically;", "?!"])
def test_pitfall_13_a_disposition_that_says_nothing_is_none(text: str) -> None:
    assert read_disposition(text) is None


def test_pitfall_13_lines_that_explain_an_error_are_kept() -> None:
    mdn = _mdn(
        "Original-Message-ID: <PO-7@acme>",
        "Disposition: automatic-action/MDN-sent-automatically; processed/error",
        "Error: unknown sender",
        "not a field at all",
        "Warning: clock",
    )
    assert mdn.disposition
    assert mdn.disposition.text == "unknown sender; clock"


def test_pitfall_13_an_mdn_without_a_mic_confirms_nothing() -> None:
    judged = _judged("Disposition: automatic-action/MDN-sent-automatically; processed")
    assert (judged.standing, _codes(judged)) == (Standing.UNCONFIRMED, ["as2.mdn_without_mic"])


@pytest.mark.parametrize(
    ("disposition", "mic", "standing", "codes"),
    [
        ("processed", str(OURS), Standing.CONFIRMED, []),
        ("processed/warning: duplicate-document", str(OURS), Standing.WARNED, ["as2.mdn_warned"]),
        ("processed", "AAAA, sha256", Standing.UNCONFIRMED, ["as2.mdn_mic_differs"]),
        ("processed", "no base64!", Standing.UNCONFIRMED, ["as2.mdn_without_mic"]),
        ("processed/error: decryption-failed", str(OURS), Standing.REFUSED, ["as2.mdn_refused"]),
        ("displayed", str(OURS), Standing.REFUSED, ["as2.mdn_refused"]),
    ],
)
def test_pitfall_13_what_an_mdn_means_for_our_message(
    disposition: str, mic: str, standing: Standing, codes: list[str]
) -> None:
    judged = _judged(
        f"Disposition: automatic-action/MDN-sent-automatically; {disposition}", f"Received-content-mic: {mic}"
    )
    assert (judged.standing, _codes(judged)) == (standing, codes)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ACME", "ACME"),
        ('"ACME"', "ACME"),
        ('"ACME Medical"', "ACME Medical"),
        ("ACME Medical", "ACME Medical"),
        (r'"a \"b\" \\ c"', r'a "b" \ c'),
        ("  ACME \t", "ACME"),
        ("acme", "acme"),
        ("x" * 128, "x" * 128),
    ],
)
def test_pitfall_14_a_name_is_read_quoted_or_not_and_keeps_its_case(text: str, name: str) -> None:
    assert read_name("AS2-From", text) == name
    assert read_name("AS2-From", write_name("AS2-From", name)) == name


@pytest.mark.parametrize("text", [None, "", "  ", '""', '" "', "x" * 129, "caf\u00e9", "a\x00b", "a\r\nb"])
def test_pitfall_14_a_name_that_cannot_be_one_is_an_unknown_relationship(text: str | None) -> None:
    fields = [(name, value) for name, value in HEAD if name != "AS2-From"]
    head = read_head([*fields, *([("as2-from", text)] if text is not None else [])])
    assert head.fault
    assert head.fault.modifier is Modifier.UNKNOWN_RELATIONSHIP


@pytest.mark.parametrize(
    ("text", "bare"), [("<a@b>", "a@b"), ("a@b", "a@b"), (" <a@b> ", "a@b"), ("<a>", "a"), ("x" * 300, "x" * 300)]
)
def test_pitfall_14_a_message_id_is_the_same_with_and_without_brackets(text: str, bare: str) -> None:
    assert read_message_id(text) == bare
    assert read_message_id(write_message_id(bare)) == bare


@pytest.mark.parametrize("text", [None, "", "<>", "a b", "x" * 1000, "a\r\nEvil: 1"])
def test_pitfall_14_a_message_id_that_cannot_be_one_is_refused(text: str | None) -> None:
    head = read_head([*HEAD[:3], *([("MESSAGE-ID", text)] if text is not None else [])])
    assert head.fault
    assert head.fault.modifier is Modifier.INVALID_MESSAGE_ID


def test_pitfall_14_headers_are_read_in_any_case_and_folded_and_are_never_sent_folded() -> None:
    built = sent(subject="long " * 60)
    shouted = [(name.upper(), value.replace("; ", ";\r\n\t")) for name, value in built.headers]
    assert taken(received(Built(headers=tuple(shouted), body=built.body))) == ORDER
    assert [value for _, value in built.headers if "\n" in value or "\r" in value] == []


@pytest.mark.parametrize(
    "value",
    [
        '"multipart/signed; protocol=x; boundary=b1"',
        "multipart/signed;boundary=b1",
        'MULTIPART/Signed ; Boundary = "b1" ; micalg=sha1',
        '"multipart/signed"; boundary="b1"',
        'multipart/signed; x="a;boundary=no"; boundary=b1',
    ],
)
def test_pitfall_14_a_content_type_is_read_however_it_is_quoted(value: str) -> None:
    said = parameterised(value)
    assert (said.value, said.parameters["boundary"]) == ("multipart/signed", "b1")


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "nul\x00", "\u4e2d"])
def test_pitfall_14_a_value_that_would_end_its_line_is_never_sent(value: str) -> None:
    with pytest.raises(Refused) as refusal:
        written([("Subject", value)])
    assert refusal.value.code == "as2.header_unwritable"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"<html>please log in</html>"),
        ("text/plain", b""),
        ("application/octet-stream", b"\x30\x80"),
        ("multipart/mixed; boundary=r", b"--r\r\n\r\nx\r\n--r--\r\n"),
    ],
)
def test_pitfall_17_an_answer_that_is_no_mdn_is_told_and_confirms_nothing(kind: str, body: bytes) -> None:
    mdn = _read((*BACK, ("Content-Type", kind)), body)
    judged = judge(mdn, SENT)
    assert (judged.standing, _codes(judged)) == (Standing.UNREADABLE, ["as2.mdn_missing"])


def test_pitfall_17_an_empty_answer_without_any_header_is_no_mdn() -> None:
    assert judge(_read((), b""), SENT).standing is Standing.UNREADABLE


def test_pitfall_17_an_mdn_larger_than_any_is_not_read() -> None:
    small = LIMITS.__class__(mdn=100)
    mdn = read_mdn(read_head(BACK), bytes(101), pinned=(), digests=STRONG_DIGESTS, limits=small)
    assert mdn.problem
    assert mdn.problem.code == "as2.mime_over_limit"


def test_pitfall_18_an_mdn_for_another_message_confirms_nothing() -> None:
    mdn = _mdn(
        "Original-Message-ID: <PO-8@acme>",
        "Disposition: automatic-action/MDN-sent-automatically; processed",
        f"Received-Content-MIC: {OURS}",
    )
    assert mdn.of == "PO-8@acme"
    judged = judge(mdn, SENT)
    assert (judged.standing, _codes(judged)) == (Standing.UNREADABLE, ["as2.mdn_of_another"])


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Original-Message-ID: <a@b>"],
        ["Disposition: x; processed"],
        ["Original-Message-ID: a b", "Disposition: x; processed"],
    ],
)
def test_pitfall_18_an_mdn_without_what_it_is_about_is_told(lines: list[str]) -> None:
    mdn = _mdn(*lines)
    assert mdn.problem
    assert mdn.problem.code == "as2.mdn_broken"


@pytest.mark.parametrize("signed", [True, False])
def test_pitfall_18_an_mdn_is_told_from_a_message_by_its_outside(*, signed: bool) -> None:
    answer = build_mdn(answer_to(received(sent()), message_id="9@us"), signing(by="us") if signed else None)
    assert is_mdn(headers_of(answer.headers), b"".join(answer.body), LIMITS)
    hows: tuple[dict[str, Any], ...] = ({}, {"encrypting": None}, {"encrypting": None, "signing": None})
    for how in hows:
        message = sent(**how)
        assert not is_mdn(headers_of(message.headers), b"".join(message.body), LIMITS)
    assert not is_mdn(headers_of([("Content-Type", "multipart/signed")]), b"", LIMITS)


def _answered(built: Built, *, by: str | None = "us", **how: Any) -> tuple[Built, Sent]:  # noqa: ANN401 - what the call within takes
    read = received(built, **how)
    answer = build_mdn(answer_to(read, message_id="9@us"), signing(by=by) if by else None)
    assert built.mic
    return answer, Sent(message_id="PO-7@acme", as2_from="ACME", as2_to="US", mic=built.mic)


@pytest.mark.parametrize("asking", [ASKING, None])
def test_a_signed_mdn_confirms_what_was_sent(asking: Asked | None) -> None:
    answer, ours = _answered(sent(asking=asking))
    mdn = _read(answer.headers, b"".join(answer.body), "us")
    assert judge(mdn, ours) == Judged(standing=Standing.CONFIRMED)
    assert mdn.signed
    assert "custody" in mdn.text


def test_an_mdn_without_the_signature_that_was_asked_for_counts_neither_as_a_yes_nor_as_a_no() -> None:
    for keys in ((credential("us"),), ()):
        answer, ours = _answered(sent(), by=None, keys=keys)
        judged = judge(_read(answer.headers, b"".join(answer.body), "us"), ours)
        assert judged.standing is Standing.UNCONFIRMED
        assert _codes(judged)[0] == "as2.mdn_unsigned"


def test_an_mdn_signed_by_somebody_else_or_changed_on_its_way_is_not_relied_on() -> None:
    answer, ours = _answered(sent())
    body = b"".join(answer.body)
    strange = _read(answer.headers, body, "somebody")
    changed = _read(answer.headers, body.replace(b"; processed\r\n", b"; processed/error: no\r\n"), "us")
    for mdn, code in ((strange, "as2.signer_unknown"), (changed, "as2.content_changed")):
        judged = judge(mdn, ours)
        assert (judged.standing, _codes(judged)) == (Standing.UNREADABLE, [code])


def test_a_refusal_arrives_with_its_modifier_and_its_words() -> None:
    answer, ours = _answered(sent(), keys=())
    mdn = _read(answer.headers, b"".join(answer.body), "us")
    assert mdn.disposition
    assert (mdn.disposition.level, mdn.disposition.modifier) == (Level.ERROR, Modifier.DECRYPTION_FAILED)
    assert "Encrypt with the certificate that we sent you last" in " ".join(mdn.text.split())
    assert judge(mdn, ours).standing is Standing.REFUSED


def test_a_duplicate_is_taken_with_a_warning() -> None:
    built = sent()
    answer = build_mdn(
        answer_to(received(built), message_id="9@us", warning=Modifier.DUPLICATE_DOCUMENT), signing(by="us")
    )
    assert built.mic
    ours = Sent(message_id="PO-7@acme", as2_from="ACME", as2_to="US", mic=built.mic)
    assert judge(_read(answer.headers, b"".join(answer.body), "us"), ours).standing is Standing.WARNED


def test_nobody_can_be_answered_who_does_not_say_who_he_is() -> None:
    for left_out in ("AS2-From", "AS2-To", "Message-ID"):
        read = arrived([field for field in HEAD if field[0] != left_out], ORDER)
        with pytest.raises(Refused):
            answer_to(read, message_id="9@us")


def test_a_message_between_names_that_were_not_agreed_is_answered_with_that() -> None:
    read = from_nobody(read_head(sent().headers))
    assert fault(read) == ("unknown-trading-relationship", "as2.relationship_unknown")
    said = b"".join(build_mdn(answer_to(read, message_id="9@us"), None).body)
    assert b"; processed/error: unknown-trading-relationship\r\n" in said
    assert b"Received-Content-MIC" not in said


def test_what_a_partner_writes_cannot_colour_a_terminal() -> None:
    mdn = _mdn("Original-Message-ID: <PO-7@acme>", "Disposition: x; processed/error: \x1b[31mred")
    told = judge(mdn, SENT).findings[0]
    assert told.message.isprintable()
    assert "[31mred" in told.message


def test_an_mdn_between_other_parties_is_told() -> None:
    odd = Sent(message_id="PO-7@acme", as2_from="ACME", as2_to="us", mic=OURS, signed=False)
    mdn = _mdn("Original-Message-ID: <PO-7@acme>", "Disposition: x; processed", f"Received-Content-MIC: {OURS}")
    assert _codes(judge(mdn, odd)) == ["as2.mdn_parties"]
