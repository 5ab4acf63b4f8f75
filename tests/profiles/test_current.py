"""A saved file takes effect, a broken one leaves the last good version in force, a mended one takes effect again."""

import os
import threading
from pathlib import Path

import pytest

from gateway.profiles.agreement import Profiles
from gateway.profiles.current import CurrentProfiles
from gateway.profiles.mistakes import broken
from gateway.settings import Home

ACME, NORTH, CONFIG = "partners/acme.toml", "partners/northclinic.toml", "config/gateway.toml"


class Clock:
    """Seconds since 1970, as this test tells them."""

    def __init__(self) -> None:
        self.now = 2_000_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def current(home: Home, clock: Clock) -> CurrentProfiles:
    return CurrentProfiles(home.root, environ={"SET": "x"}, now=clock)


def save(home: Home, clock: Clock, file: str, old: str, new: str) -> None:
    """Save a change now, and let a while pass."""
    page = home.root / file
    text = page.read_text("utf-8")
    assert old in text
    page.write_text(text.replace(old, new), "utf-8")
    stamp(page, clock)
    clock.now += 3


def stamp(page: Path, clock: Clock) -> None:
    os.utime(page, (clock.now, clock.now))


def title(current: CurrentProfiles, name: str) -> str | None:
    partner = current.get().partner(name)
    return partner.title if partner else None


def test_nothing_changes_while_nothing_is_saved(current: CurrentProfiles) -> None:
    before = current.get()
    change = current.refresh()
    assert not change.taken
    assert (change.broken, change.mended, change.mistakes) == ((), (), ())
    assert current.get() is before


def test_a_saved_file_takes_effect_with_the_next_look(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    before = current.get().sha256
    save(home, clock, ACME, 'Acme Medical Supply"', 'Acme Medical"')
    change = current.refresh()
    assert change.taken
    assert title(current, "acme") == "Acme Medical"
    assert change.sha256 == current.get().sha256 != before


def test_a_broken_file_leaves_the_last_good_version_and_is_told_once(
    home: Home, clock: Clock, current: CurrentProfiles
) -> None:
    before = current.get()
    save(home, clock, ACME, 'title = "Acme Medical Supply"', "title = ")
    change = current.refresh()
    assert not change.taken
    assert change.broken == (ACME,)
    assert [(one.file, one.line) for one in change.mistakes] == [(ACME, 3)]
    assert current.get() == before
    assert current.loaded().held == ()
    assert current.refresh().broken == ()
    assert [one.file for one in current.refresh().mistakes] == [ACME]


def test_a_mended_file_takes_effect_and_is_told(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    save(home, clock, ACME, 'title = "Acme Medical Supply"', "title = ")
    current.refresh()
    save(home, clock, ACME, "title = ", 'title = "Acme again"')
    change = current.refresh()
    assert change.taken
    assert (change.mended, change.mistakes) == ((ACME,), ())
    assert title(current, "acme") == "Acme again"


def test_a_broken_file_does_not_keep_others_from_taking_effect(
    home: Home, clock: Clock, current: CurrentProfiles
) -> None:
    save(home, clock, ACME, 'title = "Acme Medical Supply"', "titel = 1")
    save(home, clock, NORTH, '"North Clinic"', '"North Clinics"')
    change = current.refresh()
    assert change.taken
    assert change.broken == (ACME,)
    assert title(current, "northclinic") == "North Clinics"
    assert title(current, "acme") == "Acme Medical Supply"


def test_a_broken_config_leaves_the_last_good_one(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    save(home, clock, CONFIG, "[lab]", "[lab")
    change = current.refresh()
    assert (change.taken, change.broken) == (False, (CONFIG,))
    assert [target.name for target in current.get().targets] == ["erp"]


def test_of_two_files_that_do_not_fit_the_one_that_changed_gives_way(
    home: Home, clock: Clock, current: CurrentProfiles
) -> None:
    save(home, clock, ACME, '"ACMEMED"', '"NORTHCLINIC"')
    current.refresh()
    assert [str(each) for partner in current.get().partners for each in partner.ids] == ["ZZ/ACMEMED", "ZZ/NORTHCLINIC"]


def test_an_erp_that_is_used_cannot_be_taken_away(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    save(home, clock, CONFIG, "[erp.erp]", "[erp.sap]")
    change = current.refresh()
    assert not change.taken
    assert {one.code for one in change.mistakes} == {"profile.erp_unknown"}
    assert [target.name for target in current.get().targets] == ["erp"]


def test_a_partner_comes_and_goes_with_its_file(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    page = home.partners / "new.toml"
    page.write_text((home.partners / "bolt.toml").read_text("utf-8"), "utf-8")
    stamp(page, clock)
    clock.now += 3
    assert current.refresh().taken
    assert title(current, "new") == "Bolt Surgical"
    page.unlink()
    assert current.refresh().taken
    assert title(current, "new") is None


def test_a_partner_that_a_hub_carries_stays_until_the_hub_lets_it_go(
    home: Home, clock: Clock, current: CurrentProfiles
) -> None:
    save(home, clock, CONFIG, "[lab]", '[channel.hub]\ncarries = ["bolt"]\n\n[lab]')
    assert current.refresh().taken
    (home.partners / "bolt.toml").unlink()
    assert not current.refresh().taken
    assert title(current, "bolt") == "Bolt Surgical"
    save(home, clock, CONFIG, '[channel.hub]\ncarries = ["bolt"]\n', "")
    assert current.refresh().mended == (CONFIG,)
    assert title(current, "bolt") is None


def test_a_new_file_with_mistakes_holds_its_folder(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    page = home.partners / "new.toml"
    page.write_text("title = 1\n", "utf-8")
    stamp(page, clock)
    clock.now += 3
    assert current.refresh().broken == ("partners/new.toml",)
    channel = current.get().channel("new")
    assert channel
    assert channel.held
    assert current.loaded().held == ("new",)
    assert current.refresh().held_files == ("partners/new.toml",)


def test_a_file_that_never_was_in_force_is_not_told_to_stay_so(
    home: Home, clock: Clock, current: CurrentProfiles
) -> None:
    page = home.partners / "Bad Name.toml"
    page.write_text((home.partners / "bolt.toml").read_text("utf-8"), "utf-8")
    stamp(page, clock)
    clock.now += 3
    change = current.refresh()
    assert (change.broken, change.held_files) == (("partners/Bad Name.toml",), ("partners/Bad Name.toml",))
    save(home, clock, ACME, "title = ", "titel = ")
    assert current.refresh().held_files == ("partners/Bad Name.toml",)


def test_a_file_that_is_being_saved_waits_for_the_next_look(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    save(home, clock, ACME, 'Acme Medical Supply"', 'Acme Medical"')
    clock.now -= 3  # at the very moment
    assert not current.refresh().taken
    assert current.refresh().taken


def test_a_file_from_the_future_takes_effect_all_the_same(home: Home, clock: Clock, current: CurrentProfiles) -> None:
    save(home, clock, ACME, 'Acme Medical Supply"', 'Acme Medical"')
    clock.now -= 86_400
    current.refresh()
    assert current.refresh().taken


def test_a_secret_that_goes_away_changes_nothing_but_is_told(home: Home, clock: Clock) -> None:
    secret = home.var / "token"
    secret.write_text("first", "utf-8")
    save(home, clock, CONFIG, "concurrency = 4", 'token = { file = "var/token" }')
    current = CurrentProfiles(home.root, now=clock)
    secret.unlink()
    change = current.refresh()
    assert (change.taken, change.broken) == (False, (CONFIG,))
    assert current.get().targets[0].token == "first"
    secret.write_text("second", "utf-8")
    change = current.refresh()
    assert (change.taken, change.mended) == (True, (CONFIG,))
    assert current.get().targets[0].token == "second"


def test_a_secret_that_was_missing_at_the_start_is_found_when_it_comes(home: Home, clock: Clock) -> None:
    save(home, clock, CONFIG, "concurrency = 4", 'token = { file = "var/token" }')
    current = CurrentProfiles(home.root, now=clock)
    assert current.get().partners == ()
    assert CONFIG in current.refresh().held_files
    (home.var / "token").write_text("late", "utf-8")
    assert current.refresh().mended == (CONFIG,)
    assert title(current, "acme") == "Acme Medical Supply"


def test_what_is_told_of_a_broken_file_says_what_holds_meanwhile(
    home: Home, clock: Clock, current: CurrentProfiles
) -> None:
    save(home, clock, ACME, 'title = "Acme Medical Supply"', "titel = 1")
    mistakes = current.refresh().mistakes
    kept, unused = broken(ACME, mistakes, held=False), broken(ACME, mistakes, held=True)
    assert kept.code == "profile.broken"
    assert "2 mistakes" in kept.message
    assert "stays in force" in kept.message
    assert unused.code == "profile.unusable"
    assert "wait in their folder" in unused.message


def test_readers_see_one_whole_version_while_files_are_saved(
    home: Home, clock: Clock, current: CurrentProfiles
) -> None:
    seen: list[Profiles] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(current.get())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(20):
        save(home, clock, ACME, "\ntitle = ", f"\n# {turn}\ntitle = ")
        current.refresh()
    done.set()
    reader.join()
    assert {len(profiles.partners) for profiles in seen} == {3}
