"""The real daemon with its HTTP server: from POST to posting and answer, and kill -9 before and after the commit."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from gateway.lab.process import Simulator
from tests.channels.http.harness import PATH, Answer, ask, at_once
from tests.passage.home import (
    ROOT,
    assert_balanced,
    command,
    dies_at,
    eventually,
    found_home,
    rows,
    running,
    said,
    start,
)
from tests.passage.x12 import group, interchange, order

KEY = "northclinic-key-0123456789abcdef0123456789"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator.start(tmp_path / "lab.db") as simulator:
        yield simulator


class Door:
    """A home whose partner North Clinic comes by HTTP, and a client of it."""

    def __init__(self, root: Path, url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = int(taken.getsockname()[1])
        more = f"\n[http]\nport = {self.port}\nbodies_per_channel = 64\nbodies = 64\n"
        self.home = found_home(root, url, more_config=more)
        (root / "secrets").mkdir()
        (root / "secrets" / "north").write_text(KEY + "\n")
        page = self.home.partners / "northclinic.toml"
        keys = '[channel.http.keys]\nfirst = { file = "secrets/north" }\n'
        page.write_text(page.read_text().replace("[defaults]", f"{keys}[defaults]", 1))
        self.client = urllib3.PoolManager(retries=False, timeout=30.0)

    def post(self, content: bytes, key: str, name: str = "order.edi") -> Answer:
        """With urllib3; raises HTTPError where the connection ended."""
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key, "Content-Type": "application/edi-x12"}
        url = f"http://127.0.0.1:{self.port}{PATH}?name={name}"
        got = self.client.request("POST", url, body=content, headers=headers)
        return Answer(got.status, got.json(), {name.lower(): value for name, value in got.headers.items()})

    def get(self, path: str, key: str = KEY) -> Answer:
        return ask(self.port, "GET", path, headers={"X-API-Key": key})

    def listens(self) -> bool:
        try:
            return ask(self.port, "GET", "/readyz").status == 200
        except OSError:
            return False


def purchase(n: int) -> bytes:
    return interchange(group(order(f"PO-{n}"), control=n), control=n)


def posted(lab: Simulator) -> list[str]:
    """The numbers of the orders that the ERP has."""
    return sorted(one["business_key"].split("|")[2] for one in lab.effects())


@pytest.fixture
def door(tmp_path: Path, lab: Simulator) -> Door:
    return Door(tmp_path / "home", lab.url)


def test_a_file_that_was_posted_is_posted_to_the_erp_and_its_answer_fetched(door: Door, lab: Simulator) -> None:
    home = door.home
    with running(home):
        eventually(door.listens)
        answer = door.post(purchase(1), "order-1")
        assert answer.status == 202, answer.said
        number = answer.said["transmission"]
        assert rows(home, "SELECT id, name FROM transmission WHERE direction = 'in'") == [(number, "order.edi")]
        assert door.post(purchase(1), "order-1").said == answer.said
        assert door.post(purchase(2), "order-1").code == "http.key_reused"
        eventually(lambda: [one["state"] for one in door.get(answer.said["status_url"]).said["answers"]] == ["done"])
        outcome = door.get(answer.said["status_url"]).said
        assert (outcome["state"], outcome["findings"]) == ("translated", [])
        assert outcome["meaning"].startswith("It was read.")
        [told] = outcome["answers"]
        assert told["kind"] == "997"
        content = door.get(told["url"])
        assert b"AK9*A*1*1*1" in content.said["content"]
        assert content.headers["content-type"] == "application/edi-x12"
        assert rows(home, "SELECT who FROM event WHERE what = 'delivery.fetched'") == [("partner on northclinic",)]
        # What is wrong is told with its place; and what cannot be read at all is answered in words.
        letter = door.post(b"Dear order desk, two trays as always. Kind regards", "letter-1", "letter.txt")
        url = letter.said["status_url"]
        eventually(lambda: [one["state"] for one in door.get(url).said["answers"]] == ["done"])
        outcome = door.get(url).said
        assert (outcome["state"], [one["code"] for one in outcome["findings"]]) == ("rejected", ["envelope.not_x12"])
        assert b"letter.txt" in door.get(outcome["answers"][0]["url"]).said["content"]
    assert posted(lab) == ["PO-1"]
    assert_balanced(home)


@pytest.mark.all
def test_nobody_sees_what_came_another_way(door: Door) -> None:
    with running(door.home):
        eventually(door.listens)
        (door.home.inbox / "acme" / "invoice.edi").write_bytes(purchase(7))
        eventually(lambda: rows(door.home, "SELECT count(*) FROM transmission WHERE channel = 'acme'") == [(1,)])
        [(number,)] = rows(door.home, "SELECT id FROM transmission")
        for strange in (str(number), "0", "x", "9" * 18, "9" * 19, "9" * 400, "-1", "1e3", "٣"):
            answer = door.client.request(
                "GET", f"http://127.0.0.1:{door.port}{PATH}/{strange}", headers={"X-API-Key": KEY}
            )
            assert (answer.status, answer.json()["code"]) == (404, "http.no_such_transmission")
        assert door.get(f"{PATH}/{number}/answers/1").code == "http.no_such_answer"
        assert door.get(f"{PATH}/{number}", key="x" * 40).code == "http.key_unknown"


@pytest.mark.parametrize(
    ("place", "committed"),
    [
        pytest.param("http.spooled", 0, marks=pytest.mark.all),
        pytest.param("archive.kept", 0, marks=pytest.mark.all),
        ("http.admitted", 1),
    ],
)
def test_kill_9_before_or_after_the_commit_and_the_same_key_again_is_one_transmission(
    door: Door, lab: Simulator, place: str, committed: int
) -> None:
    home = door.home
    answers: list[object] = []

    def send() -> None:
        eventually(door.listens)
        try:
            answers.append(door.post(purchase(1), "order-1"))
        except urllib3.exceptions.HTTPError as gone:
            answers.append(gone)

    sender = threading.Thread(target=send)
    sender.start()
    dies_at(home, place)
    sender.join()
    assert isinstance(answers[0], urllib3.exceptions.HTTPError)  # nothing was promised
    ours = rows(home, "SELECT id FROM transmission WHERE direction = 'in'")
    assert len(ours) == committed
    with running(home):
        eventually(door.listens)
        assert not list(home.http.iterdir())
        answer = door.post(purchase(1), "order-1")
        assert answer.status == 202
        assert not ours or [(answer.said["transmission"],)] == ours
        eventually(lambda: len(lab.effects()) == 1)
    assert rows(home, "SELECT count(*) FROM transmission WHERE direction = 'in'") == [(1,)]
    assert_balanced(home)


@pytest.mark.all
def test_thirty_senders_at_once_over_the_real_daemon(door: Door, lab: Simulator) -> None:
    with running(door.home):
        eventually(door.listens)
        answers = at_once(30, lambda n: door.post(purchase(n + 1), f"order-{n}", f"order-{n}.edi"))
        assert {answer.status for answer in answers} == {202}
        eventually(lambda: len(lab.effects()) == 30)
    assert len({answer.said["transmission"] for answer in answers}) == 30
    assert_balanced(door.home)


@pytest.mark.all
def test_a_saved_key_opens_and_a_removed_one_closes_while_the_daemon_runs(door: Door) -> None:
    with running(door.home):
        eventually(door.listens)
        page = door.home.partners / "northclinic.toml"
        (door.home.root / "secrets" / "next").write_text("n" * 40)
        page.write_text(page.read_text().replace("first = {", 'next = { file = "secrets/next" }\nfirst = {'))
        eventually(lambda: door.get(f"{PATH}/1", key="n" * 40).status == 404)
        page.write_text(page.read_text().replace('first = { file = "secrets/north" }\n', ""))
        eventually(lambda: door.get(f"{PATH}/1").status == 401)


def _send_until_told(door: Door, numbers: range, until: float) -> None:
    """As a program should: the same file under the same key, until it is told 202."""
    for n in numbers:
        while time.monotonic() < until:
            try:
                if door.post(purchase(n), f"order-{n}").status == 202:
                    break
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.1)


@pytest.mark.all
def test_kill_9_in_the_middle_of_posts_loses_nothing_and_posts_nothing_twice(door: Door, lab: Simulator) -> None:
    home, senders, each = door.home, 4, 25
    until = time.monotonic() + 120
    threads = [
        threading.Thread(target=_send_until_told, args=(door, range(1 + n * each, 1 + (n + 1) * each), until))
        for n in range(senders)
    ]
    daemon = start(home)
    try:
        eventually(door.listens)
        for thread in threads:
            thread.start()
        for _ in range(4):
            time.sleep(1.0)
            daemon.kill()
            daemon.wait()
            daemon = start(home)
        for thread in threads:
            thread.join()
        eventually(lambda: len(lab.effects()) >= senders * each)
        daemon.terminate()
        assert daemon.wait(60) == 0, said(home)
    finally:
        daemon.kill()
        daemon.wait()
    assert posted(lab) == sorted(f"PO-{n}" for n in range(1, senders * each + 1))
    assert rows(home, "SELECT count(*) FROM transmission WHERE direction = 'in'") == [(senders * each,)]
    assert_balanced(home)
    assert command(home, "archive", "verify")[0] == 0


@pytest.mark.all
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_page_do_what_it_says(door: Door, tmp_path: Path) -> None:
    """docs/http.md, its curl commands one after another, against this gateway."""
    page = (ROOT / "docs" / "http.md").read_text("utf-8")
    post, look, fetch = re.findall(r"```sh\n(curl .+?)```", page, re.DOTALL)
    (tmp_path / "order.edi").write_bytes(purchase(1))
    known = {"GATEWAY": f"http://127.0.0.1:{door.port}", "KEY": KEY}

    def run(line: str) -> str:
        """What it printed."""
        shell = ["sh", "-c", line]
        environment = {**os.environ, **known}
        done = subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with running(door.home):
        eventually(door.listens)
        taken = json.loads(run(post))
        known["NUMBER"] = str(taken["transmission"])
        eventually(lambda: [one["state"] for one in json.loads(run(look))["answers"]] == ["done"])
        [told] = json.loads(run(look))["answers"]
        known["URL"] = told["url"]
        assert "AK9*A*1*1*1" in run(fetch)
