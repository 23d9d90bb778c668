"""The one module that a plugin imports. What is not here may change without notice."""

from ivrcore.addresses import is_loopback
from ivrcore.dialplan.commands import ServiceTold
from ivrcore.dialplan.keys import Key as VerbKey
from ivrcore.dialplan.keys import Kind, table
from ivrcore.dialplan.reading import Given, Reading
from ivrcore.dialplan.step import Name, Refers, Step
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.errors import (
    ConfigError,
    IvrError,
    LookupFailed,
    LookupResting,
    ModelMissing,
    PluginError,
    RecogniserFailed,
    ServiceError,
    SpeechBusy,
    SpeechError,
)
from ivrcore.hookspecs import hookimpl, observes
from ivrcore.lookup import Json, Lookup
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import EmergencyAction, Scalar, Service, Told
from ivrcore.own_file import secret_from
from ivrcore.pins import pin_hash, pin_matches
from ivrcore.routing.condition import Condition, condition, want_condition
from ivrcore.routing.facts import Candidate, Floor, Member, Memory, Options, QueueView, VisitFacts
from ivrcore.routing.need import Eligibility, Need, need_of, skills_asked
from ivrcore.routing.options import (
    Wanted,
    check_options,
    read_seconds,
    want_fields,
    want_levels,
    want_list,
    want_number,
    want_one_of,
    want_seconds,
    want_text,
    want_truth,
)
from ivrcore.routing.precedence import ContactOrder
from ivrcore.routing.relaxation import Relaxation, Relaxed
from ivrcore.routing.strategy import Choice, Key, KeyStrategy, Order, OrderStrategy, Ranked, Strategy
from ivrcore.routing.workload import Window
from ivrcore.speech.grammar import normalised, vocabulary, words
from ivrcore.speech.lexicon import HearsSmallMenus, Lexicon, WordList
from ivrcore.speech.models import Model, Models, Offer, Progress
from ivrcore.speech.network import Network
from ivrcore.speech.options import OptionFault, RecogniserOptions, WaitsItself
from ivrcore.speech.recogniser import (
    SAMPLE_RATE,
    Advises,
    AsksServers,
    DecodesAtEnd,
    Engine,
    Grammar,
    HeardWord,
    Hypothesis,
    NeverSure,
    Phrase,
    Recogniser,
    ServerNow,
)
from ivrcore.speech.voice import Voice
from ivrcore.watch import Family, FamilyKind, FamilyRow, Standing, Watch

__all__ = [
    "SAMPLE_RATE",
    "Advises",
    "AsksServers",
    "Candidate",
    "Choice",
    "Condition",
    "ConfigError",
    "ContactOrder",
    "DecodesAtEnd",
    "Eligibility",
    "EmergencyAction",
    "Engine",
    "Event",
    "Family",
    "FamilyKind",
    "FamilyRow",
    "Floor",
    "Given",
    "Grammar",
    "HeardWord",
    "HearsSmallMenus",
    "Hypothesis",
    "IvrError",
    "Json",
    "Key",
    "KeyStrategy",
    "Kind",
    "Lexicon",
    "Lookup",
    "LookupFailed",
    "LookupResting",
    "Member",
    "Memory",
    "Model",
    "ModelMissing",
    "Models",
    "Name",
    "Need",
    "Network",
    "NeverSure",
    "Offer",
    "OptionFault",
    "Options",
    "Order",
    "OrderStrategy",
    "Phrase",
    "Place",
    "PluginError",
    "Progress",
    "QueueView",
    "Ranked",
    "Reading",
    "Recogniser",
    "RecogniserFailed",
    "RecogniserOptions",
    "Refers",
    "Relaxation",
    "Relaxed",
    "Scalar",
    "ServerNow",
    "Service",
    "ServiceError",
    "ServiceTold",
    "SpeechBusy",
    "SpeechError",
    "Standing",
    "Step",
    "Strategy",
    "Text",
    "Told",
    "VerbKey",
    "VisitFacts",
    "Voice",
    "WaitsItself",
    "Walk",
    "Wanted",
    "Watch",
    "Window",
    "WordList",
    "Wording",
    "check_options",
    "condition",
    "events",
    "hookimpl",
    "is_loopback",
    "need_of",
    "normalised",
    "observes",
    "pin_hash",
    "pin_matches",
    "read_seconds",
    "secret_from",
    "skills_asked",
    "table",
    "vocabulary",
    "want_condition",
    "want_fields",
    "want_levels",
    "want_list",
    "want_number",
    "want_one_of",
    "want_seconds",
    "want_text",
    "want_truth",
    "words",
]
