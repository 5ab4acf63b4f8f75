"""What is agreed has its effect on files that pass, seen from outside: what is taken, when, and how it is answered."""

from collections.abc import Callable

import pytest

from gateway.channels.folder import FolderIntake
from gateway.flow.receive import receive
from tests.channels.inbox import Clock
from tests.passage.home import drop
from tests.passage.route import Passage
from tests.passage.x12 import orders, segments

Agreed = Callable[..., Passage]


def group_ids(content: bytes) -> tuple[str, str]:
    """GS02 and GS03 of an answer."""
    (gs,) = (one for one in segments(content) if one[0] == "GS")
    return gs[2], gs[3]


def test_our_group_id_is_that_of_the_entity_until_another_is_agreed(agreed: Agreed) -> None:
    of_entity, of_agreement = agreed(), agreed(north='our_gs = "HEALTHEDI"')
    content = orders("PO-1")
    for passage in (of_entity, of_agreement):
        passage.take(content.replace(b"*HEALTHSYS*2026", b"*HEALTHEDI*2026"))
    told = "SELECT code FROM finding"
    assert of_entity.rows(told) == [("envelope.group_receiver",)]
    assert of_agreement.rows(told) == []
    assert [group_ids(one) for one in of_entity.owed()] == [("HEALTHSYS", "NORTHCLINIC")]
    assert [group_ids(one) for one in of_agreement.owed()] == [("HEALTHEDI", "NORTHCLINIC")]
    assert of_agreement.states("document") == ["translated"]  # the interchange still names the entity: it is ours


@pytest.mark.parametrize(("days", "reason"), [(9, "duplicate.interchange"), (11, None)])
def test_the_same_file_is_a_repetition_within_the_window_and_a_new_one_beyond_it(
    agreed: Agreed, days: int, reason: str | None
) -> None:
    passage = agreed(north="duplicate_window_days = 10")
    content = orders("PO-1")
    passage.take(content)
    passage.clock.go(days=days)
    (again,) = passage.take(content)
    assert passage.file(again) == ("duplicate", reason)
    # A repetition gets the first answer, a new one an answer of its own; the order is known by its number for ever.
    assert [one.control for one in passage.answers()] == ([1, 1] if reason else [1, 2])
    assert passage.rows("SELECT reason FROM document WHERE id > 1 ORDER BY id")[-1] == (reason or "duplicate.document",)
    assert len(passage.books.order) == 1
    assert passage.holds()


@pytest.mark.parametrize("seconds", [3, 30])
def test_a_file_counts_as_complete_after_as_many_quiet_seconds_as_were_agreed(agreed: Agreed, seconds: int) -> None:
    passage = agreed()
    page = passage.home.partners / "northclinic.toml"
    settings = page.read_text().replace("stable_seconds = 0", f"stable_seconds = {seconds}")
    page.write_text(settings.replace('complete = "rename"', 'complete = "stable"'))
    passage.reread()
    drop(passage.home, "order.edi", orders("PO-1"))
    written = passage.home.inbox / "northclinic" / "order.edi"
    since = written.stat().st_mtime
    wall, monotonic = Clock(since), Clock()
    intake = FolderIntake(
        lambda: passage.route.profiles().channels,
        passage.home.inbox,
        odd=lambda standing: pytest.fail(f"{standing}") if standing else None,
        wall=wall,
        monotonic=monotonic,
    )
    for passed, taken in ((0.0, 0), (1.0, 0), (seconds - 0.5, 0), (seconds, 1)):
        wall.now, monotonic.now = since + passed, passed
        assert intake.look(lambda drops: receive(passage.route, drops)) == taken
    assert not written.exists()
    passage.run()
    assert passage.states("document") == ["translated"]


def test_who_sent_a_refused_interchange_is_told_why_even_where_he_did_not_ask(agreed: Agreed) -> None:
    broken = orders("PO-1").replace(b"IEA*1*000000001", b"IEA*1*000000002")
    told, strict = agreed(), agreed(north='ta1 = "when_asked"')
    for passage in (told, strict):
        (number,) = passage.take(broken)
        assert passage.file(number) == ("rejected", "envelope.iea_control")
        assert passage.books.order == []
        assert passage.holds()
    assert [one.ta1 for one in told.answers() if one.ta1] == [("000000001", "261116", "0812", "R", "001")]
    assert [one.group_codes for one in told.answers() if one.answers] == [("R",)]
    assert [one.ta1 for one in strict.answers()] == [None]
