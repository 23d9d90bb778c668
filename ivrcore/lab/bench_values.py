"""The benchmark's callers who say digits, amounts and dates: how many of these are understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from ivrcore.dialplan.saying import money_names
from ivrcore.evaluating import Setting, hear
from ivrcore.lab import voices
from ivrcore.lab.apart import apart
from ivrcore.lab.bench_coughs import carried
from ivrcore.lab.bench_figures import Table
from ivrcore.lab.corpus import EN, Speaker, spoken
from ivrcore.plugin_manager import load_plugins
from ivrcore.speech.amounts import Money
from ivrcore.speech.decide import USUAL_BOUNDS
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Grammar
from ivrcore.speech.scoring import Labelled, Result, Score, Share, score
from ivrcore.speech.slots import Slot, SlotKind

ENGINE, LANGUAGE = "pocketsphinx", "en"
TODAY = date(2026, 11, 22)
"""A Sunday: the day that dates are seen from."""
TIMING = Timing(hang_over=1.0, longest=20.0)
"""As `collect` listens."""
SLOTS: Mapping[str, Slot] = {
    "4 digits": Slot(SlotKind.DIGITS, LANGUAGE, 4, 4),
    "6 digits": Slot(SlotKind.DIGITS, LANGUAGE, 6, 6),
    "amounts in euros": Slot(SlotKind.AMOUNT, LANGUAGE, money=Money(*money_names("EUR", LANGUAGE))),
    "dates": Slot(SlotKind.DATE, LANGUAGE, today=TODAY),
}
SAID: Mapping[str, Mapping[str, str]] = {
    "4 digits": {
        "four two seven one": "4271",
        "nine zero three eight": "9038",
        "one one five six": "1156",
        "double seven two oh": "7720",
        "three six nine four": "3694",
        "eight five zero two": "8502",
    },
    "6 digits": {
        "four two seven one nine three": "427193",
        "zero one five five eight two": "015582",
        "six three nine four one seven": "639417",
        "two eight zero four six five": "280465",
    },
    "amounts in euros": {
        "twenty euros": "20",
        "one hundred euros": "100",
        "two hundred and fifty euros": "250",
        "five hundred euros": "500",
        "one thousand euros": "1000",
        "thirty five euros": "35",
        "twelve euros fifty": "12.50",
        "ninety nine euros": "99",
        "fifteen hundred euros": "1500",
        "seven euros and twenty cents": "7.20",
    },
    "dates": {
        "tomorrow": "2026-11-23",
        "the day after tomorrow": "2026-11-24",
        "next friday": "2026-11-27",
        "the third of march": "2027-03-03",
        "december twenty fourth": "2026-12-24",
        "may first twenty twenty seven": "2027-05-01",
        "the fifteenth of august": "2027-08-15",
        "january thirty first": "2027-01-31",
        "july fourth nineteen seventy six": "1976-07-04",
        "the second of november nineteen ninety": "1990-11-02",
    },
}
FAMILIES = ("flite", "eSpeak NG")
HEAD = ("said", "voices", "utterances", "right (95 %)", "asked wrong", "rejected", "not noticed")


def values(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Let voices say values, as English callers would."""
    rows = []
    for kind in SAID:
        for family in FAMILIES:
            found = apart(heard, kind, family, 1 if quick else len(EN.speakers))
            rows.append(row(kind, family, found))
            say(f"{kind}, {family}: {rows[-1][3]} right")
    notes = [
        f"By `{ENGINE}`, at the first go; it reads back all that it hears, so nothing is taken unasked. "
        "*Asked wrong*: another value was read back. The network is of all values of the kind.",
    ]
    return Table("Values that are said", HEAD, rows, notes)


def family_of(speaker: Speaker) -> str:
    """Give the program that speaks."""
    return FAMILIES[speaker.voice not in voices.FLITE]


def heard(kind: str, family: str, most: int) -> Score:
    """Have the voices of a program say all values of a kind."""
    speakers = [one for one in EN.speakers if family_of(one) == family][:most]
    slot = SLOTS[kind]
    grammar = Grammar(LANGUAGE, (), network=slot.network, slot=slot)
    engine = load_plugins().recogniser(ENGINE, LANGUAGE, {})
    setting = Setting(grammar, TIMING, USUAL_BOUNDS)
    said: list[Labelled] = []
    for speaker in speakers:
        for text, value in SAID[kind].items():
            answers, _ = hear(engine, carried(spoken(text, speaker), len(said)), setting)
            said.append(Labelled(value, answers))
    return score(PhraseBook.of(grammar), said, USUAL_BOUNDS)


def row(kind: str, family: str, found: Score) -> list[str]:
    """Give a row."""
    counts: Sequence[int] = [
        found.inside[Result.CONFIRMED_WRONG] + found.inside[Result.WRONG],
        found.inside[Result.REJECTED],
        found.inside[Result.UNNOTICED],
    ]
    return [kind, family, str(found.inside.total()), _share(found.right), *map(str, counts)]


def _share(share: Share) -> str:
    low, high = share.interval()
    return f"{share.hits} of {share.of}: {share.share or 0:.0%} ({low:.0%}–{high:.0%})"
