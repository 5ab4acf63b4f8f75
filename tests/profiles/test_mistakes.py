"""Every mistake is told, in its file and line, in words; and what is sound goes on working."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.profiles.load import Loaded, load
from gateway.settings import Home

ROOT = Path(__file__).parents[2]
ACME, NORTH, BOLT, CONFIG = (
    "partners/acme.toml",
    "partners/northclinic.toml",
    "partners/bolt.toml",
    "config/gateway.toml",
)


def edit(home: Home, file: str, old: str, new: str) -> int:
    """Replace the only `old` in a file of the home; the line it stood in."""
    page = home.root / file
    text = page.read_text("utf-8")
    assert text.count(old) == 1, old
    page.write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def told(loaded: Loaded) -> list[tuple[str, int, str]]:
    return [(one.file, one.line, one.code.removeprefix("profile.")) for one in loaded.mistakes]


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "words"),
    [
        (ACME, 'title = "Acme Medical Supply"', "title = 7", "wrong_type", "text in quotes"),
        (ACME, "stable_seconds = 2", 'stable_seconds = "2"', "wrong_type", "a number without quotes"),
        (ACME, "stable_seconds = 2", "stable_seconds = -1", "out_of_range", "at least 0"),
        (ACME, "stable_seconds = 2", "stable_seconds = inf", "out_of_range", "finite|at most"),
        (ACME, "stable_seconds = 2", "stabel_seconds = 2", "unknown_key", 'mean "stable_seconds"'),
        (ACME, 'on_duplicate_document = "hold"', "stable_seconds = 2", "unknown_key", r"belongs in \[channel\]"),
        (ACME, 'on_duplicate_document = "hold"', 'on_duplicate_document = "warn"', "not_one_of", '"duplicate" or "hold"'),
        (ACME, 'on_duplicate_document = "hold"', "acknowledgment = 997", "not_one_of", '"997", "999" or "none"'),
        (ACME, 'kinds = ["810"]', 'kinds = ["811"]', "not_one_of", '"811".*"810"'),
        (ACME, 'kinds = ["810"]', "kinds = []", "bad_length", "at least one"),
        (ACME, 'id = "ACMEMED"', 'id = "ACMEMED "', "bad_form", "without the spaces"),
        (ACME, 'id = "ACMEMED"', 'id = "ACMEMEDICALSUPPLY"', "bad_length", "at most 15"),
        (ACME, '"America/New_York"', '"America/Nowhere"', "timezone_unknown", "America/Nowhere"),
        (ACME, '"America/New_York"', '"../../etc/passwd"', "timezone_unknown", "IANA"),
        (ACME, 'element = "*"', 'element = "A"', "separator_unfit", "no letter"),
        (ACME, 'element = "*"', 'element = "."', "separator_unfit", "no letter"),
        (ACME, 'element = "*"', 'element = ">"', "separators_clash", "element and component"),
        (ACME, 'element = "*"', 'element = "^"', "separators_clash", "element and repetition"),
        (ACME, 'segment = "~"', 'segment = "\\n"', "separators_clash", "segment and suffix"),
        (ACME, 'on_duplicate_document = "hold"', 'acknowledgment_name = "a.edi"', "file_name_unfit", "{control}"),
        (ACME, 'on_duplicate_document = "hold"', 'acknowledgment_name = "../{control}"', "file_name_unfit", "no folder"),
        (ACME, 'on_duplicate_document = "hold"', 'acknowledgment_name = "{control.x}"', "file_name_unfit", None),
        (ACME, 'on_duplicate_document = "hold"', 'acknowledgment_name = "{control"', "file_name_unfit", None),
        (ACME, 'on_duplicate_document = "hold"', 'erp = "epr"', "erp_unknown", 'did you mean "erp"'),
        (ACME, 'on_duplicate_document = "hold"', 'test_erp = "lab2"', "erp_unknown", r"\[erp.lab2\]"),
        (ACME, 'on_duplicate_document = "hold"', 'entity = "healthsis"', "entity_unknown", 'did you mean "healthsys"'),
        (ACME, 'kinds = ["810"]', 'kinds = ["810", "855"]', "agreements_overlap", "855.*line 18"),
        (ACME, 'kinds = ["810"]', 'kinds = ["810", "810"]', "kind_twice", "names the kind 810 twice"),
        (ACME, "[[identity]]", "[[identiti]]", "unknown_key", 'mean "identity"'),
        (NORTH, "2026-01-01", '"2026-01-01"', "wrong_type", "without quotes"),
        (NORTH, "2026-01-01", "2026-01-01T00:00:00", "wrong_type", None),
        (CONFIG, 'url = "lab"', 'url = "ftp://erp.example.org"', "url_unfit", "https"),
        (CONFIG, 'url = "lab"', 'url = "https://user:pass@erp.example.org"', "literal_secret", None),
        (CONFIG, "port = 0", "port = 70000", "out_of_range", "at most 65535"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_file_and_line(  # noqa: PLR0913 - a row of the table
    home: Home, file: str, old: str, new: str, code: str, words: str | None
) -> None:
    line = edit(home, file, old, new)
    loaded = load(home.root)
    assert (file, line, code) in told(loaded)
    said = next(str(one) for one in loaded.mistakes if one.code == f"profile.{code}")
    assert said.startswith(f"{file}:{line}: ")
    assert words is None or re.search(words, said, re.DOTALL), said


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b'title = "x"\nid = [1,\n', 2, "not_toml"),
        (b'title = "x"\n\nnonsense\n', 3, "not_toml"),
        (b"title = 'x'\ntitle = 'y'\n", 2, "not_toml"),
        (b'title = "x"\n# \xff\n', 2, "not_utf8"),
        (b"a = " + b"1" * 5000, 1, "not_toml"),
        (b"a = 1\nb = " + b"[" * 100 + b"]" * 100, 2, "too_deep"),
        (b"a = " + b"[" * 100_000, 1, "too_deep"),
        (b"#" * 300_000, 1, "too_large"),
        (b"", 1, "missing_key"),
    ],
)
def test_a_file_that_is_no_settings_file_is_told_so(home: Home, content: bytes, line: int, code: str) -> None:
    (home.partners / "acme.toml").write_bytes(content)
    assert (ACME, line, code) in told(load(home.root))


def test_all_mistakes_of_all_files_are_told_at_once_in_order(home: Home) -> None:
    edit(home, CONFIG, "port = 0", "port = -1")
    edit(home, ACME, "stable_seconds = 2", "stable = 2")
    edit(home, ACME, 'kinds = ["810"]', 'kinds = ["810", "855"]')
    edit(home, ACME, 'on_duplicate_document = "hold"', 'erp = "sap"')
    edit(home, NORTH, 'qualifier = "ZZ"', "")
    assert told(load(home.root)) == [
        (CONFIG, 45, "out_of_range"),
        (ACME, 12, "unknown_key"),
        (ACME, 22, "agreements_overlap"),
        (ACME, 24, "erp_unknown"),
        (NORTH, 5, "missing_key"),
    ]


def test_what_is_missing_is_told_as_it_is_to_be_written(home: Home) -> None:
    edit(home, CONFIG, "[[entity.identity]]", "[entity.nobody]")
    (home.partners / "acme.toml").write_text('title = "Acme"\n', "utf-8")
    said = " ".join(str(one) for one in load(home.root).mistakes)
    assert "Write a table [[entity.identity]]." in said
    assert "Write a table [[agreement]]." in said


def test_one_mistake_does_not_make_another(home: Home) -> None:
    edit(home, CONFIG, 'url = "lab"', "")
    edit(home, NORTH, 'id = "NORTHCLINIC"', "id = 7")
    assert told(load(home.root)) == [(CONFIG, 20, "missing_key"), (NORTH, 7, "wrong_type")]


def test_a_byte_order_mark_is_no_mistake(home: Home) -> None:
    page = home.partners / "acme.toml"
    page.write_bytes(b"\xef\xbb\xbf" + page.read_bytes())
    assert told(load(home.root)) == []


def test_an_id_of_two_partners_is_told_and_none_of_the_two_is_in_force(home: Home) -> None:
    edit(home, NORTH, 'id = "NORTHCLINIC"', 'id = "ACMEMED"')
    loaded = load(home.root)
    assert told(loaded) == [(NORTH, 5, "identity_twice")]
    assert "partners/acme.toml line 6" in str(loaded.mistakes[0])
    assert loaded.held == ("acme", "northclinic")


def test_an_id_of_ours_is_no_partners(home: Home) -> None:
    edit(home, NORTH, 'id = "NORTHCLINIC"', 'id = "HEALTHSYS"')
    loaded = load(home.root)
    assert told(loaded) == [(NORTH, 5, "identity_twice")]
    assert loaded.held == ("northclinic",)


def test_a_folder_brings_one_partners_files(home: Home) -> None:
    edit(home, ACME, "stable_seconds = 2", 'name = "bolt"')
    assert told(load(home.root)) == [(BOLT, 5, "channel_twice")]


def test_an_x12_partner_needs_an_identity(home: Home) -> None:
    edit(home, NORTH, '[[identity]]\nqualifier = "ZZ"\nid = "NORTHCLINIC"\n', "")
    assert told(load(home.root)) == [(NORTH, 10, "identity_missing")]


def test_a_separator_stands_in_no_id(home: Home) -> None:
    edit(home, ACME, 'id = "ACMEMED"', 'id = "ACME*MED"')
    assert told(load(home.root)) == [(ACME, 15, "separator_in_id")]


def test_an_id_of_ours_is_one_of_the_entity(home: Home) -> None:
    edit(home, ACME, 'on_duplicate_document = "hold"', 'our_id = { qualifier = "ZZ", id = "HEALTHSYSTEM" }')
    assert told(load(home.root)) == [(ACME, 24, "our_id_unknown")]


def test_a_file_that_cannot_be_opened_is_told_and_its_partner_held(home: Home) -> None:
    (home.partners / "acme.toml").unlink()
    (home.partners / "acme.toml").mkdir()
    loaded = load(home.root)
    assert told(loaded) == [(ACME, 1, "unreadable")]
    assert loaded.held == ("acme",)


def test_an_agreement_begins_before_it_ends(home: Home) -> None:
    edit(home, NORTH, "effective_from = 2026-01-01", "effective_from = 2026-01-02\neffective_to = 2026-01-01")
    assert told(load(home.root)) == [(NORTH, 13, "dates_reversed")]


def with_hub(home: Home, carries: str = '"acme", "northclinic"') -> None:
    edit(home, CONFIG, "[lab]", f'[channel.hub]\ncarries = [{carries}]\ncomplete = "rename"\n\n[lab]')


def test_a_hub_brings_the_files_of_those_it_carries(home: Home) -> None:
    with_hub(home)
    for file in (ACME, NORTH):
        edit(home, file, 'complete = "stable"', 'name = "hub"')
        edit(home, file, "stable_seconds = 2", "")
    loaded = load(home.root)
    assert told(loaded) == []
    assert [(one.name, one.carries, one.complete) for one in loaded.profiles.channels] == [
        ("hub", ("acme", "northclinic"), "rename"),
        ("bolt", ("bolt",), "stable"),
    ]


def test_what_does_not_fit_a_hub_is_told(home: Home) -> None:
    with_hub(home, '"northclinik", "northclinic"')
    edit(home, ACME, 'complete = "stable"', 'name = "hub"')
    edit(home, BOLT, 'complete = "stable"', 'name = "hub"')
    edit(home, BOLT, "stable_seconds = 2", "")
    assert told(load(home.root)) == [
        (CONFIG, 45, "carries_unknown"),
        (ACME, 11, "not_carried"),
        (ACME, 12, "channel_elsewhere"),
        (BOLT, 6, "not_carried"),
    ]


def test_two_of_us_have_two_names_and_an_agreement_says_which(home: Home) -> None:
    entity = '[[entity]]\nname = "{}"\ntitle = "Two"\ngs = "TWO"\nidentity = [{{ qualifier = "ZZ", id = "{}" }}]\n\n'
    edit(home, CONFIG, "[erp.erp]", entity.format("east", "EAST") + entity.format("east", "EAST2") + "[erp.erp]")
    assert {(file, code) for file, _, code in told(load(home.root))} == {
        (CONFIG, "name_twice"),
        *((file, "entity_unclear") for file in (ACME, BOLT, NORTH)),
    }


def test_the_others_work_where_one_partners_file_is_broken(home: Home) -> None:
    edit(home, ACME, 'title = "Acme Medical Supply"', 'titel = "Acme"')
    loaded = load(home.root)
    assert [partner.name for partner in loaded.profiles.partners] == ["bolt", "northclinic"]
    assert loaded.held == ("acme",)
    assert {channel.name: channel.held for channel in loaded.profiles.channels} == {
        "acme": True,
        "bolt": False,
        "northclinic": False,
    }


def test_a_broken_config_holds_everything(home: Home) -> None:
    edit(home, CONFIG, "port = 0", "port = zero")
    loaded = load(home.root)
    assert told(loaded) == [(CONFIG, 45, "not_toml")]
    assert not loaded.usable
    assert loaded.profiles.partners == ()
    assert all(channel.held for channel in loaded.profiles.channels)
    assert loaded.held == ("acme", "bolt", "northclinic")


def test_a_home_without_config_is_told_so(home: Home) -> None:
    home.config.unlink()
    assert told(load(home.root)) == [(CONFIG, 1, "missing_config")]


def test_a_file_name_that_names_no_folder_is_told(home: Home) -> None:
    (home.partners / "acme.toml").rename(home.partners / "Acme Inc.toml")
    (home.partners / ".acme.toml.swp").write_bytes(b"\0")
    assert told(load(home.root)) == [("partners/Acme Inc.toml", 1, "bad_file_name")]


def test_a_kind_named_twice_is_one_mistake(home: Home) -> None:
    line = edit(home, ACME, 'kinds = ["810"]', 'kinds = ["810",\n"810"]')
    assert told(load(home.root)) == [(ACME, line + 1, "kind_twice")]


SAMPLES = {name: (ROOT / name).read_bytes() for name in (CONFIG, ACME, NORTH, BOLT)}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_told_with_a_line_it_has_and_never_raises(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(SAMPLES)))
    content = SAMPLES[name]
    at = data.draw(st.integers(0, len(content) - 1))
    gone = data.draw(st.integers(0, 40))
    put = data.draw(
        st.sampled_from([b"", b"[", b"]", b'"', b"=", b"{", b"}", b"\n", b"'", b"#", b"1", b"[[a]]", b"\xff", b"\0"])
    )
    damaged = content[:at] + put + content[at + gone :]
    root = tmp_path_factory.mktemp("home")
    (root / "config").mkdir()
    (root / "partners").mkdir()
    for each, whole in SAMPLES.items():
        (root / each).write_bytes(damaged if each == name else whole)
    loaded = load(root)
    for one in loaded.mistakes:
        assert 1 <= one.line <= damaged.count(b"\n") + 1 or one.file != name
        assert one.finding.message
