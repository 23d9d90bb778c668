"""Verbs `lookup`, `transfer`, `call_back`, `record` and `emergency`: what is asked of the outside.

Each asks a service and waits for its answer; ``failed`` is what happens if there is none, or a no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ivrcore.api import (
    EmergencyAction,
    Given,
    Kind,
    Name,
    Place,
    Reading,
    Refers,
    Scalar,
    Service,
    ServiceTold,
    Step,
    Text,
    Told,
    VerbKey,
    Walk,
    Wording,
    hookimpl,
    table,
)

LONGEST_CALL = 4 * 3600.0
"""Seconds after which a conversation is taken to be lost; the telephony's own limit is shorter."""
OUTCOME = "outcome"
"""The variable that tells how the last service answered."""
FAILED = VerbKey("failed", "list of steps", "the next step", "what happens if it does not work", Kind.STEPS)


@hookimpl
def ivrcore_verbs() -> Sequence[type[Step]]:
    """Give the verbs."""
    return [Lookup, Transfer, CallBack, Record, Emergency]


def _failed(reading: Reading) -> str:
    """Read what happens after a failure; expressions may then name `outcome`."""
    reading.variable(Name(OUTCOME, reading.location))
    return reading.steps("failed")


@dataclass(frozen=True)
class _Asking(Step):
    """What the verbs here share: after a failure the steps of ``failed`` run, then the next one."""

    failed: str = ""

    def told(self, walk: Walk, told: ServiceTold) -> Place | None:
        """Keep how it went, and go on."""
        walk.set({OUTCOME: str(told.how)})
        if told.how is Told.DONE or not self.failed:
            return walk.next
        return walk.to(self.failed)

    @property
    def nested(self) -> tuple[str, ...]:
        """The addresses of its own lists of steps."""
        return (self.failed,) if self.failed else ()


@dataclass(frozen=True)
class Lookup(_Asking):
    """Ask a system of the site something; the caller waits in silence, so keep the time-out short."""

    verb: ClassVar[str] = "lookup"
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey("lookup", "lookup", "needed", "ask a lookup of the configuration", Kind.LOOKUP),
        VerbKey("with", "name: value", "", "what it is told", Kind.VALUES),
        VerbKey("into", "variable: field", "", "what becomes of its answer; fields are dotted", Kind.INTO),
        VerbKey("timeout", "duration", "`3s`", "how long it may take", Kind.DURATION),
        VerbKey("default", "variable: value", "", "what the variables are if it fails", Kind.VALUES),
        VerbKey(
            "secret", "yes or no", "`yes`", "whether the answer must be in no event or log", Kind.BOOLEAN
        ),
        FAILED,
    )
    source: Name = field(kw_only=True)
    send: Mapping[str, Given] = field(default_factory=dict)
    into: Mapping[str, str] = field(default_factory=dict)
    sets: tuple[Name, ...] = ()
    timeout: float = 3.0
    default: Mapping[str, Given] = field(default_factory=dict)
    secret: bool = True

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the question, and what becomes of the answer."""
        source = reading.name()
        into, names = reading.into("into")
        defaults = tuple(reading.variable(name) for name in reading.names("default"))
        step_failed = _failed(reading)
        if source is None:
            return None
        return cls(
            reading.location,
            step_failed,
            source=source,
            send=reading.values("with") if reading.fields.entry("with") else {},
            into=into,
            sets=(*names, *defaults),
            timeout=reading.fields.seconds("timeout", 3.0, least=0.1, most=30),
            default=reading.values("default") if defaults else {},
            secret=reading.fields.boolean("secret", True),
        )

    def run(self, walk: Walk) -> Place | None:
        """Ask."""
        payload = {name: walk.scalar(given) for name, given in self.send.items()}
        walk.ask(Service.LOOKUP, self.source.text, payload, self.timeout)
        return None

    def told(self, walk: Walk, told: ServiceTold) -> Place | None:
        """Take the answer into the variables, else the defaults."""
        found: dict[str, Scalar] = {}
        if told.how is Told.DONE:
            found = {name: told.values.get(key) for name, key in self.into.items()}
            found = {name: value for name, value in found.items() if value is not None}
        for name, given in self.default.items():
            if name not in found:
                walk.set({name: walk.scalar(given)}, secret=self.secret or walk.value(given).secret)
        if found:
            walk.set(found, secret=self.secret)
        return super().told(walk, told)

    def refers(self) -> Refers:
        """Tell the lookup, and what is read and set."""
        reads = (*self.send.values(), *self.default.values())
        hides = tuple((name.text, None) for name in self.sets) if self.secret else ()
        site = (("lookup", self.source),)
        return Refers(nested=self.nested, reads=reads, sets=self.sets, site=site, hides=hides)


@dataclass(frozen=True)
class Transfer(_Asking):
    """Connect the caller to a number outside; the next step runs when the other side hangs up."""

    verb: ClassVar[str] = "transfer"
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey(
            "transfer", "number", "needed", "connect to a number that the configuration allows", Kind.VALUE
        ),
        VerbKey("ring", "duration", "`30s`", "how long it may ring", Kind.DURATION),
        VerbKey("caller_id", "name", "the first", "which of the configured numbers is shown", Kind.TEXT),
        FAILED,
    )
    serves: ClassVar[bool] = True
    connects: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"dial", "bridge"})
    number: Given = field(kw_only=True)
    ring: float = 30.0
    caller_id: str = ""

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the number."""
        number = reading.value()
        ring = reading.fields.seconds("ring", 30.0, least=3, most=180)
        caller_id = reading.fields.text("caller_id")
        failed = _failed(reading)
        if number is None:
            return None
        return cls(reading.location, failed, number=number, ring=ring, caller_id=caller_id)

    def run(self, walk: Walk) -> Place | None:
        """Ask for the connection."""
        number = walk.scalar(self.number)
        payload: dict[str, Scalar] = {"number": "" if number is None else str(number), "ring": self.ring}
        payload["caller_id"] = self.caller_id
        walk.ask(Service.TRANSFER, "", payload, LONGEST_CALL)
        return None

    def refers(self) -> Refers:
        """Tell the number."""
        return Refers(nested=self.nested, reads=(self.number,))


@dataclass(frozen=True)
class CallBack(_Asking):
    """Keep the caller's place in a queue, and call them when it is their turn."""

    verb: ClassVar[str] = "call_back"
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey(
            "call_back",
            "queue",
            "needed",
            "keep the place in the queue and call when it is reached",
            Kind.QUEUE,
        ),
        VerbKey("number", "value", "the caller's number", "whom to call", Kind.VALUE),
        FAILED,
    )
    serves: ClassVar[bool] = True
    connects: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"dial_alone", "bridge"})
    queue: Name = field(kw_only=True)
    number: Given | None = None

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read queue and number."""
        queue = reading.name()
        number = reading.value("number")
        failed = _failed(reading)
        return cls(reading.location, failed, queue=queue, number=number) if queue else None

    def run(self, walk: Walk) -> Place | None:
        """Ask for it."""
        number = walk.caller if self.number is None else walk.scalar(self.number)
        payload: dict[str, Scalar] = {"number": "" if number is None else str(number)}
        payload |= {"priority": walk.state.priority, "tier": walk.state.tier}
        payload |= {f"skills.{skill}": level for skill, level in walk.state.skills.items()}
        walk.ask(Service.CALL_BACK, self.queue.text, payload, 5.0)
        return None

    def refers(self) -> Refers:
        """Tell queue and number."""
        reads = () if self.number is None else (self.number,)
        return Refers(nested=self.nested, reads=reads, site=(("queue", self.queue),))


@dataclass(frozen=True)
class Record(_Asking):
    """Take a message, as a voice mailbox does."""

    verb: ClassVar[str] = "record"
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey(
            "record", "mailbox", "needed", "take a message for a mailbox of the configuration", Kind.MAILBOX
        ),
        VerbKey("prompt", "prompt", "", "said before", Kind.WORDING),
        VerbKey("longest", "duration", "`2m`", "how long the message may be", Kind.DURATION),
        VerbKey("silence", "duration", "`4s`", "the silence that ends it", Kind.DURATION),
        VerbKey("terminator", "`#` or `*`", "`#`", "the key that ends it", Kind.ONE_OF, ("#", "*")),
        FAILED,
    )
    needs: ClassVar[frozenset[str]] = frozenset({"record"})
    mailbox: Name = field(kw_only=True)
    prompt: Wording = ()
    longest: float = 120.0
    silence: float = 4.0
    terminator: str = "#"

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the mailbox and the bounds."""
        mailbox = reading.name()
        prompt = reading.wording("prompt") if reading.fields.entry("prompt") else ()
        longest = reading.fields.seconds("longest", 120.0, least=1, most=1800)
        silence = reading.fields.seconds("silence", 4.0, least=1, most=60)
        terminator = reading.word("terminator", ("#", "*")) or "#"
        failed = _failed(reading)
        if mailbox is None:
            return None
        return cls(
            reading.location,
            failed,
            mailbox=mailbox,
            prompt=prompt,
            longest=longest,
            silence=silence,
            terminator=terminator,
        )

    def plays(self, walk: Walk, place: Place) -> bool:
        """The prompt comes first."""
        return bool(self.prompt)

    def run(self, walk: Walk) -> Place | None:
        """Play the prompt; without one record at once."""
        if not self.prompt:
            return self.heard_out(walk)
        walk.play(walk.worded(self.prompt), f"{walk.state.block}/{walk.state.index}")
        return None

    def heard_out(self, walk: Walk) -> Place | None:
        """Ask for the recording."""
        payload: dict[str, Scalar] = {
            "longest": self.longest,
            "silence": self.silence,
            "terminator": self.terminator,
        }
        walk.ask(Service.RECORD, self.mailbox.text, payload, self.longest + 15.0)
        return None

    def refers(self) -> Refers:
        """Tell mailbox and prompt."""
        wordings = (self.prompt,) if self.prompt else ()
        return Refers(nested=self.nested, wordings=wordings, site=(("mailbox", self.mailbox),))


@dataclass(frozen=True)
class Emergency(_Asking):
    """Set the emergency switch by phone; only a caller who was identified as a supervisor may."""

    verb: ClassVar[str] = "emergency"
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey(
            "emergency",
            ", ".join(f"`{action}`" for action in EmergencyAction),
            "needed",
            "close, forward calls, play a message, or open again; after `identify: supervisors`",
            Kind.ONE_OF,
            tuple(EmergencyAction),
        ),
        VerbKey("scope", "number, or `all`", "`all`", "calls to which number", Kind.TEXT),
        VerbKey("number", "number", "", "where `forward` goes", Kind.VALUE),
        VerbKey("text", "text", "", "what callers hear, each in their language", Kind.WORDING),
        FAILED,
    )
    action: str = field(kw_only=True)
    scope: str = "all"
    number: Given | None = None
    text: Text | None = None

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read what is to be done."""
        action = reading.word("emergency", tuple(EmergencyAction))
        scope = reading.fields.text("scope", "all")
        number, text = reading.value("number"), reading.text("text")
        failed = _failed(reading)
        if not action:
            return None
        return cls(reading.location, failed, action=action, scope=scope, number=number, text=text)

    def run(self, walk: Walk) -> Place | None:
        """Ask for it."""
        payload: dict[str, Scalar] = {"action": self.action, "scope": self.scope}
        payload["number"] = walk.scalar(self.number)
        texts = self.text.by_language if self.text else {}
        payload |= {f"text.{tag}": walk.scalar(text) for tag, text in texts.items()}
        walk.ask(Service.EMERGENCY, self.action, payload, 5.0)
        return None

    def refers(self) -> Refers:
        """Tell the values."""
        texts = tuple(self.text.by_language.values()) if self.text else ()
        return Refers(nested=self.nested, reads=(*((self.number,) if self.number else ()), *texts))
