"""Real occurrences: for each code the smallest change to a sound file that makes the gateway say it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.flow.interpret import InterchangeFound, interpret
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.profiles.agreement import Profiles
from tests.x12.interchanges import maps

_GOLDEN = Path(__file__).parents[1] / "golden"
ORDER = (_GOLDEN / "explain" / "good-850.edi").read_text("latin-1")
NOTICE = (_GOLDEN / "x12" / "856-004010-tare-pack.edi").read_text("latin-1")
CREDIT = (_GOLDEN / "x12" / "810-005010-credit.edi").read_text("latin-1")

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SMALL = Limits(chunk=64, interchange=4000, set=2000, segments=40, segment=400, elements=30, depth=5, findings=3, ta1=2)
NOBODY = Profiles(entities=(), partners=(), channels=(), targets=())

_DATES = "".join(f"DTM*00{kind}*20261399~\n" for kind in (1, 2, 2, 2, 2))

# A code, the file, what is changed in it and to what; several changes are given as (old, new, old, new).
CHANGES: Mapping[str, tuple[str, ...]] = {
    "envelope.empty": (ORDER, ORDER, "\r\n\r\n"),
    "envelope.not_x12": (ORDER, "IEA*1*000000101~\n", "IEA*1*000000101~\nKind regards, the order desk\n"),
    "envelope.isa_unreadable": (ORDER, "*1*P*>~", "~"),
    "envelope.isa_width": (ORDER, "NORTHCLINIC    ", "NORTHCLINIC"),
    "envelope.separator_not_ascii": (ORDER, "~", "\xc2\xa7"),
    "envelope.authorization_qualifier": (ORDER, "ISA*00*", "ISA*99*"),
    "envelope.security_qualifier": (ORDER, "          *00*          *ZZ", "          *99*          *ZZ"),
    "envelope.sender_qualifier": (ORDER, "*ZZ*NORTH", "*z *NORTH"),
    "envelope.sender_id": (ORDER, "NORTHCLINIC    ", "               "),
    "envelope.receiver_qualifier": (ORDER, "*ZZ*HEALTH", "*z *HEALTH"),
    "envelope.receiver_id": (ORDER, "HEALTHSYS      ", "               "),
    "envelope.interchange_date": (ORDER, "*261116*", "*261316*"),
    "envelope.interchange_time": (ORDER, "*0812*U", "*2512*U"),
    "envelope.standards_id": (ORDER, "*U*00401", "*X*00401"),
    "envelope.interchange_version": (ORDER, "*00401*", "*4.010*"),
    "envelope.interchange_control": (ORDER, "*000000101*1*P", "*A00000101*1*P"),
    "envelope.ack_requested": (ORDER, "*1*P*>", "*Y*P*>"),
    "envelope.usage": (ORDER, "*1*P*>", "*1*X*>"),
    "envelope.iea_missing": (ORDER, "IEA*1*000000101~\n", ""),
    "envelope.iea_count": (ORDER, "IEA*1", "IEA*2"),
    "envelope.iea_control": (ORDER, "IEA*1*000000101", "IEA*1*000000102"),
    "envelope.iea_control_form": (ORDER, "IEA*1*000000101", "IEA*1*101"),
    "envelope.terminator_missing": (ORDER, "IEA*1*000000101~\n", "IEA*1*000000101"),
    "envelope.stray_segments": (ORDER, "ST*850*0001~\n", "S*850*0001~\n"),
    "envelope.stray_group_segments": (ORDER, "IEA*1", "N1*ST*Main dock~\nIEA*1"),
    "envelope.segment_too_long": (ORDER, "IEA*1", f"NTE*{'A' * 500}~\nIEA*1"),
    "envelope.interchange_too_long": (ORDER, "IEA*1", ORDER[ORDER.index("GS*") : ORDER.index("IEA*")] * 15 + "IEA*16"),
    "envelope.too_many_ta1": (ORDER, "GS*PO", "TA1*000000012*261116*0812*A*000~\n" * 3 + "GS*PO"),
    "envelope.ta1_broken": (ORDER, "GS*PO", "TA1*12*X~\nGS*PO"),
    "envelope.group_unsupported": (ORDER, "GS*PO*", "GS*QQ*"),
    "envelope.version_unsupported": (ORDER, "X*004010~", "X*003040~"),
    "envelope.version_by_prefix": (ORDER, "X*004010~", "X*004010VICS~"),
    "envelope.group_control": (ORDER, "*0812*101*X", "*0812*A-1*X"),
    "envelope.group_element": (ORDER, "*20261116*0812*101", "*20261316*0812*101"),
    "envelope.group_without_sets": (ORDER, ORDER[ORDER.index("ST*") : ORDER.index("GE*")], ""),
    "envelope.group_repeated": (ORDER, "IEA*1", ORDER[ORDER.index("GS*") : ORDER.index("IEA*")] + "IEA*2"),
    "envelope.ge_missing": (ORDER, "GE*1*101~\n", ""),
    "envelope.ge_count": (ORDER, "GE*1*", "GE*2*"),
    "envelope.ge_control": (ORDER, "GE*1*101", "GE*1*102"),
    "envelope.ge_control_form": (ORDER, "GE*1*101", "GE*1*0101"),
    "envelope.set_unsupported": (ORDER, "ST*850", "ST*875"),
    "envelope.set_misplaced": (ORDER, "GS*PO", "GS*IN"),
    "envelope.set_id_missing": (ORDER, "ST*850", "ST*"),
    "envelope.set_control_missing": (ORDER, "ST*850*0001", "ST*850*"),
    "envelope.set_control_long": (ORDER, "ST*850*0001", "ST*850*0000000001"),
    "envelope.set_control_form": (ORDER, "ST*850*0001", "ST*850*1", "SE*8*0001", "SE*8*1"),
    "envelope.set_repeated": (ORDER, "GE*1", ORDER[ORDER.index("ST*") : ORDER.index("GE*")] + "GE*2"),
    "envelope.se_missing": (ORDER, "SE*8*0001~\n", ""),
    "envelope.se_count": (ORDER, "SE*8", "SE*9"),
    "envelope.se_control": (ORDER, "SE*8*0001", "SE*8*0002"),
    "envelope.se_control_form": (ORDER, "SE*8*0001", "SE*8*1"),
    "envelope.more_findings": (
        ORDER,
        "ISA*00*          *00",
        "ISA*99*          *99",
        "*261116*0812*U*00401",
        "*261316*2512*X*00401",
    ),
    "syntax.segment_unknown": (ORDER, "CTT*2", "XYZ*1~\nCTT*2"),
    "syntax.segment_unexpected": (ORDER, "N1*ST", "N4*Duluth*MN*55802~\nN1*ST"),
    "syntax.segment_missing": (ORDER, "BEG*00*SA*PO-1**20261116~\n", ""),
    "syntax.loop_too_many": (ORDER, "CTT*2", "CTT*2~\nCTT*2"),
    "syntax.segment_too_many": (ORDER, "N1*ST", "BEG*00*SA*PO-1**20261116~\nN1*ST"),
    "syntax.segment_out_of_order": (ORDER, "PO1*1", "CUR*BY*USD~\nPO1*1"),
    "syntax.segment_too_long": (ORDER, "Suture removal tray", "Tray " * 100),
    "syntax.segment_too_wide": (ORDER, "CTT*2", f"CTT*2{'*1' * 40}"),
    "syntax.empty_segment": (ORDER, "CTT*2~", "CTT*2~~"),
    "syntax.set_too_long": (ORDER, "CTT*2", "PO1*3*1*EA*1~\n" * 60 + "CTT*2"),
    "syntax.set_too_large": (ORDER, "N1*ST", f"REF*DP*{'1' * 30}~\n" * 30 + f"MSG*{'A' * 350}~\n" * 3 + "N1*ST"),
    "syntax.segment_bare": (ORDER, "PO1*1*12*EA*2.50*PE*VP*TRY-01", "PO1"),
    "syntax.element_missing": (ORDER, "BEG*00*SA*PO-1*", "BEG*00*SA**"),
    "syntax.condition_missing": (ORDER, "PE*VP*TRY-01", "PE*VP"),
    "syntax.too_many_elements": (ORDER, "CTT*2", "CTT*2*1*1*LB*1*CF*text*more"),
    "syntax.element_too_short": (ORDER, "PO1*1*12*EA", "PO1*1*12*E"),
    "syntax.element_too_long": (ORDER, "PO-1*", "9" * 23 + "*"),
    "syntax.invalid_character": (ORDER, "PO1*1*12*EA", "PO1*1*twelve*EA"),
    "syntax.invalid_code": (ORDER, "BEG*00*SA", "BEG*99*SA"),
    "syntax.invalid_date": (ORDER, "PO-1**20261116", "PO-1**20261316"),
    "syntax.invalid_time": (ORDER, "N1*ST", "DTM*002*20261120*2561~\nN1*ST"),
    "syntax.condition_excluded": (ORDER, "N1*ST", "MEA*WT*G*5*LB****03~\nN1*ST"),
    "syntax.too_many_repetitions": (CREDIT, "IT1*1*-2", "IT1*1^2*-2"),
    "syntax.too_many_components": (ORDER, "N1*ST", f"REF*DP*1**{'>'.join(['DP', '1'] * 4)}~\nN1*ST"),
    "syntax.trailing_separator": (ORDER, "CTT*2", "CTT*2**"),
    "syntax.trailing_spaces": (ORDER, "Suture removal tray", "Suture removal tray  "),
    "syntax.outside_charset": (ORDER, "Suture removal tray", "Suture removal tray 5\xb0"),
    "syntax.level_number": (NOTICE, "HL*6*4*I", "HL*7*4*I"),
    "syntax.level_parent": (NOTICE, "HL*6*4*I", "HL*6*9*I"),
    "syntax.level_too_deep": (NOTICE, "HL*6*4*I", "HL*6*5*I"),
    "syntax.level_order": (NOTICE, "HL*5*4*I", "HL*5*4*T"),
    "syntax.more_findings": (ORDER, "N1*ST", _DATES + "N1*ST"),
    "document.total_mismatch": (CREDIT, "TDS*-2113", "TDS*-2413"),
    "document.line_count_mismatch": (ORDER, "CTT*2", "CTT*3"),
    "partner.unknown": (ORDER, "", ""),
}


def occurrence(code: str) -> Finding | None:
    """The finding of this code in its changed file; None where the change does not provoke it."""
    return next((found for found in _findings(_changed(*CHANGES[code])) if found.code == code), None)


def _changed(text: str, *changes: str) -> bytes:
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode("latin-1")


def _findings(content: bytes) -> Iterator[Finding]:
    for found in interpret(io.BytesIO(content), profiles=NOBODY, maps=maps(), limits=SMALL, at=NOON):
        yield from found.read.findings if isinstance(found, InterchangeFound) else found.findings
        if isinstance(found, InterchangeFound) and found.parties.hold:
            yield found.parties.hold
