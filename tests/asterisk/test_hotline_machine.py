"""A hotline whose machine fails it: no names, no file descriptors left, a disk that is read-only."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Keys, Stay, Wait
from ivrcore.model import events
from ivrcore.web.view import AgentAction
from tests.asterisk.hotlines import PLAN, check, counts_much, happened, site

pytestmark = pytest.mark.asterisk

NAMES = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'
DISK = 'mount --bind "$1" "$1" && mount --bind "$2" "$1/journal.db.lock" && shift 2 && exec "$@"'
"""The journal's folder as a mount of the server's alone; its lock, always open for writing, is not on it."""
NOBODY = "192.0.2.1"
"""An address that belongs to no machine (RFC 5737)."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[HotlineLab]:
    """A hotline with its Asterisk and phones, not served; checked in the end."""
    one = HotlineLab(tmp_path / "lab", config=site(), dialplans={"bank.yaml": PLAN}, registering=True)
    try:
        one.start()
        yield one
        check(one)
        counts_much(one)
    finally:
        one.close()


def in_a_namespace(script: str, *given: Path) -> list[str]:
    """Give what runs a command with mounts of its own."""
    return ["unshare", "-Urm", "sh", "-c", script, "sh", *map(str, given)]


def said(lab: HotlineLab, words: str) -> list[str]:
    """Give the lines of the server's log that hold these words."""
    return [line for line in (lab.folder / "server.log").read_text().splitlines() if words in line]


def served_one(lab: HotlineLab) -> None:
    """Somebody calls, presses a key and leaves."""
    before = len(happened(lab, events.KeyPressed))
    assert lab.phones.call("5000", [Wait(0.5), Keys("3"), Stay(30)]).result().ended_by == "far"
    assert len(happened(lab, events.KeyPressed)) == before + 1


def test_given_names_that_cannot_be_resolved_then_it_is_told_and_nothing_waits_for_them(
    lab: HotlineLab, tmp_path: Path
) -> None:
    """Asterisk and the history database have names; the machine's name service is away, then back."""
    hosts, resolv = tmp_path / "hosts", tmp_path / "resolv.conf"
    hosts.write_text("127.0.0.1 localhost\n")
    resolv.write_text(f"nameserver {NOBODY}\n")
    config = lab.site / CONFIG_FILE
    text = config.read_text().replace("http://127.0.0.1:", "http://pbx.example:")
    text = text.replace("user: ivrcore\n", "user: ivrcore\n  allow_remote: yes\n", 1)
    url = lab.site / "secrets/history"
    url.touch(mode=0o600)
    url.write_text("postgresql://someone:secret@database.example/history")
    config.write_text(f"{text}\nhistory:\n  url_file: secrets/history\n")
    lab.serve(ready=False, through=in_a_namespace(NAMES, hosts, resolv))
    lab.wait_for("the web is there", lambda: lab.probe("healthz") == 200)
    lab.wait_for("it is told", lambda: said(lab, "not connected to http://pbx.example"))
    lab.wait_for("the history too", lambda: said(lab, "the history falls behind"))
    assert lab.probe("readyz") == 503
    assert not said(lab, "secret@")
    assert not said(lab, "stood still")
    with hosts.open("a") as file:
        file.write("127.0.0.1 pbx.example\n")
    lab.wait_for("served", lambda: lab.probe("readyz") == 200)
    served_one(lab)
    assert len(said(lab, "not connected to http://pbx.example")) == 1


def test_given_no_file_descriptor_is_left_then_calls_go_on_and_it_is_told_and_recovers(
    lab: HotlineLab,
) -> None:
    lab.serve()
    inside = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(120)], deadline=150)
    lab.wait_for("waiting", lambda: happened(lab, events.ContactQueued))
    before = resource.prlimit(lab.pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{lab.pid}/fd"))
    resource.prlimit(lab.pid, resource.RLIMIT_NOFILE, (used, before[1]))
    try:
        lab.wait_for("it is told", lambda: said(lab, "file descriptors run out"))
        for _ in range(5):
            served_one(lab)
        assert not inside.happened("ended")
        assert not happened(lab, events.LinkWentDown)
    finally:
        resource.prlimit(lab.pid, resource.RLIMIT_NOFILE, before)
    lab.wait_for("it is over", lambda: said(lab, "there are enough file descriptors again"))
    assert len(said(lab, "file descriptors run out")) == 1
    assert lab.probe("readyz") == 200
    served_one(lab)
    inside.hang_up()


def remount(lab: HotlineLab, how: str) -> bool:
    """Mount the journal's folder again for the server alone, "ro" or "rw"; False while a file is open."""
    there = ["nsenter", "--target", str(lab.pid), "--user", "--mount", "--preserve-credentials"]
    command = [*there, "mount", "-o", f"remount,bind,{how}", str(lab.journal.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "busy" in done.stderr, done.stderr
    return done.returncode == 0


def test_given_a_disk_that_becomes_read_only_then_calls_go_on_and_nothing_is_missing_after_it(
    lab: HotlineLab, tmp_path: Path
) -> None:
    lock = tmp_path / "lock"
    lab.journal.parent.mkdir(exist_ok=True)
    for file in (lock, lab.journal.with_name("journal.db.lock")):
        file.touch()
    lab.serve(through=in_a_namespace(DISK, lab.journal.parent, lock))
    served_one(lab)
    inside = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(120)], deadline=150)
    lab.wait_for("waiting", lambda: happened(lab, events.ContactQueued))
    with closing(sqlite3.connect(lab.journal)) as other:
        # No mount becomes read-only while a file on it is open for writing: the server lets go of one that it
        # cannot write. A disk that fails asks nobody.
        other.execute("BEGIN IMMEDIATE")
        left = lab.phones.call("5000", [Wait(0.5), Keys("3"), Stay(30)])
        lab.wait_for("the disk is read-only", lambda: remount(lab, "ro"))
        other.rollback()
    before = lab.journal.read_bytes()
    dialplan = lab.site / "dialplans/bank.yaml"
    dialplan.write_text(dialplan.read_text().replace("Nine to five.", "Ten to six."))
    lab.agent("ann", AgentAction.READY)
    assert left.result().ended_by == "far"
    for _ in range(3):
        assert lab.phones.call("5000", [Wait(0.5), Keys("3"), Stay(30)]).result().ended_by == "far"
    assert not inside.happened("ended")
    assert (lab.probe("healthz"), lab.probe("readyz")) == (200, 503)
    assert lab.total("ivrcore_journal_healthy") == 0
    assert lab.total("ivrcore_journal_backlog_rows") > 20
    assert len(said(lab, "the journal cannot be written")) == 1
    lab.wait_for("the dialplan is refused", lambda: said(lab, "Read-only file system"))
    assert lab.journal.read_bytes() == before
    assert remount(lab, "rw")
    lab.wait_for("written again", lambda: lab.probe("readyz") == 200)
    assert len(said(lab, "the journal is written again, nothing is missing")) == 1
    assert len(happened(lab, events.KeyPressed)) == 6
    assert [record.seq for record in lab.records()] == list(range(1, len(list(lab.records())) + 1))
    inside.hang_up()
    assert inside.result().ended_by == "caller"
    with closing(sqlite3.connect(lab.journal)) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
