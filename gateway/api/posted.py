"""What a POST says about its file, checked before the first byte of it is read: key, name, type and length."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.message import Message
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Request

from gateway.api.edge import edge_of
from gateway.api.problem import Problem
from gateway.api.sender import Known, Sender
from gateway.ports import Spooled

_LONGEST_NAME = 200  # bytes, as over SFTP
_LONGEST_DISPOSITION = 2000  # characters of the header: more is no name
_LONGEST_LENGTH = 18  # digits
_KEY = re.compile(r"[!-~]{1,200}")
_NAMES = {"application/edi-x12": "upload.edi", "text/csv": "upload.csv"}


async def key_of(request: Request) -> str:
    """The Idempotency-Key, without the quotes that draft-ietf-httpapi-idempotency-key-header puts around it.

    Where there is none, this upload has an id of its own, and the same file sent again is another transmission.
    """
    told = request.headers.getlist("idempotency-key")
    if not told:
        return f"upload {uuid4()}"  # a space: no key that a sender may choose has one
    key = told[0].strip()
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if len(told) > 1 or not _KEY.fullmatch(key):
        raise Problem("http.key_unfit")
    return key


async def name_of(request: Request) -> str:
    """The file's name: `?name=`, else Content-Disposition (RFC 6266), else one for its type."""
    name = request.query_params.get("name")
    if name is None:
        name = _disposed(request.headers.get("content-disposition", ""))
    if name is None:
        return _NAMES.get(_type_of(request), "upload")
    why = _unfit(name)
    if why:
        raise Problem("http.name_unfit", why=why)
    return name


def _disposed(header: str) -> str | None:
    if len(header) > _LONGEST_DISPOSITION:
        raise Problem("http.name_unfit", why="Content-Disposition is too long")
    if not header:
        return None
    message = Message()
    message["content-disposition"] = header
    name = message.get_filename()
    if name is None:
        return None
    try:  # many programs put UTF-8 there as it is, which HTTP reads as Latin-1
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def _unfit(name: str) -> str | None:
    if not name.strip():
        return "it is empty"
    if len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        return f"it has more than {_LONGEST_NAME} bytes"
    if "/" in name or name in (".", ".."):
        return "it is a path"
    if "\ufffd" in name or any(0xD800 <= ord(sign) <= 0xDFFF for sign in name):  # noqa: PLR2004 - the surrogates
        return "it is not UTF-8"
    return "it holds control characters" if any(ord(sign) < 0x20 or ord(sign) == 0x7F for sign in name) else None  # noqa: PLR2004 - C0 and DEL


def _type_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_of(request: Request, sender: Known) -> AsyncIterator[Spooled]:
    """The whole body, spooled until the request is answered; raises Problem."""
    _check_type(request, sender)
    declared = _declared(request)
    async with edge_of(request).spool.keep(sender.channel, request.stream(), declared) as body:
        if not body.size:
            raise Problem("http.empty")
        yield body


def _check_type(request: Request, sender: Sender) -> None:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise Problem("http.encoded", encoding=encoding[:40])
    agreed = sender.account.content_types
    if agreed and _type_of(request) not in agreed:
        raise Problem("http.content_type", found=_type_of(request)[:80] or "nothing", agreed=" or ".join(agreed))


def _declared(request: Request) -> int | None:
    length, in_chunks = request.headers.get("content-length"), "transfer-encoding" in request.headers
    if length is None:
        if not in_chunks:
            raise Problem("http.no_length")
        return None
    if in_chunks:  # two lengths: whoever stands before us may have read another one (RFC 9112 section 6.3)
        raise Problem("http.two_lengths", headers={"Connection": "close"})
    if not (length.isascii() and length.isdigit()):
        raise Problem("http.length_unfit")
    return int(length) if len(length) <= _LONGEST_LENGTH else 10**_LONGEST_LENGTH


Key = Annotated[str, Depends(key_of)]
Name = Annotated[str, Depends(name_of)]
Body = Annotated[Spooled, Depends(body_of)]
