"""One SFTP session: requests in, replies out, one after the other. It knows the protocol and the folders, not the network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec
import structlog

from gateway.channels.sftp import protocol
from gateway.channels.sftp.jail import FOLDERS, IN, Spot, new_name, spot
from gateway.channels.sftp.protocol import Attributes, Entry, Flags, Kind, Reader, Status
from gateway.channels.sftp.shelf import Download, Shelf
from gateway.channels.sftp.taken import JustTaken
from gateway.channels.sftp.upload import Upload
from gateway.channels.sftp.uploads import Uploads
from gateway.model.outcomes import Refused

log = structlog.get_logger()

STATUS = {
    "sftp.no_such_file": Status.NO_SUCH_FILE,
    "sftp.read_only": Status.PERMISSION_DENIED,
    "sftp.write_only": Status.PERMISSION_DENIED,
    "sftp.not_fetched": Status.PERMISSION_DENIED,
    "sftp.not_offered": Status.OP_UNSUPPORTED,
}
"""How a refusal ends a request; every other one is a failure."""

_EXTENSIONS = {b"posix-rename@openssh.com": b"1", b"fsync@openssh.com": b"1", b"limits@openssh.com": b"1"}
_LINES_AT_ONCE = 100

Handle = Upload | Download | Iterator[list[Entry]]


class Room(msgspec.Struct, frozen=True):
    """The folders of one account."""

    uploads: Uploads
    shelf: Shelf


class Session:
    """One client over one subsystem channel. `answer(packet)` gives the reply to each of its requests."""

    def __init__(self, room: Room, who: str) -> None:
        self._uploads = room.uploads
        self._shelf = room.shelf
        self._who = who
        self._handles: dict[bytes, Handle] = {}
        self._opened = 0
        self._taken = JustTaken()

    def answer(self, packet: memoryview) -> bytes:
        """The reply to one packet, without its length; raises Broken where it is too short to have an id."""
        reader = Reader(packet)
        kind = reader.byte()
        if kind == Kind.INIT:
            return protocol.version(_EXTENSIONS)
        request = reader.number()
        try:
            return self._answer(kind, request, reader)
        except Refused as refused:
            log.info("sftp.refused", who=self._who, code=refused.code, why=str(refused))
            text = f"{refused} {refused.fix}" if refused.fix else str(refused)
            return protocol.status(request, STATUS.get(refused.code, Status.FAILURE), text)
        except protocol.Broken:
            return protocol.status(request, Status.BAD_MESSAGE, "The request is cut off.")
        except OSError as error:
            log.exception("sftp.failed", who=self._who)
            return protocol.status(request, Status.FAILURE, f"Our disk refused: {error.strerror}.")

    def end(self) -> None:
        """The client is gone; what it had open is broken off."""
        for handle in self._handles.values():
            if isinstance(handle, Upload | Download):
                try:
                    handle.break_off()
                except OSError:
                    log.exception("sftp.failed", who=self._who)
        self._handles.clear()

    def _answer(self, kind: int, request: int, reader: Reader) -> bytes:
        verb = _VERBS.get(kind)
        if verb is None:
            raise Refused("sftp.not_offered", what=_NOT_OFFERED.get(kind, f"request {kind}"))
        return verb(self, request, reader)

    # --- Handles ---

    def _open(self, request: int, reader: Reader) -> bytes:
        place, flags = spot(reader.string()), reader.number()
        self._check_handles()
        if flags & (Flags.WRITE | Flags.APPEND | Flags.CREATE | Flags.TRUNCATE):
            if place.folder != IN or place.name is None:
                raise Refused("sftp.read_only", name=place.path)
            self._taken.forget(place.name)
            upload = self._uploads.open(
                new_name(place.name),
                anew=bool(flags & Flags.TRUNCATE),
                only_new=bool(flags & Flags.EXCLUSIVE),
                append=bool(flags & Flags.APPEND),
            )
            return self._handle(request, upload)
        if place.folder == IN:
            raise Refused("sftp.write_only")
        if place.folder is None or place.name is None:
            raise Refused("sftp.no_such_file", name=place.path)
        return self._handle(request, self._shelf.open(place.folder, place.name))

    def _open_folder(self, request: int, reader: Reader) -> bytes:
        place = spot(reader.string())
        self._check_handles()
        if place.name is not None:
            raise Refused("sftp.no_such_file", name=place.path)
        entries = self._listing(place.folder)
        pages = [entries[at : at + _LINES_AT_ONCE] for at in range(0, len(entries), _LINES_AT_ONCE)]
        return self._handle(request, iter(pages))

    def _read_folder(self, request: int, reader: Reader) -> bytes:
        handle = self._handles.get(reader.string())
        if handle is None or isinstance(handle, Upload | Download):
            raise Refused("sftp.no_such_handle")
        page = next(handle, None)
        return protocol.names(request, page) if page else protocol.status(request, Status.EOF)

    def _close(self, request: int, reader: Reader) -> bytes:
        handle = self._handles.pop(reader.string(), None)
        if handle is None:
            raise Refused("sftp.no_such_handle")
        if isinstance(handle, Upload):
            about = handle.about()
            handle.close()
            self._remember(handle.file.staged.name, about)
        elif isinstance(handle, Download):
            handle.close()
        return protocol.status(request, Status.OK)

    def _read(self, request: int, reader: Reader) -> bytes:
        handle = self._handles.get(reader.string())
        offset, count = reader.long(), reader.number()
        if not isinstance(handle, Download):
            raise Refused("sftp.no_such_handle" if handle is None else "sftp.write_only")
        content = handle.read(offset, min(count, protocol.LONGEST_DATA))
        if not content:
            return protocol.status(request, Status.EOF)
        return protocol.packet(Kind.DATA, request, protocol.string(content))

    def _write(self, request: int, reader: Reader) -> bytes:
        handle = self._handles.get(reader.string())
        offset, content = reader.long(), reader.view()
        if not isinstance(handle, Upload):
            raise Refused("sftp.no_such_handle")
        handle.write(offset, content)
        return protocol.status(request, Status.OK)

    def _stat_handle(self, request: int, reader: Reader) -> bytes:
        handle = self._handles.get(reader.string())
        if not isinstance(handle, Upload | Download):
            raise Refused("sftp.no_such_handle")
        return protocol.packet(Kind.ATTRS, request, handle.about().packed())

    # --- Names ---

    def _stat(self, request: int, reader: Reader) -> bytes:
        place = spot(reader.string())
        about = self._about(place)
        if about is None:
            raise Refused("sftp.no_such_file", name=place.path)
        return protocol.packet(Kind.ATTRS, request, about.packed())

    def _real_path(self, request: int, reader: Reader) -> bytes:
        try:
            place = spot(reader.string())
        except Refused as refused:
            if refused.code != "sftp.no_such_file":
                raise
            place = Spot(str(refused.facts["name"]))  # a client may ask before it makes something
        return protocol.names(request, [Entry(name=place.path, attributes=Attributes(folder=place.name is None))])

    def _rename(self, request: int, reader: Reader, *, over: bool = False) -> bytes:
        old, new = spot(reader.string()), spot(reader.string())
        for place in (old, new):
            if place.folder != IN or place.name is None:
                raise Refused("sftp.read_only", name=place.path)
        name, final = str(old.name), new_name(str(new.name))
        about = self._uploads.about(name)
        self._uploads.rename(name, final, over=over)
        self._remember(final, about)
        return protocol.status(request, Status.OK)

    def _remove(self, request: int, reader: Reader) -> bytes:
        place = spot(reader.string())
        if place.folder is None or place.name is None:
            raise Refused("sftp.read_only", name=place.path)
        if place.folder == IN:
            self._uploads.remove(place.name)
        else:
            self._shelf.remove(place.folder, place.name)
        return protocol.status(request, Status.OK)

    def _set(self, request: int, reader: Reader) -> bytes:
        """Times and permissions mean nothing here and are let pass (`put -p`)."""
        reader.string()
        if reader.size() is not None:
            raise Refused("sftp.not_offered", what="setting the size of a file that is not open")
        return protocol.status(request, Status.OK)

    def _set_handle(self, request: int, reader: Reader) -> bytes:
        """The same; and scp ends by cutting the file to what it wrote."""
        handle, size = self._handles.get(reader.string()), reader.size()
        if size is not None and isinstance(handle, Upload):
            handle.cut(size)
        return protocol.status(request, Status.OK)

    def _make_folder(self, _request: int, reader: Reader) -> bytes:
        place = spot(reader.string())
        raise Refused("sftp.exists" if place.name is None else "sftp.read_only", name=place.path)

    def _extended(self, request: int, reader: Reader) -> bytes:
        match reader.string():
            case b"posix-rename@openssh.com":
                return self._rename(request, reader, over=True)
            case b"fsync@openssh.com":
                return protocol.status(request, Status.OK)  # custody comes with CLOSE, and flushes
            case b"limits@openssh.com":
                return protocol.limits(request, self._uploads.limits().handles)
            case other:
                raise Refused("sftp.not_offered", what=other[:60].decode("ascii", "replace"))

    # --- What these share ---

    def _handle(self, request: int, handle: Handle) -> bytes:
        self._opened += 1
        name = str(self._opened).encode()
        self._handles[name] = handle
        return protocol.packet(Kind.HANDLE, request, protocol.string(name))

    def _check_handles(self) -> None:
        most = self._uploads.limits().handles
        if len(self._handles) >= most:
            raise Refused("sftp.too_many_handles", most=most)

    def _listing(self, folder: str | None) -> list[Entry]:
        if folder is None:
            return [Entry(name=name, attributes=_folder(name)) for name in FOLDERS]
        return self._uploads.listing() if folder == IN else self._shelf.listing(folder)

    def _about(self, place: Spot) -> Attributes | None:
        if place.name is None:
            return _folder(place.folder)
        if place.folder == IN:
            return self._uploads.about(place.name) or self._taken.about(place.name)
        return self._shelf.about(str(place.folder), place.name)

    def _remember(self, name: str, about: Attributes | None) -> None:
        """Where it was taken, so that it is not there any more."""
        if about is not None and self._uploads.about(name) is None:
            self._taken.remember(name, about)


def _folder(name: str | None) -> Attributes:
    return Attributes(folder=True, writable=name == IN, changed=time.time())


_VERBS: dict[int, Callable[[Session, int, Reader], bytes]] = {
    Kind.OPEN: Session._open,  # noqa: SLF001 - the table of what this module's class answers
    Kind.CLOSE: Session._close,  # noqa: SLF001
    Kind.READ: Session._read,  # noqa: SLF001
    Kind.WRITE: Session._write,  # noqa: SLF001
    Kind.LSTAT: Session._stat,  # noqa: SLF001
    Kind.STAT: Session._stat,  # noqa: SLF001
    Kind.FSTAT: Session._stat_handle,  # noqa: SLF001
    Kind.SETSTAT: Session._set,  # noqa: SLF001
    Kind.FSETSTAT: Session._set_handle,  # noqa: SLF001
    Kind.OPENDIR: Session._open_folder,  # noqa: SLF001
    Kind.READDIR: Session._read_folder,  # noqa: SLF001
    Kind.REMOVE: Session._remove,  # noqa: SLF001
    Kind.MKDIR: Session._make_folder,  # noqa: SLF001
    Kind.REALPATH: Session._real_path,  # noqa: SLF001
    Kind.RENAME: Session._rename,  # noqa: SLF001
    Kind.EXTENDED: Session._extended,  # noqa: SLF001
}

_NOT_OFFERED: dict[int, str] = {
    Kind.RMDIR: "removing a folder",
    Kind.READLINK: "reading a link",
    Kind.SYMLINK: "making a link",
}
