"""The one module that a plugin imports. What is not here may change without notice."""

from ivrcore.errors import ConfigError, IvrError, ModelMissing, PluginError, RecogniserFailed, SpeechError
from ivrcore.hookspecs import hookimpl
from ivrcore.model import events
from ivrcore.model.event import Event
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
    "Key",
    "ModelMissing",
    "Phrase",
    "PluginError",
    "Recogniser",
    "RecogniserFailed",
    "SpeechError",
    "Strategy",
    "Voice",
    "events",
    "hookimpl",
    "normalised",
    "vocabulary",
    "words",
]
