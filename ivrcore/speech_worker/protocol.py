"""The messages of alphacep/vosk-server, read and written. Pure.

The client sends ``{"config": {…}}``, audio as binary messages, ``{"reset": 1}``, ``{"eof": 1}``; each audio
message is answered by one partial or result, ``reset`` and ``eof`` by one result.
https://github.com/alphacep/vosk-server/blob/master/websocket/asr_server.py

Ours beyond it, which the original passes over: in ``config`` the keys ``language`` (another one is refused),
``gate`` and ``partials`` (0: neither), ``free`` (1: anything may be said, if the engine can, else the
phrases), ``network`` (a list of ``[FROM, TO, WORD]``: its ways from state 0 to state 1 may be said too); and
the message ``{"vocabulary": [PHRASE, …]}``, answered by ``{"unknown": [WORD, …]}``, with ``"after": SECONDS``
besides where the engine decodes what was said once it is over: seconds of computing per second of it (the
original breaks at that message: send it only where the handshake's answer has ``Server: ivrcore-speech``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ivrcore.speech.grammar import primary
from ivrcore.speech.network import Network
from ivrcore.speech.recogniser import Grammar, HeardWord, Hypothesis, Phrase

SERVER = "ivrcore-speech"
"""How a worker names itself in the handshake."""
LEAST_RATE, MOST_RATE = 8_000, 48_000
MOST_ALTERNATIVES = 20
LONGEST_PHRASE = 500
MOST_ARCS = 20_000
_POLICY = 1008  # RFC 6455, 7.4.1: a message that violates the endpoint's policy


class Refused(Exception):
    """A stream that is ended: the websocket's close code, why, and the reason's name in the metrics."""

    def __init__(self, reason: str, *, code: int = _POLICY, kind: str = "message") -> None:
        super().__init__(reason)
        self.reason, self.code, self.kind = reason, code, kind


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client wants of its stream; no ``phrases``: free speech."""

    rate: int
    phrases: tuple[str, ...] = ()
    words: bool = True
    alternatives: int = 0
    gate: bool = True
    partials: bool = True
    free: bool = False
    network: Network | None = None

    def grammar(self, language: str) -> Grammar:
        """Give what may be said."""
        free = self.free or not (self.phrases or self.network)
        return replace(phrases_of(self.phrases, language, free=free), network=self.network)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The question which words of these phrases the model lacks."""

    phrases: tuple[str, ...]


class Sign(Enum):
    """The end of an utterance, and of the stream too."""

    RESET = "reset"
    EOF = "eof"


def phrases_of(phrases: Sequence[str], language: str, *, free: bool = False) -> Grammar:
    """Make a grammar of plain phrases."""
    return Grammar(language, tuple(Phrase(text, text) for text in phrases), free)


def read_message(text: str, wishes: Wishes, language: str, most: int) -> Wishes | Vocabulary | Sign:
    """Read a text message; ``wishes`` is what held before, ``most`` how many phrases there may be.

    Raises :class:`Refused`.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("a text message is JSON") from None
    if not isinstance(message, dict):
        raise Refused("a text message is a JSON object")
    for sign in Sign:
        if sign.value in message:
            return sign
    if "vocabulary" in message:
        return Vocabulary(_phrases(message["vocabulary"], most))
    config = message.get("config")
    if not isinstance(config, dict):
        raise Refused("a text message is config, reset or eof")
    return _configured(config, wishes, language, most)


def _configured(config: Mapping[str, object], wishes: Wishes, language: str, most: int) -> Wishes:
    if "model" in config:
        raise Refused("the model is the same for all: it cannot be changed by a client")
    wanted = config.get("language", language)
    if not isinstance(wanted, str) or primary(wanted) != primary(language):
        raise Refused(f"the language here is {language}")
    return replace(
        wishes,
        rate=_number(config, "sample_rate", wishes.rate, LEAST_RATE, MOST_RATE),
        phrases=_phrases(config["phrase_list"], most) if "phrase_list" in config else wishes.phrases,
        words=bool(config.get("words", wishes.words)),
        alternatives=_number(config, "max_alternatives", wishes.alternatives, 0, MOST_ALTERNATIVES),
        gate=bool(config.get("gate", wishes.gate)),
        partials=bool(config.get("partials", wishes.partials)),
        free=bool(config.get("free", wishes.free)),
        network=_network(config["network"]) if "network" in config else wishes.network,
    )


def _number(config: Mapping[str, object], key: str, before: int, least: int, most: int) -> int:
    value = config.get(key, before)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refused(f"{key} is a number from {least} to {most}")
    return int(value)


def _phrases(value: object, most: int) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refused("phrases are a list of texts")
    if len(value) > most or any(len(each) > LONGEST_PHRASE for each in value):
        raise Refused(f"there are at most {most} phrases, of {LONGEST_PHRASE} letters each")
    return tuple(value)


def _network(value: object) -> Network | None:
    if not isinstance(value, list) or len(value) > MOST_ARCS or not all(map(_is_arc, value)):
        raise Refused(f"a network is a list of at most {MOST_ARCS} [from, to, word]")
    return Network(tuple((start, end, word) for start, end, word in value)) if value else None


def _is_arc(value: object) -> bool:
    match value:
        case [int(start), int(end), str(word)]:
            return 0 <= start <= MOST_ARCS and 0 <= end <= MOST_ARCS and len(word) <= LONGEST_PHRASE
    return False


# --- answers --------------------------------------------------------------------------------------


def partial(text: str) -> str:
    """Write what was heard so far."""
    return _json({"partial": text})


def unknown(words: frozenset[str], after: float = 0.0) -> str:
    """Write which words the model lacks, and how much later an answer comes the more is said."""
    return _json({"unknown": sorted(words)} | ({"after": after} if after else {}))


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance's hypotheses, best first, and where in the stream it was (seconds)."""

    hypotheses: Sequence[Hypothesis]
    start: float
    end: float


def result(heard: Sequence[Heard], wishes: Wishes) -> str:
    """Write what was heard in the utterances that one message ended (mostly one)."""
    found = [each for each in heard if each.hypotheses]
    if wishes.alternatives:
        return _json({"alternatives": _alternatives(found, wishes)})
    text = " ".join(each.hypotheses[0].text for each in found)
    if not wishes.words or not text:
        return _json({"text": text})
    said = [word for each in found for word in _words(each.hypotheses[0], each)]
    answer: dict[str, object] = {"result": said, "text": text}
    return _json(answer | _mark(each.hypotheses[0] for each in found))


def _alternatives(found: Sequence[Heard], wishes: Wishes) -> list[dict[str, object]]:
    if not found:
        return [{"confidence": 1.0, "text": ""}]  # as Vosk does
    several = found[0].hypotheses if len(found) == 1 else [_joined(found)]
    return [
        {"confidence": one.confidence, "text": one.text}
        | ({"result": list(_words(one, found[0]))} if wishes.words and len(found) == 1 else {})
        | _mark([one])
        for one in several[: wishes.alternatives]
    ]


def _mark(said: Iterable[Hypothesis]) -> dict[str, object]:
    """Tell, beyond what Vosk tells, that a confidence says nothing."""
    return {"unmeasured": True} if any(one.unmeasured for one in said) else {}


def _joined(found: Sequence[Heard]) -> Hypothesis:
    best = [each.hypotheses[0] for each in found]
    return Hypothesis(
        " ".join(one.text for one in best),
        min(one.confidence for one in best),
        unmeasured=any(one.unmeasured for one in best),
    )


def _words(one: Hypothesis, heard: Heard) -> list[dict[str, object]]:
    """Give the words with the stream's times; each has the whole time where the engine tells none."""
    words = one.words or tuple(
        HeardWord(word, one.confidence, 0.0, heard.end - heard.start) for word in one.text.split()
    )
    return [
        {
            "conf": word.confidence,
            "end": round(heard.start + word.end, 3),
            "start": round(heard.start + word.start, 3),
            "word": word.text,
        }
        for word in words
    ]


def _json(message: Mapping[str, object]) -> str:
    return json.dumps(message, ensure_ascii=False)
