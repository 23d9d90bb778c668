"""The text of each queue, agent and menu, written again only where its figures changed. Pure.

A snapshot holds the same object for the same figures (see :mod:`ivrcore.metrics.shared`), so that a look at
the object tells whether its text is good still. Work is done in steps, between which other work may go on;
texts are never changed, only replaced, so that scrapes at the same time cannot mix.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ivrcore.metrics.each import Each, Names, Of, everyone
from ivrcore.metrics.figures import Exemplars, Figures
from ivrcore.metrics.metric import Metric
from ivrcore.metrics.text import Writer, number
from ivrcore.model.histogram import Histogram

STEP = 1_000
"""Lines that are written without a pause: about 2 ms."""
LOOKS = 30
"""Looks at texts that are good still cost what a line costs."""
JOINED = 250
"""Texts that are put together without a pause; a histogram's may have fifty lines."""


class Block(msgspec.Struct, gc=False, eq=False):
    """One queue's, agent's or menu's text of each metric, and of which figures it is.

    The collector of cycles need not look at thousands of them: nothing in one leads back to it.
    """

    figures: Any
    texts: tuple[str, ...]
    """By metric; up to a value that runs."""
    running: dict[int, tuple[float, float, str]]
    """Metric -> value at the time since which it runs, that time (UTC seconds), and the text after it."""

    def lines(self) -> int:
        """Count the lines."""
        after = sum(text.count("\n") for _, _, text in self.running.values())
        return after + sum(text.count("\n") for text in self.texts)


class Blocks:
    """Those of one kind, in one format."""

    def __init__(self, of: Of, metrics: Sequence[Metric], *, openmetrics: bool) -> None:
        self._of: Of = of
        self._metrics = [metric for metric in metrics if reads(metric) == of]
        self._writers = [Writer(metric, openmetrics=openmetrics) for metric in self._metrics]
        self._known: dict[Names, Block] = {}

    def renew(self, figures: Figures, into: list[Block]) -> Iterator[None]:
        """Fill ``into`` with the blocks of frozen figures, in steps."""
        known, now, done = self._known, {}, 0.0
        for names, one in everyone(figures, self._of).items():
            block = known.get(names)
            if block is None or block.figures is not one:
                block = self._write(names, one)
                done += block.lines()
            else:
                done += 1 / LOOKS
            now[names] = block
            if done >= STEP:
                done = 0.0
                yield
        into += now.values()
        self._known = now

    def _write(self, names: Names, figures: Any) -> Block:
        texts: list[str] = []
        runs: dict[int, tuple[float, float, str]] = {}
        exemplars = exemplars_of(figures)
        for place, (metric, writer) in enumerate(zip(self._metrics, self._writers, strict=True)):
            each = metric.read
            assert isinstance(each, Each)
            rows = list(each.rows(names, figures))
            running = each.runs(figures) if each.runs is not None else None
            if running is None:
                texts.append("".join(writer.lines(rows, exemplars)))
                continue
            at, since = running
            labels, value = rows[at]
            assert not isinstance(value, Histogram)
            texts.append("".join(writer.lines(rows[:at])) + writer.around(labels))
            runs[place] = (value, since, "\n" + "".join(writer.lines(rows[at + 1 :])))
        return Block(figures, tuple(texts), runs)

    def texts(self, metric: Metric, blocks: Sequence[Block], now: float) -> Iterator[str]:
        """Give the text of one metric from these blocks at a moment (UTC seconds), in steps."""
        place = self._metrics.index(metric)
        each = metric.read
        assert isinstance(each, Each)
        for first in range(0, len(blocks), JOINED):
            some = blocks[first : first + JOINED]
            if each.runs is None:
                yield "".join([block.texts[place] for block in some])
            else:
                yield "".join([_at(block, place, now) for block in some])


def reads(metric: Metric) -> Of | None:
    """Tell of what a metric is read one by one, if it is."""
    return metric.read.of if isinstance(metric.read, Each) else None


def exemplars_of(figures: Any) -> Exemplars:
    """Give the exemplars of a queue's or a menu's counters; agents have none."""
    exemplars: Exemplars = getattr(figures, "exemplars", {})
    return exemplars


def _at(block: Block, place: int, now: float) -> str:
    running = block.running.get(place)
    if running is None:
        return block.texts[place]
    value, since, after = running
    return f"{block.texts[place]}{number(value + max(0.0, now - since))}{after}"
