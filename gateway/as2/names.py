"""AS2 names and Message-IDs: how they are read, written and compared."""

from __future__ import annotations

import re
from typing import Final

from gateway.as2.printable import printable
from gateway.model.outcomes import Refused

# RFC 4130, 6.2: 1 to 128 printable characters; a name with a blank, a quote or a backslash must be quoted.
_NAME: Final = re.compile(r"[ -~]{1,128}")
_BARE: Final = re.compile(r"[!#-\[\]-~]{1,128}")
_ESCAPED: Final = re.compile(r'\\(["\\])')
# RFC 5322, 3.6.4 asks for <left@right>, RFC 4130, 5.3.3 for at most 998 characters; what is compared has no brackets.
_MESSAGE_ID: Final = re.compile(r"[!-~]{1,996}")


def read_name(header: str, text: str | None) -> str:
    """The name that AS2-From or AS2-To says, case and blanks kept; raises Refused("as2.name_invalid")."""
    text = (text or "").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = _ESCAPED.sub(r"\1", text[1:-1])
    if not _NAME.fullmatch(text) or not text.strip():
        raise Refused("as2.name_invalid", header=header, value=printable(text))
    return text


def write_name(header: str, name: str) -> str:
    """The same as a header value; raises Refused("as2.name_invalid")."""
    if not _NAME.fullmatch(name) or not name.strip():
        raise Refused("as2.name_invalid", header=header, value=printable(name))
    if _BARE.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read_message_id(text: str | None) -> str:
    """A Message-ID without its angle brackets, as it is kept and compared; raises Refused("as2.message_id_invalid")."""
    text = (text or "").strip()
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    if not _MESSAGE_ID.fullmatch(bare):
        raise Refused("as2.message_id_invalid", value=printable(text))
    return bare


def write_message_id(message_id: str) -> str:
    """The same as a header value."""
    return f"<{read_message_id(message_id)}>"
