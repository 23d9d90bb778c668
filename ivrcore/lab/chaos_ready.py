"""How soon a server that was killed acts on a key again, with 200 contacts live."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.lab import audio
from ivrcore.lab.bench import machine
from ivrcore.lab.bench_figures import OVER, Table
from ivrcore.lab.bench_lab import cpu_seconds
from ivrcore.lab.chaos_audit import Audit
from ivrcore.lab.chaos_words import telling
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.load import Load
from ivrcore.lab.phones import Keys, Stay, Wait
from ivrcore.lab.sipp_scenarios import Pause
from ivrcore.model import events

if TYPE_CHECKING:
    from ivrcore.lab.phone_script import Action
    from ivrcore.lab.phones import Call

LIMIT = 2.0
"""Seconds within which the first key is to be acted on."""
KILLS = 5
WAITING, IN_MENUS = 100, 99
"""Beside them one caller presses a key every `EVERY` seconds."""
RATE, EVERY = 20.0, 0.1
STAY = 900.0
"""Seconds that all stay: longer than the slowest machine takes for it."""
PRESSED = 6000
PATIENCE = 60.0
"""Seconds after which it is given up."""
PLAN = """\
name: ready
language: en
numbers:
  "5000": inside
  "5001": wait
blocks:
  wait: [{queue: general}]
menus:
  inside:
    prompt: {play: tone}
    timeout: 120s
    choices:
      again: {keys: "1", go: [{goto: inside}]}
    otherwise: [{hang_up: normal}]
"""


def ready(folder: Path, say: Callable[[str], None]) -> Table:
    """Measure it on an Asterisk of its own."""
    load = os.getloadavg()[0]
    lab = HotlineLab(folder, dialplans={"ready.yaml": PLAN})
    audio.write_wav(lab.site / "prompts/tone.wav", audio.tone(850.0, 0.3))
    with lab:
        lab.serve()
        press: list[Action] = [Keys("1"), Wait(EVERY)]
        script: list[Action] = [Wait(0.5), *(press * PRESSED), Stay(STAY)]
        loads = [
            Load(lab.pbx, number, calls=calls, rate=RATE, steps=[Pause(STAY)], lane=lane)
            for lane, (number, calls) in enumerate((("5000", IN_MENUS), ("5001", WAITING)))
        ]
        with loads[0], loads[1]:
            presses = lab.phones.call("5000", script, deadline=STAY)
            audit = Audit(lab)
            wanted = WAITING + IN_MENUS + 1
            with telling(lab, audit, lambda: audit.read().open, [presses]):
                lab.wait_for(f"{wanted} contacts", lambda: len(audit.read().open) == wanted, PATIENCE)
                lab.wait_for("a key works", lambda: audit.read().happened(events.ChoiceMade), PATIENCE)
            found = [_kill(lab, audit, presses) for _ in range(KILLS)]
            live = len(audit.read().open)
        lab.pbx.hang_up_all()
        of = machine(lab)
    for one in found:
        say(", ".join(f"{seconds:.2f} s" for seconds in one))
    used = sorted(one[-1] for one in found)[KILLS // 2]
    names = (
        "the link stands, and every call was looked for",
        "the first key is acted on",
        "/readyz says so",
    )
    rows = [_row(name, [one[n] for one in found]) for n, name in enumerate(names)]
    return Table(
        f"From the start of the process, {live} contacts live",
        ("until", "median s", "most s", f"limit {LIMIT:g} s"),
        rows,
        (
            f"{WAITING} wait in a queue, {IN_MENUS} are in a menu, and one presses a key every {EVERY:g} s; "
            f"the server was killed by SIGKILL {KILLS} times; until it acted on the first key it used "
            f"{used:.2f} s of processor time (median)",
            f"{of}; callers, Asterisk and server share it; load at the start {load:.1f}, at the end "
            f"{os.getloadavg()[0]:.1f}",
        ),
    )


def _kill(lab: HotlineLab, audit: Audit, presses: Call) -> tuple[float, float, float, float]:
    """Kill the server and start it; give when the link stood, a key was acted on, and it was ready, and the
    processor time that it had used by then."""
    lab.signal_server(signal.SIGKILL)
    live = set(audit.read().open)
    audit.forget()
    began = time.time()
    lab.serve(ready=False)
    while lab.probe("readyz") != 200:
        time.sleep(0.01)
    is_ready = time.time() - began
    with telling(lab, audit, lambda: live ^ audit.adopted(), [presses]):
        lab.wait_for("a key is acted on", lambda: audit.read().happened(events.ChoiceMade), PATIENCE)
        used = cpu_seconds(lab.pid)
        lab.wait_for("all are taken up", lambda: audit.adopted() == live, PATIENCE)
    up = next(one.at for one in audit.new if isinstance(one, events.LinkCameUp))
    key = next(one.at for one in audit.new if isinstance(one, events.ChoiceMade))
    return up - began, key - began, is_ready, used


def _row(name: str, seconds: list[float]) -> list[str]:
    most = max(seconds)
    kept = "kept" if most <= LIMIT else OVER
    return [name, f"{sorted(seconds)[len(seconds) // 2]:.2f}", f"{most:.2f}", kept]
