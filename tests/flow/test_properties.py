"""What holds for every file and every sequence of mishaps: tried on many."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.flow import settle as settling
from gateway.flow import translate as translating
from gateway.flow.review import reject, release
from gateway.ledger.claim import claim_deliveries
from gateway.model.outcomes import Refused
from gateway.settings import Home
from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.x12 import group, interchange, invoice, invoices, order, segments

FEW = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)

# An interchange: groups of sets, each good or with a letter in its quantity.
FILES = st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose ledger is made: copying it is faster than making one."""
    home = found_home(tmp_path_factory.mktemp("blank") / "home")
    Passage(home).close()
    return home.root


@contextmanager
def passage_from(blank: Path, *, forgetful: bool = False) -> Iterator[Passage]:
    with TemporaryDirectory() as folder:
        shutil.copytree(blank, Path(folder) / "home")
        passage = Passage(Home(Path(folder) / "home"), forgetful=forgetful)
        try:
            yield passage
        finally:
            passage.close()


def file_of(groups: list[list[bool]], control: int = 1) -> bytes:
    numbered = iter(range(1000))
    return interchange(
        *(
            group(*(order(f"PO-{next(numbered)}", quantity="10" if good else "1O") for good in sets), control=n)
            for n, sets in enumerate(groups, start=1)
        ),
        control=control,
        ta1=1,
    )


@FEW
@given(FILES)
def test_an_answer_counts_exactly_the_sets_of_each_group(blank: Path, groups: list[list[bool]]) -> None:
    with passage_from(blank) as passage:
        passage.take(file_of(groups))
        (said,) = [content for content in passage.owed() if b"\nAK1*" in content]
        parts: list[list[str]] = []
        for segment in segments(said):
            if segment[0] == "AK1":
                parts.append([])
            if segment[0] == "AK5":
                parts[-1].append(segment[1])
        assert parts == [["A" if good else "R" for good in sets] for sets in groups]
        counts = [segment[2:5] for segment in segments(said) if segment[0] == "AK9"]
        assert counts == [[f"{len(sets)}", f"{len(sets)}", f"{sum(sets)}"] for sets in groups]
        assert len(passage.books.order) == sum(map(sum, groups))
        assert passage.holds()


@FEW
@given(FILES)
def test_the_same_file_again_gets_the_same_bytes(blank: Path, groups: list[list[bool]]) -> None:
    with passage_from(blank) as passage:
        passage.take(file_of(groups))
        first = passage.owed()
        passage.clock.go(days=3)
        passage.take(file_of(groups))
        assert passage.owed() == first + first


@FEW
@given(FILES, st.integers(0, 2))
def test_an_attempt_that_died_changes_nothing_in_the_answers_of_the_next(
    blank: Path, groups: list[list[bool]], deaths: int
) -> None:
    with passage_from(blank) as untouched, passage_from(blank) as stricken, pytest.MonkeyPatch.context() as dying:
        untouched.take(file_of(groups))
        stricken.receive(file_of(groups))
        dying.setattr(translating, "settle", died_after_settling)
        for _ in range(deaths):
            with pytest.raises(SystemExit):
                stricken.run()
            stricken.died()
        dying.undo()
        stricken.run()
        assert stricken.owed() == untouched.owed()


def died_after_settling(*arguments: object) -> None:
    settling.settle(*arguments)  # type: ignore[arg-type]
    raise SystemExit


TROUBLES = [None, "later", "down", "booked, not said", "lost", "refused"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 3), st.integers(1, 2)),
        st.tuples(st.just("again"), st.integers(1, 3), st.integers(1, 2)),
        st.tuples(st.just("trouble"), st.sampled_from(TROUBLES), st.integers(1, 3)),
        st.tuples(st.just("wait"), st.integers(1, 3000), st.just(0)),
        st.tuples(st.just("release"), st.booleans(), st.just(0)),
        st.tuples(st.just("reject"), st.just(0), st.just(0)),
        st.tuples(st.just("die"), st.integers(1, 3), st.just(0)),
    ),
    max_size=25,
)


def do(passage: Passage, step: tuple[str, object, int], control: int) -> None:
    """One step of what may happen between a partner, a person, an ERP and a power cut."""
    verb, what, how = step
    if verb in ("send", "again"):
        content = invoices(invoice(f"I-{what}", of="PO", quantity=how), control=control if verb == "send" else how)
        passage.take(content, channel="acme")
    elif verb == "trouble":
        passage.books.troubles += [what] * how  # type: ignore[list-item]
    elif verb == "wait":
        passage.clock.go(seconds=float(str(what)))
        passage.run()
    elif verb == "die":
        with passage.ledger.write() as tx:
            claim_deliveries(tx, "test", "erp", int(str(what)))
        passage.died()
    elif cases := passage.cases():
        try:
            if verb == "release":
                release(passage.route, passage.asked(cases[0].id, earlier_undone=bool(what)))
            else:
                reject(passage.route, passage.asked(cases[-1].id, reason="no"))
        except Refused as refused:
            assert refused.code.startswith("review.")  # noqa: PT017 - a refusal is an answer, too


@pytest.mark.parametrize("forgetful", [False, True])
@settings(FEW, max_examples=25)
@given(steps=STEPS)
def test_whatever_happens_an_effect_is_made_at_most_once_and_nothing_is_left_undone(
    blank: Path, *, forgetful: bool, steps: list[tuple[str, object, int]]
) -> None:
    assert_once_after(blank, steps, forgetful=forgetful)


@pytest.mark.all
@settings(FEW, max_examples=200)
@given(steps=STEPS, forgetful=st.booleans())
def test_whatever_happens_tried_two_hundred_times(
    blank: Path, *, forgetful: bool, steps: list[tuple[str, object, int]]
) -> None:
    assert_once_after(blank, steps, forgetful=forgetful)


# What is neither done nor given up, nor stands behind a given-up one in its purchase order's lane.
UNDONE = """
SELECT id, state FROM delivery WHERE state NOT IN ('done', 'dead', 'cancelled') AND NOT EXISTS (
    SELECT 1 FROM lane mine, lane ahead, delivery head
    WHERE mine.delivery_id = delivery.id AND ahead.name = mine.name AND head.id = ahead.delivery_id
    AND head.id < delivery.id AND head.state = 'dead'
)
"""


def assert_once_after(blank: Path, steps: list[tuple[str, object, int]], *, forgetful: bool) -> None:
    with passage_from(blank, forgetful=forgetful) as passage:
        for control, step in enumerate(steps, start=100):
            do(passage, step, control)
        passage.books.troubles.clear()
        passage.run_for(hours=2)
        booked = Counter((posting.business_key, posting.revision) for posting in passage.books.order)
        assert set(booked.values()) <= {1}
        assert passage.rows(UNDONE) == []
        done = passage.rows("SELECT idempotency_key FROM delivery WHERE kind = 'erp' AND state = 'done'")
        assert {key for (key,) in done} <= set(passage.books.effects)
        assert len(passage.rows("SELECT id FROM delivery WHERE state = 'dead'")) <= len(passage.cases())
        assert not passage.rows("SELECT 1 FROM event") or passage.holds()
