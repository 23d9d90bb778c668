"""How callers were understood: folded from calls that the live interpreter played."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from ivrcore.metrics.spoken import COUNTED, MenuSpeech, SpokenFold
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import ChosenBy, Impatient, SpeechRefusal, Verdict
from ivrcore.speech.scoring import Share
from ivrcore.tryout.ear import typed
from tests.unit.tryout.trial_tools import dialled


def called(*acts: str) -> list[Event]:
    """Give the events of a call: what is said, or `#1` for a key, or nothing for silence."""
    call = dialled()
    for act in acts:
        if act.startswith("#"):
            assert call.press(act[1:])
        else:
            assert call.say(typed(act)) if act else call.wait_for_timer()
    call.hang_up()
    assert isinstance(call.events[-1], ev.ContactClosed)
    return call.events


def folded(*calls: Sequence[Event]) -> MenuSpeech:
    (menu,) = SpokenFold().fold(event for call in calls for event in call).menus()
    assert (menu.plan, menu.menu) == ("bank", "main")
    return menu


def counts(menu: MenuSpeech) -> dict[str, int]:
    """Give what is not 0."""
    names = (
        "turns",
        "heard",
        "accepted",
        "asked_back",
        "confirmed",
        "denied",
        "rejected",
        "no_input",
        "keyed",
    )
    return {name: getattr(menu, name) for name in names if getattr(menu, name)}


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (("two", "one"), {"turns": 2, "heard": 2, "accepted": 2}),
        (("something", "one"), {"turns": 2, "heard": 2, "rejected": 1, "accepted": 1}),
        (("?0.8 one", "yes"), {"turns": 1, "heard": 1, "asked_back": 1, "confirmed": 1}),
        (("?0.8 one", "#1"), {"turns": 1, "heard": 1, "asked_back": 1, "confirmed": 1}),
        (("?0.8 two", "no"), {"turns": 2, "heard": 1, "asked_back": 1, "denied": 1}),
        (("?0.8 two", "#2"), {"turns": 2, "heard": 1, "asked_back": 1, "denied": 1}),
        (("?0.8 two ?0.75 one", "no", "yes"), {"turns": 1, "heard": 1, "asked_back": 1, "confirmed": 1}),
        (("?0.8 two ?0.75 one", "no", "no"), {"turns": 2, "heard": 1, "asked_back": 1, "denied": 1}),
        (("?0.8 two ?0.75 one", "no"), {"turns": 1, "heard": 1, "asked_back": 1, "denied": 1}),
        (("?0.8 two", "perhaps"), {"turns": 2, "heard": 1, "asked_back": 1}),
        (("?0.8 two", ""), {"turns": 2, "heard": 1, "asked_back": 1}),
        (("?0.8 two",), {"turns": 1, "heard": 1, "asked_back": 1}),
        (("#1",), {"turns": 1, "keyed": 1}),
        (("#9", "#1"), {"turns": 2, "keyed": 2}),
        (("", "one"), {"turns": 2, "no_input": 1, "heard": 1, "accepted": 1}),
        (("#*", "two"), {"turns": 2, "keyed": 1, "heard": 1, "accepted": 1}),
    ],
)
def test_calls_are_counted(acts: tuple[str, ...], expected: dict[str, int]) -> None:
    assert counts(folded(called(*acts))) == expected


def test_rates_are_of_what_they_are_parts_of() -> None:
    menu = folded(called("one"), called("?0.8 one", "yes"), called("?0.8 one", "no"), called("x", "#1"))
    assert menu.in_grammar == Share(2, 4)
    assert menu.of == {
        "in_grammar": Share(2, 4),
        "no_match": Share(1, 4),
        "asked_back": Share(2, 4),
        "denied": Share(1, 2),
        "no_input": Share(0, 6),
        "keyed": Share(1, 6),
    }


def test_who_called_before_is_not_counted() -> None:
    assert SpokenFold().fold(called("one")[1:]).menus() == []


def test_a_menu_without_speech_is_not_listed() -> None:
    quiet = [
        msgspec.structs.replace(one, speech=False) if isinstance(one, ev.TurnStarted) else one
        for one in called("#1")
    ]
    assert SpokenFold().fold(quiet).menus() == []


AT = {"at": 1.0, "contact": "c"}
ARRIVED = ev.ContactArrived(**AT, leg="l", channel="x", number="1", plan="bank", plan_version="1")


def turn(number: int = 1, *, speech: bool = True) -> ev.TurnStarted:
    return ev.TurnStarted(**AT, menu="main", turn=number, attempt=1, speech=speech)


def test_seconds_to_decisions() -> None:
    heard = [
        event
        for number, took in enumerate((0.3, 0.1, 0.2, 0.9), 1)
        for event in (turn(number), ev.SpeechHeard(**AT, turn=number, verdict=Verdict.REJECT, took=took))
    ]
    menu = folded([ARRIVED, *heard])
    assert (menu.took_within(0.5), menu.took_within(0.95)) == (0.2, 0.9)


def test_what_keeps_a_menu_from_listening() -> None:
    refused = ev.SpeechRefused(**AT, menu="main", language="en", why=SpeechRefusal.BUSY)
    failed = ev.RecogniserGaveUp(**AT, turn=2, engine="vosk", code="IVR402")
    late = ev.RecogniserGaveUp(**AT, turn=1, engine="vosk", code="IVR402")
    key = ev.KeyPressed(**AT, leg="l", turn=2)
    menu = folded([ARRIVED, refused, turn(1, speech=False), turn(2), failed, late, key])
    assert (menu.refused, menu.failed, menu.turns, menu.keyed) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("verdict", "choice", "expected"),
    [
        (Verdict.CONFIRM, "@agent", {"accepted": 1}),  # universals are not asked about
        (Verdict.CONFIRM, "@impatient", {"rejected": 1}),
        (Verdict.ACCEPT, "@impatient", {"accepted": 1}),
    ],
)
def test_words_that_hold_everywhere(verdict: Verdict, choice: str, expected: dict[str, int]) -> None:
    heard = ev.SpeechHeard(**AT, turn=1, verdict=verdict, choice=choice)
    lost = ev.CallerImpatient(**AT, menu="main", turn=1, why=Impatient.WORDS, priority=1)
    menu = folded([ARRIVED, turn(), heard, lost])
    assert counts(menu) == {"turns": 1, "heard": 1, **expected}
    assert menu.impatient == 1


def test_digits_that_are_read_back_are_no_utterance() -> None:
    question = msgspec.structs.replace(turn(), confirming="@digits")
    heard = ev.SpeechHeard(**AT, turn=1, verdict=Verdict.ACCEPT, choice="no")
    chosen = ev.ChoiceMade(**AT, menu="main", turn=1, choice="@digits", by=ChosenBy.SPEECH)
    assert SpokenFold().fold([ARRIVED, question, heard, chosen]).menus() == []


@pytest.mark.parametrize("yes", [True, False])
def test_digits_that_were_said_and_read_back_are_confirmed_by_the_yes(yes: bool) -> None:
    heard = ev.SpeechHeard(**AT, turn=1, verdict=Verdict.CONFIRM, choice="said")
    asked = msgspec.structs.replace(turn(2), confirming="said")
    answer = ev.SpeechHeard(**AT, turn=2, verdict=Verdict.ACCEPT, choice="yes" if yes else "no")
    taken = ev.DigitsCollected(**AT, menu="main", turn=2, variable="n", count=4)
    left = ev.NoMatch(**AT, menu="main", turn=2, count=1, denied=True)
    menu = folded([ARRIVED, turn(), heard, asked, answer, taken if yes else left, turn(3, speech=False)])
    expected = {"confirmed": 1} if yes else {"denied": 1}
    assert counts(menu) == {"turns": 1, "heard": 1, "asked_back": 1, **expected}


CHECKED = """
name: bank
numbers: {"1": start}
blocks:
  start:
    - collect: main
      prompt: Your account?
      length: 4
      check: luhn
      speech: yes
      secret: no
      otherwise: [hang_up]
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("one two three four",), {"turns": 2, "heard": 1, "rejected": 1}),
        (("?0.8 one two three four",), {"turns": 2, "heard": 1, "rejected": 1}),
        (("one two three oh",), {"turns": 1, "heard": 1, "accepted": 1}),
        (
            ("one two three four", "?0.8 one two three oh", "yes"),
            {"turns": 2, "heard": 2, "rejected": 1, "asked_back": 1, "confirmed": 1},
        ),
    ],
)
def test_a_number_with_a_wrong_check_digit_is_not_understood(
    said: tuple[str, ...], expected: dict[str, int]
) -> None:
    call = dialled(plan=CHECKED)
    for words in said:
        assert call.say(typed(words))
    call.hang_up()
    (menu,) = SpokenFold().fold(call.events).menus()
    assert counts(menu) == expected


def test_every_event_is_named_once() -> None:
    assert len(set(COUNTED)) == len(COUNTED)
