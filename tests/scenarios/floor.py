"""A whole hotline in memory: the real exchange, routing and interpreter; switch and ear are scripted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock as Steady

from ivrcore.announcements.board import Board
from ivrcore.announcements.drafts import Surroundings
from ivrcore.announcements.live import LiveBoard
from ivrcore.answerers.call_backs import CallBacks
from ivrcore.answerers.left_messages import LeftMessages
from ivrcore.answerers.lookups import Lookups
from ivrcore.answerers.outbound import Desk, close_left_over
from ivrcore.answerers.recording import Tape
from ivrcore.answerers.recordings import Recordings
from ivrcore.answerers.transfers import Transfers
from ivrcore.config import (
    AsteriskConfig,
    CallBackConfig,
    Config,
    JournalConfig,
    MailboxConfig,
    QueueVoice,
    WebConfig,
)
from ivrcore.dialplan.commands import DoAsk, Prompt, ServiceTold, Spoken
from ivrcore.dialplan.model import Plan, plain_number
from ivrcore.dialplan.parse import parse_plan
from ivrcore.dialplan.world import HearingNow
from ivrcore.errors import IvrError
from ivrcore.journal.memory import MemoryJournal, at_once
from ivrcore.lookup import Lookup
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.message_ids import message_of
from ivrcore.model.names import Scalar, Service, Told, Verdict
from ivrcore.model.pbx import MAIN, contact_of, driver_of
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.problems import Problems
from ivrcore.routing import commands as routing
from ivrcore.routing import router
from ivrcore.service.known_callers import KnownCallers
from ivrcore.service.left_over import LeftOver
from ivrcore.service.past import Past
from ivrcore.session.adoption import Adoption
from ivrcore.session.clock import UtcClock
from ivrcore.session.exchange import Exchange
from ivrcore.session.intake import Intake
from ivrcore.session.listening import Began, Decided, GaveUp, SpeechEvent
from ivrcore.session.living import Living
from ivrcore.session.looked_after import TOLD, LookedAfter
from ivrcore.session.ports import Answerer, Keeper, Ports, Speech
from ivrcore.session.recovery import OpenContacts
from ivrcore.session.unkept import UnkeptMessages
from ivrcore.session.world import LiveWorld
from ivrcore.speech.endpointing import USUAL, TurnTaking
from ivrcore.speech.recogniser import Grammar
from ivrcore.telephony.ari.pbxs import Pbxs
from ivrcore.testing import FakeLeg, FakeSwitch, Phone
from ivrcore.testing_leg import Timer
from ivrcore.tollguard import GuardState, Rules, apply
from tests.support.fake_pbx import FakePbx
from tests.unit.routing.whole_state import whole

PLUGINS = load_plugins()
VERBS = PLUGINS.verbs()
"""The core's and the built-in plugins'."""
ROUTING = PLUGINS.routing()
CALL_BACK = CallBackConfig(tries=2, gap=60.0, ring=10.0, most=2, longest_wait=600.0)
RULES = Rules(allowed=("+82",), denied=("+8260",), trunk="PJSIP/{number}@trunk", at_once=3, per_caller=3)

CONFIG = Config(
    folder=Path("/site"),
    asterisk=AsteriskConfig(password="swordfish"),
    web=WebConfig(token="t"),
    journal=JournalConfig(Path("/site/var/journal.db"), b"k" * 32),
    dialplans=Path("/site/dialplans"),
    prompts=Path("/site/prompts"),
    cache=Path("/site/var/cache"),
)
START = 1_800_000_000.0

PLAN = """
name: scenario
language: en
numbers:
  "5000": {start: welcome, answer: at_once}
  "5001": {start: straight, answer: early_media}
  "5002": {start: welcome, answer: busy}
  "5003": {start: straight, answer: ring, ring: 3s}
defaults: {timeout: 5s}
blocks:
  welcome:
    - say: "Welcome."
    - menu: main
  straight:
    - queue: general
    - say: "Good bye."
menus:
  main:
    prompt: "Cards, loans or opening hours?"
    choices:
      cards:   {say: [cards], keys: "1", go: [{queue: cards}, {say: "Thank you."}]}
      loans:   {say: [loans], keys: "2", go: [{queue: loans}]}
      opening: {say: [opening hours], keys: "3", go: [{say: "Nine to five."}, {hang_up: normal}]}
    no_input: ["I did not hear you.", "Please say cards or loans."]
    no_match: ["I did not understand.", "Please say cards or loans."]
    otherwise: [{queue: general}]
"""

QUEUES = (
    QueueFacts(name="general", wrap_up=5.0, ring_time=10.0, max_wait=120.0),
    QueueFacts(name="cards", skills={"cards": 1}, wrap_up=5.0, ring_time=10.0),
    QueueFacts(name="loans", skills={"loans": 2}, wrap_up=0.0, ring_time=10.0),
)
AGENTS = (
    AgentFacts(name="ann", endpoint="PJSIP/ann", skills={"cards": 2}),
    AgentFacts(name="bob", endpoint="PJSIP/bob", skills={"cards": 1, "loans": 3}),
    AgentFacts(name="cho", endpoint="PJSIP/cho", skills={"loans": 1}),
)


@dataclass
class Ear:
    """A listening that the test speaks into."""

    turn: int
    grammar: Grammar
    on_event: Callable[[SpeechEvent], None]
    taking: TurnTaking = USUAL
    prompted: bool = False
    open: bool = True
    lost: str = ""

    def prompt_over(self) -> None:
        self.prompted = False

    def stop(self) -> None:
        self.open = False

    def audio(self, pcm: bytes) -> None:
        pass

    def audio_lost(self, code: str) -> None:
        self.lost = code
        if self.open:
            self.on_event(GaveUp(self.turn, "scripted", code))


class ScriptedSpeech:
    """Gives ears; `broken` makes every one of them give up at once, `now` says whether anybody is heard."""

    def __init__(self) -> None:
        self.ears: list[Ear] = []
        self.broken = ""
        self.now = HearingNow()

    def listen(
        self,
        turn: int,
        grammar: Grammar,
        accept: float,
        confirm: float,
        on_event: Callable[[SpeechEvent], None],
        taking: TurnTaking = USUAL,
        *,
        prompted: bool = False,
    ) -> Ear:
        assert 0 <= confirm <= accept <= 1
        ear = Ear(turn, grammar, on_event, taking, prompted)
        self.ears.append(ear)
        if self.broken:
            on_event(GaveUp(turn, "scripted", self.broken))
        return ear


class NamedPrompts:
    """Every text is a sound of its own name, so that tests read what was played."""

    def __init__(self) -> None:
        self.slow: list[Deferred[tuple[str, ...]]] | None = None
        """Set to a list, personal prompts wait in it to be spoken."""
        self.unspoken: set[str] = set()
        """Texts that no voice has spoken yet."""
        self.preparing = False
        self.places: list[str] = []
        self.erased: list[str] = []

    def personal(self, prompt: Prompt, language: str, place: str) -> Deferred[tuple[str, ...]]:
        self.places.append(place)
        if self.slow is None:
            return succeed(self.media(prompt, language))
        self.slow.append(Deferred())
        return self.slow[-1]

    def erase(self, place: str) -> None:
        self.erased.append(place)

    def media(self, prompt: Prompt, language: str = "") -> tuple[str, ...]:
        names = (part.text if isinstance(part, Spoken) else part.path for part in prompt)
        return tuple(f"sound:{name}" for name in names if name not in self.unspoken)


@dataclass
class NoteBook:
    """Keeps personal values in the clear, for assertions."""

    kept: dict[str, Mapping[str, str]] = field(default_factory=dict)
    count: int = 0

    def put(self, values: Mapping[str, str]) -> str:
        self.count += 1
        name = f"s{self.count}"
        self.keep(name, values)
        return name

    def keep(self, subject: str, values: Mapping[str, str]) -> None:
        self.kept[subject] = values

    def get(self, subject: str) -> Mapping[str, str] | None:
        return self.kept.get(subject)

    def erase(self, subject: str) -> bool:
        return self.kept.pop(subject, None) is not None


class NoVoice:
    """Has spoken everything already."""

    def prepare(self, prompts: Iterable[Prompt]) -> Deferred[tuple[IvrError, ...]]:
        return succeed(())


class AsteriskTime:
    """The clock of what goes on in Asterisk, whether a server is there or not."""

    def __init__(self, steady: Steady) -> None:
        self._steady = steady
        self.calls: list[Timer] = []

    def seconds(self) -> float:
        return self._steady.seconds()

    def callLater(self, delay: float, callable: Callable[..., object], /) -> Timer:  # noqa: N802  # Twisted's
        call: Timer = self._steady.callLater(delay, callable)
        self.calls = [one for one in self.calls if one.active()] + [call]
        return call


class Floor:
    """The hotline and the hands that play callers and agents."""

    def __init__(
        self,
        text: str = PLAN,
        voices: Mapping[str, QueueVoice] | None = None,
        journal: MemoryJournal | None = None,
        slow: float = 0.0,
        rules: Rules = RULES,
        before: Floor | None = None,
        alive: bool = False,
        agents: Sequence[AgentFacts] = AGENTS,
        call_back: CallBackConfig = CALL_BACK,
        hearing: Callable[[Steady], Speech] | None = None,
        keeper: Callable[[Floor], Keeper] | None = None,
        folded: Past | None = None,
        pbxs: Sequence[str] = (),
        returning: bool = False,
        plan_lost: bool = False,
        agi: bool = False,
    ) -> None:
        """``slow`` is how many seconds the journal takes to be durable; ``before`` is the one that died.
        With ``alive`` its calls go on, and are adopted.

        ``hearing`` makes the recognition of speech, instead of ears that the test speaks into; ``keeper``
        what keeps failed turns; ``folded`` what a start made of the journal of the one before, by default its
        records are folded here. ``pbxs`` are the names of more PBXs than the one. With ``returning``,
        callers are in the hands of a dialplan of Asterisk's own, which hands them over again. With
        ``plan_lost`` the version of the dialplan that calls are on cannot be had any more. With ``agi``,
        callers come by AGI, as contacts named so, and are ``returning`` at every death; ARI rings what is
        rung for nobody on the line.
        """
        self.text, self.rules, self.voices, self.call_back, self.agents = (
            (text, rules, voices, call_back, agents)
            if before is None or not alive
            else (before.text, before.rules, before.voices, before.call_back, before.agents)
        )
        self.config = CONFIG if before is None else before.config
        self.life = 1 if before is None else before.life + 1
        self.agi = agi if before is None else before.agi
        returning = returning or self.agi
        self.calls = 0
        self.steady = before.steady if before is not None and alive else Steady()
        if before is not None and not alive:
            self.steady.advance(before.steady.seconds())
        self.wall_jump = 0.0 if before is None else before.wall_jump
        self.clock = UtcClock(self.steady, lambda: START + self.steady.seconds() + self.wall_jump)
        self.journal = journal or MemoryJournal(self._put_off(slow) if slow else at_once)
        self.asked = 0
        self.speech = ScriptedSpeech()
        self.subjects = NoteBook() if before is None else before.subjects
        self.asterisk = AsteriskTime(self.steady)
        self.switch: FakeSwitch = FakePbx(self.asterisk) if pbxs else FakeSwitch(self.asterisk)
        self.pbxs = {name: FakePbx(self.asterisk) for name in pbxs}
        if before is not None and alive:
            self.asterisk, self.switch, self.pbxs = before.asterisk, before.switch, before.pbxs
        every = {MAIN: self.switch, **self.pbxs}
        for name, switch in every.items():
            switch.on_down = partial(self._link_down, name)
        several = Pbxs(every, self.asterisk) if self.pbxs else None  # type: ignore[arg-type]  # doubles
        carried = several or self.switch
        past = [] if before is None else before.journal.records
        self.journal.records.extend(past)
        problems = Problems()
        plan = parse_plan(self.text, "scenario.yaml", problems, VERBS)
        assert plan is not None, list(problems)
        self.plan: Plan = plan
        self.plugins = ROUTING
        self.board = LiveBoard(Board(), self.journal, self.clock, NoVoice(), self._surroundings)
        state = router.RouterState(self.plugins)
        guard = GuardState() if folded is None else folded.dialled
        self.desk = Desk(self.rules, guard, self.clock, carried, b"k" * 32)
        self.known_callers = KnownCallers(self.subjects, self.desk.caller_mark, self.clock.now)
        contacts, living, self.looked_after = OpenContacts(), Living(), LookedAfter()
        if folded is not None:
            state, contacts, living = folded.routing, folded.open, folded.living
            self.looked_after = folded.looked_after
            past = []
        erased = {one.event.subject for one in past if isinstance(one.event, events.SubjectErased)}
        unkept = UnkeptMessages() if folded is None else folded.unkept
        for record in past:
            living.apply(record.event)
            self.looked_after.apply(record.event)
            unkept.apply(record.event, living)
            router.apply(state, record.event)
            apply(self.desk.state, record.event)
            contacts.apply(record.event)
        self.journal.subscribe(lambda record: contacts.apply(record.event))
        self.journal.subscribe(lambda record: self.looked_after.apply(record.event), TOLD)
        self.prompts = NamedPrompts()
        self.messages: list[bytes] = []
        """Those that were kept in this life."""
        self.boxes: dict[str, str] = {} if before is None else before.boxes
        """Request -> message, of all lives."""
        self.lookups: dict[str, Lookup] = {}
        self.call_backs = CallBacks(
            self.desk, self.call_back, frozenset(queue.name for queue in QUEUES), self.subjects
        )
        tape = Tape({"complaints": MailboxConfig(10.0, 3)}, self.clock, carried, self._keep, self._full)
        self.left = LeftMessages(tape)
        services: dict[Service, Answerer] = {
            Service.LOOKUP: Lookups(self.lookups),
            Service.TRANSFER: Transfers(self.desk),
            Service.CALL_BACK: self.call_backs,
            Service.RECORD: (recordings := Recordings(tape, self.left.put_off)),
        }
        ports = Ports(
            clock=self.clock,
            journal=self.journal,
            switch=carried,
            speech=hearing(self.steady) if hearing else self.speech,
            prompts=self.prompts,
            subjects=self.subjects,
            plan_for=lambda number: plan if plain_number(number) in plan.numbers else None,
            voices=self.voices or {},
            called_in=self.call_backs.called_in,
            talks=self.call_backs.talks,
            known_as=self.known_callers.name,
            services=services,
            keeper=keeper(self) if keeper else None,
            world=LiveWorld(
                state, lambda: self.board.board, self.clock.now, (), lambda language, stays: self.speech.now
            ),
        )
        self.exchange = Exchange(ports, state)
        self.board.on_change = self.exchange.news
        self.intake = Intake(self.exchange, lambda: self.config)
        self.left_over = left_over = LeftOver(
            contacts, self.looked_after, self.exchange, self.call_backs, self.call_back
        )

        def link_up(pbx: str, away: float, peer: str) -> None:
            self._link_up(pbx, away, peer)
            if several is None or several.met(pbx):
                self.exchange.link_up()
            left_over.take_up(pbx)

        for name, switch in every.items():
            switch.utc = self.clock.now
            switch.on_arrival = self.exchange.arrived
            switch.on_code = self.exchange.code_dialled
            switch.on_up = partial(link_up, name)
        now = self.clock.now()
        started = events.ServerStarted(at=now, node="floor", app="floor", version="0")
        if before is None:
            self.journal.append([started])
        else:
            adoption = Adoption(
                living,
                self.looked_after,
                self.exchange,
                lambda _name, _version: None if plan_lost else plan,
                self.call_backs,
                self.intake,
                lambda _: not returning,
                lambda _: returning,
            )
            chosen = adoption.choose(contacts.call_backs.by_contact) if alive else ()
            lines = close_left_over(self.desk.state, now, adoption.outbounds)
            closed = left_over.close(now, chosen, self.looked_after.last_at)
            self.journal.append([started, *closed, *lines])
            adoption.begin()
        for name, switch in every.items():
            if switch.connected:
                self._link_up(name, 0.0, "fake")
        self.left.take_up(unkept, recordings.open, erased, self.journal.append)
        self.exchange.order(routing.LoadRoster(QUEUES, self.agents))
        left_over.take_up()

    def _link_up(self, pbx: str, away: float, peer: str) -> None:
        up = events.LinkCameUp(at=self.clock.now(), driver=driver_of(pbx), peer=peer, away=away)
        self.journal.append([up])

    def _link_down(self, pbx: str, reason: str) -> None:
        self.journal.append([events.LinkWentDown(at=self.clock.now(), driver=driver_of(pbx), reason=reason)])

    def stopped(self) -> None:
        """Stop the server in order: what is open is closed, and what goes on in Asterisk nobody sees."""
        self.exchange.stop()
        self.journal.append(self.left_over.close(self.clock.now()))
        self.settle()

    def killed(self, call_back: CallBackConfig = CALL_BACK) -> Floor:
        """Kill the server, which writes nothing any more, and start the next one: no leg is left."""
        self.exchange.stop()
        for call in list(self.steady.getDelayedCalls()):
            call.cancel()
        after = Floor(self.text, rules=self.rules, before=self, call_back=call_back)
        after.switch.phones.update(self.switch.phones)
        after.settle()
        return after

    def replaced(
        self,
        away: float = 0.0,
        slow: float = 0.0,
        *,
        linked: bool = True,
        kept: float = 1.0,
        returning: bool = False,
        plan_lost: bool = False,
        fold: Callable[[Floor], Past] | None = None,
    ) -> Floor:
        """Kill the server, and start the next one ``away`` seconds later, which adopts the calls.

        Without ``linked`` its link is still to come back. Of what was appended and not confirmed as durable
        yet, the first ``kept`` (0 to 1) is in the journal. ``fold`` makes of the dead one what a start knows.
        """
        self.journal.crash(kept)
        self.exchange.stop()
        for switch in (self.switch, *self.pbxs.values()):
            switch.die()
        for call in list(self.steady.getDelayedCalls()):
            if call not in self.asterisk.calls:
                call.cancel()
        self.wait(away)
        folded = fold(self) if fold else None
        after = Floor(
            before=self, alive=True, slow=slow, folded=folded, returning=returning, plan_lost=plan_lost
        )
        after.calls = self.calls
        after.settle()
        if linked:
            for switch in (after.switch, *after.pbxs.values()):
                switch.come_back()
        after.settle()
        return after

    def _surroundings(self) -> Surroundings:
        numbers = dict.fromkeys(self.plan.numbers, self.plan.languages)
        return Surroundings(numbers, lambda name: True, lambda number: None)

    def _keep(
        self, mailbox: str, contact: str, at: float, seconds: float, subject: str, audio: bytes, request: str
    ) -> Deferred[str]:
        if request not in self.boxes:
            self.messages.append(audio)
            self.boxes[request] = message_of(request)
        return succeed(self.boxes[request])

    def _full(self, mailbox: str, most: int) -> Deferred[bool]:
        return succeed(len(self.messages) >= most)

    def _put_off(self, seconds: float) -> Callable[[Callable[[], None]], None]:
        def schedule(call: Callable[[], None]) -> None:
            self.steady.callLater(seconds, call)

        return schedule

    # --- hands ----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let everything happen that takes no time."""
        for _ in range(200):
            self.steady.advance(0)

    def wait(self, seconds: float) -> None:
        """Let time pass, in steps small enough for every deadline to be met on its own."""
        for _ in range(round(seconds * 10)):
            self.steady.advance(0.1)
        self.settle()

    def call(self, number: str = "5000", caller: str = "+82212345678", pbx: str = MAIN) -> FakeLeg:
        self.calls += 1
        contact = f"c{self.calls}" if self.life == 1 else f"c{self.life}-{self.calls}"
        channel = contact if self.agi else ""
        if pbx != MAIN or self.agi:
            contact = contact_of(contact, pbx) + "-abcdef" * self.agi
        leg = self.pbxs.get(pbx, self.switch).call(
            number, caller_number=caller, caller_name="Kim", contact=contact, channel=channel
        )
        self.settle()
        return leg

    def ask(
        self, leg: FakeLeg, service: Service, name: str = "", timeout: float = 3600.0, **payload: Scalar
    ) -> list[ServiceTold]:
        """Ask a service as a step of a caller's dialplan would; what was told comes into the list."""
        session = self.exchange.sessions[leg.id.removesuffix(".l1")]
        told: list[ServiceTold] = []
        session.asking.told = told.append
        self.asked += 1
        asked = DoAsk(f"{session.contact}.s{self.asked}", service, name, payload, timeout)
        self.exchange.enter(lambda: session.asking.ask(asked))
        self.settle()
        return told

    def answers(self) -> list[Told]:
        """How the services that dialplans asked answered."""
        return [one.how for one in self.journal.events if isinstance(one, events.ServiceAnswered)]

    def how(self, told: list[ServiceTold]) -> Told:
        """What the one answer was."""
        (answer,) = told
        return answer.how

    def ready(self, *agents: str) -> None:
        for agent in agents:
            self.exchange.order(routing.AgentReady(agent))
        self.settle()

    def phone(self, agent: str, phone: Phone) -> None:
        for switch in (self.switch, *self.pbxs.values()):
            switch.phones[f"PJSIP/{agent}"] = phone

    def press(self, leg: FakeLeg, keys: str) -> None:
        leg.press(keys)
        self.settle()

    def say(
        self,
        choice: str,
        *,
        confidence: float = 0.95,
        verdict: Verdict = Verdict.ACCEPT,
        said: tuple[bytes, ...] = (),
        value: str = "",
    ) -> None:
        """The last caller who is listened to says this choice, or value."""
        ear = self.speech.ears[-1]
        assert ear.open, "nobody listens"
        ear.on_event(Began(ear.turn))
        self.settle()
        heard = Decided(ear.turn, verdict, choice, confidence, "scripted", 0.3, value=value, said=said)
        ear.on_event(heard)
        self.settle()

    # --- eyes -----------------------------------------------------------------------------------

    def happened(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.journal.events if type(event) is kind]

    def heard(self, leg: FakeLeg) -> list[str]:
        """What was played to a leg, in order."""
        return [
            media.removeprefix("sound:")
            for command in leg.commands
            for media in getattr(command, "media", ())
        ]

    def agent_leg(self, agent: str) -> FakeLeg:
        """The live leg towards an agent."""
        ids = [dial.leg for dial in self.switch.dials if dial.endpoint == f"PJSIP/{agent}"]
        return next(self.switch.legs[one] for one in reversed(ids) if one in self.switch.legs)

    def check(self) -> None:
        """Nothing is left behind, everything adds up, and replay gives the same state."""
        self.settle()
        for switch in (self.switch, *self.pbxs.values()):
            assert not switch.legs
            assert not switch.bridges
        assert not self.exchange.sessions
        assert not self.exchange.deliveries
        assert self.exchange.faults == 0
        assert not self.steady.getDelayedCalls(), "a timer is left"
        journal = self.journal.events
        self._playbacks_ended(journal)
        self._visits_add_up(journal)
        self._one_close_each(journal)
        replayed = router.RouterState(self.plugins)
        for event in journal:
            router.apply(replayed, event)
        assert replayed.snapshot() == self.exchange.routing.snapshot()
        now = self.clock.now()
        assert whole(replayed, now) == whole(self.exchange.routing, now)
        self._outside_adds_up(journal)

    @staticmethod
    def _playbacks_ended(journal: list[Event]) -> None:
        started = [e.playback for e in journal if isinstance(e, events.PromptStarted)]
        ended = [e.playback for e in journal if isinstance(e, events.PromptEnded)]
        assert len(set(started)) == len(started)
        assert sorted(started) == sorted(ended)

    def _outside_adds_up(self, journal: list[Event]) -> None:
        """Every outside number that was allowed ended once, and the guard's state is its fold."""
        allowed = [e.outbound for e in journal if isinstance(e, events.OutboundAllowed)]
        ended = [e.outbound for e in journal if isinstance(e, events.OutboundEnded)]
        assert sorted(allowed) == sorted(ended)
        replayed = GuardState()
        for event in journal:
            apply(replayed, event)
        assert (replayed.open, replayed.recent) == (self.desk.state.open, self.desk.state.recent)
        dialled = [e.leg for e in journal if isinstance(e, events.LegDialled)]
        assert set(dialled) <= {e.leg for e in journal if isinstance(e, events.LegEnded)}

    @staticmethod
    def _visits_add_up(journal: list[Event]) -> None:
        entered = Counter(e.visit for e in journal if isinstance(e, events.ContactQueued))
        closing = (events.VisitAnswered, events.VisitAbandoned, events.VisitLeft)
        closed = Counter(e.visit for e in journal if isinstance(e, closing))
        assert entered == closed

    @staticmethod
    def _one_close_each(journal: list[Event]) -> None:
        arrived = Counter(e.contact for e in journal if isinstance(e, events.ContactArrived))
        closed = Counter(e.contact for e in journal if isinstance(e, events.ContactClosed))
        assert arrived == closed
        assert set(arrived.values()) <= {1}
