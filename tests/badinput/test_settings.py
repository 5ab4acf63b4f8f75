"""What [limits] of config/gateway.toml says reaches the readers, of the daemon and of `gateway explain` alike."""

import json
from pathlib import Path

from tests.passage.home import command, drop, found_home, once, rows
from tests.passage.table import bill, table
from tests.passage.x12 import Set, group, interchange, order

LIMITS = "\n[limits]\nsegments = 100\nrows = 10\n"


def long_order(segments: int) -> bytes:
    """An order whose set has so many segments, ST and SE counted."""
    kind, body = order("PO-1")
    notes = [f"PID*F****Line {n}" for n in range(segments - len(body) - 2)]
    return interchange(group(Set(kind, (*body[:-1], *notes, body[-1]))))


def test_a_limit_of_the_settings_reaches_the_daemon_and_explain(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home", "http://127.0.0.1:1", more_config=LIMITS)
    files = {
        ("northclinic", "long.edi", long_order(101)): "syntax.set_too_long",
        ("bolt", "long.csv", table(*(bill(f"B-{n}", "1") for n in range(11)))): "table.too_many_rows",
    }
    for (channel, name, content), code in files.items():
        (home.root / name).write_bytes(content)
        _, explained = command(home, "explain", "--partner", channel, str(home.root / name))
        assert code in json.dumps(explained)
        drop(home, name, content, channel=channel)
    drop(home, "fits.edi", long_order(100).replace(b"000000001", b"000000002"))
    once(home)
    query = 'SELECT name, "case".reason FROM transmission JOIN "case" ON transmission.id = transmission_id'
    told = dict(rows(home, query))
    assert told == {name: code for (_, name, _), code in files.items()}
    assert rows(home, "SELECT state FROM transmission WHERE name = 'fits.edi'") == [("translated",)]
