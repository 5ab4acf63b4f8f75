"""What every ERP profile promises, as tests: give `ErpContract` a target and run it.

class TestMine(ErpContract):
    @pytest.fixture
    def target(self) -> Iterator[Target]: ...
"""

from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

import msgspec
import pytest

from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Booked, Erp, Posting


class Target(Protocol):
    """An ERP under test, with the means to bring each of its moods about for the next posting."""

    @property
    def erp(self) -> Erp:
        """The profile, pointed at it."""

    def booked(self) -> list[str]:
        """The references of all that it has booked."""

    def refuse(self) -> None:
        """Take no document like this."""

    def know_it_already(self) -> None:
        """Have this business document already, under another key."""

    def be_busy(self, seconds: float) -> None:
        """Book nothing, ask to wait so long."""

    def answer_nothing_but_book(self) -> None:
        """Book, and let the answer get lost."""

    def lose_the_posting(self) -> None:
        """Break the connection before anything is booked."""

    def be_gone(self) -> None:
        """Take no connections any more."""


def posting(number: str = "1", *, revision: int = 0, canonical: bytes = b'{"kind":"810"}') -> Posting:
    """An invoice to post; the same number and revision have the same key."""
    key = str(uuid5(NAMESPACE_URL, f"{number}/{revision}"))
    return Posting(key=key, kind="810", business_key=number, revision=revision, partner="acme", canonical=canonical)


class ErpContract:
    """The promises of gateway.ports.Erp."""

    def test_a_document_is_booked_under_the_erps_own_reference(self, target: Target) -> None:
        assert target.erp.submit(posting()) == Booked(reference=target.booked()[0], again=False)

    def test_the_same_posting_again_is_recognised(self, target: Target) -> None:
        first = target.erp.submit(posting())
        assert target.erp.submit(posting()) == msgspec.structs.replace(first, again=True)
        assert target.booked() == [first.reference]

    def test_a_new_revision_is_a_new_effect(self, target: Target) -> None:
        references = [target.erp.submit(posting(revision=revision)).reference for revision in (0, 1)]
        assert target.booked() == references

    def test_other_content_under_the_same_key_goes_to_a_person(self, target: Target) -> None:
        target.erp.submit(posting())
        with pytest.raises(Refused) as refused:
            target.erp.submit(posting(canonical=b'{"kind":"810","changed":1}'))
        assert refused.value.code == "erp.conflict"
        assert len(target.booked()) == 1

    def test_what_was_never_posted_is_not_found(self, target: Target) -> None:
        assert target.erp.find(posting()) is None

    def test_what_was_booked_is_found(self, target: Target) -> None:
        first = target.erp.submit(posting())
        assert target.erp.find(posting()) == Booked(reference=first.reference, again=True)

    def test_a_refusal_goes_to_a_person(self, target: Target) -> None:
        target.refuse()
        with pytest.raises(Refused) as refused:
            target.erp.submit(posting())
        assert refused.value.code == "erp.refused"
        assert target.booked() == []

    def test_a_document_that_the_erp_has_from_elsewhere_goes_to_a_person(self, target: Target) -> None:
        target.know_it_already()
        with pytest.raises(Refused) as refused:
            target.erp.submit(posting())
        assert refused.value.code == "erp.duplicate"

    def test_a_busy_erp_is_asked_again_when_it_says(self, target: Target) -> None:
        target.be_busy(7)
        with pytest.raises(TryLater) as later:
            target.erp.submit(posting())
        assert not isinstance(later.value, OutcomeUnknown)
        assert (later.value.after, later.value.down) == (7, True)
        assert target.booked() == []

    def test_a_lost_answer_is_in_doubt_until_the_look_up_finds_it(self, target: Target) -> None:
        target.answer_nothing_but_book()
        with pytest.raises(OutcomeUnknown):
            target.erp.submit(posting())
        found = target.erp.find(posting())
        assert found
        assert target.booked() == [found.reference]

    def test_a_lost_posting_is_in_doubt_until_the_look_up_does_not_find_it(self, target: Target) -> None:
        target.lose_the_posting()
        with pytest.raises(OutcomeUnknown):
            target.erp.submit(posting())
        assert target.erp.find(posting()) is None
        assert not target.erp.submit(posting()).again
        assert len(target.booked()) == 1

    def test_an_erp_that_is_gone_is_down_and_nothing_is_in_doubt(self, target: Target) -> None:
        target.be_gone()
        for ask in (target.erp.submit, target.erp.find):
            with pytest.raises(TryLater) as later:
                ask(posting())
            assert not isinstance(later.value, OutcomeUnknown)
            assert later.value.down
