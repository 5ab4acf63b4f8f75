"""When a dropped file is complete, and how full the disk may become, as the settings files say it."""

import pytest

from gateway.profiles.check import check
from gateway.profiles.load import load
from gateway.settings import Home


def edit(home: Home, name: str, old: str, new: str) -> None:
    page = home.root / name
    text = page.read_text("utf-8")
    assert old in text
    page.write_text(text.replace(old, new), "utf-8")


def sentinel(home: Home, suffix: str = "") -> None:
    """Acme's files are complete when their sentinel is there."""
    edit(home, "partners/acme.toml", 'complete = "stable"', f'complete = "sentinel"\n{suffix}')
    edit(home, "partners/acme.toml", "stable_seconds = 2", "")


@pytest.mark.parametrize(("written", "suffix"), [("", ".done"), ('sentinel = ".ok"', ".ok")])
def test_a_partners_files_may_be_complete_by_a_sentinel_and_check_says_which(
    home: Home, written: str, suffix: str
) -> None:
    sentinel(home, written)
    loaded = load(home.root)
    assert loaded.mistakes == ()
    channel = loaded.profiles.channel("acme")
    assert channel is not None
    assert (channel.complete, channel.sentinel) == ("sentinel", suffix)
    told = " ".join(check(loaded, "acme").text.split())
    assert (
        f"count as complete when a file of the same name and {suffix} lies beside them, as invoice.edi{suffix}" in told
    )


def test_a_hub_may_have_sentinels_too(home: Home) -> None:
    hub = '[channel.hub]\ncarries = ["acme"]\ncomplete = "sentinel"\nsentinel = ".ready"\n\n[lab]'
    edit(home, "config/gateway.toml", "[lab]", hub)
    channel = load(home.root).profiles.channel("hub")
    assert channel is not None
    assert (channel.complete, channel.sentinel) == ("sentinel", ".ready")


@pytest.mark.parametrize("suffix", ["done", ".", "", "./done", ".d o", ".d.e", "." + "x" * 21])
def test_a_sentinel_is_one_suffix(home: Home, suffix: str) -> None:
    sentinel(home, f'sentinel = "{suffix}"')
    (mistake,) = load(home.root).mistakes
    assert mistake.code == "profile.bad_form"
    assert '".done", ".ok"' in str(mistake)


@pytest.mark.parametrize(("written", "reserve"), [("", 256), ("disk_reserve_mb = 0", 0), ("disk_reserve_mb = 9", 9)])
def test_the_disk_reserve_is_what_config_says(home: Home, written: str, reserve: int) -> None:
    edit(home, "config/gateway.toml", "[gateway]", f"[gateway]\n{written}")
    loaded = load(home.root)
    assert (loaded.mistakes, loaded.disk_reserve_mb) == ((), reserve)


def test_a_reserve_below_nothing_is_a_mistake(home: Home) -> None:
    edit(home, "config/gateway.toml", "[gateway]", "[gateway]\ndisk_reserve_mb = -1")
    assert [mistake.code for mistake in load(home.root).mistakes] == ["profile.out_of_range"]
