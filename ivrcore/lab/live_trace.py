"""What a caller went through, event by event in words: the same for a trial call and for a real one."""

from __future__ import annotations

from collections.abc import Iterable

from ivrcore.dialplan.state import playback_id
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import ChosenBy

TIMELY = ("hours.", "time.", "queue.")
"""Facts that are others in a real call than in a trial."""


def traced(events: Iterable[Event]) -> list[str]:
    """Give the way of a call; what depends on time alone, and what is not the dialplan's, is left out."""
    return [words for event in events if (words := _words(event))]


def _words(event: Event) -> str:
    match event:
        case ev.PromptStarted(contact=contact, playback=playback, name=name):
            return f"hears {name}" if _is_prompt(contact, playback) else ""
        case ev.MenuEntered(menu=menu):
            return f"comes to menu {menu}"
        case ev.ChoiceMade(menu=menu, choice=choice, by=by):
            return f"chooses {choice} in {menu} by {by}"
        case ev.UniversalUsed(universal=universal, by=by):
            return f"asks for {universal} by {by}"
        case ev.CallerImpatient(why=why):
            return f"loses patience: {why}"
        case ev.NoInput(menu=menu, count=count):
            return f"no input {count} in {menu}"
        case ev.NoMatch(menu=menu, count=count):
            return f"no match {count} in {menu}"
        case ev.MenuGaveUp(menu=menu):
            return f"{menu} gives up"
        case ev.DigitsCollected(menu=menu, count=count):
            return f"{count} digits in {menu}"
        case _:
            return _rest(event)


def _rest(event: Event) -> str:
    match event:
        case ev.BranchTaken(block=block, index=index, to=to):
            return f"takes {to or 'the next step'} at {block}/{index}"
        case ev.LanguageSet(language=language):
            return f"language {language}"
        case ev.DispositionSet(disposition=disposition):
            return f"disposition {disposition}"
        case ev.ContactQueued(queue=queue):
            return f"waits in queue {queue}"
        case ev.VisitAnswered(queue=queue):
            return f"an agent of {queue} answers"
        case ev.TalkEnded(by=by):
            return f"the talk is ended by the {by}"
        case ev.VisitAbandoned(queue=queue):
            return f"leaves queue {queue}"
        case ev.ContactClosed(outcome=outcome):
            return f"ends: {outcome}"
        case _:
            return ""


def prompts_over(events: Iterable[Event]) -> int:
    """Count the dialplan's prompts that are over."""
    return sum(
        isinstance(event, ev.PromptEnded) and _is_prompt(event.contact, event.playback) for event in events
    )


def asked_back(expected: str, came: str) -> str:
    """Give the key that answers where a real recogniser, other than a trial, asks "did you say …?".

    Yes (1) for the choice that the trial took, no (2) where the trial understood nothing; else empty.
    """
    what, _, rest = expected.removeprefix("chooses ").partition(" in ")
    menu = rest.removesuffix(f" by {ChosenBy.SPEECH}")
    if came == f"hears {menu}/{what}/confirm":
        return "1"
    asks = came.startswith(f"hears {menu}/") and came.endswith("/confirm")
    return "2" if asks and what.startswith("no match") else ""


def _is_prompt(contact: str, playback: str) -> bool:
    return playback.removeprefix(playback_id(contact, 0)[:-1]).isdigit()


def not_live(events: Iterable[Event]) -> str:
    """Say why a call cannot be the same with a real Asterisk; empty if it can."""
    for event in events:
        if isinstance(event, ev.ServiceAsked):
            return f"it asks {event.service} {event.name}"
        if isinstance(event, ev.BranchTaken):
            for fact in event.facts:
                if fact.startswith(TIMELY):
                    return f"it depends on {fact}"
    return ""
