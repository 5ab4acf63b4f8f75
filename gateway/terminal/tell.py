"""A dry run told to programs: every step of the pass becomes its part of the report."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from gateway.documents import canonical_json
from gateway.flow.decide import Fate, said_of
from gateway.flow.interpret import SetFound
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused
from gateway.terminal.answer import Answer
from gateway.terminal.dryrun import DryRun, Settled
from gateway.terminal.report import (
    Acknowledgment,
    Delivery,
    Group,
    Interchange,
    Report,
    Status,
    TableDocument,
    Transaction,
    contracted,
)
from gateway.terminal.shelf import SetSeen
from gateway.terminal.tally import Tally
from gateway.x12.reading import Unreadable
from gateway.x12.verdict import GroupVerdict, SetCode

STATUS: dict[SetCode, Status] = {"A": "accepted", "E": "accepted_with_errors", "R": "rejected"}


def report(run: DryRun) -> Report:
    """Everything that would come of the file; holds all of it, documents included."""
    tally, gathered = Tally(), _Gathered(run)
    for step in run.steps():
        if isinstance(step, SetFound):
            gathered.set(step)
        elif isinstance(step, Settled):
            gathered.settled(step, tally)
        elif isinstance(step, Unreadable):
            tally.unreadable(step)
            gathered.findings += step.findings
    gathered.letters()
    result = tally.result(run)
    said = () if result.said is None else (result.said,)
    return Report(
        format=result.format,
        bytes=run.size,
        consumed=run.consumed,
        partner=result.partner,
        outcome=result.outcome,
        reason=result.in_words,
        interchanges=tuple(gathered.interchanges),
        documents=tuple(gathered.documents),
        acknowledgments=tuple(gathered.acknowledgments),
        deliveries=tuple(gathered.deliveries),
        findings=contracted((*said, *gathered.findings)),
    )


class _Gathered:
    """The parts of a report so far."""

    def __init__(self, run: DryRun) -> None:
        self._run = run
        self.interchanges: list[Interchange] = []
        self.documents: list[TableDocument] = []
        self.acknowledgments: list[Acknowledgment] = []
        self.deliveries: list[Delivery] = []
        self.findings: list[Finding] = []
        self._sets: list[Transaction] = []

    def set(self, found: SetFound) -> None:
        """A set; it is put into its group when the interchange is decided."""
        self._sets.append(
            Transaction(
                set=found.read.set_id,
                control=found.read.control,
                status=STATUS[found.verdict.code],
                segments=found.read.segments,
                document=msgspec.Raw(canonical_json(found.document)) if found.document else None,
                findings=contracted(found.findings),
            )
        )

    def settled(self, settled: Settled, tally: Tally) -> None:
        """An interchange, with the sets that were read since the last one; of a table, its documents."""
        groups = self._decided(settled, tally)
        findings = settled.findings
        if self._run.file.tables:
            self.findings += (*findings, *(each for group, _ in settled.groups for each in settled.findings_of(group)))
            self.documents += [_of_table(each) for transactions in groups.values() for each in transactions]
            return
        try:
            self._answered(settled)
        except Refused as refused:
            findings = (*findings, unanswerable(refused))
        header = settled.found.read.interchange
        self.interchanges.append(
            Interchange(
                control=header.control,
                sender=header.sender,
                receiver=header.receiver,
                version=header.version,
                usage=header.usage,
                findings=contracted(findings),
                groups=tuple(
                    self._group(settled, verdict, groups[verdict.group.ordinal]) for verdict, _ in settled.groups
                ),
            )
        )

    def _decided(self, settled: Settled, tally: Tally) -> dict[int, list[Transaction]]:
        """The sets by their group, with what the end of the interchange says of them; what they would owe is noted."""
        groups: dict[int, list[Transaction]] = defaultdict(list)
        for transaction, (one, fate) in zip(self._sets, tally.settle(settled), strict=True):
            said = said_of(fate, one, settled.course)
            findings = transaction.findings if said is None else (*transaction.findings, *contracted((said,)))
            groups[one.group_ordinal].append(msgspec.structs.replace(transaction, findings=findings))
            owed = posting(one, fate)
            self.deliveries += () if owed is None else (owed,)
        self._sets = []
        return groups

    def _answered(self, settled: Settled) -> None:
        for answer in settled.answers:
            content = b"".join(answer.content).decode("latin-1")
            self.acknowledgments.append(Acknowledgment(kind=answer.kind, content=content))
            self.deliveries.append(answering(answer, settled))

    def letters(self) -> None:
        """The answer files, once all is decided."""
        channel, letters = self._run.letters()
        for letter in letters:
            content = letter.content.decode("utf-8-sig")
            self.acknowledgments.append(Acknowledgment(kind=letter.kind, content=content))
            self.deliveries.append(Delivery(target=channel and f"channel:{channel}", kind=letter.kind, key=None))

    def _group(self, settled: Settled, verdict: GroupVerdict, transactions: list[Transaction]) -> Group:
        return Group(
            functional_id=verdict.group.functional_id,
            control=verdict.group.control,
            version=verdict.group.version,
            ack_code=verdict.code,
            findings=contracted(settled.findings_of(verdict)),
            transactions=tuple(transactions),
        )


def _of_table(one: Transaction) -> TableDocument:
    return TableDocument(
        set=one.set, status=one.status, rows=one.segments, document=one.document, findings=one.findings
    )


def posting(one: SetSeen, fate: Fate) -> Delivery | None:
    """The ERP post that a set would owe; none where it does not go on, is for no ERP, or is an acknowledgment."""
    if fate.state is not Processing.TRANSLATED or one.target is None or one.business_key is None:
        return None
    return Delivery(target=one.target, kind=one.verdict.set_id, key=one.business_key)


def answering(answer: Answer, settled: Settled) -> Delivery:
    """The delivery that would carry an acknowledgment back."""
    target = None if settled.channel is None else f"channel:{settled.channel}"
    return Delivery(target=target, kind=answer.kind, key=None)


def unanswerable(refused: Refused) -> Finding:
    """Why an acknowledgment that is due could not be written."""
    facts: dict[str, Any] = refused.facts
    return finding(refused.code, **facts)
