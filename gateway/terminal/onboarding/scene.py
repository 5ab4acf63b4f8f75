"""What a new partner comes into: the home's settings, and the samples with what they say together."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.profiles.agreement import Profiles
from gateway.profiles.load import Loaded
from gateway.terminal.onboarding.sample import Sample, TableSample, X12Sample
from gateway.x12.charset import printable


class Scene:
    """What is there already, and what was found: the home's settings, the samples, and where they came from."""

    def __init__(self, loaded: Loaded, samples: Sequence[Sample], taken: frozenset[str], source: str = "") -> None:
        self.profiles: Profiles = loaded.profiles
        self.x12 = [sample for sample in samples if isinstance(sample, X12Sample)]
        self.tables = [sample for sample in samples if isinstance(sample, TableSample)]
        self.taken = taken
        self.source = source or ", ".join(printable(sample.name) for sample in samples)

    def said(self, fact: str) -> list[object]:
        """What all X12 samples say of this, each once."""
        return list(dict.fromkeys(one for sample in self.x12 for one in getattr(sample, fact)))
