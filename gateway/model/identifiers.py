"""Who is who on the wire: an id together with the scheme that gives it meaning."""

import msgspec


class PartyId(msgspec.Struct, frozen=True):
    """An interchange identity, ISA05/06 or ISA07/08: `id` without the padding of the fixed-width field."""

    qualifier: str
    id: str

    def __str__(self) -> str:
        return f"{self.qualifier}/{self.id}"
