"""Settle: the final commit of one interchange. It alone makes deliveries due, reserves keys, opens cases and creates the answers."""

from __future__ import annotations

from gateway.flow import answers
from gateway.flow.course import Course, course_of
from gateway.flow.decide import Due, answers_due, fates, state_of
from gateway.flow.owed import owe_documents
from gateway.flow.past import Here, control_key
from gateway.flow.record import (
    Reading,
    Spoiled,
    open_cases,
    take_ta1s,
    tell_interchange,
    tell_sets,
    write_groups,
    write_interchange,
)
from gateway.flow.repeat import repeat_answers
from gateway.flow.seen import History
from gateway.flow.set_cases import CasesOfSets
from gateway.ledger.claim import TransmissionWork
from gateway.ledger.states import Owed, Processing
from gateway.ledger.write import Tx
from gateway.x12.maps import Maps


def settle(tx: Tx, history: History, work: TransmissionWork, reading: Reading, maps: Maps) -> Processing:
    """Decide and write down everything about one interchange; what became of it."""
    read, place = reading.found.read, reading.place
    here = Here(interchange=place.interchange_id, file=place.transmission_id)
    course = course_of(reading.found, reading.groups, history, here, waived=reading.waived)
    groups = course.judged(reading.groups)
    by_ordinal = {verdict.group.ordinal: verdict for verdict, _ in groups}
    reached = {Processing.TAKEN} if read.ta1 else set[Processing]()
    spoiled, cases, told = Spoiled(), CasesOfSets(place), reading.sets.told()
    for part in reading.sets.parts(tx):
        decided = fates(part, by_ordinal, course, history, here)
        reading.sets.write(tx, part, decided, told)
        owe_documents(tx, place, part, decided)
        tell_sets(tx, place, part, decided, course)
        if course.stop is None:
            cases.open(tx, part, decided)
        spoiled.add(part, decided)
        reached |= {fate.state for fate in decided}
    state = course.stop or state_of(reached)
    due = answers_due(course, groups, reading.found.agreement)
    write_interchange(tx, reading, course, state, Owed.GENERATED if due.ta1 else Owed.NONE)
    take_ta1s(tx, reading, told)
    tell_interchange(tx, reading, course, state, told)
    history.add(here, control_key(read.interchange, read.sha256), read.sha256, state)
    _answer(tx, work, reading, due, maps)
    write_groups(tx, reading, groups, _no_answer(tx, reading, course, due))
    open_cases(tx, reading, course, groups, spoiled)
    cases.open_for_the_rest(tx)
    return state


def _answer(tx: Tx, work: TransmissionWork, reading: Reading, due: Due, maps: Maps) -> None:
    """The TA1, then the one answer to all groups that get one, where they are due."""
    if due.ta1:
        ta1 = answers.answer_interchange(tx, due.ta1, reading.found.agreement)
        answers.owe(tx, reading.place, work.channel, ta1)
    if due.groups:
        owed = answers.answer_groups(tx, due.groups, reading.sets, maps.data_element)
        answers.owe(tx, reading.place, work.channel, owed)


def _no_answer(tx: Tx, reading: Reading, course: Course, due: Due) -> dict[int, str]:
    """For every group without an answer of its own the reason why; a duplicate gets again what the first one got."""
    repeated = course.earlier is not None and repeat_answers(tx, course.earlier.interchange, reading.place)
    return dict.fromkeys(due.none, "repeated") if repeated else due.none
