"""What callers said in turns that failed, in memory: kept of who agreed, and of nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from ivrcore.config.model import is_yes
from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.kept.model import FailedTurn
from ivrcore.model import events
from ivrcore.model.kept_names import KeptFor
from ivrcore.model.names import Scalar, Verdict
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor

PLAN = """
name: scenario
language: en
numbers:
  "5000": {start: asked, answer: at_once}
  "5001": {start: unasked, answer: at_once}
  "5002": {start: number, answer: at_once}
  "5003": {start: said, answer: at_once}
  "5004": {start: open, answer: at_once}
variables: {may_keep: no}
blocks:
  asked: [{set: {may_keep: yes}}, {menu: main}]
  unasked: [{menu: main}]
  number:
    - set: {may_keep: yes}
    - {collect: account, prompt: "Your number?", length: "4", confirm: yes}
    - menu: main
  said:
    - set: {may_keep: yes}
    - {collect: account, prompt: "Your number?", length: "4", speech: yes, secret: yes}
    - menu: main
  open:
    - set: {may_keep: yes}
    - collect: order
      prompt: "Your order's number?"
      length: "4"
      check: luhn
      speech: yes
      secret: no
      otherwise: [hang_up]
    - menu: main
  changed: [{set: {may_keep: no}}, {menu: main}]
  over: [{hang_up: normal}]
universals:
  agent: {go: over}
menus:
  main:
    prompt: "Cards or loans?"
    choices:
      cards: {say: [cards], keys: "1", go: [{goto: over}]}
      loans: {say: [loans], keys: "2", go: [{goto: over}]}
      never: {say: [never mind], keys: "3", go: [{goto: changed}]}
    no_match: ["I did not understand."]
    otherwise: [{goto: over}]
"""
SAID = (b"one", b"two")


@dataclass
class Shelf:
    """Keeps failed turns in memory."""

    kept: list[FailedTurn] = field(default_factory=list)

    def agreed(self, variables: Mapping[str, Scalar]) -> bool:
        return is_yes(variables.get("may_keep"))

    def keep(self, failed: FailedTurn) -> None:
        self.kept.append(failed)


class Caller:
    """One who is listened to, and what is kept of them."""

    def __init__(self, number: str = "5000") -> None:
        self.shelf = Shelf()
        self.floor = Floor(PLAN, keeper=lambda floor: self.shelf)
        self.leg: FakeLeg = self.floor.call(number)
        self.floor.wait(1.5)

    def mumble(self, said: tuple[bytes, ...] = SAID) -> None:
        self.floor.say("", verdict=Verdict.REJECT, confidence=0.3, said=said)
        self.floor.wait(1.5)

    def hint(self, choice: str) -> None:
        """Say something that is asked about."""
        self.floor.say(choice, verdict=Verdict.CONFIRM, confidence=0.8, said=SAID)
        self.floor.wait(1.5)

    def press(self, key: str) -> None:
        self.floor.press(self.leg, key)
        self.floor.wait(1.5)

    def asked(self) -> list[str]:
        """What was asked, each time."""
        turns = self.floor.happened(events.TurnStarted)
        return [
            f"{one.menu} {one.confirming}".strip() for one in turns if isinstance(one, events.TurnStarted)
        ]

    def outcomes(self) -> list[KeptFor]:
        self.leg.hang_up()
        self.floor.settle()
        self.floor.wait(3)
        self.floor.check()
        return [one.outcome for one in self.shelf.kept]


def test_given_a_turn_without_a_match_then_it_is_kept_with_all_that_is_known() -> None:
    caller = Caller()
    caller.mumble()
    (kept,) = caller.shelf.kept
    assert (kept.outcome, kept.verdict, kept.choice, kept.confidence) == ("no_match", "reject", "", 0.3)
    assert (kept.contact, kept.subject, kept.plan, kept.menu) == ("c1", "s1", "scenario", "main")
    assert (kept.language, kept.engine, kept.audio, kept.size) == ("en", "scripted", SAID, 6)
    assert "two" not in repr(kept)
    caller.floor.say("cards", said=SAID)
    assert caller.outcomes() == [KeptFor.NO_MATCH]


def test_given_a_menu_that_gives_up_then_the_last_utterance_is_of_that() -> None:
    caller = Caller()
    caller.mumble()
    caller.mumble()
    assert caller.outcomes() == [KeptFor.NO_MATCH, KeptFor.GAVE_UP]


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        ("yes", None),
        ("no", KeptFor.DENIED),
        ("mumble", KeptFor.UNANSWERED),
        ("silence", KeptFor.UNANSWERED),
        ("hang up", KeptFor.UNANSWERED),
        ("agent", KeptFor.UNANSWERED),
    ],
)
def test_given_a_guess_that_is_asked_about_then_the_answer_decides(
    after: str, outcome: KeptFor | None
) -> None:
    caller = Caller()
    caller.hint("loans")
    assert caller.shelf.kept == []
    match after:
        case "yes" | "no":
            caller.press("1" if after == "yes" else "2")
        case "mumble":
            caller.mumble()
        case "silence":
            caller.floor.wait(8)
        case "agent":
            caller.floor.say("@agent", said=SAID)
    assert caller.outcomes() == ([] if outcome is None else [outcome])


@pytest.mark.parametrize(
    ("choice", "verdict"),
    [("cards", Verdict.ACCEPT), ("@agent", Verdict.CONFIRM), (IMPATIENT, Verdict.ACCEPT)],
)
def test_given_what_was_understood_then_nothing_is_kept(choice: str, verdict: Verdict) -> None:
    caller = Caller()
    caller.floor.say(choice, verdict=verdict, said=SAID)
    caller.floor.wait(1.5)
    assert caller.outcomes() == []


def test_given_impatience_that_is_not_sure_then_it_is_a_turn_without_a_match() -> None:
    caller = Caller()
    caller.hint(IMPATIENT)
    assert caller.outcomes() == [KeptFor.NO_MATCH]


def test_given_a_caller_who_was_not_asked_then_nothing_is_kept() -> None:
    caller = Caller("5001")
    caller.mumble()
    caller.hint("cards")
    caller.press("2")
    assert caller.outcomes() == []


def test_given_a_consent_that_is_taken_back_then_nothing_more_is_kept() -> None:
    caller = Caller()
    caller.mumble()
    caller.press("3")
    caller.mumble()
    assert caller.outcomes() == [KeptFor.NO_MATCH]


def test_given_a_question_for_digits_then_what_is_said_to_it_is_never_kept() -> None:
    caller = Caller("5002")
    caller.press("1234")
    caller.mumble()
    assert caller.asked() == ["number/1", "number/1 @digits", "number/1"]
    assert caller.outcomes() == []


def test_given_digits_that_may_be_said_then_these_are_never_kept_either() -> None:
    caller = Caller("5003")
    caller.mumble()
    caller.mumble()
    assert set(caller.asked()) == {"said/1"}
    assert caller.outcomes() == []


def value(caller: Caller, number: str, verdict: Verdict = Verdict.ACCEPT) -> None:
    caller.floor.say("said", verdict=verdict, said=SAID, value=number)
    caller.floor.wait(1.5)


def test_given_a_value_that_is_no_secret_then_failed_turns_are_kept_as_those_of_a_menu() -> None:
    caller = Caller("5004")
    caller.mumble()
    value(caller, "1231")  # accepted, but its check digit is wrong
    (_, wrong) = caller.shelf.kept
    assert (wrong.menu, wrong.outcome, wrong.verdict, wrong.choice) == (
        "open/1",
        "no_match",
        "accept",
        "said",
    )
    assert "1231" not in repr(wrong)
    assert caller.outcomes() == [KeptFor.NO_MATCH, KeptFor.NO_MATCH]


def test_given_a_value_with_its_check_digit_then_nothing_is_kept() -> None:
    caller = Caller("5004")
    value(caller, "1230")
    assert caller.asked() == ["open/1", "main"]
    caller.floor.say("cards", said=SAID)
    assert caller.outcomes() == []


@pytest.mark.parametrize(
    ("answer", "outcomes"), [("1", []), ("2", [KeptFor.DENIED]), ("hang up", [KeptFor.UNANSWERED])]
)
def test_given_a_value_that_is_read_back_then_the_answer_decides(
    answer: str, outcomes: list[KeptFor]
) -> None:
    caller = Caller("5004")
    value(caller, "1230", Verdict.CONFIRM)
    assert caller.asked() == ["open/1", "open/1 said"]
    if answer != "hang up":
        caller.press(answer)
    assert caller.outcomes() == outcomes


def test_given_a_recogniser_that_gives_no_sound_then_nothing_is_kept() -> None:
    caller = Caller()
    caller.mumble(said=())
    assert caller.outcomes() == []
