"""Events and commands of a trial call in words, with their places in the dialplan, and secrets masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.answers import read_back
from ivrcore.dialplan.graph import question_ahead
from ivrcore.dialplan.model import Digits, Plan
from ivrcore.dialplan.scope import CallScope
from ivrcore.dialplan.state import Phase, State
from ivrcore.dialplan.texts import Wording, worded
from ivrcore.dialplan.world import World
from ivrcore.expressions.values import Known
from ivrcore.location import NOWHERE, Location
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import By, Cause, Impatient, Outcome, Scalar
from ivrcore.tryout.conversation import Kind, Line, Utterance, duration

MASK = "***"


class Narrator:
    """Writes lines for one call; keeps in mind in which block the call was last."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._block = ""

    # --- places ---------------------------------------------------------------------------------

    def place(self, block: str, index: int) -> Location:
        """Find where a step, a menu, or a block is written."""
        question = self.plan.question(block)
        if question is not None:
            return question.location
        here = self.plan.blocks.get(block)
        if here is None:
            return NOWHERE if block.startswith("@") else self.plan.location
        return here.steps[index].location if 0 <= index < len(here.steps) else here.location

    def where(self, state: State) -> tuple[str, Location]:
        """Tell where a call is, in words and as a place."""
        if state.phase is Phase.MENU and state.turn is not None:
            kind = "menu" if state.turn.menu in self.plan.menus else "digits for"
            return f"{kind} {state.turn.menu}", self.place(state.turn.menu, 0)
        if not state.block:
            return "nowhere yet", NOWHERE
        return f"{state.block}, step {max(state.index, 0) + 1}", self.place(state.block, state.index)

    def hides_keys(self, state: State) -> bool:
        """Whether the keys pressed now are a secret, or may be: those pressed ahead of a question."""
        asked = self.plan.digits.get(state.turn.menu) if state.turn else None
        if asked is not None and asked.secret:
            return True
        if state.turn is not None and (state.turn.barge_in or not state.prompt):
            return False
        if state.turn is not None:  # kept while this prompt must be heard, for what follows too
            return any(digits.secret for digits in self.plan.digits.values())
        ahead = question_ahead(self.plan, state.block, state.index + 1)
        if ahead is not None:
            return isinstance(ahead, Digits) and ahead.secret
        return any(digits.secret for digits in self.plan.digits.values())

    def hides_words(self, state: State) -> bool:
        """Whether what is said now is a secret, or may be a part of one: unless it is a phrase."""
        if state.turn is None:
            return self.hides_keys(state)
        asked = self.plan.digits.get(state.turn.menu)
        return asked is not None and asked.secret

    # --- lines ----------------------------------------------------------------------------------

    def events(self, events: Sequence[Event], now: float) -> Iterator[Line]:
        """Write what a decision's events tell."""
        for event in events:
            if isinstance(event, ev.StepStarted | ev.MenuEntered):
                yield from self._came(event, now)
            elif text := _in_words(event):
                yield Line(Kind.NOTE, text, now, self._place_of(event))

    def _came(self, event: ev.StepStarted | ev.MenuEntered, now: float) -> Iterator[Line]:
        if isinstance(event, ev.MenuEntered):
            self._block = event.menu
            kind = "menu" if event.menu in self.plan.menus else "asks for digits at"
            yield Line(Kind.PLACE, f"{kind} {event.menu}", now, self.place(event.menu, 0))
        elif event.block != self._block:
            self._block = event.block
            yield Line(Kind.PLACE, event.block, now, self.place(event.block, event.index))

    def _place_of(self, event: Event) -> Location:
        match event:
            case ev.BranchTaken(block=block, index=index):
                return self.place(block, index)
            case ev.ChoiceMade(menu=menu, choice=name):
                question = self.plan.menus.get(menu)
                choice = question.choice(name) if question else None
                return choice.location if choice else NOWHERE
            case ev.NoInput(menu=menu) | ev.NoMatch(menu=menu) | ev.MenuGaveUp(menu=menu):
                return self.place(menu, 0)
        return NOWHERE

    def prompt(self, play: c.DoPlay, state: State, now: float, world: World) -> Line:
        """Write what is heard; what is made of secrets is masked."""
        masked = self._masked(play, state, now, world)
        return Line(
            Kind.HEARS,
            _text(masked),
            now,
            self.where(state)[1],
            play.name,
            _text(play.prompt),
            tuple(_utterances(masked, play.prompt)),
            tuple(part.path for part in play.prompt if isinstance(part, c.Recorded)),
        )

    def _masked(self, play: c.DoPlay, state: State, now: float, world: World) -> c.Prompt:
        if not any(isinstance(part, c.Spoken) and part.personal for part in play.prompt):
            return play.prompt
        asked = self.plan.digits.get(state.turn.menu) if state.turn else None
        if asked is not None and not asked.secret and state.turn and state.turn.confirming:
            return play.prompt  # no secret, read back
        language = state.language or self.plan.language
        if asked is not None and state.turn and state.turn.confirming:
            return read_back(self.plan, language, MASK, state.turn.confirming)
        wording = self._wording(play.name, state)
        scope = CallScope(self.plan, state, MASK, state.private.secrets, world, now)
        again = worded(wording, language, _Masked(scope), self.plan.zone) if wording else ()
        personal = iter([part for part in again if isinstance(part, c.Spoken) and part.personal])
        return tuple(
            next(personal, replace(part, text=MASK)) if isinstance(part, c.Spoken) and part.personal else part
            for part in play.prompt
        )

    def _wording(self, name: str, state: State) -> Wording:
        """Find what a prompt's name stands for; empty if that cannot be said, and then all is masked."""
        question = self.plan.question(state.turn.menu) if state.turn else None
        if question is not None:
            rest = name.removeprefix(question.name).strip("/")
            kind, _, count = rest.partition("/")
            lists = {"no_input": question.no_input, "no_match": question.no_match}
            if not rest:
                return question.prompt
            if kind == "help":
                return question.help
            again = lists.get(kind, ())
            return again[int(count) - 1] if count.isdigit() and int(count) <= len(again) else ()
        block = self.plan.blocks.get(state.block)
        if block is None or not 0 <= state.index < len(block.steps):
            return ()
        return tuple(chain.from_iterable(block.steps[state.index].refers().wordings))

    def asks(self, asked: c.DoAsk, state: State, now: float) -> Line:
        """Write that a service is asked; secret values of what it is told are masked."""
        secrets = {*state.private.secrets.values(), state.private.caller, state.private.entered}
        told = ", ".join(
            f"{name}={MASK if value in secrets or name == 'pin' else shown(value)}"
            for name, value in asked.payload.items()
        )
        text = f"asks {asked.service} {asked.name}" + (f" ({told})" if told else "")
        return Line(Kind.SERVICE, text, now, self.where(state)[1])


@dataclass(frozen=True, slots=True)
class _Masked:
    """The names of a call, with a mask for each secret."""

    scope: CallScope

    def look_up(self, name: str) -> Known | None:
        known = self.scope.look_up(name)
        return Known(MASK, secret=True) if known is not None and known.secret else known


def shown(value: Scalar) -> str:
    """Write a value as dialplans do."""
    if isinstance(value, str):
        return f"'{value}'"
    return "none" if value is None else str(value).lower()


def _text(prompt: Iterable[c.Spoken | c.Recorded]) -> str:
    return " ".join(part.text if isinstance(part, c.Spoken) else f"<{part.path}>" for part in prompt)


def _utterances(masked: c.Prompt, said: c.Prompt) -> Iterator[Utterance]:
    """Take together what is in one language; a recording belongs to what was said before it."""
    language = next((part.language for part in said if isinstance(part, c.Spoken)), "")
    shown_parts: list[c.Spoken | c.Recorded] = []
    said_parts: list[c.Spoken | c.Recorded] = []
    for hidden, part in zip(masked, said, strict=True):
        if isinstance(part, c.Spoken) and part.language != language:
            yield Utterance(language, _text(shown_parts), _text(said_parts))
            language, shown_parts, said_parts = part.language, [], []
        shown_parts.append(hidden)
        said_parts.append(part)
    yield Utterance(language, _text(shown_parts), _text(said_parts))


def queued(wanted: c.DoEnqueue) -> str:
    """Tell what a queue is asked for."""
    parts = [f"waits in queue {wanted.queue}"]
    if wanted.priority:
        parts.append(f"priority {wanted.priority}")
    parts += [f"{skill} {level}" for skill, level in wanted.skills.items()]
    if wanted.tier:
        parts.append(f"tier {wanted.tier}")
    if wanted.preferred:
        parts.append(f"rather {', '.join(wanted.preferred)}")
    return ", ".join(parts)


def ended(cause: int, by: By, how: Outcome) -> str:
    """Tell how a call ended."""
    known = Cause(cause).name.lower() if cause in list(Cause) else str(cause)
    who = "by the caller" if by is By.CALLER else f"by the dialplan, cause {known}"
    return f"the call has ended {who}: {how}"


def waited(state: State, seconds: float) -> str:
    """Tell which timer ran out."""
    match state.phase:
        case Phase.RINGING:
            what = "it rang for"
        case Phase.SERVICE:
            what = "no answer for"
        case Phase.MENU if state.turn is not None and state.turn.keyed_at is not None:
            what = "no further key for"
        case Phase.MENU:
            what = "silence for"
        case _:
            what = "a pause of"
    return f"{what} {duration(seconds)}"


def _in_words(event: Event) -> str:
    match event:
        case ev.VariablesSet(values=values, secret=secret):
            pairs = [f"{name} = {shown(value)}" for name, value in values.items()]
            return ", ".join([*pairs, *(f"{name} = {MASK}" for name in secret)])
        case ev.BranchTaken(to=to, facts=facts):
            because = ", ".join(f"{name} = {shown(value)}" for name, value in facts.items())
            return f"takes {to or 'the next step'}" + (f", since {because}" if because else "")
        case ev.LanguageSet(language=language):
            return f"language {language}"
        case ev.DispositionSet(disposition=disposition):
            return f"disposition {disposition}"
        case ev.ContactMarked(priority=priority, skills=skills, tier=tier):
            marks = [f"priority {priority}"] if priority is not None else []
            marks += [f"{skill} {level}" for skill, level in skills.items()]
            return ", ".join([*marks, *([f"tier {tier}"] if tier else [])])
        case ev.ChoiceMade(choice=choice):
            return f"choice {choice}"
        case ev.NoInput(count=count):
            return f"no input, number {count}"
        case ev.NoMatch(count=count):
            return f"no match, number {count}"
        case ev.MenuGaveUp(menu=menu):
            return f"{menu} gives up: otherwise"
        case ev.UniversalUsed(universal=universal):
            return f"universal {universal}"
        case ev.CallerImpatient(why=why, priority=priority):
            said = "impatient words" if why is Impatient.WORDS else "misunderstood too often"
            return f"{said}: to a person, priority +{priority}"
        case ev.DigitsCollected(count=count, variable=variable):
            return f"{count} digits" + (f" for {variable}" if variable else "")
        case _:
            return _rarely(event)


def _rarely(event: Event) -> str:
    match event:
        case ev.AnnouncementPlayed(announcement=name):
            return f"announcement {name}"
        case ev.EmergencyMet(action=action, scope=scope):
            return f"the emergency switch of {scope} says: {action}"
        case ev.RecogniserGaveUp():
            return "speech is not listened to any more"
        case ev.SpeechRefused(why=why):
            return f"speech is not listened to now ({why})"
        case ev.PluginFailed(plugin=plugin, error=error):
            return f"the step {plugin} failed with {error}"
        case ev.CommandFailed(code=code):
            return f"the dialplan could not go on ({code})"
        case _:
            return ""
