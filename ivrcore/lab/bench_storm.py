"""The benchmark's storm: a minute of ten times the calls that are let in, and what those inside feel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ivrcore.lab.bench_figures import Table, milliseconds, percentile
from ivrcore.lab.storm import ADMITTED, ARRIVING, BURST, FRAMES, INSIDERS, storm, storm_lab

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
        milliseconds(percentile(seen.refusals, 0.95)),
        until_tone(seen.calm),
        until_tone(seen.meanwhile),
        milliseconds(seen.answered),
        f"{seen.back:.2f}" if seen.back >= FRAMES else f"< {FRAMES:g}",
    ]
    note = (
        f"{ARRIVING:g} calls a second at a hotline that lets {ADMITTED:g} in, with a burst of {BURST:g}; "
        f"{INSIDERS} callers inside press a key every second and hear a tone. When a tone began is read from "
        f"the caller's recording, to {FRAMES * 1000:.0f} ms: what is less cannot be told from nothing."
    )
    return Table("A storm of calls", HEAD, [row], [note])


def until_tone(delays: Sequence[float]) -> str:
    """Write how long 95 % of the tones took at most, in ms, as exactly as a recording tells."""
    delay = percentile(delays, 0.95)
    return milliseconds(delay) if delay >= FRAMES else f"< {FRAMES * 1000:.0f}"
