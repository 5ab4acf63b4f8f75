"""`gateway template`: a table to fill in and a guide to its columns, for a partner who sends spreadsheets.

With a column map they are the partner's own columns. Without one they are columns that most senders have, and what is
printed is the map that reads just this table, ready to be put into the partner's file.
"""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from pathlib import Path

from gateway.model.catalogue import ENGLISH
from gateway.model.fields import FIELDS
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Agreement, Column, ColumnMap, Partner
from gateway.profiles.load import Loaded, load
from gateway.settings import Home
from gateway.terminal.guide import Sender, guide
from gateway.terminal.sheet import sheet

# What most senders of a kind have beside what it cannot do without, in the order in which people think of it.
USUAL = {
    "850": (
        *("number", "date", "requested_date", "ship_to.id", "line.number", "line.vendor_item", "line.description"),
        *("line.quantity", "line.uom", "line.price"),
    ),
    "855": (
        *("number", "line.number", "line.vendor_item", "line.status", "line.status_quantity"),
        *("line.status_uom", "line.status_date"),
    ),
    "856": (
        *("number", "ship_date", "carrier", "tracking_number", "order_number", "line.number", "line.vendor_item"),
        *("line.description", "line.quantity_shipped", "line.uom", "line.lot", "line.expiry"),
    ),
    "810": (
        *("number", "date", "order_number", "line.number", "line.vendor_item", "line.description"),
        *("line.quantity", "line.uom", "line.price", "total"),
    ),
}
_NUMBERED = {"850": "Order number", "855": "Order number", "856": "Shipment number", "810": "Invoice number"}
# Of a line, but said of a whole document as well.
_NOT_ALONE = ("number", "order_number", "requested_date")
_SHORT = ("id", "uom", "upc", "ean", "gtin", "ndc", "sscc", "scac")


def template(home: Home, name: str, kind: str, out: Path) -> int:
    """Write table and guide into `out` and say what was written; nothing that is there is written over.

    Raises Refused where there is no such partner or folder, where the settings are broken, or where a file of these
    names is there already.
    """
    loaded = load(home.root, secrets=False)
    partner = known_partner(loaded, name)
    agreed = _agreed(partner, kind)
    table = agreed.columns if agreed and agreed.columns else usual_map(kind)
    content = table_files(loaded, partner, kind)
    _write(out, content)
    print(f"Written to {out.resolve()}: {' and '.join(content)}. The first is a table to fill in, the second says how.")
    print(f"\n{_rest(table, kind)}" if agreed else f"\n{_to_paste(partner, table, kind)}")
    return 0


def table_files(loaded: Loaded, partner: Partner, kind: str) -> dict[str, bytes]:
    """The table to fill in, then the guide to its columns, by their names."""
    agreed = _agreed(partner, kind)
    table = agreed.columns if agreed and agreed.columns else usual_map(kind)
    stem = f"{partner.name}-{kind}"
    blank = f"{stem}-template.{'txt' if table.fixed else 'csv'}"
    sender = Sender(
        partner=partner.title,
        entity=_entity(loaded, agreed),
        text=agreed.answer_text.value if agreed else "always",
        rows=agreed.answer_csv if agreed else True,
        language=agreed.language if agreed else partner.language or ENGLISH,
    )
    return {blank: sheet(table, kind), f"{stem}-columns.txt": guide(table, kind, blank, sender)}


def usual_map(kind: str) -> ColumnMap:
    """The map of a table that nothing was agreed about: usual fields, under what they are called."""
    fields = {field.name: field for field in FIELDS[kind]}
    columns = (Column(name=called(kind, name), field=name, required=fields[name].needed) for name in USUAL[kind])
    return ColumnMap(columns=tuple(columns), delimiter=",")


def called(kind: str, name: str) -> str:
    """A field as a header names it: `line.vendor_item` is "Vendor item", `number` of an invoice "Invoice number"."""
    if name == "number":
        return _NUMBERED[kind]
    within, _, part = name.rpartition(".")
    inner = within == "line" and part not in _NOT_ALONE
    words = (part if inner else f"{within} {part}").replace("_", " ").split()
    said = " ".join(word.upper() if word in _SHORT else word for word in words)
    return said[0].upper() + said[1:]


def map_text(table: ColumnMap, kind: str) -> str:
    """The map as a partner's file has it; the fields that it leaves out stand below as remarks."""
    taken = {column.field for column in table.columns}
    left = [field for field in FIELDS[kind] if field.name not in taken]
    return "\n".join(
        [
            "[[agreement]]",
            f'kinds = ["{kind}"]',
            'direction = "in"',
            'format = "csv"',
            "",
            "[agreement.csv]",
            f'dates = "{table.dates}"',
            "",
            "[agreement.csv.columns]",
            *(f'"{column.name}" = "{column.field}"' for column in table.columns),
            "# Others that a table may have; take off the # and write the name of the column:",
            *(f'# "{called(kind, field.name)}" = "{field.name}"  # {field.what}' for field in left),
        ]
    )


def known_partner(loaded: Loaded, name: str) -> Partner:
    """The partner of this name; raises Refused where there is none, or its settings have mistakes."""
    mistakes = [one for one in loaded.mistakes if one.concerns(name)]
    if mistakes:
        first = mistakes[0]
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes; the first is"
        raise Refused(
            "template.home_broken", count=count, file=first.file, line=first.line, mistake=first.finding.message
        )
    found = loaded.profiles.partner(name)
    if found is None:
        known = ", ".join(one.name for one in loaded.profiles.partners) or "none"
        raise Refused("profile.no_such_partner", name=name, known=known)
    return found


def _agreed(partner: Partner, kind: str) -> Agreement | None:
    """The agreement about such tables: the one in force, else whichever there is."""
    maps = [each for each in partner.agreements if each.kind == kind and each.columns is not None]
    now = partner.tables(datetime.now(UTC))
    return next((each for each in now if each in maps), maps[0] if maps else None)


def _entity(loaded: Loaded, agreed: Agreement | None) -> str:
    ours = loaded.profiles.entities
    return next((entity.title for entity in ours if agreed and entity.name == agreed.entity), ours[0].title)


def _write(out: Path, content: dict[str, bytes]) -> None:
    if not out.is_dir():
        raise Refused("template.not_a_folder", folder=out)
    for name in content:
        if (out / name).exists():
            raise Refused("template.exists", file=out / name)
    for name, written in content.items():
        with (out / name).open("xb") as file:
            file.write(written)


def _rest(table: ColumnMap, kind: str) -> str:
    taken = {column.field for column in table.columns} | dict(table.values).keys()
    left = ", ".join(field.name for field in FIELDS[kind] if field.name not in taken)
    return textwrap.fill(
        f"They follow the column map at {table.origin}. Fields that it has no column for: {left}.", 110
    )


def _to_paste(partner: Partner, table: ColumnMap, kind: str) -> str:
    instead = f' in place of the [[agreement]] about {kind} with format = "csv"' if kind in partner.csv_kinds else ""
    return (
        f"No column map was agreed for {kind}. This one reads the table; put it at the end of "
        f"partners/{partner.name}.toml{instead}:"
        f"\n\n{map_text(table, kind)}"
    )
