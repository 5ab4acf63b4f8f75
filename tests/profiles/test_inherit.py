"""What holds, from whom it is inherited, and when."""

from datetime import UTC, datetime

import pytest

from gateway.model.identifiers import PartyId
from gateway.profiles.agreement import AckKind, Agreement, Direction, OnDuplicate
from gateway.profiles.load import load
from gateway.settings import Home

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

CONFIG = """\
[gateway]
timezone = "America/Chicago"

[[entity]]
name = "east"
title = "East"
gs = "EASTGS"
identity = [{ qualifier = "ZZ", id = "EAST" }, { qualifier = "01", id = "123456789" }]

[[entity]]
name = "west"
title = "West"
gs = "WESTGS"
identity = [{ qualifier = "ZZ", id = "WEST" }]

[erp.erp]
url = "lab"

[erp.trial]
url = "lab"

[defaults]
entity = "east"
acknowledgment = "999"
ta1 = "never"
separators = { element = "|", segment = "'" }
"""

PARTNER = """\
title = "Some Supplier"
timezone = "America/New_York"
identity = [{ qualifier = "ZZ", id = "SOME" }]

[defaults]
ta1 = "always"
partner_gs = ["SOMEGS"]
separators = { element = "+" }

[[agreement]]
kinds = ["855"]
direction = "in"

[[agreement]]
kinds = ["810", "856"]
direction = "in"
entity = "west"
ta1 = "on_error"
timezone = "Europe/Vienna"
separators = { suffix = "CRLF" }
test_erp = "trial"
our_gs = "MONEY"
"""


@pytest.fixture
def home(home: Home) -> Home:
    """A home with one partner that inherits from everywhere."""
    for page in home.partners.glob("*.toml"):
        page.unlink()
    home.config.write_text(CONFIG, "utf-8")
    (home.partners / "some.toml").write_text(PARTNER, "utf-8")
    return home


def agreement(home: Home, entity: str, kind: str, usage: str = "P", at: datetime = NOW) -> Agreement | None:
    loaded = load(home.root)
    assert loaded.mistakes == ()
    return loaded.profiles.agreement_for(entity, "some", Direction.IN, kind, usage, at)


def test_the_nearest_table_that_sets_a_value_wins(home: Home) -> None:
    response, invoice = agreement(home, "east", "855"), agreement(home, "west", "810")
    assert response
    assert invoice
    assert (response.acknowledgment, invoice.acknowledgment) == (AckKind.X999, AckKind.X999)
    assert (response.ta1, invoice.ta1) == ("always", "on_error")
    assert (response.timezone, invoice.timezone) == ("America/New_York", "Europe/Vienna")
    assert (response.test_erp, invoice.test_erp) == (None, "trial")
    assert response.on_duplicate_document is OnDuplicate.HOLD


def test_separators_are_inherited_one_by_one(home: Home) -> None:
    invoice = agreement(home, "west", "856")
    assert invoice
    separators = invoice.separators
    assert (separators.element, separators.component, separators.segment, separators.suffix) == ("+", ">", "'", "\r\n")


def test_ids_are_the_entitys_and_the_partners_unless_said(home: Home) -> None:
    response, invoice = agreement(home, "east", "855"), agreement(home, "west", "810")
    assert response
    assert invoice
    assert (response.our_id, response.our_gs, response.partner_gs) == (PartyId("ZZ", "EAST"), "EASTGS", ("SOMEGS",))
    assert (invoice.our_id, invoice.our_gs) == (PartyId("ZZ", "WEST"), "MONEY")


def test_each_value_knows_the_line_it_comes_from(home: Home) -> None:
    invoice = agreement(home, "west", "810")
    assert invoice
    origins = dict(invoice.origins)
    assert {
        key: origins[key]
        for key in (
            "acknowledgment",
            "ta1",
            "timezone",
            "separators.element",
            "separators.segment",
            "separators.suffix",
            "separators.component",
            "our_id",
            "our_gs",
            "partner_gs",
            "erp",
        )
    } == {
        "acknowledgment": "config/gateway.toml line 24",
        "ta1": "partners/some.toml line 18",
        "timezone": "partners/some.toml line 19",
        "separators.element": "partners/some.toml line 8",
        "separators.segment": "config/gateway.toml line 26",
        "separators.suffix": "partners/some.toml line 20",
        "separators.component": "default",
        "our_id": "config/gateway.toml line 14",
        "our_gs": "partners/some.toml line 22",
        "partner_gs": "partners/some.toml line 7",
        "erp": "default",
    }


def test_every_setting_has_an_origin(home: Home) -> None:
    response = agreement(home, "east", "855")
    assert response
    coordinates = {"entity", "partner", "direction", "kind", "usage", "effective_from", "effective_to"}
    own = {key for key in response.__struct_fields__ if key not in coordinates | {"sha256", "origins", "separators"}}
    assert own <= dict(response.origins).keys()


def test_the_day_decides_which_agreement_is_in_force(home: Home) -> None:
    page = home.partners / "some.toml"
    page.write_text(
        PARTNER.replace('kinds = ["855"]', 'kinds = ["855"]\neffective_to = 2026-06-30')
        + '\n[[agreement]]\nkinds = ["855"]\ndirection = "in"\neffective_from = 2026-07-01\nta1 = "never"\n',
        "utf-8",
    )
    before, after = (agreement(home, "east", "855", at=NOW.replace(month=month, day=1)) for month in (6, 7))
    assert before
    assert after
    assert (before.ta1, after.ta1) == ("always", "never")


def test_an_agreement_for_test_files_beats_the_one_for_all(home: Home) -> None:
    page = home.partners / "some.toml"
    page.write_text(
        PARTNER + '\n[[agreement]]\nkinds = ["855"]\ndirection = "in"\nusage = "T"\nacknowledgment = "none"\n', "utf-8"
    )
    production, test = (agreement(home, "east", "855", usage) for usage in "PT")
    assert production
    assert test
    assert (production.acknowledgment, test.acknowledgment) == (AckKind.X999, AckKind.NONE)


def test_a_hash_names_all_bytes_that_decide_a_partner_and_no_others(home: Home) -> None:
    (home.partners / "other.toml").write_text(PARTNER.replace('"SOME"', '"OTHER"'), "utf-8")

    def hashes() -> tuple[str, str, str]:
        profiles = load(home.root).profiles
        some, other = profiles.partner("some"), profiles.partner("other")
        assert some
        assert other
        assert {each.sha256 for each in some.agreements} == {some.sha256}
        return some.sha256, other.sha256, profiles.sha256

    first = hashes()
    (home.partners / "some.toml").write_text(PARTNER + "# a word\n", "utf-8")
    second = hashes()
    assert [one == other for one, other in zip(first, second, strict=True)] == [False, True, False]
    home.config.write_text(CONFIG + "# a word\n", "utf-8")
    third = hashes()
    assert [one == other for one, other in zip(second, third, strict=True)] == [False, False, False]
    assert hashes() == third


def test_csv_kinds_are_told_apart_from_x12_agreements(home: Home) -> None:
    page = home.partners / "some.toml"
    page.write_text(PARTNER + '\n[[agreement]]\nkinds = ["850"]\ndirection = "in"\nformat = "csv"\n', "utf-8")
    some = load(home.root).profiles.partner("some")
    assert some
    assert some.csv_kinds == ("850",)
    assert "850" not in [each.kind for each in some.agreements]
