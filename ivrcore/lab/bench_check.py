"""The benchmark's check: how long a large dialplan takes, beside the bare YAML loader on the same text.

`python -m ivrcore.lab.bench_check FILE` reads and checks a file once and prints the seconds: a round in a
process of its own, as every `ivrcore check` is one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import yaml

from ivrcore.collecting import uncollected
from ivrcore.config.plans import read_plan
from ivrcore.dialplan.check import Site
from ivrcore.lab.bench_figures import Table, spread
from ivrcore.lab.large_plan import QUEUES, large_plan
from ivrcore.lab.leash import as_installed
from ivrcore.problems import Problems
from ivrcore.yamltree import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

MENUS = 5_000
LIMIT = 2.0
"""Seconds within which the dialplan of `MENUS` menus is to be checked."""
ROUNDS = 5
LONGEST = 120.0
"""Seconds after which a process is given up."""


def check(*, quick: bool, say: Callable[[str], None]) -> Table:
    """Measure reading the text, and reading and checking it."""
    text = large_plan(MENUS)
    rounds = 2 if quick else ROUNDS
    lines = text.count("\n")
    with TemporaryDirectory() as folder:
        file = Path(folder, "large.yaml")
        file.write_text(text, encoding="utf-8")
        rows = [
            _row("ivrcore check: parse, read, check", LIMIT, rounds, lambda: _once(file)),
            _row("the whole command, from its start to its end", None, rounds, lambda: _command(file)),
        ]
    _checked(text)
    rows += [
        _timed("again in the same process, as a server does", rounds, lambda: _checked(text)),
        _timed("its YAML tree with places alone", rounds, lambda: parse_yaml(text, "", Problems())),
        *_bare_rows(text, rounds),
    ]
    say(f"check: {lines} lines")
    return Table(
        f"Check of a dialplan with {MENUS:,} menus, {lines:,} lines",
        ("wall time", "runs", "median s", "most s", "limit s"),
        rows,
    )


def _bare_rows(text: str, rounds: int) -> list[list[str]]:
    pairs = "".join(f"key{number}: value {number}\n" for number in range(text.count("\n")))
    return [
        _timed("bare yaml.CSafeLoader", rounds, lambda: yaml.load(text, Loader=yaml.CSafeLoader)),
        _timed("the same without Python's collector of cycles", rounds, lambda: _bare(text)),
        _timed("yardstick: as many lines of plain pairs, in the same way", rounds, lambda: _bare(pairs)),
    ]


def _bare(text: str) -> object:
    with uncollected():
        return yaml.load(text, Loader=yaml.CSafeLoader)


def _checked(text: str) -> object:
    plan, problems = read_plan(text, "large.yaml", Site(queues=QUEUES, skills=(), recordings=()))
    if plan is None or len(problems):
        raise AssertionError(f"the large dialplan has problems: {list(problems)[:3]}")
    return plan


def _once(file: Path) -> float:
    """Give the seconds of reading and checking in a new process; its start is not among them."""
    return float(_run("ivrcore.lab.bench_check", str(file)))


def _command(file: Path) -> float:
    return _seconds(lambda: _run("ivrcore", "check", str(file)))


def _run(*command: str) -> str:
    """Run a module with this Python; give what it prints. CalledProcessError if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=LONGEST,
        env=as_installed(),
    )
    return done.stdout


def _seconds(work: Callable[[], object]) -> float:
    """Time some work; to drop what it made, a plan or a tree, is none of it."""
    began = time.perf_counter()
    made = work()
    taken = time.perf_counter() - began
    del made
    return taken


def _timed(name: str, rounds: int, work: Callable[[], object]) -> list[str]:
    return _row(name, None, rounds, lambda: _seconds(work))


def _row(name: str, limit: float | None, rounds: int, measure: Callable[[], float]) -> list[str]:
    found = spread([measure() for _ in range(rounds)])
    shown = "–" if limit is None else f"{limit:g}"
    return [name, str(rounds), f"{found.p50:.2f}", f"{found.most:.2f}", shown]


if __name__ == "__main__":
    written = Path(sys.argv[1]).read_text(encoding="utf-8")
    print(f"{_seconds(lambda: _checked(written)):.4f}")
