import itertools
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ivrcore.lab import ports
from ivrcore.lab.packages import LabError


@pytest.fixture(autouse=True)
def _own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(ports, "_free", lambda port, kind: True)


def test_blocks_do_not_overlap_and_come_back() -> None:
    blocks = [ports.reserve() for _ in range(ports.COUNT)]
    used = sorted((block.base, block.base + ports.SIZE) for block in blocks)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(used))
    assert used[-1][1] <= 32_768  # from there on the kernel gives ports to anybody
    with pytest.raises(LabError, match="in use"):
        ports.reserve(timeout=0.0)
    blocks[3].release()
    assert ports.reserve().base == blocks[3].base
    for block in blocks:
        block.release()


@pytest.mark.parametrize("pid", range(ports.COUNT))
def test_blocks_that_lie_together_are_taken_as_one(pid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports.os, "getpid", lambda: pid)  # it says where a process begins to look
    wide = [ports.reserve(blocks=3) for _ in range(ports.COUNT // 3)]
    taken = [one for block in wide for one in range(block.base, block.base + 3 * ports.SIZE)]
    assert len({*taken}) == len(taken)
    assert all(block.rtp.stop == block.base + 3 * ports.SIZE for block in wide)
    left = [ports.reserve() for _ in range(ports.COUNT % 3)]
    assert not {block.base for block in left} & {*taken}
    with pytest.raises(LabError, match="in use"):
        ports.reserve(timeout=0.0)
    for block in (*wide, *left):
        block.release()


def test_the_parts_of_a_block_lie_apart() -> None:
    block = ports.reserve()
    parts = [block.streams, block.agents, block.media, block.rtp]
    assert block.http < block.streams.start
    assert all(one.stop <= other.start for one, other in itertools.pairwise(parts))
    block.release()


def test_single_ports_are_given_once_and_never_by_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [ports.free_port() for _ in range(5)]
    assert len({*mine}) == 5
    assert min(mine) >= ports.SINGLE
    assert max(mine) < ports.SINGLE + ports.SINGLES <= ports.FIRST
    asked = (
        "from ivrcore.lab import ports; import itertools, tempfile, sys;"
        "tempfile.tempdir = sys.argv[1]; ports._turns = itertools.count(int(sys.argv[2]));"
        "print(ports.free_port())"
    )
    command = [sys.executable, "-c", asked, ports.tempfile.gettempdir(), str(mine[0])]
    other = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert other not in mine
    monkeypatch.setattr(ports, "_free", lambda port, kind: False)
    with pytest.raises(LabError, match="in use"):
        ports.free_port()


def test_a_port_in_use_is_seen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        assert not _really_free(other.getsockname()[1], socket.SOCK_DGRAM)


_really_free = ports._free
