"""Profiles that were saved: versions in force are written down, a broken file opens a case that its mending closes."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from gateway.flow.cases import close_cases, open_case_for, open_subjects
from gateway.flow.route import Route
from gateway.ledger import tables
from gateway.profiles.current import Change
from gateway.profiles.mistakes import broken

_P = tables.profile_version


def tell_of_profiles(route: Route, change: Change) -> None:
    """Write down what a look at the files brought; most looks bring nothing and write nothing."""
    files = {one.file for one in change.mistakes}
    with route.ledger.read() as snapshot:
        told = open_subjects(snapshot, "profile ")
        known = set(snapshot.execute(select(_P.c.sha256)).scalars())
    versions = {one.sha256: one for one in route.profiles().partners if one.sha256 not in known}
    new, mended = files - told, told - files
    if not (new or mended or versions or change.taken):
        return
    with route.ledger.write() as tx:
        for file in sorted(new):
            found = broken(file, change.mistakes, held=file in change.held_files)
            open_case_for(tx, found, f"profile {file}")
        for file in sorted(mended):
            close_cases(tx, f"profile {file}", "the file is sound again")
        for sha256, partner in versions.items():
            content = msgspec.json.encode(partner).decode()
            tx.insert(_P, sha256=sha256, partner=partner.name, first_used_at=tx.now, content=content)
        if change.taken:
            tx.event("gateway", "profiles.taken", "profiles", sha256=change.sha256)
