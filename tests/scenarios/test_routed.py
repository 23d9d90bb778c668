"""Dialplans of Asterisk's own that only ask whom to dial: place, reservation, outcome, what they forget."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from ivrcore.announcements.drafts import SwitchDraft
from ivrcore.model import events
from ivrcore.model.names import AgentState, By, EmergencyAction, LeftQueue, OfferEnd, Outcome
from ivrcore.model.pbx import pbx_of
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing import commands as routing
from ivrcore.session.routed import Patience, RoutedCaller
from ivrcore.session.routing_desk import RoutingDesk
from tests.scenarios.floor import AGENTS, Floor

TOGETHER = (QueueFacts(name="cards", skills={"cards": 1}, strategy="ring_all", wrap_up=5.0, ring_time=10.0),)
CALLER = RoutedCaller("1763.1", "700", "+82212345678", "Kim")


class Dialplan:
    """One channel in a dialplan of Asterisk's own."""

    def __init__(self, floor: Floor, caller: RoutedCaller = CALLER, most: float = 60.0) -> None:
        self.floor = floor
        self.caller = caller
        self.desk = RoutingDesk(floor.exchange, most, Patience(away=30.0, longest_talk=600.0))
        self.variables: dict[str, str] = {}
        self.hang_up: Callable[[], None] = lambda: None
        self.open = False

    def ask(self, script: str, **query: str) -> str:
        """Make a request; give its result, "" while it waits."""
        self.open = True
        self.variables.pop("IVRCORE_RESULT", None)

        def reply(told: Mapping[str, str]) -> None:
            assert self.open, "two answers to one request"
            self.open = False
            self.variables.update(told)

        self.hang_up = self.desk.ask(script, query, self.caller, reply)
        self.floor.settle()
        return self.result

    @property
    def result(self) -> str:
        return self.variables.get("IVRCORE_RESULT", "")

    @property
    def contact(self) -> str:
        return self.variables["IVRCORE_CONTACT"]

    def route(self, **query: str) -> str:
        return self.ask("route", **{"group": "cards", **query})

    def gone(self, status: str = "") -> str:
        return self.ask("outcome", contact=self.contact, status=status, gone="1")


def state(floor: Floor, agent: str) -> AgentState | None:
    return floor.exchange.routing.agent_state(agent)


def closed(floor: Floor) -> list[Outcome]:
    return [one.outcome for one in floor.journal.events if isinstance(one, events.ContactClosed)]


def test_given_a_dialplan_of_another_pbx_then_it_is_told_what_that_one_dials() -> None:
    bea = AgentFacts(name="bea", endpoint="PJSIP/bea", skills={"cards": 1}, pbx="busan")
    by_trunk = replace(AGENTS[0], trunks={"busan": "PJSIP/ann@main"})
    floor = Floor(agents=(by_trunk, bea), pbxs=("busan",))
    floor.ready("bea")
    here, there = Dialplan(floor), Dialplan(floor, RoutedCaller("1763.2", "700", pbx="busan"))
    assert (here.route(), there.route()) == ("queue", "agent")
    assert pbx_of(there.contact) == "busan"
    assert there.variables["IVRCORE_DIAL"] == "PJSIP/bea"
    third = Dialplan(floor, RoutedCaller("1763.3", "700", pbx="busan"))
    floor.ready("ann")
    assert third.route() == "queue", "who waits here came first"
    here.gone()
    assert third.route(contact=third.contact) == "agent"
    assert third.variables["IVRCORE_DIAL"] == "PJSIP/ann@main"
    for one in (there, third):
        one.gone()
    floor.wait(30)
    floor.check()


def test_given_a_free_agent_then_the_dialplan_dials_and_tells_and_the_agent_wraps_up() -> None:
    floor = Floor()
    floor.ready("ann")
    dialplan = Dialplan(floor)
    assert dialplan.route(priority="5") == "agent"
    told = dialplan.variables
    assert (told["IVRCORE_AGENT"], told["IVRCORE_DIAL"]) == ("ann", "PJSIP/ann")
    assert (told["IVRCORE_QUEUE"], told["IVRCORE_WAIT"], told["IVRCORE_RING"]) == ("cards", "0", "10")
    assert told["IVRCORE_REASON"]
    assert state(floor, "ann") is AgentState.OFFERED
    floor.wait(3.0)
    assert dialplan.ask("taken", contact=dialplan.contact, channel="PJSIP/ann-00000001") == "talk"
    assert state(floor, "ann") is AgentState.TALKING
    floor.wait(60.0)
    assert dialplan.ask("outcome", contact=dialplan.contact, status="ANSWER") == "over"
    assert state(floor, "ann") is AgentState.WRAP_UP
    floor.wait(6.0)
    assert state(floor, "ann") is AgentState.READY
    (answered,) = floor.happened(events.VisitAnswered)
    (talk,) = floor.happened(events.TalkEnded)
    assert isinstance(answered, events.VisitAnswered)
    assert isinstance(talk, events.TalkEnded)
    assert (round(answered.waited), round(talk.talked), talk.by) == (3, 60, By.AGENT)
    (queued,) = floor.happened(events.ContactQueued)
    assert isinstance(queued, events.ContactQueued)
    assert queued.priority == 5
    assert [type(one) for one in floor.journal.events].count(events.DialHandedOut) == 1
    assert floor.switch.dials == []
    assert closed(floor) == [Outcome.QUEUED]
    assert dialplan.ask("outcome", contact=dialplan.contact, status="ANSWER") == "unknown"
    floor.check()


def test_given_nobody_free_then_it_keeps_its_place_over_several_requests_until_an_agent_is() -> None:
    floor = Floor()
    first, second = Dialplan(floor), Dialplan(floor, RoutedCaller("1763.2", "700"))
    assert first.route(wait="20") == ""
    assert second.route() == "queue"
    assert second.variables["IVRCORE_PLACE"] == "2"
    floor.wait(20.1)
    assert first.result == "queue"
    assert first.variables["IVRCORE_PLACE"] == "1"
    floor.wait(5.0)
    assert first.ask("route", contact=first.contact, wait="20") == ""
    assert second.route(contact=second.contact, wait="20") == ""
    floor.ready("ann")
    assert (first.result, second.result) == ("agent", "")
    assert first.variables["IVRCORE_WAIT"] == "25"
    assert first.ask("outcome", contact=first.contact, status="BUSY") == "waiting"
    floor.wait(0.1)
    assert second.result == ""  # ann rests: she missed one
    floor.wait(6.0)
    assert second.result == ""  # ann is reserved for who came first
    assert first.route(contact=first.contact) == "agent"
    second.hang_up()
    first.gone()
    floor.settle()
    assert len(floor.happened(events.VisitAbandoned)) == 2
    assert state(floor, "ann") is AgentState.READY
    floor.check()


def test_given_a_wait_longer_than_allowed_then_it_is_cut() -> None:
    floor = Floor()
    dialplan = Dialplan(floor, most=10.0)
    assert dialplan.route(wait="1h") == ""
    floor.wait(10.1)
    assert dialplan.result == "queue"
    dialplan.gone()
    floor.check()


def test_given_the_caller_hangs_up_while_waiting_then_it_is_abandoned_at_once() -> None:
    floor = Floor()
    dialplan = Dialplan(floor)
    dialplan.route(wait="30")
    floor.wait(4.0)
    dialplan.hang_up()
    floor.settle()
    (left,) = floor.happened(events.VisitAbandoned)
    assert isinstance(left, events.VisitAbandoned)
    assert round(left.waited) == 4
    assert closed(floor) == [Outcome.QUEUED]
    floor.check()


def test_given_the_dialplan_never_comes_back_then_the_agent_is_free_again_and_the_contact_over() -> None:
    floor = Floor()
    floor.ready("ann")
    dialplan = Dialplan(floor)
    assert dialplan.route() == "agent"
    floor.wait(12.1)  # the ring time, and what an answer may take to come here
    (ended,) = floor.happened(events.OfferEnded)
    assert isinstance(ended, events.OfferEnded)
    assert ended.how is OfferEnd.NO_ANSWER
    floor.wait(60.0)
    assert closed(floor) == [Outcome.QUEUED]
    late = Dialplan(floor)
    assert late.ask("taken", contact=dialplan.contact) == "unknown"
    assert late.variables["GOSUB_RESULT"] == "CONTINUE"
    floor.check()


def test_given_a_caller_whose_dialplan_never_comes_back_then_the_wait_counts_to_its_last_answer() -> None:
    floor = Floor()
    assert Dialplan(floor).route(wait="4") == ""
    floor.wait(60.0)
    (left,) = floor.happened(events.VisitAbandoned)
    assert isinstance(left, events.VisitAbandoned)
    assert (left.waited, left.in_threshold) == (4.0, True)
    assert left.since is not None
    assert left.at == left.since + 30
    (gone,) = floor.happened(events.LegEnded)
    assert isinstance(gone, events.LegEnded)
    assert gone.since == left.since
    floor.check()


def test_given_an_agent_is_free_while_nobody_asks_then_the_next_request_gets_her_and_nobody_is_blamed() -> (
    None
):
    floor = Floor()
    asks, silent = Dialplan(floor), Dialplan(floor, RoutedCaller("1763.2", "700"))
    assert asks.route() == "queue"
    floor.ready("ann")
    assert state(floor, "ann") is AgentState.OFFERED
    floor.wait(3.0)
    assert asks.route(contact=asks.contact) == "agent"
    assert asks.variables["IVRCORE_RING"] == "7"
    assert asks.gone("CANCEL") == "over"
    assert state(floor, "ann") is AgentState.READY
    floor.exchange.order(routing.AgentPause("ann"))
    assert silent.route() == "queue"
    floor.ready("ann")
    floor.wait(5.1)
    assert state(floor, "ann") is AgentState.READY
    view = floor.exchange.routing.agent_view("ann")
    assert view is not None
    assert view.missed == 0
    assert not closed(floor)[1:], "who is silent for so short a time keeps the place"
    floor.wait(25.1)
    assert [type(one) for one in floor.journal.events].count(events.VisitAbandoned) == 2
    floor.check()


def test_given_the_dialplan_plays_something_for_long_then_it_keeps_its_place_and_the_agent_goes_on() -> None:
    floor = Floor()
    plays, other, last = (Dialplan(floor, RoutedCaller(f"1763.{n}", "700")) for n in (1, 2, 3))
    assert plays.route() == "queue"
    floor.wait(1.0)
    assert other.route(wait="60") == last.route(wait="60") == ""
    floor.ready("ann")
    floor.wait(5.1)  # half the ring time: the agent goes to the next
    assert len(floor.happened(events.VisitParked)) == 1
    assert (other.result, last.result) == ("agent", "")
    assert other.ask("taken", contact=other.contact, channel="PJSIP/ann-1") == "talk"
    floor.wait(15.0)
    assert plays.route(contact=plays.contact, wait="60") == ""
    assert other.ask("outcome", contact=other.contact, status="ANSWER") == "over"
    floor.wait(5.1)  # wrap-up
    assert plays.result == "agent"
    assert last.result == ""
    assert plays.variables["IVRCORE_WAIT"] == "26"
    plays.gone("CANCEL")
    assert last.result == "agent"
    last.gone("CANCEL")
    assert len(floor.happened(events.VisitUnparked)) == 1
    assert len(floor.happened(events.VisitAbandoned)) == 2
    floor.check()


def test_given_the_queue_lets_a_parked_one_go_then_it_is_told_when_it_asks() -> None:
    floor = Floor()
    plays = Dialplan(floor)
    assert plays.route() == "queue"
    floor.ready("ann")
    floor.wait(5.1)
    floor.exchange.order(routing.WithdrawContact(plays.contact, "sue"))
    assert state(floor, "ann") is AgentState.READY
    assert plays.route(contact=plays.contact) == "left"
    assert plays.variables["IVRCORE_REASON"] == "withdrawn"
    floor.check()


def test_given_the_queue_lets_it_go_then_the_dialplan_is_told_why_also_when_it_asks_later() -> None:
    floor = Floor()
    waits, later = Dialplan(floor), Dialplan(floor, RoutedCaller("1763.2", "700"))
    assert waits.route(group="general", wait="60") == ""
    assert later.route(group="general") == "queue"
    for one in (waits, later):
        contact = next(c for c, party in floor.exchange.sessions.items() if party.arrival is one.caller)
        floor.exchange.order(routing.WithdrawContact(contact, "boss"))
    floor.settle()
    assert (waits.result, waits.variables["IVRCORE_REASON"]) == ("left", str(LeftQueue.WITHDRAWN))
    assert later.route(contact=later.contact) == "left"
    assert closed(floor) == [Outcome.QUEUED] * 2
    floor.check()


def test_given_an_answer_that_nobody_told_then_the_outcome_makes_up_for_it() -> None:
    floor = Floor()
    floor.ready("ann")
    dialplan = Dialplan(floor)
    dialplan.route()
    floor.wait(5.0)
    assert dialplan.ask("outcome", contact=dialplan.contact, status="ANSWER") == "over"
    assert len(floor.happened(events.TalkEnded)) == 1
    floor.wait(6.0)
    floor.check()


def test_given_an_outcome_that_never_comes_then_the_talk_is_over_after_the_longest_call() -> None:
    floor = Floor()
    floor.ready("ann")
    dialplan = Dialplan(floor)
    dialplan.route()
    dialplan.ask("taken", contact=dialplan.contact)
    floor.wait(601.0)
    (talk,) = floor.happened(events.TalkEnded)
    assert isinstance(talk, events.TalkEnded)
    assert talk.by is By.UNKNOWN
    floor.wait(6.0)
    floor.check()


def test_given_a_phone_that_was_withdrawn_when_it_is_picked_up_then_it_is_to_be_let_go() -> None:
    floor = Floor()
    floor.ready("ann")
    dialplan = Dialplan(floor)
    dialplan.route()
    floor.wait(12.1)
    assert dialplan.ask("taken", contact=dialplan.contact, channel="PJSIP/ann-1") == "late"
    assert dialplan.variables["GOSUB_RESULT"] == "CONTINUE"
    assert dialplan.ask("outcome", contact=dialplan.contact, status="ANSWER") == "waiting"
    assert closed(floor) == []
    floor.ready("bob")
    assert dialplan.route(contact=dialplan.contact) == "agent"
    assert dialplan.variables["IVRCORE_AGENT"] == "bob"
    assert dialplan.ask("taken", contact=dialplan.contact, channel="PJSIP/bob-1") == "talk"
    assert dialplan.ask("outcome", contact=dialplan.contact, status="ANSWER") == "over"
    floor.wait(6.0)
    floor.check()


def test_given_a_restart_while_a_phone_rings_then_who_picks_up_is_let_go_and_the_caller_waits_on() -> None:
    floor = Floor()
    floor.ready("ann")
    before = Dialplan(floor)
    assert before.route() == "agent"
    after = floor.killed()
    again = Dialplan(after)
    assert again.ask("taken", contact=before.contact, channel="PJSIP/ann-1") == "unknown"
    assert again.ask("outcome", contact=before.contact, status="ANSWER") == "waiting"
    assert again.ask("outcome", contact=before.contact, status="ANSWER") == "unknown"
    assert again.route(contact=before.contact) == "agent"
    again.gone()
    after.check()


def test_given_what_cannot_be_understood_then_it_is_refused_and_nothing_is_kept() -> None:
    floor = Floor()
    dialplan = Dialplan(floor)
    for query in (
        {"group": "nope"},
        {"group": "cards", "priority": "high"},
        {"group": "cards", "wait": "soon"},
        {"group": "cards", "skills": "cards:1000"},
        {"group": "cards", "grup": "x"},
    ):
        assert dialplan.ask("route", **query) == "refused", query
        assert dialplan.variables["IVRCORE_REASON"]
    assert dialplan.ask("route") == "refused"
    assert dialplan.ask("outcome") == "refused"
    assert dialplan.ask("taken", contact="c-nobody") == "unknown"
    assert floor.exchange.sessions == {}
    assert floor.happened(events.ContactArrived) == []


def test_given_a_request_is_open_then_another_one_for_the_same_contact_is_refused() -> None:
    floor = Floor()
    dialplan = Dialplan(floor)
    dialplan.route(wait="30")
    (contact,) = floor.exchange.sessions
    assert Dialplan(floor).route(contact=contact) == "refused"
    dialplan.hang_up()
    floor.settle()
    floor.check()


def test_given_an_emergency_then_who_waits_leaves_and_who_comes_does_not_join() -> None:
    floor = Floor()
    waits = Dialplan(floor)
    assert waits.route(wait="60") == ""
    text = {"en": "We are closed."}
    floor.board.switch(SwitchDraft("all", EmergencyAction.CLOSE, text, ""), "boss")
    floor.settle()
    assert (waits.result, waits.variables["IVRCORE_REASON"]) == ("left", str(LeftQueue.EMERGENCY))
    assert Dialplan(floor, RoutedCaller("1763.2", "700")).route() == "left"
    assert closed(floor) == [Outcome.QUEUED, Outcome.REFUSED]
    floor.check()


def test_given_a_slow_journal_in_an_emergency_then_it_is_answered_once_the_arrival_is_durable() -> None:
    floor = Floor(slow=0.5)
    floor.board.switch(SwitchDraft("all", EmergencyAction.CLOSE, {"en": "We are closed."}, ""), "boss")
    floor.wait(1.0)
    dialplan = Dialplan(floor)
    assert dialplan.route(wait="20") == ""
    floor.wait(1.0)
    assert (dialplan.result, dialplan.variables["IVRCORE_REASON"]) == ("left", str(LeftQueue.EMERGENCY))
    floor.wait(1.0)
    assert closed(floor) == [Outcome.REFUSED]
    floor.check()


def test_given_an_offer_at_hand_is_over_before_it_is_given_then_the_wait_still_ends() -> None:
    floor = Floor(slow=0.5)
    dialplan = Dialplan(floor)
    assert dialplan.route() == ""
    floor.wait(1.0)
    assert dialplan.result == "queue"
    floor.ready("ann")
    floor.wait(1.0)
    floor.exchange.order(routing.AgentPause("ann"))
    assert dialplan.route(contact=dialplan.contact, wait="3") == ""
    Dialplan(floor).ask("outcome", contact=dialplan.contact, status="BUSY")
    floor.wait(1.0)
    assert dialplan.result == ""
    floor.wait(2.5)
    assert dialplan.result == "queue"
    dialplan.gone()
    floor.wait(1.0)
    floor.check()


def test_given_several_phones_ring_together_then_the_one_that_is_picked_up_has_the_contact() -> None:
    floor = Floor()
    floor.exchange.order(routing.LoadRoster(TOGETHER, AGENTS))
    floor.ready("ann", "bob")
    dialplan = Dialplan(floor)
    assert dialplan.route() == "agent"
    assert sorted(dialplan.variables["IVRCORE_DIAL"].split("&")) == ["PJSIP/ann", "PJSIP/bob"]
    assert sorted(dialplan.variables["IVRCORE_AGENT"].split("+")) == ["ann", "bob"]
    assert dialplan.ask("taken", contact=dialplan.contact, channel="PJSIP/bob-00000007") == "talk"
    assert (state(floor, "ann"), state(floor, "bob")) == (AgentState.READY, AgentState.TALKING)
    assert dialplan.ask("taken", contact=dialplan.contact, channel="PJSIP/ann-00000006") == "late"
    assert dialplan.gone("ANSWER") == "over"
    (talk,) = floor.happened(events.TalkEnded)
    assert isinstance(talk, events.TalkEnded)
    assert (talk.agent, talk.by) == ("bob", By.CALLER)
    floor.wait(6.0)
    floor.check()


def test_given_a_restart_then_the_contact_is_closed_and_asking_again_begins_anew() -> None:
    floor = Floor()
    before = Dialplan(floor)
    assert before.route() == "queue"
    after = floor.killed()
    assert closed(after) == [Outcome.QUEUED]
    again = Dialplan(after)
    assert again.route(contact=before.contact) == "queue"
    assert again.contact != before.contact
    again.gone()
    after.check()
