"""X12 files made to measure: sets, groups and interchanges with exact counts, and a reader of the answers."""

from __future__ import annotations

from typing import NamedTuple

NORTH, ACME, US = "NORTHCLINIC", "ACMEMED", "HEALTHSYS"
_FUNCTIONAL = {"850": "PO", "855": "PR", "856": "SH", "810": "IN", "997": "FA"}
_SENDER = {"850": NORTH, "855": ACME, "856": ACME, "810": ACME, "997": ACME}


class Set(NamedTuple):
    """What stands between ST and SE."""

    kind: str
    segments: tuple[str, ...]


def order(number: str, *, quantity: str = "10") -> Set:
    """An 850 of one line."""
    line = f"PO1*1*{quantity}*BX*8.40*PE*VP*GLV-NIT-M"
    return Set("850", (f"BEG*00*SA*{number}**20261116", "N1*ST*Stores*92*NC-01", line, "CTT*1"))


def invoice(number: str, *, of: str = "4500017701", quantity: int = 10) -> Set:
    """An 810 of one line at 4.15, for one purchase order."""
    line = f"IT1*1*{quantity}*EA*4.15*PE*VP*IVS-ADM-15"
    return Set("810", (f"BIG*20261120*{number}*20261116*{of}***DI", line, f"TDS*{quantity * 415}", "CTT*1"))


def shipment(number: str, *orders: str) -> Set:
    """An 856 that ships one item for each of these purchase orders."""
    body = [f"BSN*00*{number}*20261119*1610*0004", "HL*1**S"]
    for n, one in enumerate(orders):
        level = 2 + 2 * n
        body += [f"HL*{level}*1*O", f"PRF*{one}", f"HL*{level + 1}*{level}*I", "LIN*1*VP*IVS-ADM-15", "SN1*1*5*EA"]
    return Set("856", (*body, f"CTT*{1 + 2 * len(orders)}"))


def accepted(kind: str = "PO", control: str = "1") -> Set:
    """A 997 that accepts one group of ours."""
    return Set("997", (f"AK1*{kind}*{control}", "AK9*A*1*1*1"))


def group(*sets: Set, control: int = 1, sender: str | None = None) -> list[str]:
    """GS to GE around these sets."""
    kind = sets[0].kind
    who = sender or _SENDER[kind]
    segments = [f"GS*{_FUNCTIONAL[kind]}*{who}*{US}*20261116*0812*{control}*X*004010"]
    for n, one in enumerate(sets, start=1):
        segments += [f"ST*{one.kind}*{n:04}", *one.segments, f"SE*{len(one.segments) + 2}*{n:04}"]
    return [*segments, f"GE*{len(sets)}*{control}"]


def interchange(
    *groups: list[str], control: int = 1, sender: str = NORTH, receiver: str = US, usage: str = "P", ta1: int = 0
) -> bytes:
    """ISA to IEA around these groups; damage is done to it with `replace`."""
    isa = (
        f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}"
        f"*261116*0812*U*00401*{control:09}*{ta1}*{usage}*>"
    )
    segments = [isa, *(segment for one in groups for segment in one), f"IEA*{len(groups)}*{control:09}"]
    return "".join(f"{segment}~\n" for segment in segments).encode()


def orders(*numbers: str, control: int = 1, usage: str = "P", ta1: int = 0) -> bytes:
    """One interchange from North Clinic with one group of 850s; its group bears the same control number."""
    sets = [order(number) for number in numbers]
    return interchange(group(*sets, control=control), control=control, usage=usage, ta1=ta1)


def invoices(*sets: Set, control: int = 1) -> bytes:
    """One interchange from Acme with one group of these 810s (or 856s)."""
    return interchange(group(*sets, control=control), control=control, sender=ACME)


def segments(content: bytes) -> list[list[str]]:
    """An answer of ours, cut into elements."""
    return [segment.strip().split("*") for segment in content.decode().split("~") if segment.strip()]


class Answer(NamedTuple):
    """What one acknowledgment file says: its own numbers, the groups it answers, and its words."""

    control: int
    group_controls: tuple[int, ...]
    usage: str
    answers: tuple[tuple[str, str], ...]  # (GS01, GS06) of each group it answers
    set_codes: tuple[str, ...]
    group_codes: tuple[str, ...]
    ta1: tuple[str, ...] | None


def answer(content: bytes) -> Answer:
    """Read one acknowledgment."""
    found = segments(content)
    isa = found[0]
    ta1 = next((tuple(one[1:]) for one in found if one[0] == "TA1"), None)
    return Answer(
        control=int(isa[13]),
        group_controls=tuple(int(one[6]) for one in found if one[0] == "GS"),
        usage=isa[15],
        answers=tuple((one[1], one[2]) for one in found if one[0] == "AK1"),
        set_codes=tuple(one[1] for one in found if one[0] in ("AK5", "IK5")),
        group_codes=tuple(one[1] for one in found if one[0] == "AK9"),
        ta1=ta1,
    )
