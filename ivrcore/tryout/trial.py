"""One call through a dialplan under a virtual clock: the live interpreter, with the session played here.

Prompts take no time: they are "heard" as texts, and stay in the air until the caller acts (`settle`,
`hear_out`), so that a tester may also interrupt them. Timers jump. Must not know of YAML or terminals.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from ivrcore.dialplan import answers
from ivrcore.dialplan import commands as c
from ivrcore.dialplan.interpreter import apply, next_deadline, outcome, step
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.notices import sends_away
from ivrcore.dialplan.state import Phase, State, playback_id
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import By, Cause, LeftQueue, Outcome, PromptEnd
from ivrcore.tryout import ear, narrate
from ivrcore.tryout.conversation import Kind, Line
from ivrcore.tryout.setting import Answer, Answers, Setting, TrialWorld
from ivrcore.tryout.visit import Visit

CONTACT = "c-trial"
LEG = f"{CONTACT}.l1"
MOST_PROMPTS = 100
"""Prompts in a row without a question; beyond, the dialplan is taken to speak for ever."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the call ended: the Q.850 cause, who did it, and how it counts."""

    cause: int
    by: By
    outcome: Outcome


@dataclass(slots=True)
class _Given:
    """An input that waits for its turn, with the facts that belong to it."""

    given: c.Input
    facts: tuple[Event, ...] = field(default=())


class TrialCall:
    """A call in progress. What the caller does is tried where it fits; each of it tells whether it did."""

    def __init__(self, plan: Plan, setting: Setting) -> None:
        self.plan = setting.adapted(plan)
        self.setting = setting
        self.began = self.now = setting.at
        self.world = TrialWorld(setting, self.plan.language)
        self.answers = Answers(setting.answers)
        self.state = State(CONTACT, LEG)
        self.events: list[Event] = []
        self.lines: list[Line] = []
        self.listening: c.DoListen | None = None
        self.asked: c.DoAsk | None = None
        self._prepared: Answer | None = None
        """What the service that is asked is going to answer."""
        self.asks: list[c.DoAsk] = []
        """Every service that was asked, in order."""
        self.visit: Visit | None = None
        self.visits: list[Visit] = []
        self.ended: Ended | None = None
        self._todo: deque[_Given] = deque()
        self.narrator = narrate.Narrator(self.plan)

    # --- the caller -----------------------------------------------------------------------------

    def dial(self) -> None:
        """Call the number."""
        number = self.setting.number
        self._tell(Kind.CALLER, f"calls {number}")
        arrived = ev.ContactArrived(
            at=self.now,
            contact=CONTACT,
            leg=LEG,
            channel=CONTACT,
            number=number,
            plan=self.plan.name,
            plan_version=self.plan.version,
        )
        self._give(c.Begin(number, self.setting.caller), arrived)

    def say(self, said: ear.Said, *, interrupting: bool = False) -> bool:
        """Say words; False if nobody listens."""
        if not interrupting:
            self.hear_out()
        sure = "" if said.confidence >= 1 else f" (confidence {said.confidence:g})"
        hidden = self.narrator.hides_words(self.state) and not ear.says_phrase(self.listening, said)
        self._tell(Kind.CALLER, f"says: {narrate.MASK if hidden else said.text}{sure}")
        listening, turn = self.listening, self.state.turn
        if listening is None or turn is None or not turn.listening:
            return False
        self._give(c.SpeechBegan(listening.turn))
        if self.listening is not None:
            self._give(ear.heard(self.listening, said))
        return True

    def press(self, digits: str, *, interrupting: bool = False) -> bool:
        """Press keys one after another; False if one of them was not taken.

        Digits that are whole by their number need no terminator: one that follows them is not missed.
        """
        if not interrupting:
            self.hear_out()
        at = len(self.lines)
        self._tell(Kind.CALLER, "presses ")
        taken = []
        for digit in digits:  # each may lead to where the next is a secret
            surplus = self.now <= self.state.private.spare.surplus  # it may be a digit too many of a PIN
            shown = "*" if surplus or self.narrator.hides_keys(self.state) else digit
            self.lines[at] = replace(self.lines[at], text=self.lines[at].text + shown)
            taken.append(self._press(digit))
        return all(taken) or (digits[-1:] in ("#", "*") and len(digits) > 1 and all(taken[:-1]))

    def _press(self, digit: str) -> bool:
        before = len(self.events)
        spare, _ = answers.spare(self.plan, self.state, digit, self.now)
        if self.visit is not None and self.visit.talking is not None:
            return False  # heard by the agent alone
        if self.visit is not None and digit in self.visit.exits:
            self.queue_ends(LeftQueue.BY_KEY, key=digit)
            return True
        self._give(c.KeyIn(digit))
        if spare:
            return True
        return any(isinstance(event, ev.KeyPressed) for event in self.events[before:])

    def wait_for_timer(self) -> bool:
        """Let time pass until the next timer has run out; False if there is none."""
        self.hear_out()
        due = next_deadline(self.state)
        if due is None:
            return False
        self._wait_until(due)
        return True

    def wait(self, seconds: float) -> None:
        """Let so much time pass, with every timer in it."""
        self.hear_out()
        until = self.now + seconds
        while (due := next_deadline(self.state)) is not None and due <= until:
            self._wait_until(due)
            self.hear_out()
        self.now = max(self.now, until)

    def hang_up(self) -> None:
        """Leave."""
        if self.ended is None:
            self._tell(Kind.CALLER, "hangs up")
            self._end(Cause.NORMAL, By.CALLER)

    # --- the far sides --------------------------------------------------------------------------

    def agent_answers(self, after: float = 0.0) -> bool:
        """Have an agent take the call ``after`` seconds of waiting; False if it waits in no queue."""
        visit = self.visit
        if visit is None or visit.talking is not None:
            return False
        self.now += after
        self._tell(Kind.QUEUE, f"an agent of {visit.queue} answers")
        if not self.state.answered:
            self._note(ev.AnswerRequested(at=self.now, contact=CONTACT, leg=LEG))
            self._note(ev.LegAnswered(at=self.now, contact=CONTACT, leg=LEG))
        self._note(visit.answered(self.now))
        return True

    def talk_ends(self, after: float = 0.0) -> bool:
        """Have the agent hang up after so long a conversation; False if there is none."""
        visit = self.visit
        if visit is None or visit.talking is None:
            return False
        self.now += after
        self._tell(Kind.QUEUE, "the conversation ends")
        self._note(visit.talked(self.now, By.AGENT))
        self.visit = None
        self._give(c.QueueOver(answered=True))
        return True

    def queue_ends(self, why: LeftQueue, after: float = 0.0, key: str = "") -> bool:
        """Have the caller leave the queue without a conversation; False if it waits in none."""
        visit = self.visit
        if visit is None or visit.talking is not None:
            return False
        self.now += after
        self._tell(Kind.QUEUE, f"leaves queue {visit.queue}: {why}")
        self._note(visit.left(self.now, why))
        self.visit = None
        self._give(c.QueueOver(answered=False, why=why, key=key))
        return True

    def switch_moved(self) -> None:
        """Leave the queue, if the emergency switch now wants who waits in one out of it."""
        if sends_away(self.world, self.state):
            self.queue_ends(LeftQueue.EMERGENCY)

    def service_answers(self, answer: Answer) -> bool:
        """Have the service that is asked answer; False if none is."""
        if self.asked is None:
            return False
        self._answer(self.asked, answer)
        self._run()
        return True

    # --- going on -------------------------------------------------------------------------------

    def go_on(self) -> bool:
        """Hear a step's prompt to its end, let a pause pass, let a service answer as it is to.

        False if somebody else is waited for.
        """
        match self.state.phase:
            case Phase.PROMPT:
                return self.finish_prompt()
            case Phase.RINGING | Phase.PAUSE:
                self._wait_until(next_deadline(self.state) or self.now)
                return True
            case Phase.SERVICE if self._prepared is not None:
                return self.service_answers(self._prepared)
        return False

    def settle(self) -> bool:
        """Go on until something else than a prompt or a pause is waited for; False if that never comes."""
        for _ in range(MOST_PROMPTS):
            if not self.go_on():
                return True
        self._tell(Kind.NOTE, f"{MOST_PROMPTS} prompts, and no end of it")
        return False

    def hear_out(self) -> bool:
        """Settle, and hear the question to its end; False as `settle`."""
        settled = self.settle()
        if settled and self.state.phase is Phase.MENU and self.state.prompt:
            self.finish_prompt()
        return settled

    def finish_prompt(self) -> bool:
        """Hear the present prompt to its end; False if there is none."""
        if not self.state.prompt:
            return False
        self._give(*self._prompt_over(self.state.prompt, PromptEnd.FINISHED))
        return True

    @property
    def keys_wait(self) -> bool:
        """Whether keys were pressed that may be the beginning of more."""
        turn = self.state.turn
        return self.state.phase is Phase.MENU and turn is not None and turn.keyed_at is not None

    @property
    def timer(self) -> float | None:
        """When the next timer runs out (UTC seconds); None if none runs."""
        return None if self.ended else next_deadline(self.state)

    # --- the session's part ---------------------------------------------------------------------

    def _wait_until(self, due: float) -> None:
        passed = max(0.0, due - self.now)
        self.now = max(self.now, due)
        self._tell(Kind.TIME, narrate.waited(self.state, passed))
        self._give(c.Tick())

    def _give(self, given: c.Input, *facts: Event) -> None:
        self._todo.append(_Given(given, facts))
        self._run()

    def _run(self) -> None:
        while self._todo and self.ended is None:
            one = self._todo.popleft()
            done = step(self.plan, self.state, one.given, self.now, one.facts, self.world)
            self.state = done.state
            started = [
                ev.PromptStarted(
                    at=self.now,
                    contact=CONTACT,
                    leg=LEG,
                    playback=playback_id(CONTACT, command.prompt_id),
                    name=command.name,
                )
                for command in done.commands
                if isinstance(command, c.DoPlay)
            ]
            self.events += [*done.events, *started]
            self.lines += self.narrator.events(done.events, self.now)
            for command in done.commands:
                self._do(command)

    def _do(self, command: c.Command) -> None:
        match command:
            case c.DoAnswer():
                up = ev.LegAnswered(at=self.now, contact=CONTACT, leg=LEG)
                self._todo.append(_Given(c.Answered(), (up,)))
            case c.DoPlay():
                self._play(command)
            case c.DoStopPlay(prompt_id=number):
                self._later(self._prompt_over(number, PromptEnd.STOPPED))
            case c.DoListen():
                self.listening = command
            case c.DoStopListening():
                self.listening = None
            case c.DoEnqueue():
                self._enqueue(command)
            case c.DoAsk():
                self._ask(command)
            case c.DoStopAsking():
                self.asked = self._prepared = None
            case c.DoHangUp(cause=cause):
                self._end(cause, By.SERVER)
            case c.DoRing():
                self._tell(Kind.NOTE, "it rings")

    def _later(self, given: tuple[c.Input, Event]) -> None:
        self._todo.append(_Given(given[0], given[1:]))

    def _prompt_over(self, number: int, how: PromptEnd) -> tuple[c.Input, Event]:
        playback = playback_id(CONTACT, number)
        over = ev.PromptEnded(at=self.now, contact=CONTACT, playback=playback, how=how)
        return c.PromptOver(number, how), over

    def _play(self, play: c.DoPlay) -> None:
        if not play.prompt:
            self._tell(Kind.NOTE, f"{play.name}: nothing to be heard")
            self._later(self._prompt_over(play.prompt_id, PromptEnd.FAILED))
            return
        self.lines.append(self.narrator.prompt(play, self.state, self.now, self.world))

    def _enqueue(self, wanted: c.DoEnqueue) -> None:
        self.listening = None
        number = f"{CONTACT}.v{len(self.visits) + 1}"
        skills = dict(wanted.skills)
        visit = Visit(CONTACT, number, wanted.queue, wanted.priority, skills, wanted.tier, self.now)
        visit.exits = wanted.exits
        self.visit = visit
        self.visits.append(visit)
        self._note(visit.queued())
        self._tell(Kind.QUEUE, narrate.queued(wanted))

    def _ask(self, asked: c.DoAsk) -> None:
        self.asked = asked
        self.asks.append(asked)
        self.lines.append(self.narrator.asks(asked, self.state, self.now))
        self._prepared = self.answers.next(asked.service, asked.name)

    def _answer(self, asked: c.DoAsk, answer: Answer) -> None:
        self.asked = self._prepared = None
        fields = f" with {', '.join(answer.values)}" if answer.values else ""
        self._tell(Kind.SERVICE, f"{asked.service} {asked.name} answers: {answer.how}{fields}")
        self._todo.append(_Given(c.ServiceTold(asked.request, answer.how, answer.values)))

    def _end(self, cause: int, by: By) -> None:
        facts: list[Event] = []
        if self.state.prompt:
            facts.append(self._prompt_over(self.state.prompt, PromptEnd.STOPPED)[1])
        facts.append(ev.LegEnded(at=self.now, contact=CONTACT, leg=LEG, cause=cause, by=by))
        done = step(self.plan, self.state, c.CallerGone(cause), self.now, facts, self.world)
        self.state = done.state
        self.events += done.events
        if self.visit is not None:
            talks = self.visit.talking is not None
            self._note(self.visit.talked(self.now, by) if talks else self.visit.abandoned(self.now))
            self.visit = None
        how = outcome(self.state)
        self._note(ev.ContactClosed(at=self.now, contact=CONTACT, outcome=how, cause=cause))
        self.ended = Ended(cause, by, how)
        self.listening = self.asked = None
        self._todo.clear()
        self._tell(Kind.END, narrate.ended(cause, by, how))

    def _note(self, event: Event) -> None:
        """Take what routing and the session journal by themselves."""
        self.state = apply(self.state, event)
        self.events.append(event)

    def _tell(self, kind: Kind, text: str) -> None:
        self.lines.append(Line(kind, text, self.now))
