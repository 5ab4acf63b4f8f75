"""A pack is checked by a program that stands alone; whatever byte of it is changed, what it belongs to is named."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from gateway.cli import main
from gateway.flow.evidence import Asked, gather
from gateway.flow.review import reject, release
from gateway.trail import tree, verify_pack
from gateway.trail.keys import signer_in
from gateway.trail.note import Signer, public_of
from gateway.trail.pack import Pack, program
from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.table import MAP, bill, table
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders


@pytest.fixture(scope="module")
def passage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passage]:
    """A home with an accepted, a rejected and a held file; tests leave it as it is."""
    made = Passage(found_home(tmp_path_factory.mktemp("home")))
    made.take(interchange(group(order("PO-1"), order("PO-2"))))
    made.take(orders("PO-3", control=2).replace(b"PO1*1*10*BX", b"PO1*1*ten*BX"))
    made.take(invoices(invoice("I-1", quantity=10)), invoices(invoice("I-1", quantity=20), control=2), channel="acme")
    yield made
    made.close()


@pytest.fixture(scope="module")
def earlier(passage: Passage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first checkpoint of the home, kept elsewhere."""
    path = tmp_path_factory.mktemp("elsewhere") / "checkpoint.txt"
    path.write_text(passage.rows("SELECT note FROM checkpoint ORDER BY size")[0][0])
    return path


@pytest.fixture(scope="module")
def exported(passage: Passage, earlier: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack about everything."""
    path = tmp_path_factory.mktemp("out") / "pack.zip"
    everything = ["file", "1", "document", "3", "1", "--since", str(earlier)]
    assert main(["archive", "export", *everything, "--out", str(path), "--home", str(passage.home.root)]) == 0
    return path


def faults(content: bytes, key: str | None = None) -> list[str]:
    return list(verify_pack.Pack(io.BytesIO(content), key).faults())


def home_words(passage: Passage) -> list[str]:
    return ["--home", str(passage.home.root)]


def test_it_is_a_zip_that_anybody_opens_and_everything_in_it_fits(exported: Path) -> None:
    with zipfile.ZipFile(exported) as pack:
        assert pack.testzip() is None
        names = pack.namelist()
        assert {"index.txt", "verify_pack.py", "files/1/received.edi", "trail/checkpoint.txt"} <= set(names)
        assert pack.read("verify_pack.py") == program()
        assert "document 1: 850 PO-1, answered A, translated" in pack.read("index.txt").decode()
    assert faults(exported.read_bytes()) == []
    assert exported.stat().st_mode & 0o077 == 0


def test_it_holds_what_came_and_what_went_byte_for_byte(exported: Path, passage: Passage) -> None:
    sent = {
        f"files/{n}/owed/{d}": c for n, d, c in passage.rows("SELECT transmission_id, id, content FROM delivery") if c
    }
    with zipfile.ZipFile(exported) as pack:
        for number, sha256 in passage.rows("SELECT id, sha256 FROM transmission WHERE direction = 'in'"):
            with passage.route.archive.open(sha256) as stream:
                name = f"files/{number}/received.edi"
                assert name not in pack.namelist() or pack.read(name) == stream.read()
        held = [name for name in pack.namelist() if "/owed/" in name]
        assert len(held) >= 2
        assert all(pack.read(name) == sent[name] for name in held)
        documents = pack.read("files/1/documents.jsonl").splitlines()
    assert documents == [one for (one,) in passage.rows("SELECT canonical FROM document WHERE transmission_id = 1")]


def test_the_program_it_carries_runs_alone(exported: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported) as pack:
        pack.extract("verify_pack.py", tmp_path)
        key = pack.read("trail/public_key.txt").decode().strip()
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(exported.read_bytes().replace(b"PO-1", b"PO-9", 1))
    for arguments, code, said in (
        ([str(exported), "--key", key], 0, "fit the checkpoint over"),
        ([str(exported), "--key", key], 0, f"It is signed by the key that you gave with --key: {key}"),
        ([str(exported)], 0, "This pack fits itself only"),
        ([str(exported)], 0, "Compare this key with the one that you were given by another way"),
        ([str(damaged)], 1, "DOES NOT FIT"),
        ([str(tmp_path / "none.zip")], 2, "cannot be read"),
        ([], 2, "python verify_pack.py PACK.zip"),
    ):
        # Isolated, from a folder of its own: nothing of the gateway can be imported.
        done = subprocess.run(
            [sys.executable, "-I", "verify_pack.py", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, "")
        assert said in done.stdout
        assert ("fits itself only" in done.stdout) == (arguments == [str(exported)])


class Region(NamedTuple):
    """Bytes of a pack, and how a fault in them is named."""

    start: int
    end: int
    name: str


def regions(content: bytes) -> list[Region]:
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        found = []
        for one in pack.infolist():
            end = one.header_offset + 30 + len(one.filename) + one.file_size
            found.append(Region(one.header_offset, end, one.filename))
        return [*found, Region(found[-1].end, len(content), "directory")]


def assert_named(content: bytes, place: int, flip: int) -> None:
    changed = bytearray(content)
    changed[place] ^= flip
    (region,) = [one for one in regions(content) if one.start <= place < one.end]
    said = faults(bytes(changed))
    assert said, f"byte {place} of {region.name}"
    # What opens all the rest is named as one: the manifest and the signature over it.
    names = ("manifest.", "public_key") if region.name in ("manifest.json", "manifest.sig") else (region.name,)
    assert any(name in said[0] for name in names), (place, region, said)


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_any_byte_that_is_flipped_is_named(exported: Path, data: st.DataObject) -> None:
    content = exported.read_bytes()
    region = data.draw(st.sampled_from(regions(content)))
    place = data.draw(st.integers(region.start, region.end - 1))
    assert_named(content, place, data.draw(st.integers(1, 255)))


def test_every_byte_of_headers_signature_and_directory_counts(exported: Path) -> None:
    content = exported.read_bytes()
    told = regions(content)
    signature, last = told[1], told[-2]
    for place in (
        *range(told[0].start, told[0].start + 45),
        *range(signature.start, signature.end, 3),
        *range(last.start, last.start + 40),
        *range(told[-1].start, told[-1].end, 5),
    ):
        assert_named(content, place, 1)


@pytest.mark.parametrize("damage", ["cut", "longer", "before", "empty", "text", "swapped"])
def test_whatever_else_is_done_to_it_is_said(exported: Path, damage: str) -> None:
    content = exported.read_bytes()
    first, second = regions(content)[5:7]
    damaged = {
        "cut": content[:-1],
        "longer": content + b"\0",
        "before": b"\0" + content,
        "empty": b"",
        "text": b"hello" * 1000,
        "swapped": content[: first.start]
        + content[second.start : second.end]
        + content[first.start : first.end]
        + content[second.end :],
    }[damage]
    assert faults(damaged)


class Packing:
    """The pack of a home as one with its key would forge it."""

    def __init__(self, passage: Passage, signer: Signer | None = None, about: str = "file 1") -> None:
        self.signer = signer or signer_in(passage.home.keys, signed=True)
        self._passage = passage
        self._about = about

    def written(self, change: Callable[[str, bytes], bytes]) -> bytes:
        out, fresh = io.BytesIO(), Pack()
        asked = Asked(subjects=[self._about], who="me", at=self._passage.clock.now)
        with self._passage.ledger.read() as snapshot, Pack() as pack, fresh:
            own = signer_in(self._passage.home.keys, signed=True).public
            manifest = gather(snapshot, self._passage.route.archive.open, own, asked, pack)
            for one in pack.entries:
                with one.opened() as stream:
                    fresh.add(one.name, change(one.name, stream.read()))
            fresh.write(out, manifest, self.signer)
        return out.getvalue()


FORGERIES: dict[str, tuple[str, bytes, bytes, str]] = {
    "what was received": ("files/1/received.edi", b"PO-1", b"PO-7", "its event"),
    "an answer": ("files/1/owed/", b"AK9*A", b"AK9*R", "its event"),
    "a document": ("files/1/documents.jsonl", b"8.40", b"9.40", "sets"),
    "a verdict": ("files/1/file.json", b'"verdict": "A"', b'"verdict": "R"', "sets"),
    "an outcome of the file": ("files/1/file.json", b'"state": "translated"', b'"state": "held"', "file.held"),
    "an outcome of a delivery": ("files/1/file.json", b'"state": "done"', b'"state": "dead"', "delivery.dead"),
    "an outcome of a document": (
        "files/1/file.json",
        b'"state": "translated",\n   "reason": null\n  }',
        b'"state": "rejected",\n   "reason": null\n  }',
        "outcomes",
    ),
    "a value": ("files/1/file.json", b'"value": "', b'"value": "9', "sets"),
    "a partner": ("files/1/file.json", b'"partner": "northclinic"', b'"partner": "acme"', "partner"),
    "a key": ("files/1/file.json", b'"idempotency_key": "', b'"idempotency_key": "0', "key"),
    "a reference": ("files/1/file.json", b'"reference": "', b'"reference": "X', "reference"),
    "a delivery left out": ("trail/events.jsonl", b'"delivery.owed"', b'"delivery.x"', "is not in the signed trail"),
    "a detail": ("trail/events.jsonl", b"northclinic", b"southclinic", "is not in the signed trail"),
    "a proof": ("trail/events.jsonl", b'"index":0', b'"index":1', "is not in the signed trail"),
    "a checkpoint": ("trail/checkpoint.txt", b"\nat 2", b"\nat 1", "does not fit"),
    "no JSON": ("files/1/file.json", b"{", b"[", "not of the form"),
}


@pytest.mark.parametrize(("name", "old", "new", "said"), FORGERIES.values(), ids=FORGERIES.keys())
def test_what_was_changed_before_it_was_signed_contradicts_the_trail(
    passage: Passage, name: str, old: bytes, new: bytes, said: str
) -> None:
    def change(entry: str, content: bytes) -> bytes:
        return content.replace(old, new, 1) if entry.startswith(name) else content

    assert faults(Packing(passage).written(lambda _, content: content)) == []
    found = faults(Packing(passage).written(change))
    assert found
    assert said in found[0]


def test_a_pack_of_another_key_is_refused_where_the_right_one_is_told(passage: Passage, exported: Path) -> None:
    private = Ed25519PrivateKey.generate()
    other = Signer(public=public_of(private.public_key().public_bytes_raw()), private=private)
    right = signer_in(passage.home.keys, signed=True).public.text
    forged = Packing(passage, other).written(
        lambda name, content: f"{other.public.text}\n".encode() if name == "trail/public_key.txt" else content
    )
    assert "another key" in faults(forged, right)[0]
    assert "no signature" in faults(forged)[0]  # of its checkpoint: that is still the true one
    assert faults(exported.read_bytes(), f"{right}\n") == []


def test_an_event_that_is_not_signed_yet_is_said_so(passage: Passage, exported: Path) -> None:
    pack = verify_pack.Pack(io.BytesIO(exported.read_bytes()))
    assert list(pack.faults()) == []
    assert " 0 events of the pack are younger" in pack.summary
    with passage.ledger.write() as tx:
        tx.event("somebody", "file.looked_at", "file 1")
    pack = verify_pack.Pack(io.BytesIO(Packing(passage).written(lambda _, content: content)))
    assert list(pack.faults()) == []
    assert " 1 events of the pack are younger" in pack.summary


def test_a_pack_grows_out_of_the_checkpoint_that_its_reader_holds(exported: Path) -> None:
    with zipfile.ZipFile(exported) as pack:
        assert {"trail/earlier.txt", "trail/consistency.json"} <= set(pack.namelist())
        assert json.loads(pack.read("trail/consistency.json"))


def test_nothing_is_written_over_and_nothing_unknown_is_packed(
    passage: Passage, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = exported.read_bytes()
    assert main(["archive", "export", "file", "1", "--out", str(exported), *home_words(passage)]) == 2
    assert exported.read_bytes() == before
    assert "is there already" in capsys.readouterr().err
    for what in (["file", "4711"], ["document"], ["thing", "1"], ["file", "9" * 30], ["4711"]):
        assert main(["archive", "export", *what, "--out", str(tmp_path / "x.zip"), *home_words(passage)]) == 2
        assert "is a received file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", [release, reject])
def test_what_a_person_decided_later_fits_what_was_settled_before(tmp_path: Path, verb: Callable[..., object]) -> None:
    passage = Passage(found_home(tmp_path))
    passage.take(invoices(invoice("I-1")), invoices(invoice("I-1", quantity=20), control=2), channel="acme")
    verb(passage.route, passage.asked(passage.the_case().id, reason="so be it", earlier_undone=True))
    passage.run()

    def move(name: str, content: bytes) -> bytes:
        states = (b'"state": "translated",\n   "reason"', b'"state": "rejected",\n   "reason"')
        if not name.endswith("file.json"):
            return content
        return content.replace(*(states if verb is release else reversed(states)))

    packing = Packing(passage, about="file 2")
    assert faults(packing.written(lambda _, content: content)) == []
    assert any("interchange 2 has outcomes" in fault for fault in faults(packing.written(move)))
    passage.close()


def test_a_table_is_called_one(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path / "home", bolt=MAP))
    passage.take(table(bill("B-1", "5")), channel="bolt", name="bills.csv")
    out = tmp_path / "pack.zip"
    assert main(["archive", "export", "file", "1", "--out", str(out), *home_words(passage)]) == 0
    with zipfile.ZipFile(out) as pack:
        assert "  table from name/bolt to " in pack.read("index.txt").decode()
    passage.close()


def test_where_the_archive_was_changed_no_pack_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    passage = Passage(found_home(tmp_path / "home"))
    passage.take(orders("PO-1"))
    (sha256,) = passage.rows("SELECT sha256 FROM transmission WHERE id = 1")[0]
    (blob,) = passage.home.archive.glob(f"2*/{sha256}")
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes().replace(b"PO-1", b"PO-2"))
    assert main(["archive", "export", "file", "1", "--out", str(tmp_path / "x.zip"), *home_words(passage)]) == 2
    assert "changed in the archive" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    passage.close()


def test_where_the_ledger_was_changed_no_pack_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    passage = Passage(found_home(tmp_path / "home"))
    passage.take(orders("PO-1"))
    with passage.ledger.write() as tx:
        tx.execute(text("UPDATE delivery SET reference = 'another'"))
    assert main(["archive", "export", "file", "1", "--out", str(tmp_path / "x.zip"), *home_words(passage)]) == 2
    assert "does not stand its own check" in capsys.readouterr().err
    passage.close()


@given(st.data())
def test_the_program_checks_the_tree_by_another_way_than_the_gateway_and_agrees(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    leaves = [tree.leaf_hash(b"%d" % n) for n in range(size)]
    inclusion, growth = tree.inclusion_path(index, size), tree.consistency_path(old, size)
    roots = tree.roots_of_ranges(leaves, {*inclusion, *growth})
    root, old_root = tree.root_of(leaves), tree.root_of(leaves[:old])
    proof, grown = [roots[place] for place in inclusion], [roots[place] for place in growth]
    assert verify_pack.root_by(leaves[index], index, size, proof) == root
    assert verify_pack.root_by(leaves[index], index, size, [*proof, root]) != root
    assert verify_pack.grew(old, old_root, size, root, grown)
    assert not verify_pack.grew(old, root if old < size else leaves[0] + b"x", size, root, grown)
    assert not verify_pack.grew(old, old_root, size, root, [*grown, root])
