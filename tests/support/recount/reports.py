"""Every figure of `ivrcore report` over all time, counted again: measure by measure, from the definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivrcore.model import events as e
from ivrcore.model.names import Cause, ChosenBy, LeftQueue, OfferEnd, Outcome, Universal, Verdict
from tests.support.recount.callers import engines as engine_names
from tests.support.recount.callers import plans
from tests.support.recount.past import Past
from tests.support.recount.queues import STATES, Staff, Visit, in_threshold, talked, visits, wrap_ups

Figures = dict[str, float | None]
Key = tuple[str, ...]
MISSED = {
    OfferEnd.NO_ANSWER, OfferEnd.REJECTED, OfferEnd.UNREACHABLE, OfferEnd.AGENT_HUNG_UP, OfferEnd.UNCONFIRMED,
}  # fmt: skip


def ratio(above: float, below: float) -> float | None:
    """Divide; a share of nothing is unknown."""
    return above / below if below else None


def _talks(found: list[Visit]) -> dict[str, float]:
    """Count conversations that ended, with their holds."""
    over = [one for one in found if one.talk_ended is not None]
    return {
        "talks": len(over),
        "talk": sum(talked(one) for one in over),
        "holds": sum(len(one.holds) for one in over),
        "hold": sum(end - begin for one in over for begin, end in one.holds),
        "sent_on": sum(one.sent_on for one in over),
    }


def _offers(past: Past, of: Callable[[Any], bool]) -> dict[str, float]:
    ended = [one.how for one in past.of(e.OfferEnded) if of(one)]
    return {
        "offers": sum(map(of, past.of(e.OfferMade))),
        "offers_picked_up": sum(map(of, past.of(e.OfferPickedUp))),
        "offers_accepted": sum(map(of, past.of(e.OfferAccepted))),
        "offers_ended": len(ended),
        "offers_missed": sum(how in MISSED for how in ended),
    }


# --- queues ---------------------------------------------------------------------------------------


def queues(past: Past) -> dict[Key, Figures]:
    """Count the report of queues."""
    every = list(visits(past).values())
    return {
        (name,): _queue(past, name, [one for one in every if one.queue == name]) for name in past.queues()
    }


def _queue(past: Past, name: str, mine: list[Visit]) -> Figures:
    answered = [one for one in mine if one.how == "answered"]
    abandoned = [one for one in mine if one.how == "abandoned"]
    gone = [one for one in mine if one.how in ("left", "lost")]
    soon, soon_gone = sum(map(in_threshold, answered)), sum(map(in_threshold, abandoned))
    a, b, n = len(answered), len(abandoned), len(mine)
    talks = _talks(mine)
    offers = _offers(past, lambda one: bool(one.queue == name))
    wrapped = [length for _, queue, length in wrap_ups(past) if queue == name]
    figures: Figures = {
        "entered": n,
        "answered": a,
        "answered_in_threshold": soon,
        "abandoned": b,
        "abandoned_in_threshold": soon_gone,
        "abandoned_short": sum(one.waited <= one.facts.short_abandon + 1e-9 for one in abandoned),
        "left": len(gone),
        **{f"left_{why.value}": sum(one.why == why.value for one in gone) for why in LeftQueue},
        "waiting": n - a - b - len(gone),
        "refused": sum(one.queue == name for one in past.of(e.JoinRefused)),
        "connect_rate": ratio(a, n),
        "abandon_rate": ratio(b, n),
        "service_level": ratio(soon, a + b),
        "service_level_answered": ratio(soon, a),
        "service_level_abandons_positive": ratio(soon + soon_gone, a + b),
        "service_level_abandons_ignored": ratio(soon, a + b - soon_gone),
        "mean_wait": ratio(sum(one.waited for one in answered), a),
        "longest_wait": max((one.waited for one in mine if one.how not in ("", "lost")), default=0.0),
        "mean_talk": ratio(talks["talk"], talks["talks"]),
        "mean_handling": ratio(talks["talk"] + sum(wrapped), talks["talks"]),
        "offer_answer_rate": ratio(offers["offers_accepted"], offers["offers"]),
        "wait_answered": sum(one.waited for one in answered),
        "wait_abandoned": sum(one.waited for one in abandoned),
        "wrap_ups": len(wrapped),
        "wrap_up": sum(wrapped),
    }
    del offers["offers_missed"]
    return {**figures, **talks, **offers}


# --- agents ---------------------------------------------------------------------------------------


def agents(past: Past) -> dict[Key, Figures]:
    """Count the report of agents: everybody who did anything, also who is known no more."""
    every = list(visits(past).values())
    spent: dict[str, dict[str, float]] = {}
    for one in Staff(past).stretches():
        mine = spent.setdefault(one.agent, dict.fromkeys(STATES, 0.0))
        mine[one.state] += (past.now if one.end is None else one.end) - one.begin
    return {
        (name,): _agent(past, name, [one for one in every if one.agent == name], states)
        for name, states in spent.items()
    }


def _agent(past: Past, name: str, mine: list[Visit], spent: Mapping[str, float]) -> Figures:
    talks = _talks(mine)
    offers = _offers(past, lambda one: bool(one.agent == name))
    del offers["offers_picked_up"]
    worked = spent["talking"] + spent["wrap_up"]
    figures: Figures = {
        "answered": len(mine),
        "offer_answer_rate": ratio(offers["offers_accepted"], offers["offers"]),
        "mean_talk": ratio(talks["talk"], talks["talks"]),
        "mean_handling": ratio(talks["talk"] + spent["wrap_up"], talks["talks"]),
        "occupancy": ratio(worked, worked + spent["ready"]),
        **{f"{state}_seconds": seconds for state, seconds in spent.items()},
    }
    return {**figures, **talks, **offers}


# --- menus ----------------------------------------------------------------------------------------

LEAVE = (Universal.BACK, Universal.START_OVER, Universal.AGENT)


@dataclass
class Stay:
    """A caller in a menu; ``told`` is what happened there."""

    menu: tuple[str, str]
    begin: float
    entered: int
    told: list[Any] = field(default_factory=list)
    end: float | None = None
    taken_elsewhere: bool = False


def stays(past: Past) -> list[Stay]:
    """Give every stay: it ends with what leads out of the menu, in a queue, or with the contact."""
    found: list[Stay] = []
    now_in: dict[str, Stay] = {}
    plan = plans(past)

    def leave(contact: str, at: float, *, elsewhere: bool) -> None:
        stay = now_in.pop(contact, None)
        if stay is not None:
            stay.end, stay.taken_elsewhere = at, elsewhere

    def stay_of(event: Any, entered: int) -> Stay:
        known = now_in.get(event.contact)
        if known is None or known.menu[1] != event.menu or entered:
            leave(event.contact, event.at, elsewhere=True)
            known = Stay((plan.get(event.contact, ""), event.menu), event.at, entered)
            now_in[event.contact] = known
            found.append(known)
        return known

    for event in past.events:
        match event:
            case e.MenuEntered():
                stay_of(event, 1)
            case e.TurnStarted() | e.NoInput() | e.NoMatch() | e.UniversalUsed():
                stay_of(event, 0).told.append(event)
                if isinstance(event, e.UniversalUsed) and event.universal in LEAVE:
                    leave(event.contact, event.at, elsewhere=False)
            case e.ChoiceMade() | e.DigitsCollected() | e.CallerImpatient() | e.MenuGaveUp():
                stay_of(event, 0).told.append(event)
                leave(event.contact, event.at, elsewhere=False)
            case e.SpeechHeard() if event.contact in now_in:
                now_in[event.contact].told.append(event)
            case e.ContactQueued() | e.ContactClosed():
                leave(event.contact, event.at, elsewhere=True)
            case _:
                pass
    return found


def menus(past: Past) -> dict[Key, Figures]:
    """Count the report of menus."""
    every = stays(past)
    keys = dict.fromkeys(one.menu for one in every)
    return {key: _menu([one for one in every if one.menu == key]) for key in keys}


def _menu(mine: list[Stay]) -> Figures:
    told = [event for one in mine for event in one.told]

    def of(kind: type[Any], **wanted: object) -> int:
        return sum(
            isinstance(one, kind) and all(getattr(one, name) is value for name, value in wanted.items())
            for one in told
        )

    by_key, by_speech = of(e.ChoiceMade, by=ChosenBy.KEY), of(e.ChoiceMade, by=ChosenBy.SPEECH)
    entered, rejected = sum(one.entered for one in mine), of(e.SpeechHeard, verdict=Verdict.REJECT)
    lengths = [one.end - one.begin for one in mine if one.end is not None]
    return {
        "entered": entered,
        "turns": of(e.TurnStarted),
        "choices_by_key": by_key,
        "choices_by_speech": by_speech,
        "no_inputs": of(e.NoInput),
        "no_matches": of(e.NoMatch),
        "gave_up": of(e.MenuGaveUp),
        "universals": of(e.UniversalUsed),
        "impatient": of(e.CallerImpatient),
        "left": sum(one.taken_elsewhere for one in mine),
        "choice_rate": ratio(by_key + by_speech, entered),
        "accepted": of(e.SpeechHeard, verdict=Verdict.ACCEPT),
        "confirmed": of(e.SpeechHeard, verdict=Verdict.CONFIRM),
        "rejected": rejected,
        "rejected_rate": ratio(rejected, of(e.SpeechHeard)),
        "stays": len(lengths),
        "time": sum(lengths),
        "mean_time": ratio(sum(lengths), len(lengths)),
    }


# --- contacts -------------------------------------------------------------------------------------


def contacts(past: Past) -> dict[Key, Figures]:
    """Count the report of contacts."""
    arrived = {one.contact: one.at for one in past.of(e.ContactArrived)}
    closed = past.of(e.ContactClosed)
    outcomes = {how.value: float(sum(one.outcome is how for one in closed)) for how in Outcome}
    length = sum(one.at - arrived[one.contact] for one in closed)
    served = {one.contact for one in past.of(e.ContactArrived) if one.plan}
    unallocated = {one.contact for one in past.of(e.HangUpRequested) if one.cause == Cause.UNALLOCATED}
    figures: Figures = {
        "offered": len(arrived),
        "no_such_number": sum(one.contact in unallocated - served for one in closed),
        "closed": len(closed),
        "diversion_rate": ratio(outcomes["self_served"], len(closed)),
        "length": length,
        "mean_length": ratio(length, len(closed)),
    }
    return {(): {**figures, **outcomes}}


# --- dispositions and recognisers -----------------------------------------------------------------


def dispositions(past: Past) -> dict[Key, Figures]:
    """Count the report of dispositions."""
    plan = plans(past)
    said = [((plan.get(one.contact, ""), one.disposition), one.contact) for one in past.of(e.DispositionSet)]
    last = {contact: key for key, contact in said}
    arrived = {one.contact: one.at for one in past.of(e.ContactArrived)}
    found: dict[Key, Figures] = {}
    for key in dict.fromkeys(key for key, _ in said):
        closed = [one for one in past.of(e.ContactClosed) if last.get(one.contact) == key]
        length = sum(one.at - arrived[one.contact] for one in closed)
        found[key] = {
            "times": sum(one == key for one, _ in said),
            "contacts": len(closed),
            **{how.value: sum(one.outcome is how for one in closed) for how in Outcome},
            "length": length,
            "mean_length": ratio(length, len(closed)),
        }
    return found


def engines(past: Past) -> dict[Key, Figures]:
    """Count the report of recognisers."""
    return {(name,): _engine(past, name) for name in engine_names(past)}


def _engine(past: Past, name: str) -> Figures:
    heard = [one for one in past.of(e.SpeechHeard) if one.engine == name]
    took = [one.took for one in heard]
    verdicts = [one.verdict for one in heard]
    accepted, rejected = verdicts.count(Verdict.ACCEPT), verdicts.count(Verdict.REJECT)
    return {
        "utterances": len(heard),
        "accepted": accepted,
        "confirmed": verdicts.count(Verdict.CONFIRM),
        "rejected": rejected,
        "accept_rate": ratio(accepted, len(heard)),
        "rejected_rate": ratio(rejected, len(heard)),
        "mean_decision": ratio(sum(took), len(heard)),
        "slowest_decision": max(took, default=0.0),
        "decision": sum(took),
        "gave_up": sum(one.engine == name for one in past.of(e.RecogniserGaveUp)),
        "taken_out": sum(
            one.engine == name and one.fault is not None for one in past.of(e.RecogniserChanged)
        ),
    }


REPORTS: dict[str, Callable[[Past], dict[Key, Figures]]] = {
    "queues": queues,
    "agents": agents,
    "menus": menus,
    "contacts": contacts,
    "dispositions": dispositions,
    "engines": engines,
}
"""Report -> how it is counted."""


def told_apart(shown: Mapping[Key, Mapping[str, float | None]], past: Past, about: str) -> Iterator[str]:
    """Tell each figure of a report that is not as counted, or that nobody counts a second time."""
    wanted = REPORTS[about](past)
    for key in sorted(shown.keys() | wanted.keys()):
        one, two = shown.get(key, {}), wanted.get(key, {})
        for name in sorted(one.keys() | two.keys()):
            here, there = one.get(name, "nothing"), two.get(name, "nothing")
            numbers = isinstance(here, float | int) and isinstance(there, float | int)
            if here != there and not (numbers and abs(here - there) <= 1e-4):  # type: ignore[operator]  # numbers
                yield f"{about} {key} {name}: told {here}, counted {there}"
