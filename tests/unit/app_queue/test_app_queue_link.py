"""The link to a manager interface that behaves oddly, and the watch around it."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ivrcore.app_queue import keep, link
from ivrcore.app_queue import watch as watch_module
from ivrcore.app_queue.frames import Frame
from ivrcore.app_queue.options import Options, read_options
from ivrcore.app_queue.watch import AppQueueWatch
from ivrcore.errors import ConfigError
from tests.support.aio import asyncio_test, until
from tests.support.fake_manager import FakeManager, usual
from tests.unit.app_queue.asterisk_says import completed, event, joined


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "QUICK", (0.0, 0.0, 0.0))
    monkeypatch.setattr(link, "DOUBT", 0.0)
    monkeypatch.setattr(link, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(link, "REFUSED_WAIT", 0.3)


@asynccontextmanager
async def watching(port: int, **options: Any) -> AsyncIterator[AppQueueWatch]:
    """Watch, and leave no thread behind."""
    options = {"patience": 10.0, **options}
    watch = AppQueueWatch("pbx", Options("ivrcore", "secret", port=port, **options), time.time)
    watch.start()
    try:
        yield watch
    finally:
        await watch.stop()
    assert not [thread for thread in threading.enumerate() if "app_queue" in thread.name]


@asyncio_test
async def test_given_a_usual_manager_when_watched_then_queues_are_known_and_the_secret_was_sent_once() -> (
    None
):
    async with FakeManager() as manager, watching(manager.port) as watch:
        await until(lambda: watch.ledger.figures.statuses >= 3)
        assert watch.ledger.up
        told = watch.standing()
        assert (told.up, told.sees, told.error) == (True, "1 queue", "")
        assert told.since > 1e9
        assert watch.ledger.figures.started == "2026-11-22 10:00:00"
        names = [action["Action"] for action in manager.actions]
        assert names[:3] == ["Login", "CoreStatus", "QueueStatus"]
        assert manager.actions[0]["Secret"] == "secret"
        assert all("Secret" not in action for action in manager.actions[1:])


@asyncio_test
async def test_given_a_link_that_ends_when_it_is_back_then_counts_go_on() -> None:
    async with FakeManager() as manager, watching(manager.port) as watch:
        await until(lambda: watch.ledger.figures.statuses >= 3)
        manager.say(joined("1.1") + completed(0, 5))
        await until(lambda: watch.ledger.figures.queues["support"].completed.total == 1)
        manager.cut()
        await until(lambda: not watch.ledger.up)
        await until(lambda: watch.ledger.up)
        assert watch.ledger.figures.losses == 1
        assert watch.ledger.figures.queues["support"].completed.total == 1


@asyncio_test
async def test_given_what_pyst2_stumbles_over_when_it_comes_then_events_go_on() -> None:
    """A channel variable, the words that glue, a frame that is neither, output without headers."""
    async with FakeManager() as manager, watching(manager.port) as watch:
        await until(lambda: watch.ledger.figures.statuses >= 3)
        stumbling = event("AgentCalled", **{"ChanVariable(PJSIP/x)": "a=b"})
        named = event("QueueCallerJoin", CallerIDName="status will follow", Queue="support", Uniqueid="1.1")
        neither = b"ActionID: x\r\nQueue: support\r\n\r\n"
        bare = b"no header at all\r\n--END COMMAND--\r\n\r\n"
        manager.say(stumbling + named + neither + bare + completed(0, 5))
        queue = watch.ledger.figures.queues["support"]
        await until(lambda: queue.completed.total == 1)
        assert (queue.joined, queue.rung) == (1, 0)
        await until(lambda: watch.ledger.figures.odd.get("neither_event_nor_response") == 2)
        assert watch.ledger.figures.losses == 0


@asyncio_test
async def test_given_a_refused_login_when_tried_then_it_waits_long_before_the_next() -> None:
    def refuse(action: Mapping[str, str]) -> bytes:
        return b"Response: Error\r\nMessage: Authentication failed\r\n\r\n"

    async with FakeManager(refuse) as manager, watching(manager.port) as watch:
        await until(lambda: manager.links == 1)
        await until(lambda: watch.ledger.figures.lost_since is not None)
        began = time.monotonic()
        await until(lambda: manager.links == 2)
        assert time.monotonic() - began > 0.2
        told = watch.standing()
        assert (told.up, told.sees) == (False, "")
        assert told.error.startswith("no link: ")
        assert "Authentication failed" in told.error or "refused" in told.error
        assert told.error_at >= told.since > 1e9
        assert "secret" not in told.error


@asyncio_test
async def test_given_a_manager_that_never_answers_when_asked_then_patience_ends() -> None:
    async with FakeManager(lambda action: b"") as manager, watching(manager.port, patience=0.1) as watch:
        await until(lambda: manager.links >= 2)
        assert not watch.ledger.up


@asyncio_test
async def test_given_an_answer_to_something_else_when_it_comes_then_the_link_is_made_anew() -> None:
    def mixed_up(action: dict[str, str]) -> bytes:
        return usual({**action, "ActionID": "other"})

    async with FakeManager(mixed_up) as manager, watching(manager.port) as watch:
        await until(lambda: manager.links >= 2)
        assert not watch.ledger.up


@asyncio_test
async def test_given_something_else_at_the_port_when_tried_then_it_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with FakeManager(greeting=b"SSH-2.0-OpenSSH_9.2\r\n") as manager, watching(manager.port):
        await until(lambda: "not Asterisk's manager interface" in caplog.text)


@asyncio_test
async def test_given_nobody_there_when_watched_then_it_stops_soon() -> None:
    async with FakeManager() as manager:
        port = manager.port
    async with watching(port) as watch:
        await until(lambda: watch.ledger.figures.lost_since is not None)
        began = time.monotonic()
    assert time.monotonic() - began < 2


@asyncio_test
async def test_given_figures_that_were_kept_when_started_again_then_counts_go_on(tmp_path: Path) -> None:
    kept = tmp_path / "var/watch-pbx.json"
    async with FakeManager() as manager:
        async with watching(manager.port, kept=kept) as watch:
            await until(lambda: watch.ledger.figures.statuses >= 3)
            manager.say(completed(0, 5))
            await until(lambda: watch.ledger.figures.queues["support"].completed.total == 1)
        assert kept.stat().st_mode & 0o777 == 0o600
        async with watching(manager.port, kept=kept) as watch:
            assert watch.ledger.figures.queues["support"].completed.total == 1
            await until(lambda: watch.ledger.up)
            assert watch.ledger.figures.away > 0
        kept.write_text("{nonsense")
        async with watching(manager.port, kept=kept) as watch:
            await until(lambda: watch.ledger.up)
            assert watch.ledger.figures.queues["support"].completed.total == 0


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1; give its file and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "manager.pem", folder / "manager.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return file, context


@asyncio_test
async def test_given_tls_when_the_certificate_is_trusted_then_it_is_watched_and_else_not(
    tmp_path: Path,
) -> None:
    file, context = certificate(tmp_path)
    async with FakeManager(tls=context) as manager:
        async with watching(manager.port, tls=True, ca_file=file) as watch:
            await until(lambda: watch.ledger.up)
        actions = len(manager.actions)
        async with watching(manager.port, tls=True) as watch:
            await until(lambda: watch.ledger.figures.lost_since is not None)
        assert len(manager.actions) == actions  # no secret went to a stranger


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({}, "secret is not given"),
        ({"secret": "x", "host": "10.0.0.5"}, "another machine"),
        ({"secret": "x", "port": "0"}, "'port' is no number"),
        ({"secret": "x", "user": "a\r\nAction: Logoff"}, "'user' is no text in one line"),
        ({"secret": "x\nAction: Command"}, "'secret' is no text in one line"),
        ({"secret": "x", "hots": "y"}, "'hots' is no key"),
        ({"secret": "x", "every": "1s"}, "'every' is no number from 5 to 3600"),
        ({"secret": "x", "ca_file": "a.pem"}, "of no use without tls"),
        ({"secret": "x", "tls": "yes", "ca_file": "a.pem"}, "not there"),
        ({"secret": "x", "tls": "perhaps"}, "neither yes nor no"),
    ],
)
def test_given_options_that_cannot_be_used_when_read_then_the_key_is_named(
    given: dict[str, str], what: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as raised:
        read_options("pbx", {**given, "folder": str(tmp_path)})
    assert what in raised.value.message
    assert "Action" not in raised.value.message


def test_given_options_when_read_then_they_are_what_was_written() -> None:
    options = read_options(
        "pbx", {"secret": "x", "host": "10.0.0.5", "allow_remote": "yes", "every": "2m", "folder": "/site"}
    )
    assert (options.host, options.every, options.port) == ("10.0.0.5", 120.0, 5038)
    assert "secret='x'" not in repr(options)


@asyncio_test
async def test_given_an_oddity_in_each_status_when_it_does_not_clear_then_statuses_become_rarer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(link, "DOUBT", 0.01)

    def odd(action: dict[str, str]) -> bytes:
        return (b"Queue: neither\r\n\r\n" if action["Action"] == "QueueStatus" else b"") + usual(action)

    async with FakeManager(odd) as manager, watching(manager.port) as watch:
        await until(lambda: watch.ledger.figures.statuses >= 3)
        began = time.monotonic()
        await until(lambda: watch.ledger.figures.statuses >= 3 + 5)
        assert time.monotonic() - began > 0.2  # 0.02 + 0.04 + 0.08 + 0.16 at the end, not 5 * 0.01
        assert watch.ledger.up
    assert caplog.text.count("not believed: the wire: neither event nor response") == 1


@asyncio_test
async def test_given_a_message_that_fails_unexpectedly_when_taken_then_the_next_ones_are_taken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with FakeManager() as manager, watching(manager.port) as watch:
        await until(lambda: watch.ledger.figures.statuses >= 3)
        heard = watch.ledger.heard

        def failing(frame: Frame, at: float) -> None:
            if frame.get("Event") == "QueueCallerJoin":
                raise ZeroDivisionError
            heard(frame, at)

        monkeypatch.setattr(watch.ledger, "heard", failing)
        manager.say(joined("1.1"))
        await until(lambda: "a message failed" in caplog.text)
        manager.say(completed(0, 5))
        await until(lambda: watch.ledger.figures.queues["support"].completed.total == 1)


@asyncio_test
async def test_given_a_write_that_runs_when_stopped_then_the_last_one_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    running, most, never = [], [], threading.Event()
    write = keep.write

    def slow(path: Path, data: bytes) -> None:
        running.append(path)
        most.append(len(running))
        never.wait(0.2)
        write(path, data)
        running.remove(path)

    monkeypatch.setattr(keep, "write", slow)
    monkeypatch.setattr(watch_module, "KEEP_EVERY", 0.01)
    async with FakeManager() as manager:
        watch = AppQueueWatch(
            "pbx", Options("ivrcore", "s", port=manager.port, kept=tmp_path / "x.json"), time.time
        )
        watch.start()
        await until(lambda: running)
        await watch.stop()
    assert len(most) >= 2
    assert max(most) == 1
