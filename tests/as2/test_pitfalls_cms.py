"""The pitfalls of interoperation that lie in CMS, by the numbers of the list in docs/interop-as2.md."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, core
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.asymmetric import padding

from gateway.as2 import Cipher, Compress, Credential, Digest, Encrypting, Requirements, Use, read_certificate, usable
from gateway.as2.algorithms import HASHES
from gateway.as2.ber import open_cms
from gateway.as2.certificates import Certificate
from gateway.as2.der import SEQUENCE, element
from gateway.as2.envelope import encrypt
from gateway.as2.pieces import view_of
from gateway.as2.sign import sign
from gateway.as2.signature import SIGNED_DATA, Signed, verify
from gateway.model.outcomes import Refused
from tests.as2.parties import (
    LIMITS,
    NOON,
    OPENSSL,
    ORDER,
    Pair,
    credential,
    encrypting,
    fault,
    needs_openssl,
    pair,
    received,
    sent,
    signing,
    taken,
)

CONTENT = b"Content-Type: application/edi-x12\r\n\r\n" + ORDER
MIME = (("Content-Type", "application/pkcs7-mime; smime-type=enveloped-data"),)


def _signed(digest: Digest = Digest.SHA256, by: str = "acme") -> cms.SignedData:
    """A SignedData that can be changed before it is written again."""
    pieces, _ = sign((CONTENT,), credential(by), digest, NOON)
    return cms.ContentInfo.load(b"".join(pieces))["content"]


def _verified(signed: cms.SignedData, *pinned: str, content: bytes = CONTENT) -> Credential:
    whole = cms.ContentInfo({"content_type": SIGNED_DATA, "content": signed}).dump(force=True)
    container = open_cms(memoryview(whole), LIMITS)
    trusted = [credential(each) for each in pinned or ("acme",)]
    return verify(Signed(part=memoryview(content)), container.der, trusted, LIMITS).by


def _verified_der(der: bytes) -> Credential:
    return verify(Signed(part=memoryview(CONTENT)), der, [credential("acme")], LIMITS).by


def _by_hand(signed: cms.SignedData, **changed: bytes) -> bytes:
    """The same with parts of its signer written as they are given, which a library would put in order."""
    signer = signed["signer_infos"][0]
    parts = {
        "version": signer["version"].dump(),
        "sid": signer["sid"].dump(),
        "digest": signer["digest_algorithm"].dump(),
        "attributes": signer["signed_attrs"].dump(),
        "algorithm": signer["signature_algorithm"].dump(),
        "signature": signer["signature"].dump(),
    } | changed
    before = [signed[name].dump() for name in ("version", "digest_algorithms", "encap_content_info", "certificates")]
    return b"".join(element(SEQUENCE, *before, *element(0x31, *element(SEQUENCE, *parts.values()))))


def _refused(signed: cms.SignedData, *pinned: str, content: bytes = CONTENT) -> str:
    with pytest.raises(Refused) as refusal:
        _verified(signed, *pinned, content=content)
    return refusal.value.code


@needs_openssl
def test_pitfall_01_a_streamed_structure_of_indefinite_lengths_and_chunks_is_read(tmp_path: Path) -> None:
    certificate, _ = pair("us").files(tmp_path, "us")
    (tmp_path / "content").write_bytes(CONTENT * 200)
    command = [OPENSSL or "", "cms", "-encrypt", "-binary", "-stream", "-outform", "DER", "-aes256"]
    body = subprocess.run([*command, "-in", tmp_path / "content", certificate], check=True, capture_output=True).stdout
    assert body[:2] == b"\x30\x80"
    assert taken(received(sent(), lambda _: body)) == (ORDER + CONTENT * 199)


def test_pitfall_01_bytes_after_the_structure_are_ignored_and_told() -> None:
    read = received(sent(), lambda body: body + b"\r\n")
    assert taken(read) == ORDER
    assert [found.code for found in read.findings] == ["as2.trailing_bytes"]


def test_pitfall_01_a_structure_nested_without_end_is_refused() -> None:
    deep = b"\x30\x80" * 200_000
    assert fault(received(sent(), lambda _: deep)) == ("unexpected-processing-error", "as2.cms_over_limit")


@pytest.mark.parametrize("digest", [Digest.SHA256, Digest.SHA1, Digest.SHA512])
@pytest.mark.parametrize("parameter", [b"", core.Null().dump()])
def test_pitfall_02_a_digest_may_have_a_null_parameter_or_none(digest: Digest, parameter: bytes) -> None:
    signed = _signed(digest)
    oid = signed["digest_algorithms"][0]["algorithm"].dump()
    # The signed attributes do not cover this, so it may be written either way after signing.
    assert _verified_der(_by_hand(signed, digest=b"".join(element(SEQUENCE, oid, parameter)))) == credential("acme")


@pytest.mark.parametrize("name", ["rsassa_pkcs1v15", "sha256_rsa"])
def test_pitfall_02_rsa_encryption_and_sha256_with_rsa_are_the_same_signature(name: str) -> None:
    signed = _signed()
    signed["signer_infos"][0]["signature_algorithm"] = {"algorithm": name}
    assert _verified(signed) == credential("acme")


@needs_openssl
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_pitfall_02_a_signature_with_pss_parameters_is_read(tmp_path: Path, digest: str) -> None:
    certificate, key = pair("acme").files(tmp_path, "acme")
    (tmp_path / "content").write_bytes(CONTENT)
    command = [OPENSSL or "", "cms", "-sign", "-binary", "-outform", "DER", "-md", digest]
    whole = subprocess.run(
        [
            *command,
            "-in",
            tmp_path / "content",
            "-signer",
            certificate,
            "-inkey",
            key,
            "-keyopt",
            "rsa_padding_mode:pss",
        ],
        check=True,
        capture_output=True,
    ).stdout
    der = open_cms(memoryview(whole), LIMITS).der
    assert verify(Signed(part=memoryview(CONTENT)), der, [credential("acme")], LIMITS).digest == digest


@pytest.mark.parametrize("first", [True, False])
def test_pitfall_03_of_two_recipients_ours_is_found_by_its_name(*, first: bool) -> None:
    both = ("us", "somebody") if first else ("somebody", "us")
    assert taken(received(sent(encrypting=encrypting(Cipher.AES256_CBC, *both)))) == ORDER


def test_pitfall_03_of_two_keys_of_ours_the_one_that_is_named_decrypts() -> None:
    keys = (credential("us-next"), credential("us"))
    assert taken(received(sent(), keys=keys)) == ORDER


@needs_openssl
def test_pitfall_03_a_recipient_named_by_its_key_identifier_is_found(tmp_path: Path) -> None:
    (tmp_path / "content").write_bytes(CONTENT)
    others, ours = (pair(name).files(tmp_path, name)[0] for name in ("somebody", "us"))
    command = [OPENSSL or "", "cms", "-encrypt", "-binary", "-outform", "DER", "-aes128", "-keyid"]
    body = subprocess.run([*command, "-in", tmp_path / "content", others, ours], check=True, capture_output=True).stdout
    assert taken(received(sent(), lambda _: body)) == ORDER


def test_pitfall_03_a_message_for_somebody_else_is_not_decrypted_and_says_for_whom_it_is() -> None:
    read = received(sent(encrypting=encrypting(Cipher.AES256_CBC, "somebody")))
    assert fault(read) == ("decryption-failed", "as2.not_for_us")
    assert read.fault
    assert "somebody" in read.fault.finding.message


def test_pitfall_03_a_wrong_key_under_the_right_name_is_a_clear_refusal_and_never_random_bytes() -> None:
    """OpenSSL answers a wrong RSA key with random bytes; no length of key or content may let them through."""
    impostor = Pair("us", _key("somebody"), serial=credential("us").certificate.serial).credential()
    for cipher in (Cipher.AES128_CBC, Cipher.AES256_CBC):
        for size in (0, 1, 15, 16, 1000):
            read = received(sent(b"x" * size, encrypting=encrypting(cipher)), keys=(impostor,))
            assert fault(read) == ("decryption-failed", "as2.not_decrypted")


def _key(name: str):  # type: ignore[no-untyped-def] # noqa: ANN202 - whatever kind of key that pair has
    return credential(name).private_key


def test_pitfall_04_a_signature_without_signers_is_refused() -> None:
    signed = _signed()
    signed["signer_infos"] = cms.SignerInfos([])
    assert _refused(signed) == "as2.no_signer"


def test_pitfall_04_one_signer_that_is_pinned_is_enough_wherever_it_stands() -> None:
    ours, other = _signed(), _signed(by="somebody")
    ours["signer_infos"] = cms.SignerInfos([other["signer_infos"][0], ours["signer_infos"][0]])
    assert _verified(ours) == credential("acme")


def test_pitfall_04_several_signers_none_of_them_pinned_are_refused() -> None:
    both = _signed(by="somebody")
    both["signer_infos"] = cms.SignerInfos([both["signer_infos"][0], both["signer_infos"][0]])
    assert _refused(both) == "as2.signer_unknown"


def test_pitfall_04_more_signers_than_anybody_needs_are_refused_before_any_is_verified() -> None:
    many = _signed()
    many["signer_infos"] = cms.SignerInfos([many["signer_infos"][0]] * 9)
    assert _refused(many) == "as2.cms_over_limit"


def test_pitfall_04_a_signature_without_its_certificate_is_verified_by_the_pinned_one() -> None:
    signed = _signed()
    signed["certificates"] = cms.CertificateSet([])
    assert _verified(signed) == credential("acme")


def test_pitfall_04_a_certificate_in_the_message_makes_nobody_trusted() -> None:
    assert _refused(_signed(by="somebody")) == "as2.signer_unknown"


def test_pitfall_04_a_wrong_certificate_beside_a_right_signature_does_not_matter() -> None:
    signed = _signed()
    signed["certificates"] = [asn1.Certificate.load(credential("somebody").certificate.der)]
    assert _verified(signed) == credential("acme")


def test_pitfall_04_a_signature_by_another_key_under_the_pinned_name_is_refused() -> None:
    impostor = Pair("acme", _key("somebody"), serial=credential("acme").certificate.serial).credential()
    pieces, _ = sign((CONTENT,), impostor, Digest.SHA256, NOON)
    assert _refused(cms.ContentInfo.load(b"".join(pieces))["content"]) == "as2.signature_wrong"


def test_pitfall_04_a_renewed_certificate_with_the_same_key_still_verifies() -> None:
    renewed = Pair("acme renewed", _key("acme")).credential()
    pieces, _ = sign((CONTENT,), renewed, Digest.SHA256, NOON)
    assert _verified(cms.ContentInfo.load(b"".join(pieces))["content"]) == credential("acme")


@pytest.mark.parametrize("prefix", ["application/pkcs7-", "application/x-pkcs7-", "APPLICATION/PKCS7-"])
@pytest.mark.parametrize("kind", ["", "; smime-type=signed-data", "; smime-type=compressed-data; name=smime.p7s"])
def test_pitfall_15_what_a_part_is_says_its_oid_and_not_its_label(prefix: str, kind: str) -> None:
    built = sent()
    fields = [(name, value) for name, value in built.headers if name != "Content-Type"]
    relabelled = built.__class__(headers=(*fields, ("Content-Type", f"{prefix}mime{kind}")), body=built.body)
    assert taken(received(relabelled)) == ORDER


def test_pitfall_15_the_old_name_of_a_signature_part_is_read() -> None:
    built = sent(encrypting=None)
    assert (
        taken(received(built, lambda body: body.replace(b"application/pkcs7-sig", b"application/x-pkcs7-sig"))) == ORDER
    )


def test_pitfall_16_extra_signed_attributes_are_verified_as_the_raw_set_they_came_in() -> None:
    """Neither sorted nor re-encoded: a peer that writes its attributes in its own order has signed that order."""
    signed = _signed()
    value = signed["signer_infos"][0]["signed_attrs"][-1]["values"][0]
    protection = {"digest_algorithm": {"algorithm": "sha256"}, "signature_algorithm": {"algorithm": "sha256_rsa"}}
    raw = b"".join(
        cms.CMSAttribute({"type": kind, "values": [value]}).dump()
        for kind, value in (
            ("signing_time", cms.Time({"utc_time": core.UTCTime(NOON)})),
            ("cms_algorithm_protection", cms.CMSAlgorithmProtection(protection)),
            ("1.2.840.113549.1.9.16.2.47", core.OctetString(b"unheard of")),
            ("message_digest", value),
            ("content_type", "data"),
        )
    )
    tagged = b"".join(element(0x31, raw))
    signature = core.OctetString(_key("acme").sign(tagged, padding.PKCS1v15(), HASHES[Digest.SHA256]())).dump()
    der = _by_hand(signed, attributes=b"\xa0" + tagged[1:], signature=signature)
    assert _verified_der(der) == credential("acme")


@needs_openssl
def test_pitfall_16_a_signature_without_signed_attributes_is_verified_over_the_content(tmp_path: Path) -> None:
    certificate, key = pair("acme").files(tmp_path, "acme")
    (tmp_path / "content").write_bytes(CONTENT)
    command = [OPENSSL or "", "cms", "-sign", "-binary", "-outform", "DER", "-noattr"]
    whole = subprocess.run(
        [*command, "-in", tmp_path / "content", "-signer", certificate, "-inkey", key], check=True, capture_output=True
    ).stdout
    der = open_cms(memoryview(whole), LIMITS).der
    assert verify(Signed(part=memoryview(CONTENT)), der, [credential("acme")], LIMITS).by == credential("acme")
    with pytest.raises(Refused, match="did not make this signature"):
        verify(Signed(part=memoryview(CONTENT + b"!")), der, [credential("acme")], LIMITS)


def test_pitfall_20_old_and_next_certificate_both_verify_and_decrypt() -> None:
    keys, pinned = (credential("us"), credential("us-next")), (credential("acme"), credential("acme-next"))
    for signer in ("acme", "acme-next"):
        for ours in ("us", "us-next"):
            built = sent(signing=signing(by=signer), encrypting=encrypting(Cipher.AES256_CBC, ours))
            assert taken(received(built, keys=keys, pinned=pinned)) == ORDER


def test_pitfall_20_one_that_expired_but_is_pinned_still_verifies() -> None:
    later = NOON + timedelta(days=400)
    pinned = usable((credential("acme"),), Use.VERIFY, later)
    assert pinned[0].certificate.ends < later
    assert taken(received(sent(), pinned=pinned)) == ORDER


@pytest.mark.parametrize("serial", [-7, 0, 2**159 - 1, -(2**150)])
def test_pitfall_20_odd_serial_numbers_are_read_and_matched(serial: int) -> None:
    loaded = asn1.Certificate.load(credential("us").certificate.der)
    loaded["tbs_certificate"]["serial_number"] = serial
    odd = read_certificate(loaded.dump(force=True))
    assert odd.serial == serial
    ours = Credential(certificate=odd, private_key=credential("us").private_key, uses=frozenset(Use))
    built = sent(encrypting=Encrypting(recipients=(odd,)))
    assert taken(received(built, keys=(credential("us-next"), ours))) == ORDER


def test_pitfall_20_a_key_of_an_elliptic_curve_cannot_be_encrypted_for_and_that_is_said() -> None:
    certificate: Certificate = credential("ec-us").certificate
    with pytest.raises(Refused) as refusal:
        encrypt((ORDER,), [certificate], Cipher.AES256_CBC)
    assert refusal.value.code == "as2.certificate_unfit"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"signing": None}, "as2.not_signed"),
        ({"encrypting": None}, "as2.not_encrypted"),
        ({"signing": None, "encrypting": None, "compress": Compress.BEFORE_SIGNING}, "as2.not_signed"),
        ({"encrypting": None, "compress": Compress.AFTER_SIGNING}, "as2.not_encrypted"),
        ({"signing": signing(Digest.SHA1)}, "as2.weak_digest"),
        ({"encrypting": encrypting(Cipher.TRIPLE_DES)}, "as2.weak_cipher"),
    ],
)
def test_pitfall_20_less_security_than_agreed_is_refused(how: dict[str, Any], code: str) -> None:
    read = received(sent(**how), requirements=Requirements())
    assert fault(read) == ("insufficient-message-security", code)


def test_pitfall_20_sha1_and_triple_des_are_taken_where_they_are_agreed() -> None:
    built = sent(signing=signing(Digest.SHA1), encrypting=encrypting(Cipher.TRIPLE_DES))
    agreed = Requirements(digests=frozenset({Digest.SHA1}), ciphers=frozenset({Cipher.TRIPLE_DES}))
    assert taken(received(built, requirements=agreed)) == ORDER


def test_pitfall_20_a_small_message_that_inflates_without_end_is_cut_off_at_its_limit() -> None:
    bomb = sent(bytes(5_000_000), compress=Compress.BEFORE_SIGNING)
    assert bomb.length < 20_000
    small = LIMITS.__class__(content=1_000_000)
    assert fault(received(bomb, limits=small)) == ("decompression-failed", "as2.content_over_limit")


def test_a_view_of_pieces_is_all_of_them() -> None:
    assert bytes(view_of((b"a", b"", memoryview(b"bc")))) == b"abc"
