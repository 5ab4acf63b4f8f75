"""What is odd in the drop folders and mailboxes: a case for each cause while it stands, closed by its end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select, update

from gateway.flow.cases import close_cases, open_case_for
from gateway.flow.route import Route
from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES
from gateway.model.finding import Finding

_C = tables.case


def tell_of_oddities(
    route: Route, standing: Mapping[str, Sequence[Finding]], unknown: Collection[str] = (), *, about: str = "channel"
) -> None:
    """Make the open cases about channels say what stands now: all of it, by what it is about ("channel acme").

    `about` is how their subjects begin. Cases about one that is `unknown`, because nobody looked yet, stay as they are.
    """
    found = {(subject, one.code): one for subject, findings in standing.items() for one in findings}
    query = select(_C.c.id, _C.c.subject, _C.c.reason, _C.c.sentence).where(
        _C.c.subject.startswith(about), _C.c.subject.not_in(unknown), _C.c.state.in_(OPEN_CASES)
    )
    with route.ledger.read() as snapshot:
        told = {(row.subject, row.reason): row for row in snapshot.execute(query)}
    new, over = found.keys() - told.keys(), told.keys() - found.keys()
    reworded = {told[key].id: found[key].message for key in found.keys() & told.keys()}
    reworded = {row.id: reworded[row.id] for row in told.values() if reworded.get(row.id, row.sentence) != row.sentence}
    if not (new or over or reworded):
        return
    with route.ledger.write() as tx:
        for subject, code in sorted(new):
            open_case_for(tx, found[subject, code], subject)
        for subject, code in sorted(over):
            close_cases(tx, subject, "it is so no longer", reason=code)
        for number, sentence in reworded.items():
            tx.execute(update(_C).where(_C.c.id == number).values(sentence=sentence))
