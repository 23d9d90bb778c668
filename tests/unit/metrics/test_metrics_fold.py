"""The figures are what the events say: visits add up, snapshots change nothing, replay gives the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.journal.record import Record
from ivrcore.metrics import each, rows
from ivrcore.metrics.collector import FiguresCollector
from ivrcore.metrics.figures import Figures, QueueFigures, load
from ivrcore.metrics.fold import CHANGES, apply, fold
from ivrcore.model import events as e
from ivrcore.model.canary_names import CanaryResult
from ivrcore.model.event import EVENTS, Event
from ivrcore.model.names import (
    AgentState,
    CallBackEnd,
    ChosenBy,
    CodeAnswer,
    Device,
    Impatient,
    LeftQueue,
    OfferEnd,
    Outcome,
    PhoneCode,
    PublishedBy,
    TriesLimit,
    Universal,
)
from ivrcore.model.roster import QueueFacts
from tests.unit.metrics import metrics_stories as stories

MADE_WITHOUT_COUNTING = {
    "AnswerRequested", "BridgeRequested", "CallsWatched", "ClockJumped", "HangUpRequested", "KeyPressed",
    "LegAnswered",
    "LegDialled", "LegEnded", "LegHandedOver", "PromptStarted", "SpeechStarted",
    "CallerServed", "DialplanEntered", "RingRequested", "StepStarted", "SubjectErased", "TurnStarted",
    "SubjectsForgotten",
    "ContactHeld", "ContactPlaced", "DialHandedOut", "MoreOffersPlanned", "NeedRelaxed",
    "StrategyRemembered", "VisitParked", "VisitUnparked",
    "BlockReturned", "BranchTaken", "ContactMarked", "DigitsCollected",
    "LanguageSet", "ServerHandedOver", "VariablesSet", "WaitStarted",
}  # fmt: skip


def waiting(figures: Figures, queue: str) -> int:
    return len(figures.waiting()[queue])


def balance(queue: QueueFigures, waiting: int) -> bool:
    return queue.entered == queue.answered + queue.abandoned + sum(queue.left.values()) + waiting


def test_every_event_is_counted_or_known_not_to_be() -> None:
    assert {event.__name__ for event in CHANGES} | MADE_WITHOUT_COUNTING == set(EVENTS)
    assert not {event.__name__ for event in CHANGES} & MADE_WITHOUT_COUNTING


def test_given_a_day_then_every_figure_is_as_counted_by_hand() -> None:
    figures = fold(stories.records(stories.a_day()))
    loans = figures.queues["loans"]
    assert (loans.entered, loans.answered, loans.abandoned, waiting(figures, "loans")) == (5, 2, 1, 1)
    assert (loans.answered_in_threshold, loans.abandoned_in_threshold, loans.abandoned_short) == (1, 1, 1)
    assert loans.left["timed_out"] == 1
    assert sum(loans.left.values()) == 1
    assert balance(loans, 1)
    assert (loans.offers, loans.offers_accepted, loans.offers_ended["no_answer"]) == (3, 2, 1)
    assert loans.offers_picked_up == 1
    assert (loans.wait_answered.count, loans.wait_answered.total) == (2, 48.0)
    assert dict(loans.wait_answered.cumulative())["25.0"] == 1
    assert loans.talk.total == 30.0
    assert loans.wrap_up.total == 10.0
    assert (figures.offered, len(figures.open)) == (6, 2)
    assert figures.closed == {"self_served": 0, "left_in_menu": 1, "queued": 3, "refused": 0, "failed": 0}
    menu = figures.menus["bank"]["main"]
    assert (menu.entered, menu.no_input, menu.no_match, menu.gave_up) == (2, 1, 1, 1)
    assert menu.choices == {"loan": {"speech": 1, "key": 0}}
    vosk = figures.engines["vosk"]
    assert vosk.heard == {"accept": 1, "confirm": 0, "reject": 1}
    assert vosk.gave_up == {"IVR402": 1}
    assert figures.speech_refused == {"en": {"busy": 1, "out": 0, "loading": 0}}
    assert vosk.taken_out == {"raised": 0, "stalled": 1, "late": 0, "lied": 0}
    assert (figures.links["ari"].up, figures.links["ari"].losses, figures.links["ari"].away) == (True, 1, 5.0)
    assert figures.commands_failed == {"play": {"IVR303": 1}}
    assert figures.plugins_failed == {"crm": {"ivrcore_event": 1}}
    assert figures.prompts_failed == 1
    assert figures.open["c2"].agent == "ann"


def test_a_link_that_the_server_uses_no_more_since_its_start_is_not_told_to_be_down() -> None:
    again = e.ServerStarted(at=300.0, node="n1", app="n1-a", version="0.1.0")
    figures = fold(stories.records([*stories.a_day(), again]))
    collector = FiguresCollector(figures, lambda: 310.0)
    assert dict(rows.links_up(collector.view())) == {}
    assert dict(rows.link_losses(collector.view())) == {("ari",): 1}
    assert dict(rows.link_away(collector.view())) == {("ari",): 5.0}
    down = e.LinkWentDown(at=301.0, driver="ari", reason="refused")
    apply(figures, Record(figures.seq + 1, down))
    assert dict(rows.links_up(collector.view())) == {("ari",): 0}
    assert load(figures.dump()).links_up() == {"ari": False}


def test_given_a_day_then_agents_are_in_their_states_and_their_time_adds_up() -> None:
    figures = fold(stories.records(stories.a_day()))
    ann = figures.agents["ann"]
    assert (ann.queues, ann.state, ann.since, ann.contacts) == (("loans", "cards"), "talking", 165.0, 2)
    assert ann.seconds["ready"] == 14.0
    assert ann.seconds["offered"] == 10.0
    assert ann.seconds["talking"] == 30.0
    assert ann.seconds["wrap_up"] == 10.0
    assert sum(ann.seconds.values()) == ann.since - 101.0
    assert figures.agents["bob"].queues == ("cards",)
    assert figures.agents["cho"].queues == ("cards",)
    assert figures.agents["cho"].state == "resting"


def test_given_calls_of_their_own_and_lost_phones_then_ready_agents_are_counted_as_these() -> None:
    def device(what: Device, at: float) -> Event:
        return e.AgentDeviceChanged(at=at, agent="ann", device=what)

    seen: list[tuple[str, float | None]] = []
    figures = Figures()
    happened = [
        stories.ROSTER,
        device(Device.UNREACHABLE, 101.0),
        stories.state("ann", AgentState.READY, 110.0),
        device(Device.IDLE, 115.0),
        device(Device.BUSY, 120.0),
        stories.state("ann", AgentState.PAUSED, 130.0),
        stories.state("ann", AgentState.READY, 140.0, until=150.0),
        stories.state("ann", AgentState.READY, 150.0),
        device(Device.IDLE, 160.0),
        device(Device.UNKNOWN, 165.0),
    ]
    for record in stories.records(happened):
        apply(figures, record)
        seen.append((figures.agents["ann"].state, figures.agents["ann"].since))
    assert seen == [
        ("logged_out", None), ("logged_out", None), ("unreachable", 110.0), ("ready", 115.0),
        ("off_queue", 120.0), ("paused", 130.0), ("resting", 140.0), ("off_queue", 150.0),
        ("ready", 160.0), ("ready", 160.0),
    ]  # fmt: skip
    ann = figures.agents["ann"]
    assert {state: spent for state, spent in ann.seconds.items() if spent} == {
        "unreachable": 5.0, "ready": 5.0, "off_queue": 20.0, "paused": 10.0, "resting": 10.0,
    }  # fmt: skip
    apply(figures, Record(figures.seq + 1, device(Device.BUSY, 170.0)))
    view = FiguresCollector(figures, lambda: 175.0).view()
    counted = {labels: value for labels, value in each.queue_agents(view) if value}
    assert counted == {
        ("loans", "off_queue"): 1, ("cards", "off_queue"): 1,
        ("cards", "logged_out"): 2,
    }  # fmt: skip
    assert dict(each.agent_seconds(view))["ann", "off_queue"] == 25.0


def test_given_what_contacts_were_about_and_asked_for_then_it_is_counted_by_dialplan() -> None:
    asked = {"contact": "c1", "menu": "main", "turn": 1}
    figures = fold(
        stories.records(
            [
                stories.arrived("c1", 1.0),
                e.DispositionSet(at=2.0, contact="c1", disposition="loan asked"),
                e.UniversalUsed(at=3.0, universal=Universal.HELP, by=ChosenBy.KEY, **asked),
                e.UniversalUsed(at=4.0, universal=Universal.HELP, by=ChosenBy.SPEECH, **asked),
                e.UniversalUsed(at=5.0, universal=Universal.AGENT, by=ChosenBy.SPEECH, **asked),
                e.CallerImpatient(at=5.5, why=Impatient.WORDS, priority=20, **asked),
                *(e.DispositionSet(at=6.0, contact="c1", disposition=f"number {n}") for n in range(200)),
                e.PinNotJudged(at=7.0, contact="c1", request="c1.s1", name="crm", limit=TriesLimit.CALL),
            ]
        )
    )
    counts = figures.dispositions["bank"]
    assert (counts["loan asked"], counts["(others)"], len(counts)) == (1, 101, 101)
    view = FiguresCollector(figures, lambda: 8.0).view()
    assert {labels: value for labels, value in each.universals(view) if value} == {
        ("bank", "main", "help", "key"): 1,
        ("bank", "main", "help", "speech"): 1,
        ("bank", "main", "agent", "speech"): 1,
    }
    assert list(each.impatient(view)) == [(("bank", "main", "words"), 1)]
    assert figures.outside.not_judged == {"crm": {"who": 0, "call": 1, "caller": 0, "hidden": 0}}


def test_given_a_new_roster_then_gone_agents_vanish_and_queues_keep_their_counts() -> None:
    figures = fold(stories.records(stories.a_day()))
    last = figures.seq
    queues = (QueueFacts(name="loans", threshold=33.0), QueueFacts(name="new"))
    apply(figures, Record(last + 1, e.RosterLoaded(at=300.0, queues=queues, agents=())))
    assert set(figures.agents) == {"ann", "cho"}
    assert set(figures.queues) == {"loans", "cards", "new"}
    assert figures.queues["loans"].threshold == 33.0
    assert {25.0, 33.0} <= set(figures.queues["loans"].wait_answered.edges)
    assert figures.queues["loans"].wait_answered.count == 2
    apply(figures, Record(last + 2, stories.state("ann", AgentState.LOGGED_OUT, 310.0)))
    assert set(figures.agents) == {"cho"}


def test_given_a_contact_lost_with_its_server_then_its_visit_is_counted_as_failed() -> None:
    figures = fold(stories.records([stories.ROSTER, stories.arrived("c", 1.0), stories.queued("c", 2.0)]))
    lost = e.ContactClosed(at=9.0, contact="c", outcome=Outcome.FAILED, inferred=True)
    apply(figures, Record(figures.seq + 1, lost))
    loans = figures.queues["loans"]
    assert loans.left["failed"] == 1
    assert balance(loans, waiting(figures, "loans"))
    assert figures.open == {}


def test_a_record_counts_once() -> None:
    day = stories.records(stories.a_day())
    once = fold(day)
    assert fold(day, fold(day)) == once


def test_given_changes_of_dialplans_then_versions_and_their_calls_are_shown() -> None:
    first = e.DialplanPublished(
        at=1.0, name="bank", version="1", before="", author="kim", how=PublishedBy.START
    )
    second = e.DialplanPublished(
        at=3.0, name="bank", version="2", before="1", author="kim", how=PublishedBy.SAVED
    )
    refused = e.DialplanRefused(
        at=4.0, name="shop", author="", how=PublishedBy.SAVED, errors=1, code="DP202", place="shop.yaml:1:1"
    )
    gone = e.DialplanWithdrawn(at=6.0, name="bank", version="2", author="", how=PublishedBy.SAVED)
    stream = stories.records([first, stories.arrived("c1", 2.0), second, refused])
    figures = fold(stream)
    view = FiguresCollector(
        figures, lambda: 5.0, broken=lambda: {"shop.yaml": True, "bank.yaml": False}
    ).view()
    assert dict(rows.dialplan_versions(view)) == {("bank", "2"): 1}
    assert dict(rows.dialplan_calls(view)) == {("bank", "2"): 0, ("bank", "1"): 1}
    assert dict(rows.broken_files(view)) == {("shop.yaml",): 1.0, ("bank.yaml",): 0.0}
    assert figures.dialplans_published == {"bank": 2}
    assert figures.dialplans_refused == {"bank": 0, "shop": 1}
    closed = e.ContactClosed(at=5.0, contact="c1", outcome=Outcome.QUEUED)
    for record in stories.records([first, first, first, first, closed, gone])[4:]:
        apply(figures, record)
    view = FiguresCollector(figures, lambda: 7.0).view()
    assert dict(rows.dialplan_calls(view)) == {}


CONTACTS = st.sampled_from(["c1", "c2", "c3", "c4"])
QUEUES = st.sampled_from(["loans", "cards"])


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Contacts that arrive, queue, and end in every way, interleaved as they come."""
    events: list[Event] = [stories.ROSTER]
    for n in range(draw(st.integers(0, 25))):
        contact, queue, at = f"c{n}", draw(QUEUES), 200.0 + 10 * n
        waited = draw(st.floats(0, 2000))
        events += [stories.arrived(contact, at), stories.queued(contact, at, queue)]
        how = draw(st.sampled_from(["waits", "answered", "abandoned", "left", "lost"]))
        if how == "answered":
            events += [stories.offered(contact, at, queue=queue)]
            events += stories.answered(contact, at, waited, waited <= 20, queue)
            events += draw(st.sampled_from([[], stories.talk_over(contact, at, waited, queue)]))
        elif how == "abandoned":
            events += (
                [ended_offer]
                if (
                    ended_offer := draw(
                        st.sampled_from([None, stories.ended(contact, at, OfferEnd.CALLER_LEFT, queue)])
                    )
                )
                else []
            )
            events += stories.abandoned(contact, at, waited, waited < 5, queue)
        elif how == "left":
            why = draw(st.sampled_from(list(LeftQueue)))
            events += [
                e.VisitLeft(
                    at=at, contact=contact, visit=f"{contact}.v1", queue=queue, waited=waited, why=why
                )
            ]
        elif how == "lost":
            events += [e.ContactClosed(at=at, contact=contact, outcome=Outcome.FAILED, inferred=True)]
    return events


@pytest.mark.slow
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(histories(), st.data())
def test_visits_always_add_up_and_a_snapshot_at_any_place_gives_the_same(
    history: list[Event], data: st.DataObject
) -> None:
    stream = stories.records(history)
    figures = Figures()
    cut = data.draw(st.integers(0, len(stream)))
    for record in stream:
        if record.seq == cut + 1:
            figures = load(figures.dump())
        apply(figures, record)
        for name, queue in figures.queues.items():
            assert balance(queue, waiting(figures, name))
            assert queue.answered == queue.wait_answered.count
            assert queue.abandoned == queue.wait_abandoned.count
    assert figures == fold(stream)
    assert figures.offered == sum(figures.closed.values()) + len(figures.open)


def test_given_expected_waits_then_their_errors_are_counted_for_the_answered_only() -> None:
    happened: list[Event] = []
    for contact, expected, waited in (("c1", 40.0, 30.0), ("c2", 0.0, 4.0), ("c3", None, 30.0)):
        happened.append(stories.queued(contact, 200.0, expected=expected))
        happened += stories.answered(contact, 200.0 + waited, waited, False)
    happened.append(stories.queued("c4", 200.0, expected=40.0))
    happened += stories.abandoned("c4", 290.0, 90.0, False)
    loans = fold(stories.records(happened)).queues["loans"]
    assert (loans.expected_error.count, loans.expected_error.total) == (2, 14.0)
    assert (loans.expected_ratio.count, loans.expected_ratio.total) == (1, 0.75)


def test_codes_of_phones_are_counted_by_what_came_of_them() -> None:
    def used(at: float, code: PhoneCode | None, answer: CodeAnswer) -> Event:
        where = {"agent": "ann", "endpoint": "PJSIP/ann", "channel": "1.2", "digits": ""}
        return e.FeatureCodeUsed(at=at, code=code, answer=answer, **where)

    day = [
        used(1.0, PhoneCode.LOGIN, CodeAnswer.LOGGED_IN),
        used(2.0, PhoneCode.LOGIN, CodeAnswer.LOGGED_IN),
        used(3.0, None, CodeAnswer.NO_CODE),
    ]
    figures = fold(stories.records(day))
    assert figures.codes_used == {"login": {"logged_in": 2}, "none": {"no_code": 1}}


def test_given_the_clock_was_set_back_then_no_time_in_a_state_is_below_none() -> None:
    def state(at: float, now: AgentState) -> Event:
        return e.AgentStateChanged(at=at, agent="ann", state=now)

    day = [
        state(5000.0, AgentState.READY),
        e.CallBackAsked(at=5000.0, contact="c1", queue="loans", subject="s1"),
        e.ClockSetBack(at=1000.0, seconds=4020.0),
        state(1000.0, AgentState.PAUSED),
        e.CallBackEnded(at=1000.0, contact="c1", how=CallBackEnd.TALKED, attempts=1),
    ]
    figures = fold(stories.records(day))
    assert figures.agents["ann"].seconds["ready"] == 20.0
    assert figures.outside.call_back_seconds.total == 20.0


def visit(contact: str, at: float, caller: str, number: int = 1) -> Event:
    return e.ContactQueued(at=at, contact=contact, visit=f"{contact}.v{number}", queue="loans", caller=caller)


def test_given_a_caller_who_talked_with_an_agent_then_coming_again_within_a_week_is_a_repeat() -> None:
    day = 86_400.0
    figures = fold(
        stories.records(
            [
                stories.ROSTER,
                visit("c1", 0.0, "ada"),
                *stories.answered("c1", 10.0, 10.0, True),
                # moved on to a second visit: the same contact is no repeat of itself
                visit("c1", 20.0, "ada", 2),
                visit("c2", 6 * day, "ada"),
                visit("c3", 6 * day, "bo"),
                *stories.answered("c2", 6 * day + 10.0, 10.0, True),
                visit("c4", 14 * day, "ada"),
                visit("c5", 14 * day, ""),
            ]
        )
    )
    loans = figures.queues["loans"]
    assert (loans.known, loans.repeated) == (4, 1)
    assert load(figures.dump()).served == figures.served == {"ada": 6 * day + 10.0}


def test_given_a_clock_set_back_then_who_was_served_is_so_much_younger() -> None:
    told = [visit("c1", 1000.0, "ada"), *stories.answered("c1", 1010.0, 10.0, True)]
    figures = fold(stories.records([stories.ROSTER, *told, e.ClockSetBack(at=500.0, seconds=600.0)]))
    assert figures.served == {"ada": 410.0}


def test_given_a_clock_set_back_then_a_canary_is_so_much_younger_and_what_never_passed_stays_so() -> None:
    def called(at: float, number: str, result: CanaryResult) -> Event:
        return e.CanaryCalled(at=at, number=number, every=60.0, result=result, took={})

    day = [
        called(1000.0, "5000", CanaryResult.PASSED),
        called(1060.0, "5000", CanaryResult.NOT_HEARD),
        called(1060.0, "6000", CanaryResult.NOT_HEARD),
        e.ClockSetBack(at=500.0, seconds=600.0),
    ]
    canary = fold(stories.records(day)).canary
    assert (canary["5000"].succeeded, canary["5000"].seen) == (400.0, 460.0)
    assert (canary["6000"].succeeded, canary["6000"].seen) == (0.0, 460.0)


def test_given_callers_who_were_served_then_a_view_copies_none_of_them() -> None:
    told = [visit("c1", 1000.0, "ada"), *stories.answered("c1", 1010.0, 10.0, True)]
    figures = fold(stories.records([stories.ROSTER, *told]))
    view = FiguresCollector(figures, lambda: 1020.0).view()
    assert view.figures.served is figures.served
    assert view.figures.queues["loans"].known == 1
    assert figures.served == {"ada": 1010.0}


def test_given_visits_past_the_threshold_then_those_who_left_and_those_who_wait_are_told_apart() -> None:
    def left(contact: str, at: float, waited: float) -> Event:
        return e.VisitLeft(
            at=at, contact=contact, visit=f"{contact}.v1", queue="loans", waited=waited, why=LeftQueue.BY_KEY
        )

    events = [stories.ROSTER, *(stories.queued(f"c{n}", 100.0 + n) for n in range(4))]
    figures = fold(stories.records([*events, left("c0", 125.0, 25.0), left("c1", 127.0, 26.0)]))
    assert figures.queues["loans"].left_past_threshold == 1
    view = FiguresCollector(figures, lambda: 127.5).view()
    assert dict(rows.waiting_past_threshold(view)) == {("loans",): 1, ("cards",): 0}
