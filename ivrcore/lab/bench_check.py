"""The benchmark's check: how long a large dialplan takes, beside the bare YAML loader on the same text."""

import time
from collections.abc import Callable

import yaml

from ivrcore.collecting import uncollected
from ivrcore.config.plans import read_plan
from ivrcore.dialplan.check import Site
from ivrcore.lab.bench_figures import Table, spread
from ivrcore.lab.large_plan import QUEUES, large_plan
from ivrcore.problems import Problems
from ivrcore.yamltree import parse_yaml

MENUS = 5_000
LIMIT = 2.0
"""Seconds within which the dialplan of `MENUS` menus is to be checked."""
ROUNDS = 5


def check(*, quick: bool, say: Callable[[str], None]) -> Table:
    """Measure reading the text, and reading and checking it."""
    text = large_plan(MENUS)
    site = Site(queues=QUEUES, skills=(), recordings=())
    rounds = 2 if quick else ROUNDS
    lines = text.count("\n")
    pairs = "".join(f"key{number}: value {number}\n" for number in range(lines))
    rows = [
        _row("ivrcore check: parse, read, check", LIMIT, rounds, lambda: _checked(text, site)),
        _row("its YAML tree with places alone", None, rounds, lambda: parse_yaml(text, "", Problems())),
        _row("bare yaml.CSafeLoader", None, rounds, lambda: yaml.load(text, Loader=yaml.CSafeLoader)),
        _row("the same without Python's collector of cycles", None, rounds, lambda: _bare(text)),
        _row("yardstick: as many lines of plain pairs, in the same way", None, rounds, lambda: _bare(pairs)),
    ]
    say(f"check: {lines} lines")
    return Table(
        f"Check of a dialplan with {MENUS:,} menus, {lines:,} lines",
        ("wall time", "runs", "median s", "most s", "limit s"),
        rows,
    )


def _bare(text: str) -> None:
    with uncollected():
        yaml.load(text, Loader=yaml.CSafeLoader)


def _checked(text: str, site: Site) -> None:
    plan, problems = read_plan(text, "large.yaml", site)
    if plan is None or len(problems):
        raise AssertionError(f"the large dialplan has problems: {list(problems)[:3]}")


def _row(name: str, limit: float | None, rounds: int, work: Callable[[], object]) -> list[str]:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    found = spread(taken)
    shown = "–" if limit is None else f"{limit:g}"
    return [name, str(rounds), f"{found.p50:.2f}", f"{found.most:.2f}", shown]
