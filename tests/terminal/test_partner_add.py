"""`gateway partner add`: what a sample says is taken, what it suggests is confirmed, and nothing broken is put in place."""

from __future__ import annotations

import csv
import io
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli import main
from gateway.model.identifiers import PartyId
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Direction
from gateway.profiles.load import load
from gateway.settings import Home, init
from gateway.terminal.explain import explain
from gateway.terminal.onboarding import place
from gateway.terminal.sheet import sheet
from gateway.terminal.template import usual_map
from gateway.wiring import open_gateway
from tests.terminal.conftest import NOW
from tests.terminal.files import order, x12
from tests.terminal.onboarding import added, at_once, sample


@pytest.fixture
def own(tmp_path: Path) -> Home:
    return init(tmp_path / "home")


def written(home: Home, name: str) -> str:
    return (home.partners / f"{name}.toml").read_text("utf-8")


def table(folder: Path, text: str, name: str = "november.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHDM9holiOyuEIgfZ+Albu+cWpmE8whyvEPYqzvQ3y6L"
INVOICES = (
    "InvNo,InvDt,PO #,Line,ItemCode,Qty,UoM,UnitPrice,GrandTotal,Remarks\n"
    "77,11/25/2026,4711,1,GLV-M,10,BX,9.50,95.00,call first\n"
)


# --- X12 ---


def test_a_sample_tells_who_signs_and_what_comes(own: Home, tmp_path: Path) -> None:
    assert added(own, name="delta", samples=[sample(tmp_path)])[0] == 0
    loaded = load(own.root)
    partner = loaded.profiles.partner("delta")
    assert partner
    assert loaded.mistakes == ()
    assert partner.ids == (PartyId("ZZ", "DELTALABS"),)
    assert [(each.kind, each.direction, each.usage) for each in partner.agreements] == [("850", Direction.IN, None)]


def test_separators_and_group_names_that_differ_from_ours_are_taken_over(own: Home, tmp_path: Path) -> None:
    file = sample(tmp_path)
    text = file.read_text("latin-1").replace("*", "|").replace("GS|PO|DELTALABS|", "GS|PO|DELTAGRP|")
    file.write_text(text, "latin-1")
    added(own, name="delta", samples=[file])
    agreement = load(own.root).profiles.partners[-2].agreements[0]
    assert (agreement.partner, agreement.separators.element, agreement.partner_gs) == ("delta", "|", ("DELTAGRP",))


def test_two_samples_of_one_partner_make_one_file(own: Home, tmp_path: Path) -> None:
    second = tmp_path / "invoice.edi"
    text = (own.samples / "acme" / "3-invoice-810.edi").read_text("latin-1")
    second.write_text(text.replace("ACMEMED  ", "DELTALABS").replace("*ACMEMED*", "*DELTALABS*"), "latin-1")
    added(own, name="delta", samples=[sample(tmp_path), second])
    assert 'kinds = ["850", "810"]' in written(own, "delta")


def test_samples_of_two_senders_are_refused(own: Home, tmp_path: Path) -> None:
    files = [sample(tmp_path), sample(tmp_path, "other.edi", sender="OTHER")]
    with pytest.raises(Refused, match="ZZ/DELTALABS, ZZ/OTHER"):
        added(own, name="delta", samples=files)


def test_an_id_of_another_partner_is_refused_by_that_partners_name(own: Home, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r'partner "acme" \(Acme Medical Supply\)'):
        added(own, name="delta", samples=[sample(tmp_path, sender="ACMEMED")])
    with pytest.raises(Refused, match="that is us"):
        added(own, name="delta", ids=("ZZ/HEALTHSYS",), kinds=("850",))
    assert not (own.partners / "delta.toml").exists()


def test_a_name_that_is_there_is_refused_and_its_file_stays_as_it_is(own: Home, tmp_path: Path) -> None:
    before = written(own, "acme")
    with pytest.raises(Refused, match=r'partner "acme" already'):
        added(own, name="acme", samples=[sample(tmp_path)])
    assert written(own, "acme") == before


def test_a_file_that_appears_meanwhile_is_not_written_over(own: Home) -> None:
    (own.partners / "delta.toml").write_text("# somebody else's", "utf-8")
    with pytest.raises(Refused, match="Nothing was written over"):
        place.put(own, "delta", "title = 'Delta'")
    assert written(own, "delta") == "# somebody else's"
    assert not list(own.partners.glob(".*"))


def test_a_sample_for_somebody_else_is_said_to_be_that(own: Home, tmp_path: Path) -> None:
    _, said = added(own, name="delta", samples=[sample(tmp_path, receiver="SOMEBODY")])
    assert "addressed to ZZ/SOMEBODY, and we are ZZ/HEALTHSYS" in said
    assert "would be held" in said


def test_a_partner_of_nearly_the_same_title_is_named(own: Home, tmp_path: Path) -> None:
    _, said = added(own, name="delta", title="Acme Medical Supplies", samples=[sample(tmp_path)])
    assert 'Partner "acme" is called Acme Medical Supply: is it the same company?' in said
    assert "same company" not in added(own, name="other", ids=("ZZ/OTHER",), kinds=("850",))[1]


def test_what_is_no_sample_is_refused_with_what_it_is(own: Home, tmp_path: Path) -> None:
    file = tmp_path / "orders.xlsx"
    file.write_bytes(b"PK\x03\x04" + b"xl/workbook" + bytes(200))
    with pytest.raises(Refused, match="Excel workbook"):
        added(own, name="delta", samples=[file])
    with pytest.raises(Refused, match="neither X12 nor a table"):
        added(own, name="delta", samples=[table(tmp_path, "hello\n")])


def test_hostile_names_in_a_sample_stay_text(own: Home, tmp_path: Path) -> None:
    file = sample(tmp_path, sender='X"]\n[a]#'.replace("\n", "'"))
    file.write_bytes(file.read_bytes().replace(b"North Clinic Main Street", b'"""\x07[x]'))
    added(own, name="delta", samples=[file])
    assert tomllib.loads(written(own, "delta"))["identity"] == [{"qualifier": "ZZ", "id": "X\"]'[a]#"}]


# --- tables ---


def test_columns_are_proposed_by_name_and_values_and_every_guess_says_that_it_is_one(own: Home, tmp_path: Path) -> None:
    _, said = added(own, name="delta", samples=[table(tmp_path, INVOICES)])
    text = written(own, "delta")
    columns = tomllib.loads(text)["agreement"][0]["csv"]
    assert columns["dates"] == "MM/DD/YYYY"
    assert columns["columns"] == {
        "InvNo": "number",
        "InvDt": "date",
        "PO #": "order_number",
        "Line": "line.number",
        "ItemCode": "line.vendor_item",
        "Qty": "line.quantity",
        "UoM": "line.uom",
        "UnitPrice": "line.price",
        "GrandTotal": "total",
    }
    lines = text.splitlines()
    guessed = [
        line for line in lines[lines.index(next(each for each in lines if "csv.columns" in each)) + 1 :] if "=" in line
    ]
    assert all("a guess: the name" in line for line in guessed if not line.startswith("#"))
    assert '# "Remarks" = "..."' in lines
    assert "november.csv would be accepted" in said


def test_a_table_of_answers_is_told_from_a_table_of_orders(own: Home, tmp_path: Path) -> None:
    text = "Order No,Line,Item,Qty,Unit,Answer,Ship Date\nPO-4711,1,GLV-M,10,BX,IA,11/25/2026\n"
    added(own, name="delta", samples=[table(tmp_path, text)])
    assert 'kinds = ["855"]' in written(own, "delta")


def test_values_that_speak_against_a_name_leave_the_column_unread(own: Home, tmp_path: Path) -> None:
    text = INVOICES.replace("call first", "x").replace("Remarks", "Order Date")
    added(own, name="delta", samples=[table(tmp_path, text)])
    assert '# "Order Date" = "..."' in written(own, "delta")


def test_a_comma_before_decimals_is_seen(own: Home, tmp_path: Path) -> None:
    text = INVOICES.replace(",", ";").replace("9.50", "9,50").replace("95.00", "95,00")
    _, said = added(own, name="delta", samples=[table(tmp_path, text)])
    assert 'decimal = ","' in written(own, "delta")
    assert "would be accepted" in said


def test_days_that_could_be_months_are_never_guessed(own: Home, tmp_path: Path) -> None:
    file = table(tmp_path, INVOICES.replace("11/25/2026", "11/05/2026"))
    with pytest.raises(Refused) as refused:
        added(own, name="delta", samples=[file])
    assert refused.value.fix == "Say it with: --dates MM/DD/YYYY"
    added(own, name="delta", samples=[file], dates="DD/MM/YYYY")
    assert 'dates = "DD/MM/YYYY"' in written(own, "delta")


def test_a_needed_field_without_a_column_is_asked_for_or_refused_with_its_flag(own: Home, tmp_path: Path) -> None:
    file = table(tmp_path, INVOICES.replace("UoM", "Foo"))
    with pytest.raises(Refused) as refused:
        added(own, name="delta", samples=[file])
    assert refused.value.fix == 'Say it with: --column "COLUMN=line.uom" or --value line.uom=TEXT'
    added(own, name="delta", samples=[file], columns=(("Foo", "line.uom"),))
    added(own, name="delta2", samples=[file], values=(("line.uom", "EA"),))
    assert '"Foo" = "line.uom"' in written(own, "delta")
    assert '"line.uom" = "EA"' in written(own, "delta2")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,2,3\n4,5,6\n", "onboarding.no_header"),
        ("Invoice No,Qty\n", "onboarding.not_a_sample"),
        ("Invoice No,Qty,Qty\n1,2,3\n", "onboarding.header_twice"),
    ],
)
def test_a_table_without_a_usable_header_is_refused(own: Home, tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        added(own, name="delta", samples=[table(tmp_path, text)])
    assert refused.value.code == code


# --- asking ---


def test_without_a_terminal_all_that_is_missing_is_told_with_its_flags(own: Home) -> None:
    with pytest.raises(Refused) as refused:
        added(own, yes=False)
    assert refused.value.fix == "Say it with: --id ZZ/ACMEMED, --title TEXT, --name NAME, --kind 850 ..."


def test_without_a_terminal_no_guess_is_taken_that_nobody_confirmed(
    own: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n" * 20))
    called = ["partner", "add", "delta", "--from", str(table(tmp_path, INVOICES)), "--home", str(own.root)]
    assert main(called) == 2
    said, refused = capsys.readouterr()
    assert "11 of the values are only guessed; they are listed above" in refused
    assert "Only guessed: --kind 810 would be 810 (9 of its columns are fields of invoices" in said
    assert 'Only guessed: --column "InvNo=number" (the name says it)' in said
    assert not (own.partners / "delta.toml").exists()


def test_on_a_terminal_it_asks_says_what_it_guesses_and_asks_again_where_an_answer_is_none(
    own: Home, tmp_path: Path
) -> None:
    typed = "Delta Labs\nAcme!\nacme\ndelta\npigeon\nfolder\nyes\n"
    code, said = added(own, samples=[sample(tmp_path)], typed=typed, yes=False)
    assert code == 0
    assert "What do people call it? [DELTALABS]" in said
    assert 'A guess: delta-labs (made of "Delta Labs").' in said
    assert '"Acme!" cannot name a file' in said
    assert 'There is a partner "acme" already' in said
    assert '"pigeon" is no way in' in said
    assert tomllib.loads(written(own, "delta"))["title"] == "Delta Labs"


def test_a_person_who_says_no_or_goes_away_leaves_nothing_behind(own: Home, tmp_path: Path) -> None:
    assert added(own, samples=[sample(tmp_path)], typed="\n\n\nn\n", yes=False)[0] == 1
    with pytest.raises(Refused, match="no usable answer"):
        added(own, samples=[sample(tmp_path)], typed="\n", yes=False)
    assert sorted(page.name for page in own.partners.glob("*.toml")) == ["acme.toml", "bolt.toml", "northclinic.toml"]


# --- in place ---


def test_nothing_is_put_in_place_that_would_not_check(own: Home) -> None:
    with pytest.raises(Refused) as refused:
        added(own, name="delta", ids=("ZZ/DELTA",), kinds=("850",), gs="X")
    assert "partners/delta.toml" in str(refused.value)
    assert "partner_gs" in str(refused.value)
    assert not (own.partners / "delta.toml").exists()


def test_a_mistake_in_another_partners_file_does_not_stand_in_the_way(own: Home, tmp_path: Path) -> None:
    (own.partners / "bolt.toml").write_text("titel = 1", "utf-8")
    assert added(own, name="delta", samples=[sample(tmp_path)])[0] == 0


def test_it_ends_with_what_will_happen_and_with_the_next_step(own: Home, tmp_path: Path) -> None:
    _, said = added(own, name="delta", samples=[sample(tmp_path)])
    assert "Files dropped in inbox/delta count as complete" in said
    assert "gateway partner kit delta" in said
    assert (own.inbox / "delta").is_dir()


def test_an_sftp_account_takes_a_public_key_and_never_a_private_one(own: Home, tmp_path: Path) -> None:
    key = tmp_path / "key.pub"
    key.write_text(f"{KEY} me@here\n", "ascii")
    added(own, name="delta", samples=[sample(tmp_path)], sftp_keys=(key,))
    channel = load(own.root).profiles.channel("delta")
    assert channel
    assert channel.sftp
    assert channel.sftp.keys[0].startswith("ssh-ed25519 AAAA")
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n", "ascii")
    with pytest.raises(Refused, match="must never leave its owner"):
        added(own, name="other", ids=("ZZ/OTHER",), kinds=("850",), sftp_keys=(key,))


def test_a_channel_over_http_names_the_place_of_the_key_and_never_takes_the_key(own: Home, tmp_path: Path) -> None:
    file = sample(tmp_path)
    _, said = added(own, name="delta", samples=[file], api_key="env:DELTA_KEY")
    assert "Not yet: partners/delta.toml" in said
    assert "the environment variable DELTA_KEY" in said
    assert tomllib.loads(written(own, "delta"))["channel"]["http"] == {"keys": {"first": {"env": "DELTA_KEY"}}}
    (own.partners / "delta.toml").unlink()
    with pytest.raises(Refused) as refused:
        added(own, name="delta", samples=[file], api_key="0123456789abcdef0123456789abcdef")
    assert refused.value.code == "onboarding.no_place"
    assert "0123" not in f"{refused.value} {refused.value.fix} {refused.value.facts}"


def test_a_mailbox_is_taken_whole_or_what_is_missing_is_told(own: Home, tmp_path: Path) -> None:
    key = tmp_path / "host.pub"
    key.write_text(f"sftp.example.net {KEY}\n", "ascii")
    flags: dict[str, Any] = {"samples": [sample(tmp_path)], "mailbox": "us@sftp.example.net:2222", "host_key": key}
    with pytest.raises(Refused) as refused:
        added(own, name="delta", **flags)
    assert refused.value.fix == "Say it with: --take-from FOLDER, --put-into FOLDER, --key env:NAME"
    added(own, name="delta", **flags, key="file:/run/secrets/delta", take_from="/out", put_into="/in")
    channel = load(own.root, secrets=False).profiles.channel("delta")
    assert channel
    assert channel.mailbox
    assert (channel.mailbox.login, channel.mailbox.host_keys) == ("us@sftp.example.net:2222", (KEY,))
    assert (channel.mailbox.take_from, channel.mailbox.put_into) == ("/out", "/in")


def test_the_file_of_an_unknown_senders_case_is_the_sample(own: Home) -> None:
    at_once(own)
    sample(own.inbox / "acme", "strange.edi")
    with open_gateway(own, lab=True) as gateway:
        gateway.daemon().one_pass()
    _, said = added(own, name="delta", case=1)
    assert tomllib.loads(written(own, "delta"))["identity"][0]["id"] == "DELTALABS"
    assert "the file of case 1 came through inbox/acme, which is Acme Medical Supply's" in said
    with pytest.raises(Refused, match="no case 99 about a file"):
        added(own, name="delta2", case=99)


def test_the_case_of_a_hub_goes_on_once_the_hub_carries_the_new_partner(own: Home) -> None:
    config = own.config.read_text("utf-8")
    hub = '\n[channel.hub]\ncarries = ["acme"{more}]\ncomplete = "rename"\n'
    own.config.write_text(config + hub.replace("{more}", ""), "utf-8")
    (own.inbox / "hub").mkdir()
    sample(own.inbox / "hub", "strange.edi")
    with open_gateway(own, lab=True) as gateway:
        gateway.daemon().one_pass()
    _, said = added(own, name="delta", case=1)
    assert 'add "delta" to `carries` of [channel.hub]' in said
    own.config.write_text(config + hub.replace("{more}", ', "delta"'), "utf-8")
    assert main(["release", "1", "--home", str(own.root)]) == 0


# --- every sample partner ---


def files_of(home: Home, partner: str, folder: Path) -> list[Path]:
    """Files that this sample partner sends and that are taken; of a table that has no sample, what its template makes."""
    taken = {
        "acme": ["1-order-response-855.edi", "2-ship-notice-856.edi", "3-invoice-810.edi"],
        "bolt": ["good-invoice.csv"],
        "northclinic": ["1-orders-850.edi"],
    }
    files = [home.samples / partner / name for name in taken[partner]]
    if partner == "bolt":
        found = load(home.root).profiles.partner("bolt")
        [columns] = [each.columns for each in found.agreements if each.kind == "855"] if found else []
        assert columns
        files.append(folder / "answers.csv")
        files[-1].write_bytes(sheet(columns, "855"))
    return files


@pytest.mark.parametrize("partner", ["acme", "bolt", "northclinic"])
def test_from_a_sample_partners_own_files_a_file_comes_that_checks_and_takes_them(
    own: Home, tmp_path: Path, partner: str
) -> None:
    files = files_of(own, partner, tmp_path)
    (own.partners / f"{partner}.toml").unlink()
    assert added(own, name=partner, samples=files)[0] == 0
    assert main(["check", partner, "--home", str(own.root)]) == 0
    assert [explain(file, home=own.root, partner=partner, at=NOW).outcome for file in files] == ["accepted"] * len(
        files
    )


@pytest.mark.parametrize("kind", ["850", "855", "856", "810"])
def test_a_table_with_our_own_names_comes_back_as_the_map_it_was_made_of(own: Home, tmp_path: Path, kind: str) -> None:
    wanted = usual_map(kind)
    file = tmp_path / "table.csv"
    file.write_bytes(sheet(wanted, kind))
    assert added(own, name="delta", samples=[file])[0] == 0
    [agreement] = load(own.root).profiles.partners[-2].agreements
    assert agreement.kind == kind
    assert agreement.columns
    assert {each.name: each.field for each in agreement.columns.columns} == {
        each.name: each.field for each in wanted.columns
    }


ODD = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), min_size=1, max_size=30)
LIKELY = st.sampled_from(
    ["Invoice No", "Qty", "Total", "Unit", "Price", "Date", "Order No", "Answer", 'a "b"', "[x]", "#"]
)


@settings(max_examples=15, deadline=None)
@given(header=st.lists(ODD | LIKELY, min_size=2, max_size=12, unique=True), row=st.lists(ODD, min_size=2, max_size=12))
def test_any_header_at_all_ends_in_a_file_that_checks_or_in_a_refusal(header: list[str], row: list[str]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([header, row])
    with tempfile.TemporaryDirectory() as folder:
        home = init(Path(folder) / "home")
        refused = ""
        try:
            added(home, name="delta", samples=[table(Path(folder), text.getvalue())], dates="YYYY-MM-DD")
        except Refused as found:
            refused = found.code
        assert refused != "onboarding.would_not_check"
        assert load(home.root).mistakes == ()
        assert (home.partners / "delta.toml").exists() == (not refused)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_damaged_sample_ends_in_a_file_that_checks_or_in_a_refusal(data: st.DataObject) -> None:
    content = bytearray(x12(order(), sender="DELTALABS"))
    for at in data.draw(st.lists(st.integers(0, 250), min_size=1, max_size=4)):
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with tempfile.TemporaryDirectory() as folder:
        home = init(Path(folder) / "home")
        file = Path(folder) / "sample.edi"
        file.write_bytes(content)
        with suppress(Refused):
            added(home, name="delta", samples=[file])
        assert load(home.root).mistakes == ()
