"""What a column map comes to, what a table's agreement does without, and how far the readers go."""

import re
from datetime import UTC, datetime

import pytest

from gateway.model.fields import FIELDS
from gateway.model.limits import Limits
from gateway.profiles.agreement import AckKind, Agreement, AnswerText, Column, Direction, Partner, Ta1When
from gateway.profiles.load import load
from gateway.profiles.shape_limits import LimitsShape
from gateway.settings import Home

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def bolt(home: Home, text: str | None = None) -> Partner:
    if text is not None:
        (home.partners / "bolt.toml").write_text(text, "utf-8")
    loaded = load(home.root)
    assert [str(one) for one in loaded.mistakes] == []
    found = loaded.profiles.partner("bolt")
    assert found
    return found


def invoices(home: Home) -> Agreement:
    return bolt(home).tables(NOW)[0]


def test_the_sample_map_is_as_its_file_says(home: Home) -> None:
    table = invoices(home).columns
    assert table
    assert table.columns[0] == Column(name="Invoice No", field="number", required=True)
    assert table.columns[5] == Column(name="UPC", field="line.upc", digits=12)
    assert (table.dates, table.group_by, table.values) == ("MM/DD/YYYY", ("number",), (("currency", "USD"),))
    assert (table.delimiter, table.header, table.fixed, table.decimal, table.encoding) == (
        None,
        True,
        False,
        ".",
        "auto",
    )
    assert table.origin == "partners/bolt.toml line 14"


def test_what_a_kind_needs_is_required_and_what_the_partner_says_too(home: Home) -> None:
    table = invoices(home).columns
    assert table
    required = {column.field for column in table.columns if column.required}
    assert required == {field.name for field in FIELDS["810"] if field.needed} | {"order_number"}


def test_a_table_is_answered_in_words_and_has_no_envelope(home: Home) -> None:
    agreement = invoices(home)
    assert (agreement.acknowledgment, agreement.ta1, agreement.reuses_control_numbers) == (
        AckKind.NONE,
        Ta1When.NEVER,
        True,
    )
    assert (agreement.answer_text, agreement.answer_csv) == (AnswerText.ALWAYS, True)
    assert dict(agreement.origins)["answer_text"] == "partners/bolt.toml line 12"


def test_how_people_are_answered_can_be_set_for_everybody(home: Home) -> None:
    config = home.config.read_text("utf-8")
    home.config.write_text(
        config.replace("[defaults]", '[defaults]\nanswer_text = "on_error"\nanswer_csv = true'), "utf-8"
    )
    profiles = load(home.root).profiles
    table = profiles.agreement_for("healthsys", "bolt", Direction.IN, "810", "P", NOW, table=True)
    x12 = profiles.agreement_for("healthsys", "acme", Direction.IN, "810", "P", NOW)
    assert table
    assert x12
    assert (table.answer_text, x12.answer_text) == (AnswerText.ON_ERROR, AnswerText.ON_ERROR)
    assert (table.answer_csv, x12.answer_csv) == (True, False)


def test_a_language_is_the_partners_and_all_its_agreements(home: Home) -> None:
    text = (home.partners / "bolt.toml").read_text("utf-8").replace("\n[channel]", 'language = "en"\n\n[channel]', 1)
    partner = bolt(home, text)
    assert partner.language == "en"
    assert {(each.language, dict(each.origins)["language"]) for each in partner.agreements} == {
        ("en", "partners/bolt.toml line 4")
    }


def test_one_kind_may_come_as_x12_and_as_a_table(home: Home) -> None:
    text = (home.partners / "bolt.toml").read_text("utf-8")
    bolt(
        home,
        text.replace("[channel]", '[[identity]]\nqualifier = "ZZ"\nid = "BOLT"\n\n[channel]', 1)
        + '\n[[agreement]]\nkinds = ["810"]\ndirection = "in"\n',
    )
    profiles = load(home.root).profiles
    found = {
        table: profiles.agreement_for("healthsys", "bolt", Direction.IN, "810", "P", NOW, table=table)
        for table in (True, False)
    }
    assert {table: each and each.columns is not None for table, each in found.items()} == {True: True, False: False}


def test_a_table_without_a_map_is_no_agreement_yet(home: Home) -> None:
    head = 'title = "B"\n[[agreement]]\nkinds = ["810"]\ndirection = "in"\nformat = "csv"\n'
    partner = bolt(home, head + '[agreement.csv]\ndelimiter = ";"\n')
    assert (partner.csv_kinds, partner.agreements, partner.tables(NOW)) == (("810",), (), ())


def test_only_tables_in_force_are_read(home: Home) -> None:
    text = (home.partners / "bolt.toml").read_text("utf-8")
    later = text.replace('kinds = ["810"]', 'kinds = ["810"]\neffective_from = 2026-11-23')
    assert [each.kind for each in bolt(home, later).tables(NOW)] == ["855"]


def test_fields_of_fixed_width_are_in_the_order_of_the_file_and_know_their_place(home: Home) -> None:
    partner = bolt(
        home,
        'title = "B"\n[[agreement]]\nkinds = ["850"]\ndirection = "in"\nformat = "csv"\n[agreement.csv.fixed]\n'
        'number = { start = 1, length = 10 }\n"line.quantity" = { start = 21, length = 5 }\n'
        '"line.ean" = { start = 11, length = 10, digits = 8 }\n',
    )
    table = partner.tables(NOW)[0].columns
    assert table
    assert (table.fixed, table.header) == (True, False)
    assert [(each.field, each.start, each.length) for each in table.columns] == [
        ("number", 1, 10),
        ("line.quantity", 21, 5),
        ("line.ean", 11, 10),
    ]


def test_a_tab_is_named_in_the_file_and_a_tab_in_the_map(home: Home) -> None:
    text = (home.partners / "bolt.toml").read_text("utf-8")
    partner = bolt(home, text.replace("[agreement.csv] ", '[agreement.csv]\ndelimiter = "tab" '))
    table = partner.tables(NOW)[0].columns
    assert table
    assert table.delimiter == "\t"


def test_the_limits_are_what_the_readers_say_unless_config_moves_them(home: Home) -> None:
    assert load(home.root).limits == Limits()
    with home.config.open("a", encoding="utf-8") as config:
        config.write("\n[limits]\nrows = 20\ncell = 100\n")
    assert load(home.root).limits == Limits(rows=20, cell=100)


def test_every_limit_but_the_chunk_can_be_set_and_has_bounds() -> None:
    assert LimitsShape.model_fields.keys() == set(Limits.__struct_fields__) - {"chunk"}
    for name in LimitsShape.model_fields:
        usual = getattr(Limits(), name)
        for absurd in (0, 1 << 62):
            with pytest.raises(ValueError, match=name):
                LimitsShape(**{name: absurd})
        assert getattr(LimitsShape(**{name: usual}).limits(), name) == usual


def test_a_limit_out_of_bounds_is_told_with_its_line(home: Home) -> None:
    with home.config.open("a", encoding="utf-8") as config:
        config.write("\n[limits]\nrows = 5\n")
    [mistake] = load(home.root).mistakes
    assert mistake.code == "profile.out_of_range"
    assert "at least 10" in str(mistake)


def test_the_limits_that_config_shows_are_the_defaults(home: Home) -> None:
    text = home.config.read_text("utf-8")
    shown = re.sub(r"^# ", "", text[text.index("# [limits]") :], flags=re.MULTILINE)
    assert re.findall(r"^\w+", shown, re.MULTILINE) == list(LimitsShape.model_fields)
    home.config.write_text(text[: text.index("# [limits]")] + shown, "utf-8")
    loaded = load(home.root)
    assert (loaded.limits, loaded.mistakes) == (Limits(), ())
