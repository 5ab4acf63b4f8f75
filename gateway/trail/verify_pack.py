"""Checks a pack of evidence offline: `python verify_pack.py PACK.zip [--key KEY]`. Needs Python 3.10 and `cryptography`.

It stands alone: it shares no code with the gateway that wrote the pack, and reads nothing but the pack. Every byte of
the pack counts: what does not fit is named, and the exit code is 1.

    container   every byte is where the manifest says; every entry has the hash that the manifest gives it
    signature   the manifest is signed by the key in the pack (compare that key with the one you were given)
    trail       every event is, by its proof, a leaf of the tree whose root a signed checkpoint names
    evidence    files, documents, answers, deliveries are what those events say
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.exit("verify_pack.py needs the package `cryptography`: python -m pip install cryptography")

MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "trail/public_key.txt"
PIECE = 1 << 20
LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")


class Unfit(Exception):  # noqa: N818 - it names what happened, and people read it
    """Nothing beyond this can be judged; the text says where it ends."""


class Entry(NamedTuple):
    """One entry of the container: its name, where its content starts, its size and checksum as its header has them."""

    name: str
    start: int
    size: int
    crc: int


# --- container: a plain zip, nothing compressed, every field with its one possible value


def local_header(name: str, size: int, crc: int) -> bytes:
    """What stands before an entry's content."""
    return LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, 0x21, crc, size, size, len(name), 0) + name.encode()


def directory(entries: Sequence[Entry]) -> bytes:
    """What stands after the last entry."""
    lines = b""
    for name, start, size, crc in entries:
        at = start - len(local_header(name, 0, 0))
        fixed = (b"PK\1\2", 0x0314, 20, 0, 0, 0, 0x21, crc, size, size, len(name), 0, 0, 0, 0, 0o100644 << 16, at)
        lines += CENTRAL.pack(*fixed) + name.encode()
    end = entries[-1].start + entries[-1].size
    return lines + END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(lines), end, 0)


def entry_at(pack: BinaryIO, at: int, wanted: str) -> Entry:
    """The entry whose header stands here, as far as it can be believed."""
    pack.seek(at)
    raw = pack.read(LOCAL.size + len(wanted))
    if len(raw) < LOCAL.size + len(wanted):
        raise Unfit(f"{wanted}: the pack ends before it (byte {at})")
    fields = LOCAL.unpack(raw[: LOCAL.size])
    entry = Entry(wanted, at + len(raw), fields[7], fields[6])
    if raw != local_header(wanted, entry.size, entry.crc):
        raise Unfit(f"{wanted}: its header was changed, or what stands before it (byte {at} and on)")
    return entry


def content(pack: BinaryIO, entry: Entry) -> bytes:
    """The bytes of an entry."""
    pack.seek(entry.start)
    return pack.read(entry.size)


def hashes(pack: BinaryIO, start: int, size: int) -> tuple[str, int]:
    """SHA-256 and checksum of so many bytes from here."""
    pack.seek(start)
    digest, crc = hashlib.sha256(), 0
    while size > 0 and (piece := pack.read(min(size, PIECE))):
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
        size -= len(piece)
    return digest.hexdigest(), crc


# --- signatures: signed notes


def key_of(text: str) -> tuple[str, bytes, bytes]:
    """Name, number and bytes of a public key written as NAME+NUMBER+KEY."""
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\n?", text)
    if match:
        name, raw = match[1], base64.b64decode(match[3])
        number = hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4]
        plain = f"{name}+{number.hex()}+{base64.b64encode(raw).decode()}"
        if plain == text.rstrip("\n") and raw[:1] == b"\1" and len(raw) == 33:  # noqa: PLR2004 - Ed25519, 32 bytes
            return name, number, raw[1:]
    raise ValueError("this is no public key")


def opened(note: str, key: tuple[str, bytes, bytes]) -> str:
    """The text of a note that this key signed."""
    name, number, raw = key
    text, found, rest = note.rpartition(f"\n— {name} ")
    given = base64.b64decode(rest[:-1], validate=True) if found else b""
    if given[:4] != number or base64.b64encode(given).decode() + "\n" != rest:
        raise ValueError(f"it bears no signature of {name}")
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(given[4:], text.encode())
    except InvalidSignature:
        raise ValueError(f"the signature of {name} does not fit it") from None
    return text


def signed_state(note: str, key: tuple[str, bytes, bytes]) -> tuple[int, bytes, str]:
    """Size, root and moment of a checkpoint."""
    match = re.fullmatch(r"([^\n]+)\n([0-9]{1,18})\n([^\n]{44})\nat ([^\n]+)\nlast event [0-9]+\n", opened(note, key))
    if match is None or match[1] != key[0]:
        raise ValueError("it is no checkpoint of this trail")
    return int(match[2]), base64.b64decode(match[3]), match[4]


# --- the tree: RFC 6962, checked as RFC 9162 (2.1.3.2, 2.1.4.2) has it


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_by(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof of inclusion leads to."""
    place, last = index, size - 1
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            leaf = node(sibling, leaf)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            leaf = node(leaf, sibling)
        place, last = place >> 1, last >> 1
    return leaf if last == 0 and 0 <= index < size else None


def grew(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof of consistency shows that the new tree began as the old one."""
    if not 0 < old <= new or old == new:
        return old == new and old_root == new_root and not proof
    nodes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = nodes[0] if nodes else b""
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node(sibling, before), node(sibling, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def leaf_of(event: dict[str, Any]) -> bytes:
    """The leaf of an event: its six fields, a line each."""
    fields = [str(event[name]) for name in ("id", "at", "who", "what", "about", "detail")]
    return hashlib.sha256(b"\0" + "\n".join(fields).encode()).digest()


# --- the pack


class Pack:
    """One pack, checked from the outside inwards: `faults` yields every one, in words."""

    def __init__(self, file: BinaryIO, trusted: str | None = None) -> None:
        self._file = file
        self._trusted = trusted
        self._entries: dict[str, Entry] = {}
        self._shas: dict[str, str] = {}
        self.summary = ""

    def faults(self) -> Iterator[str]:
        """What does not fit; nothing where all does."""
        try:
            manifest = self._manifest()
            changed = list(self._container(manifest))
            yield from changed
            if not changed:
                yield from self._evidence(manifest)
        except Unfit as unfit:
            yield str(unfit)
        except (ValueError, LookupError, TypeError, AttributeError, struct.error, RecursionError) as error:
            yield f"the pack is not of the form that a gateway writes: {type(error).__name__}: {error}"

    def _manifest(self) -> dict[str, Any]:
        """The manifest, which everything else is measured by: it must be signed."""
        at = 0
        for name in (MANIFEST, SIGNATURE, KEY):
            entry = self._entries[name] = entry_at(self._file, at, name)
            at = entry.start + entry.size
        try:
            self._key = key_of(self._text(KEY))
        except ValueError as error:
            raise Unfit(f"{KEY}: {error}") from None
        if self._trusted is not None and self._trusted.strip() != self._text(KEY).strip():
            raise Unfit(f"{KEY}: the pack was made with another key than the one you gave: {self._text(KEY).strip()}")
        manifest, note = content(self._file, self._entries[MANIFEST]), self._text(SIGNATURE)
        said = f"{self._key[0]}/pack\n{hashlib.sha256(manifest).hexdigest()}\n"
        try:
            text = opened(note, self._key)
        except ValueError as error:
            raise Unfit(f"{SIGNATURE}: {error}") from None
        if text != said:
            raise Unfit(f"{MANIFEST}: it was changed after it was signed")
        found: dict[str, Any] = json.loads(manifest)
        return found

    def _container(self, manifest: dict[str, Any]) -> Iterator[str]:
        """Every byte against the manifest."""
        at, entries = 0, []
        own = [{"name": name, "size": self._entries[name].size, "sha256": None} for name in (MANIFEST, SIGNATURE)]
        for one in [*own, *manifest["entries"]]:
            name, size, wanted = one["name"], one["size"], one["sha256"]
            start = at + len(local_header(name, 0, 0))
            sha256, crc = hashes(self._file, start, size)
            fits = wanted in (sha256, None)
            if not fits:
                yield f"{name}: its content was changed (SHA-256 {sha256}, signed was {wanted})"
            self._file.seek(at)
            if fits and self._file.read(start - at) != local_header(name, size, crc):
                yield f"{name}: its header was changed (bytes {at} to {start})"
            self._entries[name], self._shas[name] = Entry(name, start, size, crc), sha256
            entries.append(self._entries[name])
            at = start + size
        self._file.seek(at)
        found, wanted = self._file.read(), directory(entries)
        if found != wanted:
            differs = next(
                (n for n, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), min(len(found), len(wanted))
            )
            yield f"the directory at the end of the pack was changed (byte {at + differs})"

    def _evidence(self, manifest: dict[str, Any]) -> Iterator[str]:
        """The trail, and what the trail says of everything else."""
        size, root, moment = signed_state(self._text("trail/checkpoint.txt"), self._key)
        events = [json.loads(line) for line in self._text("trail/events.jsonl").split("\n") if line]
        unsigned = 0
        for event in events:
            if event["proof"] is None:
                unsigned += 1
            elif root_by(leaf_of(event), event["index"], size, [bytes.fromhex(p) for p in event["proof"]]) != root:
                yield f"event {event['id']} ({event['what']}, {event['about']}) is not in the signed trail"
        if "trail/earlier.txt" in self._entries:
            old, old_root, _ = signed_state(self._text("trail/earlier.txt"), self._key)
            proof = [bytes.fromhex(one) for one in json.loads(self._text("trail/consistency.json"))]
            if not grew(old, old_root, size, root, proof):
                yield f"the trail of {size} events did not grow out of the earlier one of {old}"
        for number in manifest["files"]:
            yield from self._file_fits(f"files/{number}", events)
        self.summary = (
            f"{len(self._entries)} entries and {len(events)} events fit the checkpoint over {size} events, signed at {moment}."
            f" {unsigned} events of the pack are younger than that checkpoint and stand on the signature of the pack alone."
            f"\n{self._of_key()}"
        )

    def _of_key(self) -> str:
        """What it is worth that everything fits."""
        key = self._text(KEY).strip()
        if self._trusted is not None:
            return f"It is signed by the key that you gave with --key: {key}"
        return (
            "This pack fits itself only: whoever makes a key of their own can make such a pack. It is signed by\n"
            f"{key}\n"
            "Compare this key with the one that you were given by another way, or check again with --key KEY."
        )

    def _file_fits(self, folder: str, events: list[dict[str, Any]]) -> Iterator[str]:
        """What the events say of a file and all that came of it, against what the pack holds."""
        told = json.loads(self._text(f"{folder}/file.json"))
        own = {"sha256": self._shas[told["received"]], "findings": findings_told(told["findings"])}
        rows = {f"file {told['file']['id']}": told["file"] | own}
        rows |= {f"case {row['id']}": row for row in told["cases"]}
        lines = self._text(f"{folder}/documents.jsonl").split("\n")
        for row in told["interchanges"]:
            rows[f"interchange {row['id']}"] = row | sets_told(row["id"], told["documents"], lines, moves(events))
        for row in told["deliveries"]:
            sha256 = self._shas[row["bytes"]] if row["bytes"] else None
            kind = row["document_kind"] or row["acknowledgment_kind"]
            more = {
                "kind_of_debt": row["kind"],
                "kind": kind,
                "document": row["document_id"],
                "key": row["idempotency_key"],
                "sha256": sha256,
            }
            rows[f"delivery {row['id']}"] = row | more
        newest = {(e["about"], key): e["id"] for e in events for key in ANEW & json.loads(e["detail"]).keys()}
        begun = {event["about"] for event in events if event["what"] in BEGUN}
        begun |= {about for about, key in newest if key == "sets"}
        yield from (f"{folder}: no event tells of {about}" for about in rows if about not in begun)
        known = {(event["about"], event["what"]) for event in events}
        ended = {about: event_of_end(about, row) for about, row in rows.items()}
        yield from (
            f"{folder}: no event {what} tells of {about}"
            for about, what in ended.items()
            if what and (about, what) not in known
        )
        for event in events:
            row = rows.get(event["about"], {})
            detail = json.loads(event["detail"])
            if any(newest[event["about"], key] != event["id"] for key in ANEW & detail.keys()):
                continue  # it was read again, or moved on, later
            for name in FIXED & detail.keys() & row.keys():
                if detail[name] != row[name]:
                    yield f"{folder}: {event['about']} has {name} {row[name]!r}, its event {event['id']} says {detail[name]!r}"

    def _text(self, name: str) -> str:
        try:
            return content(self._file, self._entries[name]).decode()
        except UnicodeDecodeError:
            raise Unfit(f"{name}: its content was changed: it is no text any more") from None


FIXED = {
    "channel",
    "name",
    "sha256",
    "size",
    "control",
    "sender",
    "receiver",
    "usage",
    "partner",
    "sets",
    "outcomes",
    "findings",
    "state",
    "outcome",
    "subject",
    "kind",
    "document",
    "target",
    "key",
    "reference",
}
"""What events fix for ever."""

ANEW = {"sets", "findings", "state"}
"""What a later event about the same fixes anew."""

BEGUN = {"file.received", "delivery.owed", "case.opened"}
"""What begins with such an event."""

READ = (
    "group_ordinal",
    "ordinal",
    "verdict",
    "kind",
    "control",
    "implementation",
    "ak5_codes",
    "segments",
    "partner",
    "entity",
    "usage",
    "number",
    "orders",
    "business_key",
    "duplicate_key",
    "content_sha",
    "value",
)
"""The columns of a document that its reading fixes; its JSON is the last of them."""


def fields(*values: Any) -> bytes:  # noqa: ANN401 - JSON
    """Each as its length in bytes, a colon and its text; `-` where it has no value."""
    raws = [value if isinstance(value, bytes) else str(value).encode() for value in values]
    pairs = zip(values, raws, strict=True)
    return b"".join(b"-" if value is None else b"%d:%b" % (len(raw), raw) for value, raw in pairs)


def event_of_end(about: str, row: dict[str, Any]) -> str | None:
    """The event that must tell how it came to be in its state; None while it is under way."""
    label, state = about.partition(" ")[0], row["state"]
    if label == "delivery":
        done = {"done": f"{row['kind_of_debt']}.delivered", "dead": "delivery.dead", "cancelled": "delivery.rejected"}
        return done.get(state)
    return None if state in ("received", "open") else f"{label}.{state}"


def moves(events: list[dict[str, Any]]) -> dict[int, dict[str, str]]:
    """What a person made of documents after they were settled: where each stood, and where it stands."""
    told = [(event["about"], json.loads(event["detail"])) for event in events if event["what"].startswith("document.")]
    return {int(about.removeprefix("document ")): detail for about, detail in told if "was" in detail}


def sets_told(
    interchange: int, documents: list[dict[str, Any]], lines: list[str], moved: dict[int, dict[str, str]]
) -> dict[str, str]:
    """The hashes over the sets of an interchange, in the order in which they were read: what was read, what became of them."""
    sets, outcomes = hashlib.sha256(), hashlib.sha256()
    for row, line in zip(documents, lines, strict=False):
        if row["interchange_id"] == interchange:
            sets.update(fields(*(row[name] for name in READ), line.encode() if line else None))
            move = moved.get(row["id"])
            # What a person moved must stand where they moved it to: then it counts as it was before.
            stood = row["state"] if move is None else move["was"] if move["state"] == row["state"] else "moved by hand"
            outcomes.update(fields(row["id"], stood))
    return {"sets": sets.hexdigest(), "outcomes": outcomes.hexdigest()}


def findings_told(found: list[dict[str, Any]]) -> str | None:
    """The hash over the problems of a file."""
    digest = hashlib.sha256()
    for row in found:
        digest.update(fields(row["interchange_id"], row["document_id"], row["code"], row["severity"]))
    return digest.hexdigest() if found else None


def told_key(told: str) -> str:
    """The key to trust: as it was given, or in the file that was named."""
    return Path(told).read_text("utf-8") if Path(told).is_file() else told


def main(arguments: Sequence[str]) -> int:
    """Check one pack and say what was found; 0 where everything fits, 1 where not, 2 where it cannot be read."""
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--key"):  # noqa: PLR2004 - PACK, or PACK --key KEY
        print(__doc__)
        return 2
    try:
        with Path(arguments[0]).open("rb") as file:
            pack = Pack(file, told_key(arguments[2]) if len(arguments) > 1 else None)
            faults = list(pack.faults())
    except OSError as error:
        print(f"{arguments[0]} cannot be read: {error.strerror}")
        return 2
    for fault in faults:
        print(f"DOES NOT FIT  {fault}")
    print(pack.summary if not faults else f"{len(faults)} do not fit: this pack is not what the gateway wrote.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
