"""The one module that a plugin imports. What is not here may change without notice."""

from ivrcore.errors import (
    ConfigError,
    IvrError,
    LookupFailed,
    LookupResting,
    ModelMissing,
    PluginError,
    RecogniserFailed,
    ServiceError,
    SpeechError,
)
from ivrcore.hookspecs import hookimpl
from ivrcore.lookup import Json, Lookup
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import Scalar
from ivrcore.pins import pin_hash, pin_matches
from ivrcore.routing.strategy import Candidate, Key, Strategy
from ivrcore.speech.grammar import normalised, vocabulary, words
from ivrcore.speech.recogniser import SAMPLE_RATE, Engine, Grammar, Hypothesis, Phrase, Recogniser
from ivrcore.speech.voice import Voice

__all__ = [
    "SAMPLE_RATE",
    "Candidate",
    "ConfigError",
    "Engine",
    "Event",
    "Grammar",
    "Hypothesis",
    "IvrError",
    "Json",
    "Key",
    "Lookup",
    "LookupFailed",
    "LookupResting",
    "ModelMissing",
    "Phrase",
    "PluginError",
    "Recogniser",
    "RecogniserFailed",
    "Scalar",
    "ServiceError",
    "SpeechError",
    "Strategy",
    "Voice",
    "events",
    "hookimpl",
    "normalised",
    "pin_hash",
    "pin_matches",
    "vocabulary",
    "words",
]
