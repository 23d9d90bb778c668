"""Whatever befalls a hand-over: at every moment exactly one process has the calls, and goes on with them."""

from __future__ import annotations

import copy
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ivrcore.config import CONFIG_FILE
from ivrcore.errors import RequestRefused
from ivrcore.lab.hotline import HotlineLab, replaced
from ivrcore.lab.phones import Call, Stay
from ivrcore.lab.successor import Successor
from ivrcore.model import events
from ivrcore.service.claim import claimant
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import happened
from tests.asterisk.test_adoption import Start, adopted, hotline

__all__ = ["hotline"]

pytestmark = pytest.mark.asterisk


class Swallows:
    """Passes the first request on to the server and keeps the answer for itself; hears nobody after it."""

    def __init__(self, target: int, *, close: bool) -> None:
        self._target, self._close = target, close
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self.swallowed = b""
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        near, _ = self._door.accept()
        self._door.close()
        self._held.append(near)
        with socket.create_connection(("127.0.0.1", self._target)) as far:
            raw = b""
            while not raw.endswith(b"}"):
                raw += near.recv(4096)
            far.sendall(raw)
            self.swallowed = far.recv(4096)
        if self._close:
            near.close()

    def close(self) -> None:
        self._thread.join()
        for one in self._held:
            one.close()


@contextmanager
def by_way_of(lab: HotlineLab, *, close: bool) -> Iterator[tuple[HotlineLab, Swallows]]:
    """Give the same site, whose server is to be asked by way of what swallows the answer."""
    way = Swallows(lab.web_port, close=close)
    other = copy.copy(lab)
    other.site, other.web_port = lab.folder / "same", way.port
    shutil.copytree(lab.site, other.site, ignore=shutil.ignore_patterns("var"))
    (other.site / "var").symlink_to(lab.site / "var")
    web = f"{{host: 127.0.0.1, port: {way.port}, token_file: secrets/api.token}}"
    file = other.site / CONFIG_FILE
    file.write_text(replaced(file.read_text(), {"web": web}))
    try:
        yield other, way
    finally:
        way.close()


def in_the_menu(lab: HotlineLab) -> Call:
    """Have a caller in the menu."""
    call = lab.phones.call("5000", [Stay(60)])
    lab.wait_for("it is in the menu", lambda: happened(lab, events.MenuEntered))
    return call


def goes_on(lab: HotlineLab, call: Call) -> None:
    """See that the caller is there, and that their end is noticed: whoever serves now has the call."""
    lab.wait_ready()
    assert not call.happened("ended")
    assert not happened(lab, events.ContactClosed)
    call.hang_up()
    assert call.result().ended_by == "caller"
    lab.wait_for("it is closed", lambda: happened(lab, events.ContactClosed))
    (closed,) = happened(lab, events.ContactClosed)
    assert not closed.inferred


def claims(lab: HotlineLab, new: Successor) -> None:
    """Wait until this process has the right to take over."""

    def has_it() -> bool:
        one = claimant(lab.journal)
        return one is not None and one.pid == new.pid

    lab.wait_for("it has the right", has_it)


@pytest.mark.parametrize("close", [True, False], ids=["closed", "frozen"])
def test_given_an_answer_that_is_lost_when_handed_over_then_the_new_process_has_the_calls(
    hotline: Start, close: bool
) -> None:
    lab = hotline()
    call = in_the_menu(lab)
    with by_way_of(lab, close=close) as (other, way):
        new = other.successor()
        lab.succeed(new, ready=False)
        assert b" 200 " in way.swallowed
        lab.web_port = other.web_port
        lab.wait_for("it is taken up", lambda: adopted(lab).total() == 1)
        goes_on(lab, call)
    assert len(happened(lab, events.ServerHandedOver)) == 1


def test_given_one_that_asked_and_is_gone_when_the_old_one_hears_of_it_then_it_goes_on(
    hotline: Start,
) -> None:
    lab = hotline()
    call = in_the_menu(lab)
    os.kill(lab.pid, signal.SIGSTOP)
    try:
        new = lab.successor()
        lab.wait_for("it has asked", lambda: "it may have heard" in lab.last_words())
        os.kill(new.pid, signal.SIGKILL)
        assert new.wait() == 256 - signal.SIGKILL
    finally:
        os.kill(lab.pid, signal.SIGCONT)
    lab.wait_for("it has heard", lambda: "does not wait for it" in lab.last_words())
    goes_on(lab, call)
    assert ApiClient(lab.url, lab.token).hand_over()["pid"] == lab.pid
    assert not happened(lab, events.ServerHandedOver)


def test_given_two_at_once_when_they_want_to_take_over_then_one_does_and_the_other_says_why_not(
    hotline: Start,
) -> None:
    lab = hotline()
    call = in_the_menu(lab)
    both = [lab.successor(), lab.successor()]
    lab.wait_for("one gave up", lambda: any(one.ended for one in both))
    (loser,) = (one for one in both if one.ended)
    (winner,) = (one for one in both if one is not loser)
    assert loser.wait() == 2
    assert f"process {winner.pid} is taking over already (IVR608)" in (lab.folder / "server.log").read_text()
    lab.succeed(winner)
    assert ApiClient(lab.url, lab.token).hand_over()["pid"] == winner.pid
    goes_on(lab, call)
    assert len(happened(lab, events.ServerHandedOver)) == 1


def test_given_two_of_which_neither_can_when_they_are_gone_then_the_old_one_goes_on(hotline: Start) -> None:
    lab = hotline()
    call = in_the_menu(lab)
    first = lab.successor()
    claims(lab, first)
    os.kill(first.pid, signal.SIGSTOP)
    try:
        assert lab.successor().wait() == 2
        with pytest.raises(RequestRefused, match=f"process {first.pid} is taking over already"):
            ApiClient(lab.url, lab.token).start_successor()
    finally:
        os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == 256 - signal.SIGKILL
    assert not happened(lab, events.ServerHandedOver)
    assert ApiClient(lab.url, lab.token).hand_over()["pid"] == lab.pid
    lab.hand_over()
    goes_on(lab, call)
