"""The lab's Asterisk: boots, lives beside others, takes a call, and leaves nothing behind."""

import os
import subprocess
from collections.abc import Callable

import pytest

from ivrcore.lab.pbx import Pbx
from ivrcore.lab.tools import tool

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


def test_sipp_call_is_served(pbx: Pbx) -> None:
    sipp = [*tool("sipp"), "-sn", "uac", "-s", "9003", "-i", "127.0.0.1", "-m", "1", "-nostdin", "-d", "300"]
    sipp += ["-min_rtp_port", str(pbx.block.media[0]), f"127.0.0.1:{pbx.sip_port}"]
    done = subprocess.run(sipp, capture_output=True, timeout=20, check=False)
    assert done.returncode == 0, done.stdout[-1000:]
    assert pbx.idle()


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
