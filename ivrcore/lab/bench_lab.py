"""The benchmark's hotline: one Asterisk with the server's numbers and the same calls as bare dialplans.

Numbers that begin with 5 are the server's, those with 9 are served by Asterisk alone.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from ivrcore.lab import audio
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.packages import LabError
from ivrcore.lab.tools import asterisk_paths
from ivrcore.model.event import Event

EventType = TypeVar("EventType", bound=Event)

AGENTS = 20
BEEP, MENU, HOLD, REST = "5000", "5001", "5002", "5003"
BARE_BEEP, BARE_MENU, BARE_HOLD = "9003", "9011", "9012"
"""Answer, beep, hang up; menu, queue, agent; wait for an agent who never comes; (server) short wrap-up."""
WRAP_UP = 0.2
"""Seconds of wrap-up in queue `rest`."""

PLAN = """\
name: bench
language: en
numbers:
  "5000": beep
  "5001": menu
  "5002": hold
  "5003": rest
blocks:
  beep:
    - play: beep
    - hang_up: normal
  hold:
    - queue: hold
    - goto: hold
  rest:
    - queue: rest
    - goto: rest
menus:
  menu:
    prompt: {play: beep}
    choices:
      one: {keys: "1", go: [{queue: talk}, {hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""
QUEUES = f"""\
talk: {{ring_time: 6s, wrap_up: 0s, retry_after: 0s}}
hold: {{skills: {{hold: 1}}, ring_time: 6s, wrap_up: 60s, retry_after: 0s}}
rest: {{skills: {{rest: 1}}, ring_time: 6s, wrap_up: {WRAP_UP:g}s, retry_after: 0s}}
"""
BARE = """\
[from-trunk]
exten => 9011,1,Answer()
 same => n,Read(KEY,beep,1,,1,5)
 same => n,GotoIf($["${KEY}" != "1"]?over)
 same => n,Queue(talk,ct,,,20)
 same => n(over),Hangup()
exten => 9012,1,Answer()
 same => n,Queue(hold)
 same => n,Hangup()
"""


def agents(count: int = AGENTS) -> str:
    """Give the agents of the configuration: four each for `hold` and `rest`, all others for calls."""
    lines = []
    for number in range(1, count + 1):
        queue = "hold" if number in HOLDING else "rest" if number in RESTING else "talk"
        skills = "" if queue == "talk" else f", skills: {{{queue}: 1}}"
        lines.append(f"agent{number}: {{endpoint: PJSIP/agent{number}, queues: [{queue}]{skills}}}")
    return "\n".join(lines) + "\n"


TALKING, HOLDING, RESTING = range(1, 13), range(13, 17), range(17, 21)
"""Which agents serve which queue."""


def bare_queues() -> str:
    """Give app_queue's configuration: the same agents, nothing announced, no wrap-up."""
    common = (
        "strategy = leastrecent\nautofill = yes\nringinuse = no\nwrapuptime = 0\nretry = 1\ntimeout = 6\n"
    )
    members = "".join(f"member => PJSIP/agent{number}\n" for number in TALKING)
    return f"[general]\n\n[talk]\n{common}{members}\n[hold]\n{common}joinempty = yes\n"


@contextmanager
def bench_lab(
    *,
    config: dict[str, str] | None = None,
    dialplans: dict[str, str] | None = None,
    serve: bool = True,
    count: int = AGENTS,
    blocks: int = 1,
) -> Iterator[HotlineLab]:
    """Run a hotline of the benchmark in a folder of its own, with so many agents; all is ended at the end.

    ``blocks``: see :class:`ivrcore.lab.pbx.Pbx`.
    """
    with TemporaryDirectory(prefix="ivrcore-bench-") as folder:
        lab = HotlineLab(
            Path(folder),
            agents=count,
            config={"queues": QUEUES, "agents": agents(count), **(config or {})},
            dialplans=dialplans or {"bench.yaml": PLAN},
            bare=BARE,
            extra={"queues.conf": bare_queues()},
            blocks=blocks,
        )
        # The very sound of the bare dialplan's `Playback(beep)`.
        shutil.copy(asterisk_paths().sounds / "beep.wav", lab.site / "prompts/beep.wav")
        audio.write_wav(lab.site / "prompts/hum.wav", audio.tone(440.0, 20.0))
        with lab:
            if serve:
                lab.serve()
            yield lab


def happened(lab: HotlineLab, kind: type[EventType]) -> list[EventType]:
    """Give the journal's events of a kind, in order."""
    return [record.event for record in lab.records() if isinstance(record.event, kind)]


# --- processes ----------------------------------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    """Give the processor time of a process, all its threads, user and system (proc(5), stat 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Give the resident memory of a process in bytes (proc(5), statm 2)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def asterisk_pid(lab: HotlineLab) -> int:
    """Give Asterisk's process id; LabError when it is not up."""
    if lab.pbx.pid is None:
        raise LabError("Asterisk is not up")
    return lab.pbx.pid


@dataclass(frozen=True)
class Cpu:
    """Processor seconds spent between two moments."""

    server: float
    asterisk: float
    seconds: float


class CpuWatch:
    """Counts processor time from its making on."""

    def __init__(self, lab: HotlineLab) -> None:
        self._lab = lab
        self._began = self._now()

    def _now(self) -> tuple[float, float, float]:
        return cpu_seconds(self._lab.pid), cpu_seconds(asterisk_pid(self._lab)), time.monotonic()

    def so_far(self) -> Cpu:
        """Give what was spent."""
        server, asterisk, at = (now - then for now, then in zip(self._now(), self._began, strict=True))
        return Cpu(server, asterisk, at)


def utc_ahead() -> float:
    """Give UTC minus the monotonic clock, seconds, by the tightest of some pairs of looks."""
    looks = []
    for _ in range(20):
        before, utc, after = time.monotonic(), time.time(), time.monotonic()
        looks.append((after - before, utc - (before + after) / 2))
    return min(looks)[1]


class Clocks:
    """Brings UTC times to the monotonic clock; made when server and phones have just been started.

    Three clocks meet: ours (monotonic), the journal's (UTC, steady since its start) and SIPp's (UTC).
    """

    def __init__(self) -> None:
        self._ahead = utc_ahead()

    def journal(self, at: float) -> float:
        """Give the monotonic time of an event of the journal."""
        return at - self._ahead

    def phone(self, at: float) -> float:
        """Correct a phone's time by what the machine's clock was slewed since."""
        return at - (utc_ahead() - self._ahead)
