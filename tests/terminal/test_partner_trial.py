"""`gateway partner test`: each step of a partner's way is looked at, and what is wrong is said with its cure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.profiles.http import HttpServer
from gateway.settings import Home, init
from gateway.terminal.onboarding.steps import Verdict
from gateway.terminal.onboarding.trial import trial
from gateway.terminal.onboarding.trial_doors import http_step
from gateway.wiring import listening, open_gateway

Tried = Callable[..., tuple[int, str]]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHDM9holiOyuEIgfZ+Albu+cWpmE8whyvEPYqzvQ3y6L"


@pytest.fixture
def own(tmp_path: Path) -> Home:
    return init(tmp_path / "home")


@pytest.fixture
def tried(own: Home, capsys: pytest.CaptureFixture[str]) -> Tried:
    """Run it for a partner; its exit code, and what it said on one line."""

    def run(partner: str = "acme", wait: float = 20.0) -> tuple[int, str]:
        return trial(own, partner, wait=wait), " ".join(capsys.readouterr().out.split())

    return run


def changed(home: Home, partner: str, before: str, after: str) -> None:
    page = home.partners / f"{partner}.toml"
    text = page.read_text("utf-8")
    assert before in text
    page.write_text(text.replace(before, after, 1), "utf-8")


@contextmanager
def running(home: Home) -> Iterator[None]:
    with open_gateway(home, lab=True) as gateway, listening(gateway):
        daemon = gateway.daemon()
        daemon.start()
        try:
            yield
        finally:
            daemon.stop()


def test_a_sound_partner_is_in_order_and_what_was_not_tried_is_said_with_its_reason(tried: Tried) -> None:
    code, said = tried()
    assert code == 0
    assert "ok partners/acme.toml and config/gateway.toml have no mistake." in said
    assert "ok inbox/acme, where files come, can be read and written." in said
    assert "ok A good file of ship notices (856), made as X12, would be taken." in said
    assert "-- No test file was dropped: no gateway is running here" in said
    assert "Everything that could be checked is in order" in said
    assert "WRONG" not in said


def test_a_test_file_goes_the_whole_way_books_nothing_and_leaves_nothing_behind(own: Home, tried: Tried) -> None:
    changed(own, "acme", 'complete = "stable"            # Acme', 'complete = "sentinel" # Acme')
    changed(own, "acme", "stable_seconds", "# stable_seconds")
    with open_gateway(own, lab=True) as gateway, listening(gateway):
        daemon = gateway.daemon()
        daemon.start()
        code, said = tried()
        daemon.stop()
        with gateway.ledger.read() as snapshot:
            posted = snapshot.exec_driver_sql("select count(*) from delivery where kind = 'document'").scalar_one()
    assert code == 0, said
    assert posted == 0
    assert "usage T) was dropped into inbox/acme and answered after" in said
    assert "which says A. Nothing was booked." in said
    assert [path for folder in (own.inbox, own.outbox) for path in (folder / "acme").iterdir() if path.is_file()] == []


def test_mistakes_in_the_settings_end_it_there(own: Home, tried: Tried) -> None:
    changed(own, "acme", "title =", "titel =")
    code, said = tried()
    assert code == 1
    assert 'WRONG partners/acme.toml:3: There is no setting "titel"' in said
    assert "ok" not in said.split("WRONG")[0]


def test_folders_that_are_missing_or_on_the_way_of_a_rename_are_told(own: Home, tried: Tried) -> None:
    (own.outbox / "acme").rmdir()
    (own.inbox / "acme" / ".processing").symlink_to(own.root)
    code, said = tried()
    assert code == 1
    assert "WRONG outbox/acme, where answers go, is not there. `gateway run` makes it." in said
    assert "WRONG inbox/acme/.processing is a link or on another disk" in said
    assert "2 of 8 steps are wrong" in said


def test_a_secret_that_cannot_be_read_is_told_with_its_place(own: Home, tried: Tried) -> None:
    text = own.config.read_text("utf-8")
    own.config.write_text(
        text.replace('url = "lab"', 'url = "http://127.0.0.1:9/api"\ntoken = { env = "NO_SUCH" }', 1), "utf-8"
    )
    code, said = tried()
    assert code == 1
    assert "the environment variable NO_SUCH" in said
    assert "If the gateway runs with another environment, call this there." in said


class _Erp(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def test_an_erp_that_answers_is_told_from_one_that_does_not(own: Home, tried: Tried) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Erp)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    text = own.config.read_text("utf-8")
    own.config.write_text(text.replace('"lab"', f'"http://127.0.0.1:{server.server_port}/api"', 1), "utf-8")
    code, said = tried()
    server.shutdown()
    server.server_close()
    thread.join()
    assert f'ok ERP "erp" (http://127.0.0.1:{server.server_port}/api) answers and lets us in.' in said
    assert code == 0
    code, said = tried()
    assert code == 1
    assert 'WRONG ERP "erp"' in said


def test_a_good_file_that_would_not_be_taken_is_told_with_its_reason(own: Home, tried: Tried) -> None:
    changed(own, "bolt", 'currency = "USD"', 'currency = "US dollars"')
    code, said = tried("bolt")
    assert code == 1
    assert "WRONG A good file of invoices (810), made as a table, would be rejected:" in said


def test_tables_are_never_dropped_as_a_test(own: Home, tried: Tried) -> None:
    with running(own):
        code, said = tried("bolt")
    assert code == 0
    assert "-- No test file was dropped: a table cannot say that it is a test" in said


@pytest.mark.parametrize("setting", ['usage = "P"', 'test_erp = "erp"', 'acknowledgment = "none"'])
def test_no_test_is_dropped_that_would_be_booked_or_not_answered(own: Home, tried: Tried, setting: str) -> None:
    page = own.partners / "acme.toml"
    page.write_text(page.read_text("utf-8").replace('direction = "in"', f'direction = "in"\n{setting}'), "utf-8")
    code, said = tried()
    assert code == 0
    assert "is answered and posted to no ERP" in said


def test_a_file_that_nobody_takes_is_removed_again_and_told(own: Home, tried: Tried) -> None:
    changed(own, "acme", "stable_seconds = 2", "stable_seconds = 0")
    with open_gateway(own) as gateway, listening(gateway):  # it answers on its socket, and its loops do not turn
        code, said = tried(wait=0.5)
    assert code == 1
    assert "was not taken; it was removed again" in said
    assert [path for path in (own.inbox / "acme").iterdir() if path.is_file()] == []


def test_an_account_without_a_server_is_told(own: Home, tried: Tried) -> None:
    changed(own, "acme", "[defaults]", f'[channel.sftp]\nkeys = ["{KEY}"]\n\n[defaults]')
    code, said = tried()
    assert code == 1
    assert 'WRONG The account "acme" is closed: config/gateway.toml has no [sftp]' in said


@pytest.mark.all
def test_our_sftp_server_is_reached_and_shows_the_key_that_partners_are_told(own: Home, tried: Tried) -> None:
    with open_gateway(own):
        pass
    port = _free_port()
    with own.config.open("a", encoding="utf-8") as config:
        config.write(f'\n[sftp]\naddress = "127.0.0.1"\nport = {port}\n')
    changed(own, "acme", "[defaults]", f'[channel.sftp]\nkeys = ["{KEY}"]\n\n[defaults]')
    with running(own):
        until = time.monotonic() + 20
        code, said = tried()
        while "does not answer" in said and time.monotonic() < until:
            code, said = tried()
    assert f"ok Our SFTP server answers on 127.0.0.1 port {port} with the key SHA256:" in said
    assert "with ack/acme-997-" in said
    assert code == 0


def test_our_http_server_is_told_from_another_program(own: Home) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Erp)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    found = http_step(HttpServer(port=server.server_port), running=True)
    server.shutdown()
    server.server_close()
    thread.join()
    assert (found.verdict, "without a key it says 404" in found.sentence) == (Verdict.WRONG, True)
    gone = http_step(HttpServer(port=server.server_port), running=True)
    assert (gone.verdict, "does not answer" in gone.sentence) == (Verdict.WRONG, True)
    assert http_step(None, running=True).verdict is Verdict.WRONG
    assert http_step(HttpServer(), running=False).verdict is Verdict.LEFT_OUT
    port = _free_port()
    with own.config.open("a", encoding="utf-8") as config:
        config.write(f"\n[http]\nport = {port}\n")
    with running(own):
        until = time.monotonic() + 20
        while (found := http_step(HttpServer(port=port), running=True)).verdict is Verdict.WRONG:
            assert time.monotonic() < until, found.sentence
            time.sleep(0.1)
    assert "lets nobody in without a key" in found.sentence


def _free_port() -> int:
    server = HTTPServer(("127.0.0.1", 0), _Erp)
    server.server_close()
    return server.server_port


def test_a_mailbox_that_cannot_be_reached_is_told_and_no_test_is_dropped_for_it(own: Home, tried: Tried) -> None:
    (own.root / "phrase").write_text("secret", "ascii")
    mailbox = (
        f'[channel.mailbox]\nhost = "127.0.0.1"\nport = {_free_port()}\nuser = "us"\ntake_from = "/to-us"\n'
        f'put_into = "/from-us"\nhost_keys = ["{KEY}"]\npassword = {{ file = "phrase" }}\n\n[[agreement]]'
    )
    changed(own, "northclinic", "[[agreement]]", mailbox)
    code, said = tried("northclinic")
    assert code == 1
    assert "WRONG The mailbox us@127.0.0.1" in said
    assert "its answer would be put into /from-us" in said
    assert "secret" not in said.replace("Every secret", "")


def test_a_partner_there_is_none_of_is_refused(own: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["partner", "test", "nobody", "--home", str(own.root)]) == 2
    assert "There is no partners/nobody.toml" in capsys.readouterr().err
