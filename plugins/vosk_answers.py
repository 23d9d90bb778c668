"""Vosk's answers, read: the same JSON from the library and from a server (for `vosk` and `vosk_server`).

An answer is ``{"partial": TEXT}``, or ``{"text": TEXT, "result": [{"word", "conf", "start", "end"}, …]}``, or
with several readings ``{"alternatives": [{"text", "confidence", "result"}, …]}``; ours adds
``"unmeasured": true`` where the engine's confidence says nothing.
https://alphacephei.com/vosk/server. Must not know where an answer came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import isfinite
from typing import Any

from ivrcore.api import HeardWord, Hypothesis, RecogniserFailed

Answer = Mapping[str, object]


def read(text: str | bytes) -> Answer:
    """Read one answer; raises :class:`RecogniserFailed` for what is none."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:  # a server may nest as deep as it likes
        raise RecogniserFailed("an answer is no JSON") from error
    if not isinstance(answer, dict):
        raise RecogniserFailed("an answer is no JSON object")
    return answer


def read_text(text: str) -> str:
    """Give the words of a result."""
    return str(read(text).get("text", ""))


def read_partial(text: str) -> str:
    """Give the words of a partial answer."""
    return str(read(text).get("partial", ""))


def heard(parts: Iterable[str | bytes]) -> Sequence[Hypothesis]:
    """Give what the results of one utterance say, best first; empty for nothing.

    Vosk's own end of speech may cut an utterance, so there may be several results: all their words count, and
    the confidence is that of the least sure. Several readings are given only if there is one result with any.
    Raises :class:`RecogniserFailed` for what is no result of Vosk's.
    """
    readings = [one for one in map(_readings, map(read, parts)) if one]
    if len(readings) == 1:
        return readings[0]
    best = [each[0] for each in readings]
    if not best:
        return ()
    text = " ".join(one.text for one in best)
    words = tuple(chain.from_iterable(one.words for one in best))
    unmeasured = any(one.unmeasured for one in best)
    return (Hypothesis(text, min(one.confidence for one in best), words, unmeasured),)


def _readings(answer: Answer) -> Sequence[Hypothesis]:
    """Give the readings of one result, best first; those without a word are left out."""
    try:
        if "alternatives" not in answer:
            return _alone(answer)
        return [_reading(one) for one in _list(answer["alternatives"]) if one["text"]]
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise RecogniserFailed("an answer is no result of Vosk's") from error


def _alone(answer: Answer) -> Sequence[Hypothesis]:
    words = _words(answer)
    if not words:
        return ()
    text, sure = " ".join(word.text for word in words), min(word.confidence for word in words)
    told = all("conf" in word for word in _list(answer["result"]))
    return [Hypothesis(text, sure, words, not told or _unmeasured(answer))]


def _reading(one: Answer) -> Hypothesis:
    """Read one of several; ours says of each word how sure it is, Vosk itself only of the whole."""
    words = _words(one)
    return Hypothesis(_texts(one["text"]), _sure(one["confidence"]), words, _unmeasured(one))


def _unmeasured(one: Answer) -> bool:
    return one.get("unmeasured") is True


def _words(answer: Answer) -> tuple[HeardWord, ...]:
    return tuple(
        HeardWord(
            _texts(word["word"]),
            _sure(word.get("conf", 1.0)),
            float(word.get("start", 0.0)),
            float(word.get("end", 0.0)),
        )
        for word in _list(answer.get("result", []))
    )


def _list(value: object) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _texts(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _sure(value: object) -> float:
    """Read a confidence; Vosk's may be a little over 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError("confidence")
    return min(1.0, max(0.0, float(value)))
