"""A server ends when a message is said and not fetched yet: it waits for it, or the next one keeps it."""

from __future__ import annotations

import selectors
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import HangUp, Say, Wait
from ivrcore.model import events
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import CALLER_HERTZ, check, figures_equal_fold, happened, site, tone
from tests.asterisk.test_adoption_outside import PLAN

pytestmark = pytest.mark.asterisk

FETCH = b"GET /ari/recordings/stored/"


class SlowSpool:
    """Lies between the server and Asterisk: passes everything on, but holds what asks for a recording."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self.target = 0
        self.asked = threading.Event()
        """Somebody has asked for a recording."""
        self.passes = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self._open += (near, far)
                thread = threading.Thread(target=self._pass, args=(near, far))
                self._threads.append(thread)
                thread.start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with selectors.DefaultSelector() as ready, suppress(OSError), near, far:
            for one in other:
                ready.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    one = near if key.fileobj is near else far
                    data = one.recv(65_536)
                    if not data:
                        return
                    if data.startswith(FETCH):
                        self.asked.set()
                        self.passes.wait()
                    other[one].sendall(data)

    def close(self) -> None:
        self.passes.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._threads[0].join()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()


@pytest.fixture
def spool() -> Iterator[SlowSpool]:
    one = SlowSpool()
    yield one
    one.close()


@pytest.fixture
def lab(tmp_path: Path, spool: SlowSpool) -> Iterator[HotlineLab]:
    """A hotline whose server finds Asterisk behind the slow spool; checked when the test is over."""
    with HotlineLab(
        tmp_path / "lab",
        config=site(mailboxes="{complaints: {longest: 30s}}"),
        dialplans={"outside.yaml": PLAN},
        http_port=spool.port,
    ) as lab:
        spool.target = lab.pbx.http_port
        lab.serve()
        yield lab
        check(lab)
        figures_equal_fold(lab)
        assert not happened(lab, events.OrphanEnded)
        lab.wait_for("nothing lies in Asterisk", lambda: not lies(lab))


def lies(lab: HotlineLab) -> list[Path]:
    """Give the recordings that are in Asterisk's spool."""
    return list((lab.pbx.folder / "spool/recording").rglob("*.wav"))


def said(lab: HotlineLab, spool: SlowSpool, tmp_path: Path) -> None:
    """Have a caller leave a message of four seconds and hang up; the server asks for it in vain yet."""
    call = lab.phones.call("5001", [Wait(1.0), Say(tone(tmp_path, CALLER_HERTZ, 4.0)), HangUp()])
    assert call.result().ended_by == "caller"
    lab.wait_for("the contact is closed", lambda: happened(lab, events.ContactClosed))
    lab.wait_for("it is asked for", spool.asked.is_set)
    assert not happened(lab, events.MessageRecorded)


def is_kept_once(lab: HotlineLab) -> None:
    """See that the message is there, and there is one."""
    lab.wait_for("it is kept", lambda: happened(lab, events.MessageRecorded))
    (message,) = ApiClient(lab.url, lab.token).messages()
    (recorded,) = happened(lab, events.MessageRecorded)
    assert (message["message"], message["mailbox"]) == (recorded.message, "complaints")
    assert 3.0 < message["seconds"] < 9.0


@pytest.mark.parametrize("kills", [1, 2])
def test_given_a_message_that_nobody_has_fetched_when_the_server_is_killed_then_the_next_one_keeps_it(
    lab: HotlineLab, spool: SlowSpool, tmp_path: Path, kills: int
) -> None:
    said(lab, spool, tmp_path)
    for count in range(kills):
        assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
        if count:
            spool.asked.clear()
        lab.serve()
        lab.wait_for("the next one asks for it", spool.asked.is_set)
        assert not happened(lab, events.MessageRecorded)
    spool.passes.set()
    is_kept_once(lab)
    lab.wait_for("nothing lies in Asterisk", lambda: not lies(lab))
    lab.signal_server(signal.SIGKILL)
    lab.serve()
    is_kept_once(lab)


@pytest.mark.parametrize("end", ["hand-over", "stop"])
def test_given_a_message_that_is_being_fetched_when_the_server_ends_in_order_then_it_keeps_it(
    lab: HotlineLab, spool: SlowSpool, tmp_path: Path, end: str
) -> None:
    said(lab, spool, tmp_path)
    timer = threading.Timer(0.4, spool.passes.set)
    if end == "stop":
        timer.start()
        lab.stop_server()
        lab.serve()
    else:
        new = lab.successor()
        lab.wait_for("it is asked to let go", lambda: "is handed over to" in lab.last_words())
        timer.start()
        lab.succeed(new)
    timer.join()
    is_kept_once(lab)
    told = [type(record.event) for record in lab.records()]
    last = events.ServerStopped if end == "stop" else events.ServerHandedOver
    assert told.index(events.MessageRecorded) < told.index(last)


@pytest.mark.parametrize("end", ["hand-over", "stop"])
def test_given_a_message_that_cannot_be_fetched_when_the_server_ends_in_order_then_the_next_one_keeps_it(
    lab: HotlineLab, spool: SlowSpool, tmp_path: Path, end: str
) -> None:
    said(lab, spool, tmp_path)
    if end == "stop":
        lab.stop_server()
        lab.serve()
    else:
        lab.hand_over()
    assert not happened(lab, events.MessageRecorded)
    spool.passes.set()
    is_kept_once(lab)
