"""Which folder is the home, what lies where in it, and how one is made."""

import os
from pathlib import Path

import pytest

from gateway.model.outcomes import Refused
from gateway.profiles.load import load
from gateway.settings import Home, find_home, home_at, home_or_refuse, init

ROOT = Path(__file__).parents[2]


def test_a_new_home_works_at_once(tmp_path: Path) -> None:
    home = init(tmp_path / "a" / "home")
    loaded = load(home.root)
    assert loaded.mistakes == ()
    assert [partner.name for partner in loaded.profiles.partners] == ["acme", "bolt", "northclinic"]
    assert all((home.inbox / channel.name).is_dir() for channel in loaded.profiles.channels)
    assert all((home.outbox / channel.name).is_dir() for channel in loaded.profiles.channels)
    assert sorted(page.name for page in home.samples.iterdir()) == ["acme", "bolt", "northclinic"]


def test_a_new_home_holds_no_copy_of_the_standard_maps(tmp_path: Path) -> None:
    assert not (init(tmp_path / "home").root / "edi_maps").exists()


def test_what_the_gateway_keeps_for_itself_is_nobody_elses(tmp_path: Path) -> None:
    home = init(tmp_path / "home")
    assert [page.stat().st_mode & 0o777 for page in (home.var, home.archive, home.keys)] == [0o700] * 3


def test_a_home_is_made_in_an_empty_folder_and_not_among_other_things(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert init(tmp_path / "empty").config.is_file()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(Refused, match="not empty") as refused:
        init(tmp_path / "used")
    assert refused.value.code == "profile.foreign_folder"
    assert [page.name for page in (tmp_path / "used").iterdir()] == ["thesis.txt"]
    with pytest.raises(Refused, match="is a file"):
        init(tmp_path / "used" / "thesis.txt")


def test_a_home_made_again_keeps_what_was_written_in_it(home: Home) -> None:
    (home.partners / "bolt.toml").unlink()
    (home.partners / "acme.toml").write_text("# mine\n", "utf-8")
    init(home.root)
    assert not (home.partners / "bolt.toml").exists()
    assert (home.partners / "acme.toml").read_text("utf-8") == "# mine\n"


def test_hubs_and_channels_of_another_name_have_folders_too(home: Home) -> None:
    config, bolt = home.config.read_text("utf-8"), (home.partners / "bolt.toml").read_text("utf-8")
    home.config.write_text(f'{config}\n[channel.hub]\ncarries = ["acme"]\n\n[channel."../x"]\ncarries = []\n', "utf-8")
    (home.partners / "bolt.toml").write_text(bolt.replace("[channel]", '[channel]\nname = "bolts"'), "utf-8")
    init(home.root)
    for folder in (home.inbox, home.outbox):
        assert {page.name for page in folder.iterdir()} == {"acme", "bolt", "bolts", "hub", "northclinic"}
    assert not (home.root / "x").exists()


def test_a_folder_is_a_home_once_it_has_been_made_one(tmp_path: Path) -> None:
    assert not home_at(tmp_path / "home").exists
    init(tmp_path / "home")
    assert home_at(tmp_path / "home").exists


def test_the_home_is_the_one_that_was_told(home: Home, tmp_path: Path) -> None:
    other = init(tmp_path / "other")
    assert find_home(home.root, environ={"GATEWAY_HOME": str(other.root)}) == home
    assert find_home(environ={"GATEWAY_HOME": str(other.root)}) == other


def test_a_home_that_was_told_and_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"config/gateway\.toml"):
        find_home(tmp_path, environ={})
    with pytest.raises(Refused, match=r"config/gateway\.toml"):
        home_or_refuse(environ={"GATEWAY_HOME": str(tmp_path)})


def test_without_a_word_the_home_is_this_folder_or_else_the_checkout(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.root)
    assert find_home(environ={}) == home
    monkeypatch.chdir(tmp_path)
    assert find_home(environ={}) == Home(ROOT)


def test_everything_lies_where_the_house_says(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert [
        str(path.relative_to(tmp_path)) for path in (home.ledger, home.archive, home.keys, home.lab, home.lock)
    ] == [
        "var/ledger.db",
        "var/archive",
        "var/keys",
        "var/lab.db",
        "var/lock",
    ]


def test_a_sockets_path_is_short_enough_wherever_the_home_lies(tmp_path: Path) -> None:
    short, long = Home(Path("/srv/edi")), Home(tmp_path / ("x" * 60) / ("y" * 60))
    assert short.socket == Path("/srv/edi/var/control.sock")
    assert len(os.fsencode(long.socket)) < 104
    assert long.socket == Home(long.root).socket != Home(tmp_path / ("z" * 120)).socket


def test_a_socket_folder_far_away_is_ours_alone_and_told_in_the_home(tmp_path: Path) -> None:
    home = init(tmp_path / ("x" * 60) / ("y" * 60))
    home.open_socket_folder()
    folder = home.socket.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (home.var / "control.path").read_text("utf-8") == f"{home.socket}\n"
