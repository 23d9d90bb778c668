"""What becomes of the sound of an utterance: kept if its turn failed and the caller agreed, else dropped.

What is said to a menu counts, and to a question for a value that the dialplan says is no secret. An utterance
is held until it is known whether it was understood, which "did you say …?" may tell later. Must not know how
it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.dialplan.model import Digits, Menu
from ivrcore.kept.model import FailedTurn
from ivrcore.model import events
from ivrcore.model.kept_names import KeptFor
from ivrcore.model.names import Universal, Verdict
from ivrcore.speech.slots import SAID

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan, Question
    from ivrcore.dialplan.state import State
    from ivrcore.model.event import Event
    from ivrcore.model.names import Scalar
    from ivrcore.session.ports import Keeper
    from ivrcore.session.turn import Decided


@dataclass(slots=True)
class _Open:
    """An utterance whose outcome is not known yet."""

    menu: str
    language: str
    at: float
    told: Decided
    judged: bool = False
    """Whether the dialplan took it."""
    guess: str = ""
    """What the caller is asked about."""
    outcome: KeptFor | None = None


class Keeping:
    """Of one call. ``keeper`` is None where nothing is kept; ``now`` gives UTC seconds."""

    def __init__(
        self, keeper: Keeper | None, contact: str, subject: str, plan: Plan, now: Callable[[], float]
    ) -> None:
        self._keeper = keeper
        self._contact = contact
        self._subject = subject
        self._plan = plan
        self._now = now
        self._open: _Open | None = None

    def heard(self, told: Decided, state: State) -> None:
        """An ear decided; ``state`` is the call's before the dialplan takes it."""
        turn = state.turn
        if turn is None or turn.number != told.turn or turn.confirming or not told.said:
            return
        if self._agreed(state) and _may_be_kept(self._plan.question(turn.menu)):
            self._open = _Open(turn.menu, state.language or self._plan.language, self._now(), told)

    def follow(self, happened: Sequence[Event], state: State) -> None:
        """Look what became of it; ``state`` is the call's after that."""
        if self._open is None:
            return
        for event in happened:
            if not _goes_on(self._open, event):
                break
        one = self._open
        if one.judged and one.outcome is None and one.guess:
            return
        self._open = None
        if one.outcome is not None and self._agreed(state) and self._keeper is not None:
            self._keeper.keep(self._failed(one, one.outcome))

    def _agreed(self, state: State) -> bool:
        if self._keeper is None:
            return False
        values: Mapping[str, Scalar] = {**state.variables, **state.private.secrets}
        return self._keeper.agreed(values)

    def _failed(self, one: _Open, outcome: KeptFor) -> FailedTurn:
        told = one.told
        return FailedTurn(
            contact=self._contact,
            subject=self._subject,
            plan=self._plan.name,
            plan_version=self._plan.version,
            menu=one.menu,
            language=one.language,
            engine=told.engine,
            at=one.at,
            outcome=outcome,
            verdict=told.verdict,
            choice=told.choice,
            confidence=told.confidence,
            audio=told.said,
        )


def _may_be_kept(question: Question | None) -> bool:
    match question:
        case Menu():
            return True
        case Digits(speech=speech, secret=secret):
            return speech and not secret
    return False


def _goes_on(one: _Open, event: Event) -> bool:
    """Take note of an event; False once nothing more can be learnt."""
    if not one.judged:
        return _judged(one, event)
    if one.guess:
        return _answered(one, event)
    return _failed_turn(one, event)


def _judged(one: _Open, event: Event) -> bool:
    """Wait for what the dialplan made of it; as `ivrcore.dialplan.answers.heard`."""
    if isinstance(event, events.SpeechHeard):
        one.judged = True
        universal = event.choice.startswith("@") and event.choice != IMPATIENT
        value = event.choice == SAID  # its check digit is looked at even if it is accepted
        return value or not (universal or event.verdict is Verdict.ACCEPT)
    return True


def _failed_turn(one: _Open, event: Event) -> bool:
    """It was judged, and the caller is asked about it, or was not understood."""
    match event:
        case events.NoMatch():
            one.outcome = KeptFor.NO_MATCH
        case events.MenuGaveUp() | events.CallerImpatient() if one.outcome is not None:
            one.outcome = KeptFor.GAVE_UP
            return False
        case events.TurnStarted(confirming=guess):
            one.guess = guess if one.outcome is None else ""
            return False
        case events.DigitsCollected() | events.ChoiceMade():
            return False
    return True


def _answered(one: _Open, event: Event) -> bool:
    """The caller is asked about it."""
    match event:
        case events.ChoiceMade(choice=choice) if choice == one.guess:
            one.guess = ""  # it was right
        case events.DigitsCollected() if one.guess == SAID:
            one.guess = ""
        case events.TurnStarted(confirming=guess) if guess == one.guess:
            return True  # asked once more
        case events.NoMatch(denied=True):
            one.outcome = KeptFor.DENIED
        case events.TurnStarted(confirming=guess) if guess:
            one.outcome = KeptFor.DENIED  # the next guess comes after a no
        case events.UniversalUsed(universal=Universal.REPEAT) | events.NoInput():
            return True
        case events.MenuGaveUp():
            one.outcome = KeptFor.GAVE_UP
        case (
            events.NoMatch()
            | events.TurnStarted()
            | events.UniversalUsed()
            | events.CallerImpatient()
            | events.StepStarted()
            | events.MenuEntered()
            | events.LegEnded()
        ):
            one.outcome = KeptFor.UNANSWERED
        case _:
            return True
    return False
