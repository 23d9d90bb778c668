"""`python -m ivrcore.lab soak-load`: an hour at half of what the machine serves: none fails, memory is flat.

First the capacity is measured: the most calls a second of a mix – menu, queue and agent; a prompt and the
end; waiting and giving up – that is clean. Then half of it comes for an hour. Callers, agents' phones,
Asterisk and Prometheus share the machine, so the capacity is that of all of them together.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import fmean
from typing import TYPE_CHECKING

from ivrcore.lab.bench import PAGE, machine, renew
from ivrcore.lab.bench_calls import LISTENS, PRESSES, SLOW_ANSWER, SLOW_END, TALK
from ivrcore.lab.bench_figures import Table, plain
from ivrcore.lab.bench_lab import (
    BEEP,
    HOLD,
    HOLDING,
    MENU,
    RESTING,
    CpuWatch,
    asterisk_pid,
    bench_lab,
    memory,
)
from ivrcore.lab.demo import say
from ivrcore.lab.load import Load, LoadResult, Pause
from ivrcore.lab.monitors import monitors
from ivrcore.lab.packages import LabError
from ivrcore.lab.sipp_scenarios import Answers
from ivrcore.lab.soak_tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.sipp_scenarios import Step

MIX: Sequence[tuple[str, Sequence[Step], int]] = (
    (MENU, PRESSES, 2),
    (BEEP, LISTENS, 2),
    (HOLD, (Pause(3.0),), 1),
)
"""What callers do, and how many of five do it."""
PARTS = sum(weight for _, _, weight in MIX)
RATES = (10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200)
"""Calls a second that are tried for the capacity."""
AGENTS = 100
STAFF = [f"agent{number}" for number in range(1, AGENTS + 1) if number not in (*HOLDING, *RESTING)]
"""Who serves calls: so many that it is not they who limit the rate, whose talks are short."""
TRIED_SECONDS = 40.0
"""Longer than Asterisk keeps anything of a call that is over (32 s, by SIP's timers)."""
BLOCKS = 3
"""Of ports: a call with an agent has two streams."""
LISTENED = 3.0
"""Seconds that the last caller may stay, by what the mix is made of."""
LOOKS = 5.0
TELL = 60.0
WINDOW = 60.0
"""Seconds over which memory is averaged at the middle and at the end."""
MOST_GROWTH = 0.01
"""Share by which the server may grow in the second half."""
LONGEST = 30.0
MARK = "load"
"""Mark in the page of figures."""
WRONG = {
    "contacts failed": ("ivrcore_contacts_closed_total", {"outcome": "failed"}),
    "contacts turned away": ("ivrcore_contacts_turned_away_total", {}),
    "failures of plugins": ("ivrcore_plugin_failures_total", {}),
    "prompts failed": ("ivrcore_prompts_failed_total", {}),
    "channels that nobody owned": ("ivrcore_orphans_ended_total", {}),
    "losses of the link": ("ivrcore_link_losses_total", {}),
}


@dataclass(frozen=True)
class Mixed:
    """What the callers of all kinds met."""

    results: Sequence[LoadResult]
    errors: str
    """What SIPp found unexpected."""

    @property
    def made(self) -> int:
        """Calls placed."""
        return sum(one.made for one in self.results)

    @property
    def failed(self) -> int:
        """Calls that did not go as written."""
        return self.made - sum(one.ok for one in self.results)

    @property
    def answered(self) -> float:
        """Seconds from INVITE to 200, in the mean of the kind that waited longest."""
        return max(one.answer_seconds for one in self.results)


@dataclass(frozen=True)
class Found:
    """What a run found; ``wrong`` is empty where everything is as it should be."""

    figures: Table
    wrong: Sequence[str]


def place(lab: HotlineLab, rate: float, seconds: float, look: Callable[[], object] = lambda: None) -> Mixed:
    """Place the mix at a rate for some seconds; ``look`` is called now and then.

    LabError if the calls do not end.
    """
    with ExitStack() as running:
        loads = [
            running.enter_context(
                Load(
                    lab.pbx, number, calls=round(rate * weight / PARTS * seconds), rate=rate * weight / PARTS,
                    steps=steps, lane=lane, first_caller=82_10_5550_0000 + 10_000 * lane,
                )
            )
            for lane, (number, steps, weight) in enumerate(MIX)
        ]  # fmt: skip
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            look()
            time.sleep(min(0.2, max(0.0, deadline - time.monotonic())))
        results = [load.wait(seconds + LONGEST) for load in loads]
        return Mixed(results, "\n".join(load.errors for load in loads))


def clean(mixed: Mixed, seconds: float) -> bool:
    """Tell whether none failed, was answered late, or was over late."""
    late = max(one.seconds for one in mixed.results) > seconds + LISTENED + SLOW_END
    return not (mixed.failed or late or mixed.answered > SLOW_ANSWER)


def capacity(lab: HotlineLab, rates: Sequence[float] = RATES) -> float:
    """Give the highest of the rates that is clean, each tried twice at most; 0 if none is."""
    best = 0.0
    for rate in rates:
        for _ in range(2):
            try:
                found = place(lab, rate, TRIED_SECONDS)
                lab.wait_for("every channel gone", lab.pbx.idle)
            except LabError as error:
                say(f"{rate:g} calls a second: {error}")
                return best  # what is left of them would disturb any other rate
            if clean(found, TRIED_SECONDS):
                break
        else:
            say(f"{rate:g} calls a second: {found.failed} failed, answered after {found.answered:.2f} s")
            break
        say(f"{rate:g} calls a second: clean")
        best = rate
    return best


class Memory:
    """Memory of server and Asterisk over time: (seconds, bytes of the server, bytes of Asterisk)."""

    def __init__(self, lab: HotlineLab, seconds: float) -> None:
        self._lab, self._seconds = lab, seconds
        self._began = self._looked = self._told = time.monotonic()
        self.looks: list[tuple[float, int, int]] = []

    def look(self) -> None:
        """Look every few seconds, and tell of it every minute."""
        now = time.monotonic()
        if now - self._looked < LOOKS and self.looks:
            return
        self._looked = now
        self.looks.append((now - self._began, memory(self._lab.pid), memory(asterisk_pid(self._lab))))
        if now - self._told >= TELL:
            self._told = now
            at, server, asterisk = self.looks[-1]
            say(f"{at:6.0f} s  server {server / 1e6:.1f} MB, Asterisk {asterisk / 1e6:.1f} MB")

    def halves(self, which: int) -> tuple[float, float]:
        """Give the bytes at the middle and at the end, means of a minute: of the server 1, of Asterisk 2."""
        window = min(WINDOW, self._seconds / 4)
        middle = [look[which] for look in self.looks if 0 <= look[0] - self._seconds / 2 < window]
        return fmean(middle), fmean(look[which] for look in self.looks if look[0] >= self._seconds - window)

    @property
    def growth(self) -> float:
        """The server's growth in the second half, as a share."""
        middle, end = self.halves(1)
        return end / middle - 1


def soak(lab: HotlineLab, seconds: float, rate: float) -> Found:
    """Let the mix come for so long; then nothing must be left, lost, failed or grown."""
    cpu, held, tally = CpuWatch(lab), Memory(lab, seconds), Tally(lab)
    mixed = place(lab, rate, seconds, held.look)
    spent = cpu.so_far()
    lab.wait_for("every channel gone", lab.pbx.idle)
    lab.wait_for("the end of everything", lambda: not tally.read().going_on)
    counts = tally.counts
    wrong = [f"{mixed.failed} calls failed: {mixed.errors[:300]}"] if mixed.failed else []
    if counts["offered", ""] != mixed.made or counts["closed", ""] != mixed.made:
        wrong.append(f"{mixed.made} calls, {counts['offered', '']} came, {counts['closed', '']} closed")
    for what, (name, labels) in WRONG.items():
        if number := lab.total(name, **labels):
            wrong.append(f"{number:.0f} {what}")
    if held.growth > MOST_GROWTH:
        wrong.append(f"the server grew by {held.growth:.2%} in the second half")
    rows = [
        ["minutes", f"{seconds / 60:g}"],
        ["calls a second", f"{rate:g}"],
        ["calls", str(mixed.made)],
        ["– failed", str(mixed.failed)],
        ["contacts that came, and that are closed", f"{counts['offered', '']}, {counts['closed', '']}"],
        ["– talked with an agent", str(sum(n for (what, _), n in counts.items() if what == "answered"))],
        ["– gave up waiting", str(sum(n for (what, _), n in counts.items() if what == "abandoned"))],
        ["answered after ms, mean", f"{mixed.answered * 1000:.0f}"],
        ["CPU of a core, server and Asterisk", _shares(spent.server, spent.asterisk, spent.seconds)],
        *(
            [f"{name} MB, in the middle and at the end", _megabytes(held.halves(which))]
            for which, name in ((1, "server"), (2, "Asterisk"))
        ),
        ["server's growth in the second half", f"{held.growth:+.2%}"],
    ]  # fmt: skip
    return Found(Table("Half of the capacity", ("measured", ""), rows), wrong)


def _megabytes(sizes: Sequence[float]) -> str:
    return ", ".join(f"{one / 1e6:.1f}" for one in sizes)


def _shares(server: float, asterisk: float, seconds: float) -> str:
    return f"{server / seconds:.0%}, {asterisk / seconds:.0%}"


def run(minutes: float, rate: float = 0.0) -> tuple[Found, str]:
    """Run it on a hotline of its own; ``rate`` 0 takes half of the capacity. Gives the machine, too.

    LabError where no rate is clean.
    """
    most = 0.0
    if not rate:
        with _staffed() as lab:
            most = capacity(lab)
        if not most:
            raise LabError(f"not even {RATES[0]} calls a second are clean on this machine")
        rate = most / 2
    with _staffed() as lab:
        say(f"{rate:g} calls a second for {minutes:g} minutes")
        found = soak(lab, minutes * 60, rate)
        if most:
            rows = [["capacity, calls a second", f"{most:g}"], *found.figures.rows]
            found = replace(found, figures=replace(found.figures, rows=rows))
        return found, machine(lab)


@contextmanager
def _staffed() -> Iterator[HotlineLab]:
    """Run the benchmark's hotline with its agents ready, and a Prometheus that scrapes it."""
    with bench_lab(count=AGENTS, blocks=BLOCKS) as lab:
        lab.phones.add_agents({agent: Answers(0.0, TALK) for agent in STAFF})
        lab.ready(*STAFF)
        with monitors(lab.folder / "monitoring", lab.url, lab.token):
            yield lab


def main(arguments: Sequence[str]) -> int:
    """Run it; 0 if no call failed, none was lost, and memory stayed."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab soak-load")
    parser.add_argument("--minutes", type=float, default=60.0, help="of traffic (60)")
    parser.add_argument("--rate", type=float, default=0.0, help="calls a second (half of what is measured)")
    parser.add_argument("--write", action="store_true", help=f"write the figures to docs/{PAGE.name}")
    parser.add_argument("--note", default="", help="a line on the circumstances, written with the figures")
    chosen = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    found, where = run(chosen.minutes, chosen.rate)
    notes = tuple(filter(None, (chosen.note, f"{datetime.now(UTC):%Y-%m-%d}, {where}")))
    table = replace(found.figures, notes=notes)
    say(f"\n{plain(table)}")
    for one in found.wrong:
        say(f"wrong: {one}")
    if chosen.write:
        PAGE.write_text(renew(PAGE.read_text(encoding="utf-8"), MARK, [table], load), encoding="utf-8")
    return 1 if found.wrong else 0
