"""`python -m ivrcore.lab soak`: minutes of simulated traffic, and whether all figures agree afterwards.

Callers and agents of every kind on a real Asterisk, a server with journal, history, metrics and wallboard,
and a Prometheus that scrapes it. When all is quiet, everyone is asked what happened, to the last contact.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ivrcore.lab.bench import PAGE, machine, renew
from ivrcore.lab.bench_figures import Table, plain, slope
from ivrcore.lab.bench_lab import CpuWatch, asterisk_pid, memory
from ivrcore.lab.demo import demo_folder, say
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.monitors import monitors
from ivrcore.lab.packages import LabError
from ivrcore.lab.soak_agreement import JOURNAL, Witness, by_queue, differences, summed
from ivrcore.lab.soak_site import STAFF, add_phones, soak_lab
from ivrcore.lab.soak_tally import Tally
from ivrcore.lab.soak_traffic import LONGEST, Traffic
from ivrcore.lab.soak_witnesses import Figures, Screen, phones, reported

EVERY = 1.5
"""Seconds between two calls, on average."""
LOOKS = 5.0
"""Seconds between looks at memory."""
TELL = 60.0
MARK = "traffic"
"""Mark in the page of figures."""
QUIET_SECONDS = 60.0
MOST_PER_CONTACT, MOST_AT_ALL = 10_000.0, 4e6
"""Bytes by which the server may grow in the second half: for each contact, and whatever their number."""

Ask = Callable[[], Witness]
Beside = Callable[[HotlineLab], Mapping[str, Ask]]
"""Starts further witnesses, and gives how they are asked at the end."""


@dataclass
class Growth:
    """Memory over time: (contacts so far, bytes of the server, bytes of Asterisk)."""

    looks: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def half(self) -> list[tuple[int, int, int]]:
        """The second half."""
        return self.looks[len(self.looks) // 2 :]

    def per_contact(self, which: int) -> float:
        """Give the slope over the second half, bytes for each contact: of the server 1, of Asterisk 2."""
        points = [(float(look[0]), float(look[which])) for look in self.half]
        return slope(points) if len({x for x, _ in points}) > 1 else 0.0

    @property
    def flat(self) -> bool:
        """Whether the server keeps its limit."""
        contacts = self.half[-1][0] - self.half[0][0]
        return self.per_contact(1) * contacts <= MOST_AT_ALL + MOST_PER_CONTACT * contacts


@dataclass
class Outcome:
    """What a run found; ``wrong`` is empty where everything is as it should be."""

    told: dict[str, Witness]
    growth: Growth
    wrong: list[str]
    figures: Table
    machine: str


def soak(
    folder: Path, seconds: float, *, every: float = EVERY, seed: int = 1, scrape: str = "5s",
    beside: Beside = lambda _: {},
) -> Outcome:  # fmt: skip
    """Run traffic for so many seconds, then wait until all is quiet and ask everyone."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    lab = soak_lab(folder)
    with ExitStack() as running:
        running.enter_context(lab)
        add_phones(lab, chance)
        lab.serve()
        lab.ready(*STAFF)
        found = running.enter_context(monitors(folder / "monitoring", lab.url, lab.token, every=scrape))
        screen = running.enter_context(Screen(lab))
        more = beside(lab)
        return _Run(lab, Figures(found.prometheus), screen, Traffic(lab, chance, every)).all(seconds, more)


class _Run:
    """One run on a hotline that serves."""

    def __init__(self, lab: HotlineLab, figures: Figures, screen: Screen, traffic: Traffic) -> None:
        self._lab, self._figures, self._screen, self._traffic = lab, figures, screen, traffic
        self._tally, self._growth = Tally(lab), Growth()
        self._cpu = CpuWatch(lab)
        self._began = self._looked = self._told = time.monotonic()

    def all(self, seconds: float, more: Mapping[str, Ask]) -> Outcome:
        self._traffic.begin()
        self._traffic.run(self._began + seconds, self._look)
        self._traffic.end(LONGEST + 10)
        spent = self._cpu.so_far()
        self._rest()
        told = self._ask(more)
        wrong = differences(told) + self._failures()
        if not self._growth.flat:
            wrong.append(f"the server grows by {self._growth.per_contact(1) / 1000:.1f} kB a contact")
        share = spent.server / spent.seconds, spent.asterisk / spent.seconds
        return Outcome(told, self._growth, wrong, self._table(seconds, share), machine(self._lab))

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOKS:
            return
        self._looked = now
        came = sum(self._traffic.made.values())
        self._growth.looks.append((came, memory(self._lab.pid), memory(asterisk_pid(self._lab))))
        if now - self._told >= TELL:
            self._told = now
            size = self._growth.looks[-1][1] / 1e6
            say(f"{now - self._began:6.0f} s  {came} calls, {self._traffic.callers.live} now, {size:.1f} MB")

    def _rest(self) -> None:
        """Wait until nothing goes on any more, and Prometheus and the screen have seen that."""
        lab, tally = self._lab, self._tally
        lab.wait_for("the end of everything", lambda: not tally.read().going_on, QUIET_SECONDS)
        lab.wait_for("every channel gone", lab.pbx.idle, QUIET_SECONDS)
        quiet = time.time()
        moment = "min(ivrcore_figures_timestamp_seconds)"
        lab.wait_for("a later scrape", lambda: self._figures.one(moment) > quiet, QUIET_SECONDS)
        screen = self._screen
        lab.wait_for("the wallboard", lambda: screen.failure or screen.at > quiet + 1, QUIET_SECONDS)
        if self._screen.failure:
            raise LabError(f"the wallboard's screen: {self._screen.failure}")

    def _ask(self, more: Mapping[str, Ask]) -> dict[str, Witness]:
        return {
            JOURNAL: Witness(self._tally.read().counts),
            "Prometheus": Witness(self._figures.counts()),
            "report": Witness(reported(self._lab.site)),
            "wallboard": Witness(self._screen.counts()),
            **{name: ask() for name, ask in more.items()},
            "phones": Witness(*phones(self._lab, self._traffic.callers), whole=False),
        }

    def _failures(self) -> list[str]:
        said = (self._lab.folder / "server.log").read_text().splitlines()
        marks = (" ERROR ", " CRITICAL ", "Traceback ")
        bad = [line for line in said if any(mark in line for mark in marks)]
        wrong = [f"the server's log: {line}" for line in bad[:10]]
        for what, query in FAILURES.items():
            if number := self._figures.one(query):
                wrong.append(f"{number:.0f} {what}")
        if late := self._traffic.callers.deadlines:
            wrong.append(f"{late} callers were still there after {LONGEST:.0f} s")
        return wrong

    def _table(self, seconds: float, share: tuple[float, float]) -> Table:
        growth, over = self._growth, f"[{seconds + LONGEST:.0f}s]"
        lag = self._figures.one(f"max_over_time(ivrcore_loop_lag_seconds{over})")
        usual = self._figures.one(f"quantile_over_time(0.95, ivrcore_loop_lag_seconds{over})")
        refused = self._figures.one("sum(ivrcore_commands_failed_total)")
        first, last = growth.looks[len(growth.looks) // 2], growth.looks[-1]
        rows = [
            ["traffic, minutes", f"{seconds / 60:g}"],
            ["calls", str(sum(self._traffic.made.values()))],
            ["server MB, in the middle and at the end", f"{first[1] / 1e6:.1f}, {last[1] / 1e6:.1f}"],
            ["server kB a contact, second half", f"{growth.per_contact(1) / 1000:+.2f}"],
            ["Asterisk MB, in the middle and at the end", f"{first[2] / 1e6:.1f}, {last[2] / 1e6:.1f}"],
            ["Asterisk kB a contact, second half", f"{growth.per_contact(2) / 1000:+.2f}"],
            ["CPU of a core, server and Asterisk", f"{share[0]:.0%}, {share[1]:.0%}"],
            ["event loop's lag in 15 s, ms: worst, p95", f"{lag * 1000:.0f}, {usual * 1000:.0f}"],
            ["messages to the wallboard", str(self._screen.messages)],
            ["commands that Asterisk refused", f"{refused:.0f}"],
            ["failures", str(len(self._failures()))],
        ]
        return Table("The server meanwhile", ("measured", ""), rows)


FAILURES = {
    "contacts failed": 'sum(ivrcore_contacts_closed_total{outcome="failed"})',
    "failures of plugins": "sum(ivrcore_plugin_failures_total)",
    "prompts failed": "sum(ivrcore_prompts_failed_total)",
    "channels that nobody owned": "sum(ivrcore_orphans_ended_total)",
    "losses of the link": "sum(ivrcore_link_losses_total)",
}


def main(arguments: Sequence[str]) -> int:
    """Run it; 0 if everything agrees and nothing failed or grew."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab soak")
    parser.add_argument("--minutes", type=float, default=30.0, help="of traffic (30)")
    parser.add_argument("--every", type=float, default=EVERY, help=f"seconds between two calls ({EVERY})")
    parser.add_argument("--seed", type=int, default=1, help="the same callers again, or others")
    parser.add_argument("--write", action="store_true", help=f"write the figures to docs/{PAGE.name}")
    parser.add_argument("--note", default="", help="a line on the circumstances, written with the figures")
    chosen = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    say("starting Asterisk, the server, Prometheus, agents and callers …")
    with demo_folder() as kept:
        found = soak(kept.folder, chosen.minutes * 60, every=chosen.every, seed=chosen.seed)
        kept.keep = bool(found.wrong)
    agreed = summed(found.told, "Who counted what")
    for table in (by_queue(found.told, "By queue"), agreed, found.figures):
        say(f"\n{plain(table)}")
    for one in found.wrong:
        say(f"does not add up: {one}")
    if not found.wrong:
        say("everyone tells the same, to the last contact")
    if chosen.write:
        run = f"{datetime.now(UTC):%Y-%m-%d}, {found.machine}, seed {chosen.seed}"
        for table in (agreed, found.figures):
            notes = (*table.notes, *filter(None, (chosen.note, run)))
            noted = Table(table.title, table.head, table.rows, notes)
            PAGE.write_text(renew(PAGE.read_text(encoding="utf-8"), MARK, [noted], load), encoding="utf-8")
    return 1 if found.wrong else 0
