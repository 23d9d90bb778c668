"""What a caller, an agent, a service and the world do in a call test: one class each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.fields import Fields, read_number
from ivrcore.model.names import LeftQueue, Told
from ivrcore.problems import quoted
from ivrcore.speech.recogniser import Hypothesis
from ivrcore.tryout import rules
from ivrcore.tryout.conversation import duration
from ivrcore.tryout.ear import Said
from ivrcore.tryout.line_fields import Given, LineFields, constants, read_given
from ivrcore.tryout.script import Failure, Scene, ScriptLine, as_written
from ivrcore.tryout.setting import Answer
from ivrcore.yamltree import ScalarNode

if TYPE_CHECKING:
    from typing import Self

KEYPAD = frozenset("0123456789*#ABCD")
INTERRUPTING = Key(
    "interrupting", "yes or no", "`no`", "do it while the prompt plays, not after it", Kind.BOOLEAN
)


def yes(given: bool) -> str:
    """Write a truth as files have it; nothing for what is not so."""
    return "yes" if given else ""


def impossible(scene: Scene, message: str, hint: str = "") -> Failure:
    """Say that something cannot be done now."""
    return Failure(rules.IMPOSSIBLE, f"{message}: {scene.now()}", hint)


@dataclass(frozen=True)
class Say(ScriptLine):
    """The caller says a phrase; what is no phrase there is a no-match."""

    verb: ClassVar[str] = "say"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("say", "words", "needed", "the caller says this"),
        Key("confidence", "0 to 1", "`1`", "how sure the recogniser is: below `accept` it asks", Kind.NUMBER),
        Key("or", "words: 0 to 1", "", "what else it may have been: asked about after a no", Kind.VALUES),
        INTERRUPTING,
    )
    said: Said
    interrupting: bool = False

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the words."""
        words = given.fields.text("say", required=True)
        sure = given.fields.number("confidence", 1.0, least=0, most=1)
        others = tuple(_others(given.fields))
        interrupting = given.fields.boolean("interrupting", False)
        return cls(given.location, Said(words, sure, others), interrupting) if words else None

    def play(self, scene: Scene) -> Failure | None:
        """Say it."""
        if not self.interrupting:
            scene.ready()
        scene.act()
        if scene.call.say(self.said, interrupting=self.interrupting):
            return None
        return impossible(scene, "nobody listens to what is said", "before a menu, only keys are kept")

    def written(self) -> dict[str, object]:
        """Give the words, and what is not as usual."""
        sure = self.said.confidence if self.said.confidence < 1 else None
        others = {one.text: one.confidence for one in self.said.others}
        options = {"confidence": sure, "or": others, "interrupting": yes(self.interrupting)}
        return as_written("say", self.said.text, **options)


def _others(fields: Fields) -> Iterator[Hypothesis]:
    for entry in fields.entries("or"):
        sure = read_number(entry.value.text) if isinstance(entry.value, ScalarNode) else None
        if sure is None or not 0 <= sure <= 1:
            fields.wrong(entry.value, f"a confidence from 0 to 1 for {quoted(entry.key)}")
        else:
            yield Hypothesis(entry.key, sure)


@dataclass(frozen=True)
class Press(ScriptLine):
    """The caller presses keys."""

    verb: ClassVar[str] = "press"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("press", "keys", "needed", "the caller presses these, one after another"), INTERRUPTING
    )
    digits: str
    interrupting: bool = False

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the keys."""
        entry = given.entry("press")
        digits = given.fields.text("press")
        interrupting = given.fields.boolean("interrupting", False)
        if entry is None or not digits:
            return None
        if not set(digits) <= KEYPAD:
            given.fields.bad(entry.value.location, "keys are 0-9, *, # and A-D", 'such as press: "12#"')
            return None
        return cls(given.location, digits, interrupting)

    def play(self, scene: Scene) -> Failure | None:
        """Press them."""
        if not self.interrupting:
            scene.call.settle()
        scene.act()
        if scene.call.press(self.digits, interrupting=self.interrupting):
            return None
        return impossible(scene, "a key was not taken", "keys are taken in menus, and in prompts before them")

    def written(self) -> dict[str, object]:
        """Give the keys."""
        return as_written("press", self.digits, interrupting=yes(self.interrupting))


@dataclass(frozen=True)
class Silence(ScriptLine):
    """The caller does nothing until the next timer has run out: no input, or a service's time."""

    verb: ClassVar[str] = "silence"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("silence", "nothing", "", "nothing is done until the next timer has run out", Kind.NOTHING)
    )

    @classmethod
    def read(cls, given: LineFields) -> Self:
        """There is nothing to read."""
        return cls(given.location)

    def play(self, scene: Scene) -> Failure | None:
        """Wait."""
        scene.ready()
        scene.act()
        if scene.call.wait_for_timer():
            return None
        return impossible(scene, "no timer runs that could end the silence", "`wait: 30s` lets time pass")


@dataclass(frozen=True)
class Wait(ScriptLine):
    """Time passes, with every timer in it."""

    verb: ClassVar[str] = "wait"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("wait", "duration", "needed", "so much time passes, with every timer in it", Kind.DURATION)
    )
    virtual: ClassVar[bool] = True
    seconds: float

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read how long."""
        return cls(given.location, given.after("wait")) if given.entry("wait") else None

    def play(self, scene: Scene) -> Failure | None:
        """Wait."""
        scene.ready()
        scene.act()
        scene.call.wait(self.seconds)
        return None

    def written(self) -> dict[str, object]:
        """Give how long."""
        return {"wait": duration(self.seconds)}


@dataclass(frozen=True)
class HangUp(ScriptLine):
    """The caller hangs up."""

    verb: ClassVar[str] = "hang_up"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("hang_up", "nothing", "", "the caller hangs up", Kind.NOTHING)
    )

    @classmethod
    def read(cls, given: LineFields) -> Self:
        """There is nothing to read."""
        return cls(given.location)

    def play(self, scene: Scene) -> Failure | None:
        """Hang up."""
        scene.ready()
        scene.act()
        if scene.call.ended is not None:
            return impossible(scene, "the caller cannot hang up")
        scene.call.hang_up()
        return None


@dataclass(frozen=True)
class AgentAnswers(ScriptLine):
    """An agent takes the waiting call."""

    verb: ClassVar[str] = "agent_answers"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("agent_answers", "duration", "at once", "an agent takes the call after so long", Kind.DURATION)
    )
    after: float = 0.0

    @classmethod
    def read(cls, given: LineFields) -> Self:
        """Read how long the caller waits."""
        return cls(given.location, given.after("agent_answers"))

    def play(self, scene: Scene) -> Failure | None:
        """Take the call."""
        scene.ready()
        scene.act()
        if scene.call.agent_answers(self.after):
            return None
        return impossible(scene, "there is no call for an agent to answer")

    def written(self) -> dict[str, object]:
        """Give how long."""
        return {self.verb: duration(self.after) if self.after else None}


@dataclass(frozen=True)
class TalkEnds(ScriptLine):
    """The agent hangs up; the dialplan goes on after its `queue` step."""

    verb: ClassVar[str] = "talk_ends"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("talk_ends", "duration", "at once", "the agent hangs up after so long a talk", Kind.DURATION)
    )
    after: float = 0.0

    @classmethod
    def read(cls, given: LineFields) -> Self:
        """Read how long they talk."""
        return cls(given.location, given.after("talk_ends"))

    def play(self, scene: Scene) -> Failure | None:
        """End the conversation."""
        scene.act()
        if scene.call.talk_ends(self.after):
            return None
        return impossible(scene, "there is no conversation to end", "first `agent_answers`")

    def written(self) -> dict[str, object]:
        """Give how long."""
        return {self.verb: duration(self.after) if self.after else None}


@dataclass(frozen=True)
class QueueEnds(ScriptLine):
    """The call leaves the queue without a conversation."""

    verb: ClassVar[str] = "queue_ends"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "queue_ends",
            ", ".join(f"`{why}`" for why in LeftQueue),
            "needed",
            "the call leaves the queue without a conversation",
            Kind.ONE_OF,
            tuple(LeftQueue),
        ),
        Key("after", "duration", "at once", "after so long", Kind.DURATION),
    )
    virtual: ClassVar[bool] = True
    why: LeftQueue
    after: float = 0.0

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read why."""
        why = given.fields.one_of("queue_ends", LeftQueue.TIMED_OUT)
        return cls(given.location, why, given.after("after")) if given.entry("queue_ends") else None

    def play(self, scene: Scene) -> Failure | None:
        """Leave."""
        scene.ready()
        scene.act()
        if scene.call.queue_ends(self.why, self.after):
            return None
        return impossible(scene, "the call waits in no queue")

    def written(self) -> dict[str, object]:
        """Give why, and after how long."""
        return as_written(self.verb, str(self.why), after=duration(self.after) if self.after else "")


@dataclass(frozen=True)
class ServiceAnswers(ScriptLine):
    """The service that the dialplan asks (a lookup, a transfer, …) answers."""

    verb: ClassVar[str] = "service"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "service",
            ", ".join(f"`{how}`" for how in Told),
            "needed",
            "what is asked now (a lookup, a PIN, a transfer, …) answers so",
            Kind.ONE_OF,
            tuple(Told),
        ),
        Key("values", "field: value", "", "the fields of its answer", Kind.VALUES),
    )
    virtual: ClassVar[bool] = True
    answer: Answer

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the answer."""
        how = given.fields.one_of("service", Told.DONE)
        values = constants(given.fields.entries("values"), given.fields)
        return cls(given.location, Answer(how, values)) if given.entry("service") else None

    def play(self, scene: Scene) -> Failure | None:
        """Answer."""
        scene.ready()
        scene.act()
        if scene.call.service_answers(self.answer):
            return None
        return impossible(scene, "no service is asked")

    def written(self) -> dict[str, object]:
        """Give the answer."""
        return as_written(self.verb, str(self.answer.how), values=dict(self.answer.values))


@dataclass(frozen=True)
class Now(ScriptLine):
    """The world changes while the call goes on."""

    verb: ClassVar[str] = "now"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("now", "as `given`", "needed", "from now on this holds of queues, services, news", Kind.SECTION)
    )
    virtual: ClassVar[bool] = True
    given: Given = field(default_factory=Given)

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read what changes."""
        entry = given.entry("now")
        if entry is None:
            return None
        within = Fields(entry.value, given.fields.problems, "'now'")
        known = within.node.get("variables")
        if known is not None:
            within.bad(known.location, "variables are the dialplan's to set once the call is on")
        return cls(given.location, read_given(within))

    def play(self, scene: Scene) -> Failure | None:
        """Change it."""
        scene.ready()
        change_world(scene, self.given)
        return None

    def written(self) -> dict[str, object]:
        """Give what changes."""
        return {self.verb: self.given.written()}


def change_world(scene: Scene, given: Given) -> None:
    """Put what is given into the world of a call in progress."""
    world = scene.call.world
    world.queues |= given.queues
    world.announce(given.announcements)
    if given.emergency is not None:
        world.set_switch(given.emergency)
        scene.call.switch_moved()
    scene.call.answers.add(given.answers)


ACTS: tuple[type[ScriptLine], ...] = (
    Say, Press, Silence, Wait, HangUp, AgentAnswers, TalkEnds, QueueEnds, ServiceAnswers, Now,
)  # fmt: skip
