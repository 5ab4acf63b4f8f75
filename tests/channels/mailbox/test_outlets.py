"""Answers go into the mailbox where there is one, and nowhere else while nobody can know."""

import threading
from pathlib import Path

import pytest

from gateway.channels.mailbox.outlet import MailboxOutlet
from gateway.channels.mailbox.outlets import MailboxOutlets
from gateway.model.outcomes import TryLater
from gateway.ports import Parcel, Sent
from gateway.profiles.agreement import Channel
from tests.channels.mailbox.faulty import Faulty
from tests.channels.mailbox.post import Post


def test_a_channel_with_a_mailbox_to_put_into_has_one_outlet_that_follows_its_settings(
    faulty: Faulty, hostile: Post
) -> None:
    outlets = _outlets(hostile.home, hostile)
    first = outlets.of("acme")
    assert isinstance(first, MailboxOutlet)
    hostile.set(put_into="/elsewhere")
    assert outlets.of("acme") is first
    assert first.send([Parcel(delivery=1, name="a.edi", content=b"a")]) == [Sent(name="a.edi")]
    assert list(faulty.files) == [b"/elsewhere/a.edi"]


def test_a_channel_without_one_sends_another_way(hostile: Post) -> None:
    hostile.set(put_into=None)
    assert _outlets(hostile.home, hostile).of("acme") is None
    assert _outlets(hostile.home, None).of("acme") is None


def test_a_channel_whose_settings_are_broken_waits_if_it_had_a_mailbox(hostile: Post, tmp_path: Path) -> None:
    held = Channel(name="acme", carries=("acme",), held=True)
    outlets = MailboxOutlets(lambda _name: held, tmp_path / "mailboxes", lambda _place: None, threading.Event())
    assert outlets.of("acme") is None
    (tmp_path / "mailboxes" / "acme").mkdir(parents=True)
    with pytest.raises(TryLater, match="the settings of its mailbox cannot be read"):
        outlets.of("acme")
    assert hostile.odd == []


def _outlets(staging: Path, post: Post | None) -> MailboxOutlets:
    def secret(_place: object) -> str:
        return "secret"

    return MailboxOutlets(lambda _name: post.channel if post else None, staging, secret, threading.Event())
