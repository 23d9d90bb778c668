"""Load callers: SIPp places many calls at a rate, each a fixed scenario of pauses, speech and keys."""

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from ivrcore.lab import audio, leash, sipp_scenarios
from ivrcore.lab.packages import LabError
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.sipp_scenarios import Key, Pause, Speech, Step
from ivrcore.lab.tools import tool

__all__ = ["Key", "Load", "LoadResult", "Pause", "Speech", "speech"]

EXPECTED = "receive timeout on message"
"""How SIPp notes each of the scenario's pauses."""
CALLER_IDS = 1_000
"""Different callers' numbers that a load uses in turn."""


@dataclass(frozen=True)
class LoadResult:
    """What SIPp counted."""

    made: int
    ok: int
    """Calls whose whole scenario went as written."""
    failed: int
    seconds: float
    """From the first call to the last one's end."""
    answer_seconds: float
    """Mean time from INVITE to 200."""


def speech(wav: Path, folder: Path) -> Speech:
    """A step that says a wav; `folder` takes the raw audio that SIPp wants."""
    raw = folder / f"{wav.stem}.ul"
    data = audio.encode(audio.read_wav(wav))
    raw.write_bytes(data)
    return Speech(raw, len(data) / audio.RATE)


class Load:
    """`calls` calls to `number` at `rate` a second, at most `at_once` together; use with `with`, or `run()`.

    Each caller does `steps` when answered, then hangs up unless the far side has. `lane` tells apart the
    ports of loads that run side by side on one PBX, 0 to 6.
    """

    def __init__(
        self,
        pbx: Pbx,
        number: str,
        *,
        calls: int,
        rate: float,
        steps: Sequence[Step] = (Pause(1.0),),
        at_once: int = 1_000,
        first_caller: int = 82_10_5550_0000,
        lane: int = 0,
    ) -> None:
        self._pbx, self._number, self._calls, self._rate = pbx, number, calls, rate
        self._steps, self._at_once, self._first, self._lane = tuple(steps), at_once, first_caller, lane
        self._folder = tempfile.TemporaryDirectory(prefix="ivrcore-load-")
        self._process: subprocess.Popen[str] | None = None
        self._began = 0.0

    def start(self) -> Self:
        """Start placing calls."""
        folder = Path(self._folder.name)
        (folder / "caller.xml").write_text(sipp_scenarios.caller(self._steps))
        numbers = (str(self._first + index) for index in range(min(self._calls, CALLER_IDS)))
        (folder / "callers.csv").write_text("SEQUENTIAL\n" + "".join(f"{number};\n" for number in numbers))
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", leash.__file__, *tool("sipp"), *self._options(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
        )
        self._began = time.monotonic()
        return self

    def _options(self, folder: Path) -> list[str]:
        block, share = self._pbx.block, 100
        media = block.media[self._lane * share], block.media[self._lane * share + share - 1]
        rate = Fraction(self._rate).limit_denominator(100)  # SIPp takes whole calls in whole seconds
        return [
            *("-sf", "caller.xml", "-inf", "callers.csv", "-s", self._number, "-m", str(self._calls)),
            *("-r", str(rate.numerator), "-rp", str(1000 * rate.denominator), "-l", str(self._at_once)),
            *("-i", "127.0.0.1", "-p", str(block.base + 10 + self._lane), "-nostdin"),
            *("-min_rtp_port", str(media[0]), "-max_rtp_port", str(media[1])),
            *("-trace_stat", "-stf", str(folder / "figures.csv"), "-fd", "1", "-trace_err"),
            *("-error_file", str(folder / "errors.log"), f"127.0.0.1:{self._pbx.sip_port}"),
        ]

    def wait(self, timeout: float = 120.0) -> LoadResult:
        """Wait until every call has ended, and count; LabError after `timeout` seconds."""
        assert self._process is not None, "not started"
        assert self._process.stdout is not None
        deadline = time.monotonic() + timeout
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                raise LabError(f"load on {self._number}: not done within {timeout:g} s")
            time.sleep(0.02)
        return self._figures()

    @property
    def errors(self) -> str:
        """What SIPp found unexpected."""
        log = Path(self._folder.name, "errors.log")
        lines = log.read_text().splitlines() if log.exists() else []
        return "\n".join(line for line in lines if line and EXPECTED not in line)

    def _figures(self) -> LoadResult:
        path = Path(self._folder.name, "figures.csv")
        if not path.exists():
            raise LabError(f"SIPp ended without figures: {self.errors[:200]}")
        with path.open() as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        return LoadResult(
            made=int(last["TotalCallCreated"]),
            ok=int(last["SuccessfulCall(C)"]),
            failed=int(last["FailedCall(C)"]),
            seconds=time.monotonic() - self._began,
            answer_seconds=_seconds(last["ResponseTime1(C)"]),
        )

    def run(self, timeout: float = 120.0) -> LoadResult:
        """Start, wait and clean up."""
        with self:
            return self.wait(timeout)

    def close(self) -> None:
        """Stop what still runs; calls that live get no BYE (`Pbx.hang_up_all()` ends them)."""
        if self._process is not None:
            self._process.communicate()  # closes the leash, which ends SIPp
            self._process = None
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _seconds(text: str) -> float:
    hours, minutes, seconds, *fraction = text.split(":")
    whole = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return whole + (int(fraction[0]) / 10 ** len(fraction[0]) if fraction else 0)
