"""The right to take over: one process has it, and the kernel takes it back from one that died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ivrcore.errors import JournalError
from ivrcore.service.claim import Claim, Claimant, TakingOver, claimant

HOLDS = """
import sys, time
from pathlib import Path
from ivrcore.service.claim import Claim
print(Claim(Path(sys.argv[1])).id, flush=True)
time.sleep(60)
"""


def test_one_has_it_until_it_is_let_go(tmp_path: Path) -> None:
    journal = tmp_path / "var/journal.db"
    assert claimant(journal) is None
    first = Claim(journal)
    assert claimant(journal) == Claimant(os.getpid(), first.id)
    with pytest.raises(TakingOver, match=f"process {os.getpid()} is taking over already") as refused:
        Claim(journal)
    assert (refused.value.code, refused.value.status) == ("IVR608", 409)
    first.release()
    first.release()
    assert claimant(journal) is None
    second = Claim(journal)
    assert second.id != first.id
    assert claimant(journal) == Claimant(os.getpid(), second.id)
    second.release()


def test_of_one_that_is_killed_the_next_one_has_it_at_once(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(journal)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        claim = other.stdout.readline().strip()
        assert claimant(journal) == Claimant(other.pid, claim)
        with pytest.raises(TakingOver, match=str(other.pid)):
            Claim(journal)
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert claimant(journal) is None
        Claim(journal).release()


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("no folder")
    for ask in (Claim, claimant):
        with pytest.raises(JournalError, match="cannot be used"):
            ask(tmp_path / "var/journal.db")
