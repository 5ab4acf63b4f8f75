"""The two families of exceptions: a person must act, or time will help. Nothing else crosses a module of the gateway on purpose."""

from gateway.model.catalogue import reasons


class Refused(Exception):  # noqa: N818 - it names what happened, and people read it
    """A person must act: `code` is in the catalogue, the text is safe to show, the cause goes in `from error`."""

    def __init__(self, code: str, **facts: object) -> None:
        reason = reasons()[code]
        super().__init__(reason.message.format_map(facts))
        self.code = code
        self.fix = reason.fix and reason.fix.format_map(facts)
        self.facts = facts


class TryLater(Exception):  # noqa: N818 - it names what to do
    """Keep it and come back: after `after` seconds where the other side said so."""

    def __init__(self, text: str, *, after: float | None = None, down: bool = False) -> None:
        super().__init__(text)
        self.after = after
        self.down = down


class OutcomeUnknown(TryLater):
    """The other side may have done it: look it up before asking again."""
