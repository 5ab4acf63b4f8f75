"""Every way we know in which X12 comes damaged: the outcome, what a person reads, what the sender is told; nothing is lost."""

from __future__ import annotations

import pytest

from tests.badinput.outcome import Bad, Outcome, come_of, new_passage, said
from tests.passage.x12 import NORTH, accepted, group, interchange, invoice, order, orders

SOUND = orders("PO-1", "PO-2")
ACCEPTED = ("997 A (A A)",)
FIRST_REFUSED = ("997 P (R A)",)
TOLERATED = ("997 E (A A)",)
UNREAD = ("rejected.txt",)


def changed(old: str, new: str | bytes) -> bytes:
    """The sound file with this in place of that, once."""
    assert old in SOUND.decode()
    return SOUND.replace(old.encode(), new.encode() if isinstance(new, str) else new, 1)


def separated(element: str, component: str, segment: str, encoding: str = "latin-1") -> bytes:
    """The sound file with these separators and no line breaks beside them."""
    text = SOUND.decode().replace("~\n", "~")
    return text.replace("*", element).replace(">", component).replace("~", segment).encode(encoding)


ROWS = {
    # ISA
    "no ISA": Bad(
        SOUND[SOUND.index(b"GS*") :],
        "rejected",
        "envelope.not_x12",
        "envelope.not_x12",
        ("byte 0", "GS*PO*NORTHC", "interchange of its own"),
        UNREAD,
    ),
    "ISA in small letters": Bad(
        changed("ISA", "isa"), "rejected", "envelope.not_x12", "envelope.not_x12", ("byte 0", "isa*00*"), UNREAD
    ),
    "ISA that is cut off": Bad(
        SOUND[:60],
        "rejected",
        "envelope.isa_unreadable",
        "envelope.isa_unreadable",
        ("byte 0", "fewer than 16 elements", "Write ISA with all 16 elements"),
        UNREAD,
    ),
    "ISA of 98 characters, two elements left out": Bad(
        changed("*0*P*>~", "~"),
        "rejected",
        "envelope.isa_unreadable",
        "envelope.isa_unreadable",
        ("byte 0", "follow its 15th element", "Write ISA with all 16 elements"),
        UNREAD,
    ),
    "ISA of 102 characters, an id not padded": Bad(
        changed("NORTHCLINIC    ", "NORTHCLINIC"),
        "translated",
        "envelope.isa_width",
        says=("102 characters long", "ISA06", "Pad the elements"),
        answers=ACCEPTED,
        posted=2,
    ),
    "ISA of 108 characters, an id too long": Bad(
        changed("HEALTHSYS      ", "HEALTHSYS        "),
        "translated",
        "envelope.isa_width",
        says=("108 characters long", "ISA08"),
        answers=ACCEPTED,
        posted=2,
    ),
    # Separators
    "odd separators": Bad(separated("|", "\x1f", "\x1c"), "translated", answers=ACCEPTED, posted=2),
    "separators that mean something to a program": Bad(
        separated("\\", "%", "'"), "translated", answers=ACCEPTED, posted=2
    ),
    "terminator of two bytes": Bad(
        separated("*", ">", "¶", "utf-8"),
        "translated",
        "envelope.separator_not_ascii",
        says=("segment terminator that ISA declares is '¶', 2", "(C2 B6)", "Set the segment terminator to ~"),
        answers=ACCEPTED,
        posted=2,
    ),
    "terminator of one byte that is no ASCII": Bad(
        separated("*", ">", "\xa7"),
        "translated",
        "envelope.separator_not_ascii",
        says=("segment terminator that ISA declares is '§', 1 byte", "(A7)"),
        answers=ACCEPTED,
        posted=2,
    ),
    "component separator of two bytes": Bad(
        separated("*", "§", "~", "utf-8"),
        "rejected",
        "envelope.isa_unreadable",
        "envelope.isa_unreadable",
        ("component separator takes more than one byte",),
        UNREAD,
    ),
    "element separator of two bytes": Bad(
        separated("¦", ">", "~", "utf-8"),
        "rejected",
        "envelope.isa_unreadable",
        "envelope.isa_unreadable",
        ("element separator takes more than one byte", "separators that differ"),
        UNREAD,
    ),
    "terminator that is another separator": Bad(
        separated("*", ">", "*"),
        "rejected",
        "envelope.isa_unreadable",
        "envelope.isa_unreadable",
        ("two of its separators are the same",),
        UNREAD,
    ),
    "line feed as terminator": Bad(separated("*", ">", "\n"), "translated", answers=ACCEPTED, posted=2),
    "carriage return as terminator": Bad(separated("*", ">", "\r"), "translated", answers=ACCEPTED, posted=2),
    "CRLF as terminator": Bad(separated("*", ">", "\r\n"), "translated", answers=ACCEPTED, posted=2),
    "CRLF after terminators": Bad(SOUND.replace(b"~\n", b"~\r\n"), "translated", answers=ACCEPTED, posted=2),
    "blank lines after terminators": Bad(
        SOUND.replace(b"~\n", b"~\r\n \r\n"), "translated", answers=ACCEPTED, posted=2
    ),
    "terminator doubled": Bad(
        changed("CTT*1~", "CTT*1~~"),
        "translated",
        "syntax.empty_segment",
        says=("After segment 5", "Leave the second separator out"),
        answers=ACCEPTED,
        posted=2,
    ),
    "terminator that only ISA uses": Bad(
        separated("*", ">", "!").replace(b">!", b">~", 1),
        "rejected",
        "envelope.terminator_missing envelope.version_by_prefix envelope.iea_missing envelope.ge_missing",
        "envelope.iea_missing",
        ("has no IEA", "Send the whole interchange again"),
        ("TA1 R 023", "997 R ()"),
    ),
    "last terminator missing": Bad(
        SOUND.rstrip(b"~\n"),
        "translated",
        "envelope.terminator_missing",
        says=("IEA", "Write the terminator after the last segment"),
        answers=ACCEPTED,
        posted=2,
    ),
    # What comes before and between
    "byte order mark": Bad(b"\xef\xbb\xbf" + SOUND, "translated", answers=ACCEPTED, posted=2),
    "UTF-16": Bad(
        SOUND.decode().encode("utf-16"),
        "rejected",
        "envelope.utf_16",
        "envelope.utf_16",
        ("UTF-16 text", "Save the file as plain text"),
        UNREAD,
    ),
    "text around": Bad(
        b"Hello,\n" + SOUND + b"Bye\n",
        "translated",
        "envelope.not_x12 envelope.not_x12",
        "envelope.not_x12 envelope.not_x12",
        ("byte 0", "Hello", "byte 421", "Bye"),
        ACCEPTED,
        posted=2,
    ),
    "several interchanges with different separators": Bad(
        orders("PO-1")
        + orders("PO-2", control=2).replace(b"~\n", b"'").replace(b"*", b"|")
        + orders("PO-3", control=3).replace(b"~\n", b"\n").replace(b">", b"^"),
        "translated",
        answers=("997 A (A)",) * 3,
        posted=3,
    ),
    "an interchange without IEA before a sound one": Bad(
        orders("PO-1").replace(b"IEA*1*000000001~\n", b"") + orders("PO-2", control=2),
        "translated",
        "envelope.iea_missing",
        "envelope.iea_missing",
        ("000000001", "or the next one began too early"),
        ("TA1 R 023", "997 R (A)", "997 A (A)"),
        posted=1,
    ),
    # Trailers and their counts and numbers
    "no SE": Bad(
        changed("SE*6*0001~\n", ""),
        "translated",
        "envelope.se_missing",
        "envelope.se_missing",
        ("set 0001 has no SE", "byte 264", "Send the whole set again"),
        FIRST_REFUSED,
        posted=1,
    ),
    "no GE": Bad(
        changed("GE*2*1~\n", ""),
        "rejected",
        "envelope.ge_missing",
        "envelope.ge_missing",
        ("group 1 has no GE", "byte 389", "2 of its documents", "Send the whole group again"),
        ("997 R (A A)",),
    ),
    "no IEA": Bad(
        changed("IEA*1*000000001~\n", ""),
        "rejected",
        "envelope.iea_missing",
        "envelope.iea_missing",
        ("byte 397", "Send the whole interchange again"),
        ("TA1 R 023", "997 R (A A)"),
    ),
    "no ST": Bad(
        changed("ST*850*0001~\n", ""),
        "translated",
        "envelope.stray_segments envelope.ge_count",
        "envelope.stray_segments",
        ("byte 161 BEG", "segments there: 5", "Look for the ST"),
        ("997 E (A)",),
        posted=1,
    ),
    "no GS": Bad(
        changed("GS*PO*NORTHCLINIC*HEALTHSYS*20261116*0812*1*X*004010~\n", ""),
        "rejected",
        "file.no_sets envelope.stray_group_segments envelope.iea_count",
        "file.no_sets",
        ("no transaction set was found", "whether a GS or ST is missing"),
        ("TA1 R 024",),
    ),
    "nothing between ISA and IEA": Bad(
        interchange(),
        "rejected",
        "file.no_sets",
        "file.no_sets",
        ("no transaction set was found",),
        ("TA1 R 024",),
    ),
    "SE twice": Bad(
        changed("SE*6*0001~\n", "SE*6*0001~\nSE*6*0001~\n"),
        "translated",
        "envelope.stray_segments",
        says=("SE stands where no segment may stand",),
        answers=ACCEPTED,
        posted=2,
    ),
    "SE01 wrong": Bad(
        changed("SE*6*0001", "SE*9*0001"),
        "translated",
        "envelope.se_count",
        "envelope.se_count",
        ("SE01 says '9' segments, we count 6", "make sure that no segment got lost"),
        FIRST_REFUSED,
        posted=1,
    ),
    "SE02 wrong": Bad(
        changed("SE*6*0001", "SE*6*0009"),
        "translated",
        "envelope.se_control",
        "envelope.se_control",
        ("SE02 says '0009', ST02 says '0001'", "Send the same number"),
        FIRST_REFUSED,
        posted=1,
    ),
    "GE01 wrong": Bad(
        changed("GE*2*1", "GE*3*1"),
        "translated",
        "envelope.ge_count",
        says=("GE01 says '3' transaction sets, we count 2", "make sure that no set got lost"),
        answers=TOLERATED,
        posted=2,
    ),
    "GE01 no number": Bad(
        changed("GE*2*1", "GE*two*1"), "translated", "envelope.ge_count", says=("'two'",), answers=TOLERATED, posted=2
    ),
    "GE02 wrong": Bad(
        changed("GE*2*1", "GE*2*9"),
        "translated",
        "envelope.ge_control",
        says=("GE02 says '9', GS06 says '1'",),
        answers=TOLERATED,
        posted=2,
    ),
    "IEA01 wrong": Bad(
        changed("IEA*1", "IEA*4"),
        "translated",
        "envelope.iea_count",
        says=("IEA01 says '4' groups, we count 1",),
        answers=ACCEPTED,
        posted=2,
    ),
    "IEA02 wrong": Bad(
        changed("IEA*1*000000001", "IEA*1*000000009"),
        "rejected",
        "envelope.iea_control",
        "envelope.iea_control",
        ("IEA02 says '000000009', ISA13 says '000000001'", "this may be the end of another one"),
        ("TA1 R 001", "997 R (A A)"),
    ),
    "control numbers written otherwise": Bad(
        changed("SE*6*0001", "SE*6*1").replace(b"GE*2*1", b"GE*2*001").replace(b"IEA*1*000000001", b"IEA*1*1"),
        "translated",
        "envelope.se_control_form envelope.ge_control_form envelope.iea_control_form",
        says=("the same number, not the same characters",),
        answers=ACCEPTED,
        posted=2,
    ),
    "ISA13 no number": Bad(
        changed("*000000001*0", "*ABC000001*0"),
        "rejected",
        "envelope.interchange_control envelope.iea_control",
        "envelope.interchange_control",
        ("ISA13", "'ABC000001'", "Number your interchanges"),
        ("TA1 R 018", "997 R (A A)"),
    ),
    # What we do not know or did not agree
    "unknown set": Bad(
        changed("ST*850*0001", "ST*875*0001"),
        "translated",
        "envelope.set_unsupported",
        "envelope.set_unsupported",
        ("ST01", "'875'", "ask us to add a map"),
        FIRST_REFUSED,
        posted=1,
    ),
    "set of another kind of group": Bad(
        interchange(group(order("PO-1"), invoice("I-1"), sender=NORTH)),
        "translated",
        "envelope.set_misplaced",
        "envelope.set_misplaced",
        ("A 810 stands in a group that GS01 calls 'PO'", "Send each kind of set in a group of its own kind"),
        ("997 P (A R)",),
        posted=1,
    ),
    "unknown kind of group": Bad(
        changed("GS*PO", "GS*QQ"),
        "rejected",
        "envelope.group_unsupported envelope.set_misplaced envelope.set_misplaced",
        "envelope.group_unsupported",
        ("GS01", "'QQ'", "Send only what was agreed"),
        ("997 R (R R)",),
    ),
    "unknown release": Bad(
        changed("*004010~", "*003040~"),
        "rejected",
        "envelope.version_unsupported envelope.set_unsupported envelope.set_unsupported",
        "envelope.version_unsupported",
        ("GS08", "'003040'", "Send the group again in one of these versions"),
        ("997 R (R R)",),
    ),
    "unknown partner": Bad(
        interchange(group(order("PO-1"), sender="NOBODY"), sender="NOBODY"),
        "held",
        "partner.unknown",
        "partner.unknown",
        ("ZZ/NOBODY", "ISA06", "add the identity to its file in partners/"),
    ),
    "not for us": Bad(
        interchange(group(order("PO-1")), receiver="SOMEBODY"),
        "held",
        "partner.not_for_us",
        "partner.not_for_us",
        ("ZZ/SOMEBODY", "ISA08", "config/gateway.toml"),
    ),
    "sender not carried by the channel": Bad(
        SOUND,
        "held",
        "partner.not_carried",
        "partner.not_carried",
        ("came through the channel acme", "ISA06", "`carries`"),
        channel="acme",
    ),
    "kind not agreed": Bad(
        interchange(group(invoice("I-1"), sender=NORTH)),
        "held",
        "partner.not_agreed",
        "partner.not_agreed",
        ("file of kind 810", "GS01", "Add the agreement"),
    ),
    "test usage": Bad(orders("PO-1", usage="T"), "translated", answers=("997 A (A)",)),
    "unknown usage": Bad(
        changed("*0*P*", "*0*X*"),
        "rejected",
        "envelope.usage",
        "envelope.usage",
        ("ISA15", "'X'", "Send P or T"),
        ("TA1 R 020", "997 R (A A)"),
    ),
    # Characters
    "Latin-1": Bad(
        changed("Stores", "Café".encode("latin-1")),
        "translated",
        "syntax.outside_charset",
        says=("N102", "0xE9"),
        answers=ACCEPTED,
        posted=2,
    ),
    "UTF-8": Bad(
        changed("Stores", "Café"), "translated", "syntax.outside_charset", says=("N102",), answers=ACCEPTED, posted=2
    ),
    "control character": Bad(
        changed("Stores", "Sto\x01res"),
        "translated",
        "syntax.invalid_character",
        "syntax.invalid_character",
        ("N102", "segment 3", "0x01", "Leave that character out"),
        FIRST_REFUSED,
        posted=1,
    ),
    "NUL": Bad(
        changed("Stores", "Sto\x00res"),
        "translated",
        "syntax.invalid_character",
        "syntax.invalid_character",
        ("N102", "0x00"),
        FIRST_REFUSED,
        posted=1,
    ),
    # What is no X12 at all
    "nothing": Bad(b"", "rejected", "file.empty", "file.empty", ("orders.edi has no bytes", "Send it again"), UNREAD),
    "blanks": Bad(b"\r\n \r\n", "rejected", "envelope.empty", "envelope.empty", ("5 bytes", "Send the file"), UNREAD),
    "zeros": Bad(bytes(5000), "rejected", "file.zeros", "file.zeros", ("zero bytes (NUL)", "Send it again"), UNREAD),
    "rubbish": Bad(
        bytes(range(256)) * 8, "rejected", "envelope.not_x12", "envelope.not_x12", ("2047 bytes", "byte 1"), UNREAD
    ),
    "a web page": Bad(
        b"<!DOCTYPE html><html><body>404 not found</body></html>",
        "rejected",
        "envelope.not_x12",
        "envelope.not_x12",
        ('"<!DOCTYPE html><html><bo…"',),
        UNREAD,
    ),
    "EDIFACT": Bad(
        b"UNA:+.? 'UNB+UNOC:3+A+B+261116:0812+1'UNZ+0+1'",
        "rejected",
        "envelope.not_x12",
        "envelope.not_x12",
        ("UNA:+.?",),
        UNREAD,
    ),
    "a PDF": Bad(
        b"%PDF-1.7\n%\xe2\xe3\xcf", "rejected", "file.pdf", "file.pdf", ("is a PDF", "Send the data behind it"), UNREAD
    ),
    "a workbook": Bad(
        b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml",
        "rejected",
        "file.excel_workbook",
        "file.excel_workbook",
        ("Excel workbook", "CSV UTF-8"),
        UNREAD,
    ),
    "a table of somebody who sends none": Bad(
        b"Order,Item,Qty\nPO-1,GLV,10\n",
        "rejected",
        "file.unreadable",
        "file.unreadable",
        ("does not start with an X12 interchange", "Order,Item,Qty"),
        UNREAD,
    ),
    # Acknowledgments are never answered, damaged or not
    "a 997 that lacks its end": Bad(
        interchange(group(accepted(), sender=NORTH)[:-1]),
        "rejected",
        "envelope.ge_missing",
        "envelope.ge_missing",
        ("has no GE",),
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_damaged_ends_as_it_must_and_everybody_is_told(name: str) -> None:
    bad = ROWS[name]
    with new_passage() as passage:
        outcome = come_of(passage, bad)
        told = said(passage)
    assert outcome == Outcome(bad.state, bad.found, bad.case, bad.answers, bad.posted)
    assert [words for words in bad.says if words not in told] == []


def test_cut_off_anywhere_nothing_of_it_is_processed_until_its_very_end_is_there() -> None:
    whole = orders("A-100", "B-100", control=100)
    end = len(whole.rstrip(b"~\n"))  # the last terminator may be missing
    sizes = [*range(1, end, 5), end - 1, end, end + 1, len(whole)]
    cut = [orders(f"A-{n}", f"B-{n}", control=n)[:size] for n, size in enumerate(sizes, start=100)]
    with new_passage() as passage:
        numbers = passage.take(*cut)
        went_on = [len(content) for n, content in zip(numbers, cut, strict=True) if passage.file(n)[0] == "translated"]
        assert went_on == [end, end + 1, len(whole)]
        assert len(passage.books.order) == 2 * len(went_on)
        refused = [n for n, content in zip(numbers, cut, strict=True) if len(content) < end]
        assert {passage.file(n)[0] for n in refused} == {"rejected"}
        assert {case.transmission_id for case in passage.cases()} == set(refused)
        assert passage.holds()
