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
from ivrcore.lab.phones import HangUp, Keys, Result, Stay, Step, Wait
from ivrcore.lab.sipp_scenarios import Pause
from ivrcore.model import events
from ivrcore.model.names import Outcome

INSIDE, STORM = "5000", "5001"
ADMITTED, ARRIVING = 10.0, 100.0
"""Calls a second that are let in, and that come."""
BURST = 10.0
INSIDERS = 3
CALM_KEYS = 4
"""Keys of each of those inside that are measured before the storm."""
HERTZ, TONE = 850.0, 0.25
FRAMES = 0.06
"""How exactly a recording tells when a sound began, seconds."""
PRESSED_EVERY = 1.0
MARGIN = 90.0
"""Seconds that anything may take longer on a busy machine."""
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
    lasted: float
    """From the first call's arrival at the server to the last one's, on the server's clock."""
    made: int
    arrived: int
    """Calls of the storm that came to the server."""
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
    press = (Keys("1"), Wait(PRESSED_EVERY))
    script = [Wait(PRESSED_EVERY), *(press * round((seconds + MARGIN) / PRESSED_EVERY))]
    inside = [lab.phones.call(INSIDE, script, deadline=seconds + 2 * MARGIN) for _ in range(INSIDERS)]
    # one more than is measured: the last one's tone is still to come
    lab.wait_for("calm", lambda: all(len(_pressed(call.timeline)) > CALM_KEYS for call in inside), MARGIN)
    before, began = list(lab.records())[-1].seq, time.monotonic()
    with Load(lab.pbx, STORM, calls=round(ARRIVING * seconds), rate=ARRIVING, steps=(Pause(5.0),)) as load:
        tried = []
        while time.monotonic() < began + seconds - TRIED_EVERY:
            tried.append(lab.phones.call(STORM, [Stay(10)], deadline=15))
            time.sleep(TRIED_EVERY)
        result = load.wait(seconds + MARGIN)
    refusals = [one for one in (call.result() for call in tried) if one.ended_by == "refused"]
    over = time.monotonic()
    heard = _sounds(lab.phones.call(INSIDE, [Wait(1.5), HangUp()], deadline=20).result())
    for call in inside:
        call.hang_up()
    delays = [one for call in inside for one in _delays(call.result())]
    happened = [record.event for record in lab.records_after(before)]
    came = {
        event.contact: event.at
        for event in happened
        if isinstance(event, events.ContactArrived) and event.number == STORM
    }

    def count(kind: type[events.DialplanEntered | events.ContactTurnedAway]) -> int:
        return sum(isinstance(event, kind) and event.contact in came for event in happened)

    return Seen(
        seconds=seconds,
        lasted=max(came.values()) - min(came.values()),
        made=result.made + len(tried),
        arrived=len(came),
        admitted=count(events.DialplanEntered),
        refused=count(events.ContactTurnedAway),
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
    pressed = _pressed(result.timeline)
    for at, following in zip(pressed, [*pressed[1:], result.ended_at], strict=True):
        first = next((start for start in starts if at - FRAMES <= start < following - FRAMES), math.inf)
        found.append((at, max(0.0, first - at)))
    return found


def _pressed(timeline: Sequence[Step]) -> list[float]:
    """Give when each key was pressed."""
    return [step.at for step in timeline if step.what == "keys begins"]


def _sounds(result: Result) -> list[float]:
    """Give when each sound began that a caller heard."""
    samples = audio.read_wav(result.heard)
    return [result.heard_from + start for start, _ in hearing.sounds(samples, pause=0.15)]
