"""What a site's configuration says, as frozen values. Times are seconds, paths absolute.

Secrets never show in a ``repr``. Must not know of files or YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ivrcore.config.aeap import AeapConfig
from ivrcore.config.agent_words import CONFIRM, spoken_key
from ivrcore.config.canary import CanaryConfig
from ivrcore.config.fallback import Fallback
from ivrcore.config.fastagi import FastAgiConfig
from ivrcore.config.feature_codes import FeatureCodes
from ivrcore.config.history import HistoryConfig
from ivrcore.config.journal import JournalConfig
from ivrcore.config.overload import OverloadConfig
from ivrcore.config.traces import TracesConfig
from ivrcore.config.wallboard import WallboardConfig
from ivrcore.dialplan.commands import Prompt, Spoken
from ivrcore.dialplan.parse import CORE_VERBS, Verbs
from ivrcore.model.names import Scalar
from ivrcore.model.pbx import MAIN
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.tollguard import Rules


class Slot(StrEnum):
    """Which of a node's two servers this is: the other takes over during an upgrade."""

    A = "a"
    B = "b"


class RequestWay(StrEnum):
    """How requests go to Asterisk."""

    AUTO = "auto"
    SOCKET = "socket"
    HTTP = "http"


class AudioWay(StrEnum):
    """How callers' audio comes from Asterisk."""

    AUTO = "auto"
    WEBSOCKET = "websocket"
    RTP = "rtp"


RTP_PORTS = range(24_000, 25_000)


@dataclass(frozen=True, slots=True)
class AsteriskConfig:
    """How Asterisk is reached, and what it does by itself."""

    password: str = field(repr=False)
    url: str = "http://127.0.0.1:8088"
    user: str = "ivrcore"
    request_timeout: float = 5.0
    inbound: tuple[str, ...] = ("_X.",)
    """Asterisk extension patterns of the numbers that come to the server."""
    longest_call: float = 14_400.0
    fallback: Fallback = field(default_factory=Fallback)
    ari: bool = True
    """Whether the server drives Asterisk by ARI; else it serves what comes by AGI alone."""
    allow_remote: bool = False
    requests: RequestWay = RequestWay.AUTO
    audio: AudioWay = AudioWay.AUTO
    rtp_ports: range = RTP_PORTS
    rtp_address: str = ""
    """Where audio by RTP is taken; empty: at our end of the connection to Asterisk."""
    trunks: Mapping[str, str] = field(default_factory=dict)
    """Other PBX -> what this one dials for a phone of it, with ``{phone}`` for the phone's name there."""
    pbxs: Mapping[str, AsteriskConfig] = field(default_factory=dict)
    """The others by name."""

    @property
    def every(self) -> dict[str, AsteriskConfig]:
        """All by name, the first one too."""
        return {MAIN: self, **self.pbxs}


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The HTTP side; ``token`` is an admin's, known as ``token_name``; ``tokens`` is the file of others."""

    token: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8080
    token_name: str = "admin"  # noqa: S105 - a name
    tokens: Path = Path("secrets/tokens")


@dataclass(frozen=True, slots=True)
class PluginsConfig:
    """Which plugins are loaded."""

    folder: Path | None = None
    disabled: tuple[str, ...] = ()
    trace_hooks: bool = False
    """Log every hook call."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """A recogniser or a voice by its name, with its own options."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LanguageSpeech:
    """Recognisers and voices of a language, best first: the first that can be had is taken."""

    recognisers: tuple[EngineChoice, ...] = ()
    voices: tuple[EngineChoice, ...] = ()
    keys_only: Prompt = ()
    """What callers are told where a menu would listen and cannot."""


def is_yes(value: Scalar) -> bool:
    """Whether a value of a dialplan's variable is a yes: written so, or true."""
    return value is True or value == "yes"


@dataclass(frozen=True, slots=True)
class KeepConfig:
    """What is kept of failed turns, of callers who agreed: those who have a yes in the variable ``consent``.

    ``consent`` is empty where every caller agreed before the call came here. ``longest`` in seconds,
    ``room`` in bytes.
    """

    consent: str
    key: bytes = field(repr=False)
    folder: Path
    longest: float = 30 * 86_400.0
    room: int = 200_000_000

    def agreed(self, variables: Mapping[str, Scalar]) -> bool:
        """Whether a caller agreed whose call has these variables."""
        return not self.consent or is_yes(variables.get(self.consent))


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """How callers are understood and spoken to."""

    languages: Mapping[str, LanguageSpeech] = field(default_factory=dict)
    threads: int = 2
    end_silence: float = 0.45
    """This much silence ends an utterance."""
    longest: float = 10.0
    """An utterance is cut after this."""
    stall: float = 2.0
    """No engine is waited for longer after the end of speech."""
    late: float = 1.0
    """An engine whose answers take longer than this (95th percentile) is taken out, if there is another."""
    budget: float = 0.0
    """Cores that may be busy with listening; 0: the machine's, less a quarter (at least a half)."""
    streams: int = 500
    """Callers who are listened to at once, at most."""
    keep: KeepConfig | None = None
    """None: nothing is kept of anybody."""


MINUTES = (2, 3, 5, 10, 15, 20, 30)
"""What waiting callers may be told that their wait is less than."""


def less_than(seconds: float | None) -> int | None:
    """Give the minutes that a wait of at most so long is said to be less than; None if unknown or longer."""
    if seconds is None:
        return None
    return next((minutes for minutes in MINUTES if seconds <= minutes * 60), None)


@dataclass(frozen=True, slots=True)
class QueueVoice:
    """What a queue's callers and agents hear; routing needs none of it."""

    language: str = "en"
    """Of the whispers, and what callers hear where a text is not in theirs."""
    music: str = "default"
    """Asterisk's music-on-hold class."""
    whisper: Prompt = ()
    """For the agent, before the bridge."""
    whisper_known: Prompt = ()
    """For an agent whom the contact should rather have, in place of the whisper; none: the whisper."""
    announce: Mapping[str, Prompt] = field(default_factory=dict)
    """For the waiting caller, again and again, by language."""
    position: Mapping[str, str] = field(default_factory=dict)
    """Texts for the waiting caller by language; ``{position}`` is the place in the queue."""
    comfort: tuple[Mapping[str, Prompt], ...] = ()
    """Messages for the waiting caller, of which each time the next one is played, by language."""
    expected: Mapping[str, str] = field(default_factory=dict)
    """Texts for the waiting caller by language; ``{minutes}`` is what the wait is less than."""
    welcome_back: Mapping[str, str] = field(default_factory=dict)
    """Texts for a caller who has the place of before again, by language."""
    announce_first: float = 5.0
    announce_every: float = 30.0

    @property
    def whispers(self) -> tuple[Prompt, ...]:
        """All that agents may hear before the bridge."""
        return tuple(said for said in (self.whisper, self.whisper_known) if said)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that waiting callers are spoken to in."""
        messages = [tag for message in self.comfort for tag in message]
        return tuple(
            dict.fromkeys((*self.position, *self.expected, *self.announce, *messages, *self.welcome_back))
        )

    @property
    def speaks(self) -> bool:
        """Whether waiting callers are told anything now and then."""
        return bool(self.position or self.expected or self.announce or self.comfort)

    def comforted(self, turn: int, language: str) -> Prompt:
        """Give the message whose turn it is (from 0); empty if there is none."""
        if not self.comfort:
            return ()
        message = self.comfort[turn % len(self.comfort)]
        return message[self._near(message, language)]

    def welcomed(self, language: str) -> Prompt:
        """Give what tells a caller of the place that was kept; empty if nobody is told."""
        if not self.welcome_back:
            return ()
        tag = self._near(self.welcome_back, language)
        return (Spoken(self.welcome_back[tag], tag),)

    def waits(self, seconds: float | None, language: str) -> Prompt:
        """Give what tells a caller how long it takes at most; empty where that is not known, or too long."""
        minutes = less_than(seconds)
        if not self.expected or minutes is None:
            return ()
        tag = self._near(self.expected, language)
        return (Spoken(self.expected[tag].replace("{minutes}", str(minutes)), tag),)

    def announced(self, language: str) -> Prompt:
        """Give the queue's own announcement for a caller of a language; empty if there is none."""
        return self.announce[self._near(self.announce, language)] if self.announce else ()

    def placed(self, place: int, language: str) -> Prompt:
        """Give what tells a caller of a language the place (from 1); empty if nobody is told."""
        if not self.position:
            return ()
        tag = self._near(self.position, language)
        return (Spoken(self.position[tag].replace("{position}", str(place)), tag),)

    def _near(self, texts: Mapping[str, object], language: str) -> str:
        return next((tag for tag in (language, self.language) if tag in texts), next(iter(texts)))


@dataclass(frozen=True, slots=True)
class LookupConfig:
    """A lookup: which plugin makes it (``kind``), and that plugin's own keys, secrets resolved."""

    name: str
    kind: str
    options: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class WatchConfig:
    """A watch: which plugin makes it (``kind``), and that plugin's own keys, secrets resolved."""

    name: str
    kind: str
    options: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class CallBackConfig:
    """How customers are called back."""

    tries: int = 3
    gap: float = 300.0
    """Between tries."""
    ring: float = 30.0
    most: int = 50
    """How many wait at once."""
    longest_wait: float = 14_400.0
    """Then it is given up."""
    customer_first: bool = False
    """Whether the customer is rung when the turn is predicted, before an agent is offered the contact."""
    recognise: bool = True
    """Whether a caller with the number that is to be called takes the place of the call-back."""


@dataclass(frozen=True, slots=True)
class OutboundConfig:
    """What may be dialled outside, and how customers are called back."""

    rules: Rules = field(default_factory=Rules)
    call_back: CallBackConfig = CallBackConfig()


@dataclass(frozen=True, slots=True)
class MailboxConfig:
    """Where callers' messages go."""

    longest: float = 120.0
    """A message is cut after this."""
    most: int = 200
    """Messages kept; then callers are told that none can be left."""


@dataclass(frozen=True, slots=True)
class IdentifyConfig:
    """How many PINs may be wrong, whomever they are tried for."""

    per_call: int = 6
    per_caller: int = 12
    """From one calling number, over all calls."""
    per_hidden: int = 60
    """From all callers without a number together."""
    within: float = 3600.0
    """Seconds in which they are counted."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How agents whose phones may have a voicemail say that it is they who picked up."""

    key: str = "1"
    texts: Mapping[str, str] = field(default_factory=lambda: CONFIRM)
    """What they are asked, by language; ``{key}`` is the key."""
    within: float = 10.0
    """From the picking up."""

    def language(self, wanted: str) -> str:
        """Give the language in which they are asked."""
        return wanted if wanted in self.texts else next(iter(self.texts))

    def prompt(self, language: str) -> Prompt:
        """Give what an agent is asked in a language, or else in another."""
        tag = self.language(language)
        return (Spoken(self.texts[tag].replace("{key}", spoken_key(self.key, tag)), tag),)


@dataclass(frozen=True, slots=True)
class AgentRules:
    """What agents may do, and must."""

    pause_reasons: tuple[str, ...] = ()
    """Those that a pause may have, which then needs one; none: any."""
    longest_wrap_up: float = 1800.0
    """To how many seconds from now wrap-up can be extended."""
    confirmation: Confirmation = Confirmation()


@dataclass(frozen=True, slots=True)
class SupervisorsConfig:
    """Who may throw the emergency switch by phone, and how often a PIN may be wrong over all calls."""

    file: Path
    tries: int = 10
    within: float = 3600.0
    numbers: tuple[str, ...] = ()
    """Their own lines: no emergency closes them."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a server needs to know before it starts."""

    folder: Path
    asterisk: AsteriskConfig
    web: WebConfig
    journal: JournalConfig
    dialplans: Path
    prompts: Path
    cache: Path
    announcements: Path = Path("announcements")
    history: HistoryConfig = field(default_factory=lambda: HistoryConfig("sqlite://"))
    traces: TracesConfig | None = None
    """None: nothing is sent."""
    node: str = "ivrcore"
    slot: str = Slot.A
    plugins: PluginsConfig = PluginsConfig()
    speech: SpeechConfig = SpeechConfig()
    queues: tuple[QueueFacts, ...] = ()
    identify: IdentifyConfig = IdentifyConfig()
    agent_rules: AgentRules = AgentRules()
    feature_codes: FeatureCodes = field(default_factory=FeatureCodes)
    queue_voices: Mapping[str, QueueVoice] = field(default_factory=dict)
    agents: tuple[AgentFacts, ...] = ()
    lookups: tuple[LookupConfig, ...] = ()
    watches: tuple[WatchConfig, ...] = ()
    outbound: OutboundConfig = OutboundConfig()
    mailboxes: Mapping[str, MailboxConfig] = field(default_factory=dict)
    messages: Path = Path("var/messages")
    """Where messages lie, encrypted with the journal's key."""
    supervisors: SupervisorsConfig = SupervisorsConfig(Path("secrets/supervisors"))
    fastagi: FastAgiConfig | None = None
    """None: no AGI request is taken."""
    aeap: AeapConfig | None = None
    """None: no dialplan of Asterisk's own can be helped to understand callers."""
    wallboard: WallboardConfig = field(default_factory=WallboardConfig)
    overload: OverloadConfig = field(default_factory=OverloadConfig)
    canary: CanaryConfig | None = None
    """None: no calls of our own are made."""
    version: str = ""
    """Hash of the file, to tell one state of it from the next."""
    verbs: Verbs = field(default_factory=lambda: CORE_VERBS, repr=False)
    """What the steps of its dialplans may be: the built-in verbs, and those of its plugins."""

    @property
    def app(self) -> str:
        """Our name towards Asterisk: node and slot, stable over a restart."""
        return f"{self.node}-{self.slot}"
