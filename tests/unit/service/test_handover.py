"""The old process's side of a hand-over: what it starts, and when it refuses."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ivrcore.errors import RequestRefused
from ivrcore.journal.local import LocalJournal
from ivrcore.journal.store import is_free
from ivrcore.service.claim import Claimant, TakingOver
from ivrcore.service.doors import PASSED
from ivrcore.service.handover import (
    ANSWER_SECONDS,
    LOOK_EVERY,
    MESSAGE_SECONDS,
    REST_SECONDS,
    TAKE_OVER,
    TAKEN_SECONDS,
    HandOver,
    command_of,
    environment_of,
)
from ivrcore.service.run import STOP_SECONDS
from ivrcore.telephony.agi.leaving import LAST_WORD_SECONDS
from tests.support.aio import asyncio_test


def test_the_program_is_started_by_its_name_and_takes_over() -> None:
    assert command_of(["/usr/bin/ivrcore", "serve", "/etc/ivrcore"]) == [
        "/usr/bin/ivrcore", "serve", "/etc/ivrcore", TAKE_OVER
    ]  # fmt: skip
    by_module = ["/opt/lib/ivrcore/__main__.py", "serve", TAKE_OVER, "site", "--log", "json"]
    assert command_of(by_module) == [
        sys.executable, "-m", "ivrcore", "serve", "site", "--log", "json", TAKE_OVER
    ]  # fmt: skip


def test_what_is_said_of_this_process_alone_is_not_handed_on() -> None:
    env = {
        "NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "7", "LISTEN_PID": "7",
        "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web", PASSED: "9", "HOME": "/",
    }  # fmt: skip
    kept = {"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "1", "HOME": "/"}
    assert environment_of(env, []) == kept
    assert environment_of(env, [5, 6]) == {**kept, PASSED: "5,6"}


def test_an_end_that_waits_for_everything_is_not_cut_short() -> None:
    waits = MESSAGE_SECONDS + LAST_WORD_SECONDS + 2 * REST_SECONDS + TAKEN_SECONDS
    assert waits <= STOP_SECONDS - 1, "and the rest of an end takes its time"


class Old:
    """A process that hands over, on a clock of its own."""

    def __init__(self, reason: str = "") -> None:
        self.clock, self.reason, self.ended = Clock(), reason, 0
        self.claimant: Claimant | None = Claimant(4711, "a")
        self.hand_over = HandOver(self.clock, lambda: self.reason, list, self.end, lambda: self.claimant)

    def end(self) -> None:
        self.ended += 1


def test_who_asks_is_answered_before_the_end_begins_and_nobody_else_may_ask_then() -> None:
    old = Old()
    old.hand_over.give(4711, "2.0", "a")
    assert (old.hand_over.view().to, old.ended) == (4711, 0)
    old.clock.advance(ANSWER_SECONDS)
    assert old.ended == 1
    for pid, claim in ((4712, "a"), (4711, "b")):
        with pytest.raises(TakingOver, match="process 4711 is taking over already") as refused:
            old.hand_over.give(pid, "2.0", claim)
        assert (refused.value.code, refused.value.status) == ("IVR608", 409)
    with pytest.raises(TakingOver, match="4711"):
        old.hand_over.start()


def test_who_asks_again_since_the_answer_was_lost_is_answered_again() -> None:
    old = Old()
    old.hand_over.give(4711, "2.0", "a")
    old.hand_over.give(4711, "2.0", "a")
    old.clock.advance(ANSWER_SECONDS)
    old.hand_over.give(4711, "2.0", "a")
    old.clock.advance(10)
    assert old.ended == 1


def test_nothing_is_given_to_who_does_not_wait_for_it() -> None:
    old = Old()
    for there in (None, Claimant(4711, "b"), Claimant(4712, "a")):
        old.claimant = there
        with pytest.raises(RequestRefused, match="process 4711 does not wait"):
            old.hand_over.give(4711, "2.0", "a")
    assert old.hand_over.view().to is None
    old.clock.advance(10)
    assert old.ended == 0


def test_who_was_gone_before_the_end_began_gets_nothing_and_another_may_ask() -> None:
    old = Old()
    old.hand_over.give(4711, "2.0", "a")
    old.claimant = None
    old.clock.advance(ANSWER_SECONDS)
    assert old.ended == 0
    view = old.hand_over.view()
    assert (view.to, view.failed) == (None, "process 4711 asked for everything, and was gone")
    old.claimant = Claimant(4712, "c")
    old.hand_over.give(4712, "2.0", "c")
    old.clock.advance(ANSWER_SECONDS)
    assert (old.hand_over.view().to, old.ended) == (4712, 1)


def test_no_process_is_started_beside_one_that_gets_ready_already() -> None:
    old = Old()
    with pytest.raises(TakingOver, match="process 4711 is taking over already"):
        old.hand_over.start()
    assert old.hand_over.view().to is None


def test_nothing_is_handed_over_that_is_not_on_the_disk() -> None:
    old = Old("the journal cannot be written")
    for ask in (lambda: old.hand_over.give(4711, "2.0", "a"), old.hand_over.start):
        with pytest.raises(RequestRefused, match="journal cannot be written") as refused:
            ask()
        assert refused.value.status == 409
    assert old.hand_over.view().to is None
    old.clock.advance(10)
    assert old.ended == 0


def program(folder: Path, text: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


def wait_for(old: Old, done: str) -> None:
    deadline = time.monotonic() + 30
    while done not in old.hand_over.view().failed:
        assert time.monotonic() < deadline
        old.clock.advance(LOOK_EVERY)


def test_one_that_could_not_start_is_told_and_may_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Old()
    old.claimant = None
    monkeypatch.setattr(sys, "argv", [program(tmp_path, "exit 3"), "serve"])
    old.hand_over.start()
    assert old.hand_over.view().to not in (None, os.getpid())
    wait_for(old, "ended with 3")
    assert old.hand_over.view().to is None
    monkeypatch.setattr(sys, "argv", [program(tmp_path, "exit 4"), "serve"])
    old.hand_over.start()
    with pytest.raises(RequestRefused, match="already"):
        old.hand_over.start()
    wait_for(old, "ended with 4")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "not-there"), "serve"])
    with pytest.raises(RequestRefused, match="cannot be started"):
        old.hand_over.start()
    assert not old.clock.getDelayedCalls()


def test_a_server_that_ends_otherwise_ends_the_one_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Old()
    old.claimant = None
    monkeypatch.setattr(sys, "argv", [program(tmp_path, "exec sleep 60"), "serve"])
    old.hand_over.start()
    pid = old.hand_over.view().to
    assert pid is not None
    old.hand_over.stop()
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    assert not old.clock.getDelayedCalls()


@asyncio_test
async def test_the_lock_of_a_journal_tells_whether_it_is_anybodys(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    assert is_free(path)
    journal = LocalJournal(path, asyncio.get_running_loop())
    assert not is_free(path)
    journal.close(in_haste=True)
    assert is_free(path)
