"""The benchmark's speech: barge-in, and end of speech to decision, over SIP with the real recognisers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivrcore.lab import audio, hearing, phones, voices
from ivrcore.lab.bench_figures import TIMES_HEAD, Table, times
from ivrcore.lab.bench_lab import Clocks, happened
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Action, Call, HangUp, Result, Wait
from ivrcore.model import events
from ivrcore.model.names import PromptEnd, Verdict

Say = Callable[[str], None]

BARGE_IN_LIMIT = 0.150
"""Seconds from speech to the prompt's stop (issue 2)."""
KO = ("아니요", "예약 확인", "영업 시간", "보험 문의")
EN = ("cards", "opening hours", "loans", "agent")
CALLERS = 4
QUIET = 0.02
"""Level, as a fraction of full scale, below which the caller's ear counts as silent."""


@dataclass(frozen=True)
class Language:
    """One language of the measurement."""

    tag: str
    engine: str
    voice: str
    phrases: Sequence[str]
    first_number: int

    def number(self, caller: int) -> str:
        """Give the number that a caller dials: one each, so that contacts can be told apart."""
        return str(self.first_number + caller)


LANGUAGES = (
    Language("ko", "vosk", "ko", KO, 5201),
    Language("en", "pocketsphinx", "slt", EN, 5301),
)


@dataclass
class Heard:
    """Seconds of each kind, and how many utterances were accepted."""

    took: list[float] = field(default_factory=list)
    decided: list[float] = field(default_factory=list)
    noticed: list[float] = field(default_factory=list)
    stopped: list[float] = field(default_factory=list)
    silent: list[float] = field(default_factory=list)
    said: int = 0
    accepted: int = 0


def plans() -> dict[str, str]:
    """Give one dialplan per language: a menu that asks again and again."""
    return {f"{one.tag}.yaml": _plan(one) for one in LANGUAGES}


def _plan(language: Language) -> str:
    numbers = "".join(f'  "{language.number(caller)}": main\n' for caller in range(CALLERS))
    choices = "".join(
        f'      c{index}: {{say: [{phrase}], keys: "{index}", go: [{{goto: main}}]}}\n'
        for index, phrase in enumerate(language.phrases)
    )
    return f"""\
name: {language.tag}
language: {language.tag}
numbers:
{numbers}menus:
  main:
    prompt: {{play: hum}}
    accept: 0.6
    confirm: 0.6
    choices:
{choices}      bye: {{keys: "9", go: [{{hang_up: normal}}]}}
    otherwise: [{{hang_up: normal}}]
"""


def speech(lab: HotlineLab, clocks: Clocks, *, quick: bool, say: Say) -> Table:
    """Measure part 4."""
    rows, notes = [], []
    callers, each = (2, 3) if quick else (CALLERS, 11)
    for language in LANGUAGES:
        found = _measure(lab, clocks, language, callers, each)
        name = f"{language.tag}, {language.engine}"
        say(f"{name}: {found.said} utterances, {found.accepted} accepted")
        rows += [
            times(f"{name}: end of speech → decision (journal)", found.took),
            times(f"{name}: end of the caller's audio → decision", found.decided),
            times(f"{name}: speech → noticed (journal)", found.noticed),
            times(f"{name}: speech → prompt ended (journal)", found.stopped, BARGE_IN_LIMIT),
            times(f"{name}: speech → silence in the caller's ear", found.silent, BARGE_IN_LIMIT),
        ]
        notes.append(f"{name}: {found.said} utterances, {found.accepted} accepted.")
    return Table("Speech", TIMES_HEAD, rows, notes)


def _measure(lab: HotlineLab, clocks: Clocks, language: Language, callers: int, each: int) -> Heard:
    wavs = [trimmed(voices.speak(text, language.voice), lab.folder) for text in language.phrases]
    calls: list[Call] = []
    for caller in range(callers):
        calls.append(lab.phones.call(language.number(caller), _script(wavs, caller, each), deadline=120))
        time.sleep(0.37)  # so that the callers do not speak in step
    found = Heard()
    results = [call.result(150) for call in calls]
    contacts = {one.number: one.contact for one in happened(lab, events.ContactArrived)}
    for caller, result in enumerate(results):
        _add(found, lab, clocks, contacts[language.number(caller)], result)
    return found


def _script(wavs: Sequence[Path], caller: int, count: int) -> list[Action]:
    actions: list[Action] = [Wait(1.5)]
    for turn in range(count):
        actions += [phones.Say(wavs[(caller + turn) % len(wavs)]), Wait(1.7)]
    return [*actions, HangUp()]


def trimmed(wav: Path, folder: Path) -> Path:
    """Cut the silence before the first and after the last sound, so that their times are known."""
    samples = audio.read_wav(wav)
    found = hearing.sounds(samples, QUIET)
    first, last = round(found[0][0] * audio.RATE), round(found[-1][1] * audio.RATE)
    return audio.write_wav(folder / f"said-{wav.stem}.wav", samples[first:last])


def _add(found: Heard, lab: HotlineLab, clocks: Clocks, contact: str, result: Result) -> None:
    mine = [one for record in lab.records() if getattr(one := record.event, "contact", "") == contact]
    began = [step for step in result.timeline if step.what == "say begins"]
    ear = hearing.loudness(audio.read_wav(result.heard))
    for step, after in zip(began, [*(one.at for one in began[1:]), result.ended_at], strict=True):
        length = len(audio.read_wav(Path(step.details["wav"]))) / audio.RATE
        found.said += 1
        for event in mine:
            at = clocks.journal(event.at) - step.at
            if not 0 <= at < after - step.at:
                continue
            match event:
                case events.SpeechStarted():
                    found.noticed.append(at)
                case events.SpeechHeard():
                    found.took.append(event.took)
                    found.decided.append(at - length)
                    found.accepted += event.verdict is Verdict.ACCEPT
                case events.PromptEnded(how=PromptEnd.STOPPED):
                    found.stopped.append(at)
        quiet = silence_after(ear, step.at - result.heard_from)
        if quiet is not None:
            found.silent.append(quiet)


def silence_after(ear: Sequence[float], at: float) -> float | None:
    """Give the seconds from ``at`` to 60 ms of silence in a loudness curve of 10 ms steps; None without."""
    step, run = hearing.FRAME / audio.RATE, 6
    first = round(at / step)
    for index in range(first, min(first + 100, len(ear) - run)):
        if all(level < QUIET for level in ear[index : index + run]):
            return (index - first) * step
    return None
