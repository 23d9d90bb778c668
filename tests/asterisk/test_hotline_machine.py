"""A hotline whose machine fails it: names are not resolved, no file descriptor is left."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Keys, Stay, Wait
from ivrcore.model import events
from tests.asterisk.hotlines import PLAN, check, counts_much, happened, site

pytestmark = pytest.mark.asterisk

NAMES = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'
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
