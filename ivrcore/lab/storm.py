"""A storm: ten times the calls that are let in, with callers inside, some who are refused, one after.

Those inside press a key every second and hear a short tone for it: how long that takes is the quality that
overload must not cost them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.load import Load
from ivrcore.lab.phones import HangUp, Keys, Result, Stay, Wait
from ivrcore.lab.sipp_scenarios import Pause
from ivrcore.model import events
from ivrcore.model.names import Outcome

INSIDE, STORM = "5000", "5001"
ADMITTED, ARRIVING = 10.0, 100.0
"""Calls a second that are let in, and that come."""
BURST = 10.0
INSIDERS = 3
CALM = 5.0
"""Seconds that those inside are measured before the storm."""
HERTZ, TONE = 850.0, 0.25
FRAMES = 0.06
"""How exactly a recording tells when a sound began, seconds."""
PRESSED_EVERY = 1.0
TRIED_EVERY = 3.0
"""Seconds between the callers of the storm whose refusal is timed."""
OVERLOAD = f"{{calls_per_second: {ADMITTED:g}, burst: {BURST:g}, contacts: 200}}"
PLAN = """\
name: storm
language: en
numbers:
  "5000": inside
  "5001": storm
blocks:
  storm:
    - play: tone
    - hang_up: normal
menus:
  inside:
    prompt: {play: tone}
    timeout: 20s
    choices:
      again: {keys: "1", go: [{goto: inside}]}
    otherwise: [{hang_up: normal}]
"""


@dataclass(frozen=True)
class Seen:
    """What a storm did; times are seconds."""

    seconds: float
    made: int
    admitted: int
    refused: int
    served: int
    """Contacts that went to the end of their dialplan."""
    calm: Sequence[float]
    """From a key to the tone, of those inside, before the storm."""
    meanwhile: Sequence[float]
    refusals: Sequence[float]
    """From the call to the refusal."""
    answered: float
    """From the call to the answer, of those let in, in the mean."""
    back: float
    """From the storm's end to the tone of the next caller."""


def storm_lab(folder: Path) -> HotlineLab:
    """Make the hotline, not started."""
    lab = HotlineLab(folder, config={"overload": OVERLOAD}, dialplans={"storm.yaml": PLAN})
    audio.write_wav(lab.site / "prompts/tone.wav", audio.tone(HERTZ, TONE))
    return lab


def storm(lab: HotlineLab, seconds: float) -> Seen:
    """Let it storm for so long over a hotline that is served."""
    presses = round((CALM + seconds) / PRESSED_EVERY)
    press = (Keys("1"), Wait(PRESSED_EVERY))
    script = [Wait(PRESSED_EVERY), *(press * presses), HangUp()]
    inside = [lab.phones.call(INSIDE, script, deadline=seconds + 90) for _ in range(INSIDERS)]
    for call in inside:
        call.wait_for("answered")
    time.sleep(CALM)
    before, began = list(lab.records())[-1].seq, time.monotonic()
    with Load(lab.pbx, STORM, calls=round(ARRIVING * seconds), rate=ARRIVING, steps=(Pause(5.0),)) as load:
        tried = []
        while time.monotonic() < began + seconds - TRIED_EVERY:
            tried.append(lab.phones.call(STORM, [Stay(10)], deadline=15))
            time.sleep(TRIED_EVERY)
        result = load.wait(seconds + 60)
    refusals = [one for one in (call.result() for call in tried) if one.ended_by == "refused"]
    over = time.monotonic()
    heard = _sounds(lab.phones.call(INSIDE, [Wait(1.5), HangUp()], deadline=20).result())
    delays = [one for call in inside for one in _delays(call.result(seconds + 90))]
    happened = [record.event for record in lab.records_after(before)]
    return Seen(
        seconds=seconds,
        made=result.made + len(tried),
        admitted=sum(isinstance(event, events.DialplanEntered) for event in happened) - 1,
        refused=sum(isinstance(event, events.ContactTurnedAway) for event in happened),
        served=sum(
            isinstance(event, events.ContactClosed) and event.outcome is Outcome.SELF_SERVED
            for event in happened
        ),
        calm=[took for at, took in delays if at < began - PRESSED_EVERY],
        meanwhile=[took for at, took in delays if began <= at < began + seconds],
        refusals=[one.ended_at - one.when("dialled") for one in refusals],
        answered=result.answer_seconds,
        back=heard[0] - over if heard else math.inf,
    )


def _delays(result: Result) -> list[tuple[float, float]]:
    """Give when each key was pressed, and the seconds until its tone: infinite for one that did not come."""
    starts, found = _sounds(result), []
    pressed = [step.at for step in result.timeline if step.what == "keys begins"]
    for at, following in zip(pressed, [*pressed[1:], result.ended_at], strict=True):
        first = next((start for start in starts if at - FRAMES <= start < following - FRAMES), math.inf)
        found.append((at, max(0.0, first - at)))
    return found


def _sounds(result: Result) -> list[float]:
    """Give when each sound began that a caller heard."""
    samples = audio.read_wav(result.heard)
    return [result.heard_from + start for start, _ in hearing.sounds(samples, pause=0.15)]
