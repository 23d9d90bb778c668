"""The benchmark's loads: calls a second with no failed call, and processor time per call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivrcore.lab.bench_figures import Table, milliseconds
from ivrcore.lab.bench_lab import (
    BARE_BEEP,
    BARE_MENU,
    BEEP,
    MENU,
    TALKING,
    Cpu,
    CpuWatch,
    happened,
)
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.load import Key, Load, LoadResult, Pause
from ivrcore.lab.sipp_scenarios import Answers, Step
from ivrcore.model import events
from ivrcore.model.names import PromptEnd

Say = Callable[[str], None]

RATES = (10, 20, 40, 60, 80, 100, 125, 150, 175, 200, 250, 300)
SLOW_ANSWER = 0.25
"""Seconds from INVITE to 200, in the mean, from which a rate no longer counts as clean."""
SLOW_END = 3.0
"""Seconds after the last call's start within which all must be over, else the rate is not clean."""
LISTENS = (Pause(10.0),)
PRESSES = (Pause(0.5), Key("1"), Pause(10.0))
TALK = 0.5
HEAD = (
    "served by",
    "calls/s",
    "calls",
    "failed",
    "mean answer ms",
    "Asterisk CPU ms/call",
    "server CPU ms/call",
    "Asterisk CPU %",
    "server CPU %",
)


@dataclass(frozen=True)
class Ramp:
    """One rate that was tried."""

    rate: int
    result: LoadResult
    cpu: Cpu
    errors: str = ""
    """What SIPp found unexpected."""

    @property
    def clean(self) -> bool:
        """Whether no call failed and none was answered or ended late."""
        late = self.result.seconds > self.result.made / self.rate + SLOW_END
        wrong = self.result.failed or self.result.ok != self.result.made
        return not late and not wrong and self.result.answer_seconds < SLOW_ANSWER

    @property
    def why_not(self) -> str:
        """Say what was not clean."""
        if self.result.failed or self.result.ok != self.result.made:
            return f"{self.result.made - self.result.ok} calls failed"
        answered = milliseconds(self.result.answer_seconds)
        return f"answered after {answered} ms in the mean, all over after {self.result.seconds:.1f} s"


def attempt(lab: HotlineLab, number: str, rate: int, seconds: float, steps: Sequence[Step]) -> Ramp:
    """Place calls at a rate, and look at what they cost."""
    watch = CpuWatch(lab)
    with Load(lab.pbx, number, calls=round(rate * seconds), rate=rate, steps=steps) as load:
        result = load.wait()
        ramp = Ramp(rate, result, watch.so_far(), load.errors)
    if not lab.pbx.idle(10):
        lab.pbx.hang_up_all()
    return ramp


def climb(
    lab: HotlineLab, number: str, rates: Sequence[int], seconds: float, say: Say, what: str
) -> list[Ramp]:
    """Raise the rate until it is not clean twice; give every try that counted."""
    tried: list[Ramp] = []
    for rate in rates:
        ramp = attempt(lab, number, rate, seconds, LISTENS)
        if not ramp.clean:
            say(f"{what}: {rate} calls/s: {ramp.why_not}; once more")
            ramp = attempt(lab, number, rate, seconds, LISTENS)
        tried.append(ramp)
        if not ramp.clean:
            say(f"{what}: {rate} calls/s: {ramp.why_not}")
            break
        say(
            f"{what}: {rate} calls/s clean, answered after {milliseconds(ramp.result.answer_seconds)} ms, "
            f"{_cpu(ramp)}"
        )
    return tried


def _cpu(ramp: Ramp) -> str:
    return (
        f"CPU Asterisk {100 * ramp.cpu.asterisk / ramp.cpu.seconds:.0f} %, "
        f"server {100 * ramp.cpu.server / ramp.cpu.seconds:.0f} %"
    )


def rates(lab: HotlineLab, *, quick: bool, say: Say) -> Table:
    """Measure part 1: answer, beep, hang up."""
    chosen, seconds = (RATES[1:6:2], 3.0) if quick else (RATES, 5.0)
    attempt(lab, BEEP, 10, 1.0, LISTENS)
    attempt(lab, BARE_BEEP, 10, 1.0, LISTENS)
    bare = climb(lab, BARE_BEEP, chosen, seconds, say, "bare")
    before = _heard_out(lab)
    ours = climb(lab, BEEP, chosen, seconds, say, "server")
    heard = f"The server's calls whose beep was played to its end: {_heard_out(lab) - before}."
    shared = 20 if 20 in chosen else chosen[0]
    rows = [row("bare dialplan", one, bare) for one in _shown(bare, shared)]
    rows += [row("server", one, ours) for one in _shown(ours, shared)]
    return Table(
        "Answer, play a beep, hang up",
        HEAD,
        rows,
        [*_ends(bare, ours, chosen), heard],
    )


def _heard_out(lab: HotlineLab) -> int:
    return sum(one.how is PromptEnd.FINISHED for one in happened(lab, events.PromptEnded))


def _shown(tried: Sequence[Ramp], shared: int) -> list[Ramp]:
    """Give the rate that both are compared at, and the highest clean one."""
    clean = [one for one in tried if one.clean]
    wanted = {one.rate: one for one in clean if one.rate == shared}
    if clean:
        wanted[clean[-1].rate] = clean[-1]
    return list(wanted.values())


def row(name: str, one: Ramp, tried: Sequence[Ramp] = ()) -> list[str]:
    """Write one rate."""
    calls = max(one.result.made, 1)
    best = max((each.rate for each in tried if each.clean), default=0)
    return [
        f"{name}, highest clean rate" if one.rate == best else name,
        str(one.rate),
        str(one.result.made),
        str(one.result.failed),
        milliseconds(one.result.answer_seconds),
        f"{1000 * one.cpu.asterisk / calls:.1f}",
        f"{1000 * one.cpu.server / calls:.1f}",
        f"{100 * one.cpu.asterisk / one.cpu.seconds:.0f}",
        f"{100 * one.cpu.server / one.cpu.seconds:.0f}",
    ]


def _ends(bare: Sequence[Ramp], ours: Sequence[Ramp], chosen: Sequence[int]) -> list[str]:
    """Say where each climb ended, and how they compare."""
    best = [max((one.rate for one in tried if one.clean), default=0) for tried in (bare, ours)]
    notes = []
    for name, tried in (("bare dialplan", bare), ("server", ours)):
        if tried and not tried[-1].clean:
            notes.append(f"{name}: {tried[-1].rate} calls/s was not clean ({tried[-1].why_not}).")
        else:
            notes.append(f"{name}: {chosen[-1]} calls/s was the most tried.")
    if best[0]:
        notes.append(
            f"Highest clean rate of the server to that of the bare dialplan: {best[1] / best[0]:.2f}."
        )
    return notes


def menu(lab: HotlineLab, *, quick: bool, say: Say) -> Table:
    """Measure part 2: a menu by keys, a queue, an agent who answers and hangs up."""
    rate, seconds = (5, 4.0) if quick else (8, 12.0)
    lab.ready(*(f"agent{number}" for number in TALKING))
    rows = []
    for name, number in (("bare dialplan, app_queue", BARE_MENU), ("server", MENU)):
        attempt(lab, number, 2, 1.0, PRESSES)
        ramp = attempt(lab, number, rate, seconds, PRESSES)
        if ramp.result.failed:
            say(f"{name}: {ramp.errors[:300]}")
        rows.append(row(name, ramp))
        say(f"{name}: menu, queue, agent at {rate} calls/s: {ramp.result.failed} failed, {_cpu(ramp)}")
    return Table(
        "Menu by key, queue, agent answers, talks 0.5 s, hangs up",
        HEAD,
        rows,
    )


def behaviours() -> dict[str, Answers]:
    """Give what the agents' phones do: answer at once and hang up after a short talk."""
    return {f"agent{number}": Answers(0.0, TALK if number in TALKING else 0.15) for number in range(1, 21)}
