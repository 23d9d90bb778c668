"""The lab's Asterisk: boots, lives beside others, takes a call, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ivrcore.lab.pbx import Pbx

pytestmark = pytest.mark.asterisk


def test_two_instances_live_side_by_side(pbx_factory: Callable[..., Pbx]) -> None:
    one, other = pbx_factory(agents=1), pbx_factory()
    assert one.sip_port != other.sip_port
    assert one.http_port != other.http_port
    assert "agent1" in one.rx("pjsip show endpoints")
    assert "agent1" not in other.rx("pjsip show endpoints")


def test_modules_the_server_needs_are_running(pbx: Pbx) -> None:
    listed = pbx.rx("module show")
    for name in ("chan_websocket", "res_ari_channels", "res_speech_aeap", "app_queue", "res_agi"):
        assert name in listed
    assert "ERROR" not in pbx.log.read_text()


def test_a_stopped_instance_leaves_no_process_and_no_folder() -> None:
    with Pbx() as instance:
        pid, folder = instance.pid, instance.folder
        assert pid is not None
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not folder.exists()


def test_comes_back_on_the_same_ports_after_a_crash(pbx_factory: Callable[..., Pbx]) -> None:
    instance = pbx_factory()
    first = instance.pid
    instance.kill()
    instance.start()
    assert instance.pid != first
    assert instance.channels() == []


def test_nothing_outlives_a_starter_that_is_killed() -> None:
    program = (
        "from ivrcore.lab.pbx import Pbx; from ivrcore.lab.phones import *\n"
        "with Pbx(agents=1) as p, Phones(p) as f:\n"
        "    f.add_agents({'agent1': Ignores()})\n"
        "    print(p.pid, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        asterisk = int(starter.stdout.readline())
        family = [asterisk, *descendants(starter.pid)]
        assert len(family) >= 4  # Asterisk, its leash, the phones' process, SIPp
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while alive := [pid for pid in family if running(pid)]:
        assert time.monotonic() < deadline, f"still there: {alive}"
        time.sleep(0.02)


def descendants(pid: int) -> list[int]:
    """Processes below one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
