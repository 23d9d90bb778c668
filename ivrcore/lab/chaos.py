"""`python -m ivrcore.lab chaos`: a hotline under calls, fault after fault, and the audit.

Each point is one seed: it says at which event of the journal, and how long after it, the server is killed by
SIGKILL (`--of kills`), the link to Asterisk is lost (`cuts`) or Asterisk is killed (`crashes`), and for how
long. Some points in a row, a storm, are of one Asterisk and its callers. After each point nothing may be lost
or doubled; in the end phones, Asterisk, journal and metrics tell the same.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ivrcore.lab import chaos_crashes, chaos_site
from ivrcore.lab.bench import machine
from ivrcore.lab.bench_figures import Table, plain
from ivrcore.lab.cable import Cable
from ivrcore.lab.chaos_callers import ON_THE_LINE
from ivrcore.lab.chaos_crashes import Crash, Crashes, crash
from ivrcore.lab.chaos_cuts import Cut, cut
from ivrcore.lab.chaos_hand_over import hand_over
from ivrcore.lab.chaos_kills import Kill, kill
from ivrcore.lab.chaos_ready import ready
from ivrcore.lab.chaos_storm import storm
from ivrcore.lab.chaos_table import HANDED_MARK, READY_MARK, of_crashes, of_cuts, of_kills, write
from ivrcore.lab.demo import demo_folder, say
from ivrcore.lab.hotline import HotlineLab

Storm = Callable[..., tuple[list[Any], list[str]]]
"""Makes a storm of these seeds, and tells of each; see `chaos_storm.storm`."""


@dataclass(frozen=True)
class Kind:
    """One thing that may happen: what a point of it is, and how many are wanted."""

    point: type[Any]
    table: Callable[[Sequence[Any], str], Table]
    storms: Callable[[Path], Any]
    """Makes a hotline in a folder, and gives it with what makes a storm on it; use with `with`."""
    seeds: int
    storm: int
    """Points in a row that are of one Asterisk."""


@contextmanager
def kills(folder: Path) -> Iterator[tuple[HotlineLab, Storm]]:
    """Kill the server."""
    with chaos_site.hotline(folder) as lab:
        yield lab, partial(storm, lab, partial(kill, lab))


@contextmanager
def cuts(folder: Path) -> Iterator[tuple[HotlineLab, Storm]]:
    """Lose the link between server and Asterisk."""
    with ExitStack() as stack:
        cable = Cable()
        stack.enter_context(cable)
        lab = stack.enter_context(chaos_site.hotline(folder, cable))
        yield lab, partial(storm, lab, partial(cut, lab, cable), numbers=ON_THE_LINE)


@contextmanager
def crashes(folder: Path) -> Iterator[tuple[HotlineLab, Storm]]:
    """Kill Asterisk."""
    with chaos_site.hotline(folder) as lab:
        kept = Crashes()

        def finish(lab: HotlineLab, *rest: Any) -> list[str]:
            return chaos_crashes.end(lab, kept, *rest)

        yield lab, partial(storm, lab, partial(crash, lab, kept), finish=finish, numbers=ON_THE_LINE)


KINDS = {
    "kills": Kind(Kill, of_kills, kills, seeds=200, storm=20),
    "cuts": Kind(Cut, of_cuts, cuts, seeds=60, storm=20),
    "crashes": Kind(Crash, of_crashes, crashes, seeds=30, storm=10),
}


def main(arguments: Sequence[str]) -> int:
    """Run the points; 0 if nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab chaos")
    parser.add_argument("--of", choices=KINDS, default="kills", help="what happens (%(default)s)")
    parser.add_argument("--seeds", type=int, metavar="N", help="points (200 kills, 60 cuts, 30 crashes)")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the first point's seed")
    parser.add_argument("--write", action="store_true", help="write the table to docs/reliability.md")
    parser.add_argument("--rounds", type=Path, metavar="FILE", help="add to the points of earlier rounds")
    parser.add_argument("--ready", action="store_true", help="measure instead how soon keys work again")
    parser.add_argument("--hand-over", action="store_true", help="measure instead how long one takes")
    wanted = parser.parse_args(arguments)
    if wanted.ready or wanted.hand_over:
        measure, mark = (ready, READY_MARK) if wanted.ready else (hand_over, HANDED_MARK)
        return _measured(measure, mark if wanted.write else "")
    kind = KINDS[wanted.of]
    before = kept(wanted.rounds, kind.point) if wanted.rounds else []
    points: list[Any] = []
    wrong: list[str] = []
    load, of = os.getloadavg()[0], ""
    end = wanted.first + (kind.seeds if wanted.seeds is None else wanted.seeds)
    for first in range(wanted.first, end, kind.storm):
        seeds = range(first, min(first + kind.storm, end))
        with demo_folder() as folder, kind.storms(folder.folder / "lab") as (lab, run_storm):
            of = machine(lab)
            found, bad = run_storm(seeds, say)
            folder.keep = bool(bad)
        found[-1].wrong += [one for one in bad if not one.startswith("seed ")]
        points += found
        if wanted.rounds:
            keep(wanted.rounds, found)
        again = f"again: make chaos OF={wanted.of} FIRST={first} SEEDS={len(seeds)}"
        wrong += [f"{one}\n  {again}" for one in bad]
    run = f"{datetime.now(UTC):%Y-%m-%d}, {of}, load at the start {load:.1f}"
    found_table = kind.table(sorted([*before, *points], key=lambda one: one.seed), run)
    say(f"\n{plain(found_table)}")
    for one in wrong:
        say(f"does not add up: {one}")
    if wanted.write:
        write(found_table, wanted.of)
    return 1 if wrong else 0


def _measured(measure: Callable[[Path, Callable[[str], None]], Table], mark: str) -> int:
    """Measure, and write the table to the documentation if it has a mark there."""
    with demo_folder() as folder:
        measured = measure(folder.folder / "lab", say)
    say(f"\n{plain(measured)}")
    if mark:
        write(measured, mark)
    return 0


def keep(path: Path, points: Sequence[Any]) -> None:
    """Add points to a file of rounds."""
    with path.open("ab") as file:
        file.writelines(msgspec.json.encode(point) + b"\n" for point in points)


def kept(path: Path, point: type[Any]) -> list[Any]:
    """Give the points of a file of rounds; none if it is not there."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=point) for line in lines]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
