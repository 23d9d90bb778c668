"""The benchmark's storm: a minute of ten times the calls that are let in, and what those inside feel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ivrcore.lab.bench_figures import Table, milliseconds, percentile
from ivrcore.lab.storm import ADMITTED, ARRIVING, BURST, INSIDERS, storm, storm_lab

SECONDS = 60.0
HEAD = (
    "seconds", "calls", "let in", "let in by the limits", "refused", "refused after ms, p95",
    "key to tone ms, calm, p95", "in the storm, p95", "INVITE to answer ms, mean", "next caller after s",
)  # fmt: skip


def measure(*, quick: bool, say: Callable[[str], None]) -> Table:
    """Run it."""
    seconds = 10.0 if quick else SECONDS
    with TemporaryDirectory(prefix="ivrcore-storm-") as folder, storm_lab(Path(folder)) as lab:
        lab.serve()
        say(f"storm: {ARRIVING:g} calls a second for {seconds:g} s")
        seen = storm(lab, seconds)
    row = [
        f"{seen.lasted:.1f}",
        str(seen.made),
        str(seen.admitted),
        f"{ADMITTED * seen.lasted + BURST:.0f}",
        str(seen.refused),
        *(milliseconds(percentile(one, 0.95)) for one in (seen.refusals, seen.calm, seen.meanwhile)),
        milliseconds(seen.answered),
        f"{seen.back:.2f}",
    ]
    note = (
        f"{ARRIVING:g} calls a second at a hotline that lets {ADMITTED:g} in, with a burst of {BURST:g}; "
        f"{INSIDERS} callers inside press a key every second and hear a tone."
    )
    return Table("A storm of calls", HEAD, [row], [note])
