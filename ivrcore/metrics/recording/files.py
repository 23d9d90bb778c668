"""The measures as Prometheus' rule file, and as tables of docs/metrics.md.

Run as a program, it writes the rule file: ``python -m ivrcore.metrics.recording.files monitoring/rules.yml``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ivrcore.metrics.recording.measure import BOTH, BURN, Level, Rule
from ivrcore.metrics.recording.measures import LEVELS, NOW, sampled

HEAD = """\
# Measures of the hotline; their definitions are in docs/metrics.md. Made by:
# python -m ivrcore.metrics.recording.files monitoring/rules.yml
groups:
"""
INTERVAL = {"1h": "1m", "30m": "1m", "6h": "5m", "1d": "15m"}
"""How often the rules of longer windows are worked out: they change slowly, and reading them costs more."""


def groups() -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Give every group of rules: its window, "" for this moment, and its rules in their order."""
    yield "", NOW
    for window in (*BOTH, *BURN, "1d"):
        rules = tuple(rule for level in LEVELS for rule in level.rules(window))
        yield window, rules + (sampled(window) if window in BOTH else ())


def rule_file() -> str:
    """Make the file."""
    return HEAD + "".join(_group(window, rules) for window, rules in groups())


def _group(window: str, rules: Iterable[Rule]) -> str:
    lines = [f"  - name: ivrcore_{window or 'now'}"]
    if window in INTERVAL:
        lines.append(f"    interval: {INTERVAL[window]}")
    lines.append("    rules:")
    for rule in rules:
        lines += [f"      - record: {rule.record}", "        expr: >-", f"          {rule.expr}"]
    return "\n".join(lines) + "\n"


def markdown() -> list[str]:
    """Make the tables of the documentation page."""
    lines = ["## Recording rules", "", INTRODUCTION, "", *_head("Rule", "Formula", "Windows", "Meaning")]
    for level in LEVELS:
        for one in level.measures:
            windows = ", ".join((*level.windows, *one.more))
            record = one.record(level.name, "<window>")
            lines.append(f"| `{record}` | {one.formula} | {windows} | {one.meaning} |")
    lines += [f"| `{rule.record}` | | now | {rule.meaning} |" for rule in NOW]
    lines += [f"| `{rule.record}` | | {', '.join(BOTH)} | {rule.meaning} |" for rule in sampled("<window>")]
    lines += ["", "Symbols, and the counts that they stand for:", "", *_head("Symbol", "Rule", "Meaning")]
    return [*lines, *_symbols()]


INTRODUCTION = """\
`monitoring/rules.yml` records these, by Prometheus' convention for names (`level:metric:operations`);
`<window>` is the time that is looked back on. The level `hotline` has no labels: all queues together. Where a
formula would divide by 0 there is no series: nothing was there to be measured. Counts are recorded too, at
every level (but for `agent`) that has a measure of them, as
`increase<window>`, or `delta<window>` of a gauge."""


def _head(*names: str) -> list[str]:
    return ["| " + " | ".join(names) + " |", "| --- " * len(names) + "|"]


def _symbols() -> Iterator[str]:
    told: set[str] = set()
    for level in LEVELS:
        for symbol, count in level.counts.items():
            if symbol not in told:
                told.add(symbol)
                yield f"| {symbol} | `{count.record(_recorded_at(level), '<window>')}` | {count.meaning} |"


def _recorded_at(level: Level) -> str:
    return "hotline" if level.inline else level.name


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(rule_file())
