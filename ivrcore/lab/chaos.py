"""`python -m ivrcore.lab chaos`: a hotline under calls, its server killed again and again, and the audit.

Each point is one seed: it says at which event of the journal, and how long after it, the server is killed by
SIGKILL, and for how long it is away. `STORM` points in a row are of one Asterisk and its callers. After each
point nothing may be lost or doubled; in the end phones, Asterisk, journal and metrics tell the same.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ivrcore.config.load import load_config
from ivrcore.lab import chaos_site
from ivrcore.lab.accounts import ROWS, Accounts, draw_up
from ivrcore.lab.bench import machine
from ivrcore.lab.bench_figures import plain
from ivrcore.lab.chaos_audit import SETTLE, Audit, back
from ivrcore.lab.chaos_ready import ready
from ivrcore.lab.chaos_table import MARK, READY_MARK, table, write
from ivrcore.lab.demo import demo_folder, say
from ivrcore.lab.packages import LabError
from ivrcore.model import events
from ivrcore.service.snapshot_maker import Making, asked_of

if TYPE_CHECKING:
    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phones import Call
    from ivrcore.model.event import Event

LIVE = 36
"""Callers who are kept on the line, so that at every kill at least `LEAST` contacts are open."""
LEAST = 30
GAP = 0.04
"""Seconds between two calls: a storm of them is another test's."""
POINTS = 200
STORM = 20
TARGETS: tuple[type[Event] | None, ...] = (
    events.ContactArrived, events.AnswerRequested, events.LegAnswered, events.MenuEntered,
    events.PromptStarted, events.KeyPressed, events.ChoiceMade, events.ServiceAsked, events.ServiceAnswered,
    events.ContactQueued,
    events.OfferMade, events.LegDialled, events.OfferAccepted, events.BridgeRequested, events.VisitAnswered,
    events.TalkEnded, events.AgentStateChanged, events.OfferEnded, events.VisitAbandoned, events.LegEnded,
    events.HangUpRequested, events.ContactClosed, None,
)  # fmt: skip
"""At which event the server is killed; None: at any moment."""
PATIENCE = 6.0
"""Seconds to wait for the event; then at any moment."""
SNAPSHOT_EVERY = 4
"""Seeds of which one has a snapshot of the journal made before the kill."""
AWAY = (0.0, 0.0, 0.0, 0.5, 2.0)


@dataclass
class Point:
    """One kill: what was in progress, and what was found after it."""

    seed: int
    target: str
    live: int = 0
    adopted: dict[str, int] = field(default_factory=dict)
    """Contacts that went on, by where they were."""
    closed: int = 0
    """Contacts that were open at the kill and were closed as inferred after it: their callers had left."""
    ready: float = 0.0
    """Seconds from the start of the process until the link stood."""
    began: int = 0
    """The record after which the snapshot was that the start could begin from; 0: there was none."""
    wrong: list[str] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Run the points; 0 if nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab chaos")
    parser.add_argument("--seeds", type=int, default=POINTS, metavar="N", help="points (%(default)s)")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the first point's seed")
    parser.add_argument("--write", action="store_true", help="write the table to docs/reliability.md")
    parser.add_argument("--rounds", type=Path, metavar="FILE", help="add to the points of earlier rounds")
    parser.add_argument("--ready", action="store_true", help="measure instead how soon keys work again")
    wanted = parser.parse_args(arguments)
    if wanted.ready:
        with demo_folder() as folder:
            measured = ready(folder.folder / "lab", say)
        say(f"\n{plain(measured)}")
        if wanted.write:
            write(measured, READY_MARK)
        return 0
    before = kept(wanted.rounds) if wanted.rounds else []
    points: list[Point] = []
    wrong: list[str] = []
    load, of = os.getloadavg()[0], ""
    end = wanted.first + wanted.seeds
    for first in range(wanted.first, end, STORM):
        seeds = range(first, min(first + STORM, end))
        with demo_folder() as folder, chaos_site.hotline(folder.folder / "lab") as lab:
            of = machine(lab)
            found, bad = storm(lab, seeds, say)
            folder.keep = bool(bad)
        found[-1].wrong += [one for one in bad if not one.startswith("seed ")]
        points += found
        wrong += [f"{one}\n  again: make chaos FIRST={first} SEEDS={len(seeds)}" for one in bad]
    run = f"{datetime.now(UTC):%Y-%m-%d}, {of}, load at the start {load:.1f}"
    if wanted.rounds:
        keep(wanted.rounds, points)
    found_table = table([*before, *points], run)
    say(f"\n{plain(found_table)}")
    for one in wrong:
        say(f"does not add up: {one}")
    if wanted.write:
        write(found_table, MARK)
    return 1 if wrong else 0


def keep(path: Path, points: Sequence[Point]) -> None:
    """Add points to a file of rounds."""
    with path.open("ab") as file:
        file.writelines(msgspec.json.encode(point) + b"\n" for point in points)


def kept(path: Path) -> list[Point]:
    """Give the points of a file of rounds; none if it is not there."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=Point) for line in lines]


def storm(
    lab: HotlineLab,
    seeds: Sequence[int],
    tell: Callable[[str], None] = lambda _text: None,
    seconds: float = 1e9,
) -> tuple[list[Point], list[str]]:
    """Kill at each seed's moment, as many as begin within so many seconds; give points and what is wrong."""
    until, audit = time.monotonic() + seconds, Audit(lab)
    calls, points = _Calls(lab, audit), list[Point]()
    wrong: list[str] = []
    for seed in seeds:
        if time.monotonic() > until:
            break
        point = _point(lab, audit, calls, seed)
        points.append(point)
        where = ", ".join(f"{name} {count}" for name, count in sorted(point.adopted.items()))
        tell(
            f"seed {seed}: {point.target}: {point.live} live, {where}; {point.ready:.1f} s; "
            f"{point.wrong or 'well'}"
        )
        wrong += [f"seed {seed} ({point.target}): {one}" for one in point.wrong]
    return points, wrong + _end(lab, audit, calls)


class _Calls:
    """Keeps calls in progress."""

    def __init__(self, lab: HotlineLab, audit: Audit) -> None:
        self._lab, self._audit = lab, audit
        self.made: list[Call] = []
        self._last = 0.0

    def done(self) -> int:
        """Count those that are over."""
        return sum(call.happened("done") for call in self.made)

    def fill(self, chance: random.Random) -> None:
        """Make calls until enough contacts are open."""
        deadline = time.monotonic() + 60
        while not self.top_up(chance):
            if time.monotonic() > deadline:
                raise LabError(f"only {len(self._audit.open)} contacts are open")
            time.sleep(GAP)

    def top_up(self, chance: random.Random) -> bool:
        """Make one call if there are too few; tell whether there are enough."""
        live, contacts = len(self.made) - self.done(), len(self._audit.read().open)
        if live >= LIVE and contacts >= LEAST + 2:
            return True
        if live < LIVE + 4 and time.monotonic() - self._last >= GAP:
            number = chaos_site.number(chance)
            script = list(chaos_site.script(chance, number))
            self.made.append(self._lab.phones.call(number, script, deadline=120))
            self._last = time.monotonic()
        return False

    def hang_up(self) -> None:
        """End them all."""
        for call in self.made:
            if not call.happened("done"):
                call.hang_up()


def _point(lab: HotlineLab, audit: Audit, calls: _Calls, seed: int) -> Point:
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    target = TARGETS[seed % len(TARGETS)]
    point = Point(seed, target.__name__ if target else "any moment")
    calls.fill(chance)
    if seed % SNAPSHOT_EVERY == 0:
        point.began = Making(asked_of(load_config(lab.site))).wait()
    audit.read().forget()
    over, scraped = calls.done(), lab.metrics()
    _moment(audit, calls, chance, target)
    while len(audit.read().open) < LEAST:  # on a machine that is busy elsewhere, many may have left meanwhile
        calls.fill(chance)
        _moment(audit, calls, chance, None)
    lab.signal_server(signal.SIGKILL)
    at_kill = set(audit.read().open)
    stands, point.live = audit.stands(), len(at_kill)
    point.wrong += audit.wrong
    audit.forget()
    time.sleep(chance.choice(AWAY))  # how long nobody is there
    began = time.monotonic()
    lab.serve(ready=False)
    lab.wait_for("the link is up", lambda: audit.read().happened(events.LinkCameUp), 90)
    point.ready = time.monotonic() - began
    lab.wait_ready()
    point.wrong += [*audit.settled(), *audit.moved(stands), *back(scraped, lab.metrics())]
    left = calls.done() - over
    adopted = [one for one in audit.new if isinstance(one, events.ContactAdopted)]
    point.adopted = dict(Counter(str(one.where) for one in adopted))
    closed = [one for one in audit.new if isinstance(one, events.ContactClosed) and one.inferred]
    point.closed = len(closed)
    if point.closed > left:
        point.wrong.append(f"{point.closed} contacts were closed as inferred, and {left} calls ended")
    missed = at_kill - {
        one.contact for one in audit.new if isinstance(one, events.ContactAdopted | events.ContactClosed)
    }
    point.wrong += [f"{contact} was neither taken up nor closed" for contact in sorted(missed)]
    point.wrong += [*audit.wrong, *_strays(audit)]
    audit.forget()
    return point


def _moment(audit: Audit, calls: _Calls, chance: random.Random, target: type[Event] | None) -> None:
    """Wait for the moment of the kill; callers come meanwhile."""
    later = chance.choice((0.0, 0.0, 0.02, 0.1, 0.4))
    if target is None:
        later = chance.uniform(0.0, 2.0)
    deadline = time.monotonic() + PATIENCE
    while target and not audit.read().happened(target) and time.monotonic() < deadline:
        calls.top_up(chance)
        time.sleep(0.002)
    time.sleep(later)


def _strays(audit: Audit) -> list[str]:
    """Say what was ended as nobody's: none of our legs may be."""
    return [
        f"{one.what} {one.id} was nobody's: {one.action}"
        for one in audit.new
        if isinstance(one, events.OrphanEnded) and one.what == "channel" and ".a" not in one.id
    ]


def _end(lab: HotlineLab, audit: Audit, calls: _Calls) -> list[str]:
    """Have all calls end; say what does not add up then."""
    calls.hang_up()
    results = [call.result(90) for call in calls.made]
    wrong: list[str] = []
    try:
        lab.wait_for("every channel and bridge gone", lambda: lab.pbx.idle(1.0), 40)
        lab.wait_for("every contact closed", lambda: not audit.read().open, SETTLE)
    except LabError as error:
        left = f"{lab.pbx.channels()} {lab.pbx.bridges()} {sorted(audit.open)}"
        wrong.append(f"{str(error).splitlines()[0]}: {left}")
    wrong += [*audit.settled(), *audit.wrong]
    turned_away = sum(result.status == chaos_site.TURNED_AWAY for result in results)
    return wrong + unequal(draw_up(lab, results), turned_away)


def unequal(told: Accounts, turned_away: int) -> list[str]:
    """Say what does not add up in the end; so many callers came while no server was there.

    What rang, or was answered, while nobody looked may lack in the journal, and an offer that was made may
    not have left the server any more.
    """
    journal, metrics, asterisk = told.journal, told.metrics, told.asterisk
    wrong = [
        f"{ROWS[row].strip()}: journal {journal[row]}, metrics {count}"
        for row, count in metrics.items()
        if count != journal[row]
    ]
    came = journal["offered"] + turned_away
    for who, count in (("callers", told.callers["offered"]), ("Asterisk", asterisk["offered"])):
        if count != came:
            wrong.append(
                f"{who} tell of {count} calls, the journal of {came - turned_away}; "
                f"{turned_away} came while no server was there"
            )
    ends = sum(journal[row] for row in ("self_served", "left_in_menu", "queued", "refused", "failed"))
    if journal["offered"] != ends:
        wrong.append(f"{journal['offered']} contacts came, and {ends} ended")
    visits = journal["answered"] + journal["abandoned"] + journal["left"]
    if journal["queued"] != visits:
        wrong.append(f"{journal['queued']} contacts came to queues, and {visits} visits ended")
    if told.agents["offers"] > journal["offers"]:
        wrong.append(f"{told.agents['offers']} phones rang for {journal['offers']} offers")
    if journal["picked_up"] > told.agents["picked_up"]:
        wrong.append(
            f"{journal['picked_up']} answers of {told.agents['picked_up']} phones are in the journal"
        )
    wrong += [
        f"{asterisk[row]} {row} are left in Asterisk" for row in ("channels", "bridges") if asterisk[row]
    ]
    return wrong + ([f"{journal['failed']} calls failed"] if journal["failed"] else [])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
