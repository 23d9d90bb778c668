"""The messages of AEAP's ``speech_to_text``, read and written. Pure; no audio, no time.

Asterisk asks, each time with an ``id``: once
``{"request": "setup", "version": "0.1.0", "codecs": [{"name": "slin"}], "params": {…}}``, then
``{"request": "set", "params": {NAME: VALUE}}`` and ``{"request": "get", "params": [NAME]}``. Each is answered
by ``{"response": NAME, "id": …}``, with ``error_msg`` where it cannot be done. We push results by
``{"request": "set", "params": {"results": […]}, "id": …}``, which Asterisk answers.
https://docs.asterisk.org/Configuration/Interfaces/Asterisk-External-Application-Protocol-AEAP/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ivrcore.errors import WireError

SUBPROTOCOL = "speech_to_text"
CODEC = "slin"
"""The only one that is taken: signed 16 bit little endian at 8 kHz.

Asterisk's AGI sends it whatever it said it would; with another codec it would announce that one.
"""
RATE = 8_000
"""Samples per second of :data:`CODEC`."""
VERSION = "0.1"
"""Of the protocol, without its last part."""
LONGEST_TEXT = 16_384
"""Characters of a text message."""
LONGEST_ID = 128
LONGEST_VALUE = 500
MOST_PARAMS = 50
LONGEST_SAID = 1000
"""Bytes of a result's text: AGI's answer has 4096 for all results, a variable in a dialplan has as many."""
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Setup:
    """Asterisk wants to begin: with one of these codecs, and with what its aeap.conf sets."""

    id: str
    codecs: tuple[str, ...]
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Set:
    """Settings of a recognition; ``dtmf`` among them are keys that the caller pressed."""

    id: str
    params: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Get:
    """A question for settings, or for ``results``."""

    id: str
    params: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """Asterisk's answer to a request of ours; ``error`` is empty if it did what we asked."""

    name: str
    id: str
    error: str


Message = Setup | Set | Get | Answered


@dataclass(frozen=True, slots=True)
class Result:
    """What was heard, as dialplans see it; ``score`` 0 to 100, ``best`` 0 for the best of several."""

    text: str = field(repr=False)
    score: int
    grammar: str
    best: int = 0


class BadMessage(WireError):
    """A message that cannot be read; ``request`` and ``id`` are for the answer, empty where not known."""

    def __init__(self, why: str, raw: str, *, request: str = "", id: str = "") -> None:
        super().__init__(f"{why}: {masked(raw)}", hint="it must be AEAP's speech_to_text, version 0.1")
        self.why, self.request, self.id = why, request, id


def masked(raw: str) -> str:
    """Give a message for a log: its beginning, without digits, since keys and numbers may be in it."""
    shown = re.sub(r"\d", "#", raw[:_SHOWN])
    return ascii(shown) + (" …" if len(raw) > _SHOWN else "")


def unnumbered(text: str) -> str:
    """Give a text for a log, in one line, without rows of digits: a dialplan may set what callers dialled."""
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return re.sub(r"\d{3,}", "###", shown)


def read_message(raw: str) -> Message:
    """Read a text message; raises :class:`BadMessage`."""
    if len(raw) > LONGEST_TEXT:
        raise BadMessage(f"a message has more than {LONGEST_TEXT} characters", raw)
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadMessage("a message is no JSON", raw) from None
    if not isinstance(found, dict):
        raise BadMessage("a message is no JSON object", raw)
    given = found.get("id", "")
    if not isinstance(given, str) or len(given) > LONGEST_ID:
        raise BadMessage(f"an id is a text of at most {LONGEST_ID} characters", raw)
    if isinstance(name := found.get("response"), str):
        error = found.get("error_msg", "")
        return Answered(name[:LONGEST_ID], given, str(error)[:LONGEST_VALUE] if error else "")
    name = found.get("request")
    reader = _READERS.get(name) if isinstance(name, str) else None
    if reader is None:
        known = ", ".join(_READERS)
        raise BadMessage(f"a request is one of {known}", raw, request=_short(name), id=given)
    try:
        return reader(given, found)
    except _Wrong as wrong:
        raise BadMessage(str(wrong), raw, request=_short(name), id=given) from None


class _Wrong(Exception):
    """What is wrong within a request."""


def _short(name: object) -> str:
    return name[:LONGEST_ID] if isinstance(name, str) else ""


def _setup(id: str, found: Mapping[str, object]) -> Setup:
    version = found.get("version", "")
    if not isinstance(version, str) or not (version == VERSION or version.startswith(f"{VERSION}.")):
        raise _Wrong(f"version {VERSION} is spoken here")
    codecs = found.get("codecs")
    if not isinstance(codecs, list) or not all(isinstance(one, dict) for one in codecs):
        raise _Wrong("codecs are a list of objects with a name")
    names = tuple(str(one.get("name", ""))[:LONGEST_ID] for one in codecs[:MOST_PARAMS])
    return Setup(id, names, _params(found.get("params") or {}))


def _set(id: str, found: Mapping[str, object]) -> Set:
    params = _params(found.get("params"))
    if not params:
        raise _Wrong("there is nothing to be set")
    return Set(id, params)


def _get(id: str, found: Mapping[str, object]) -> Get:
    params = found.get("params")
    if not isinstance(params, list) or not params or not all(isinstance(one, str) for one in params):
        raise _Wrong("params are a list of names")
    return Get(id, tuple(one[:LONGEST_VALUE] for one in params[:MOST_PARAMS]))


def _params(found: object) -> Mapping[str, str]:
    if not isinstance(found, dict) or len(found) > MOST_PARAMS:
        raise _Wrong(f"params are an object of at most {MOST_PARAMS} names")
    if not all(isinstance(value, str) for value in found.values()):
        raise _Wrong("a setting is a text")
    if any(max(len(name), len(value)) > LONGEST_VALUE for name, value in found.items()):
        raise _Wrong(f"a setting has at most {LONGEST_VALUE} characters")
    return found


_READERS: dict[str, Callable[[str, Mapping[str, object]], Message]] = {
    "setup": _setup,
    "set": _set,
    "get": _get,
}


# --- what we say ----------------------------------------------------------------------------------


def set_up(id: str) -> str:
    """Answer a setup: with the one codec."""
    return json.dumps({"response": "setup", "id": id, "codecs": [{"name": CODEC}]})


def done(name: str, id: str) -> str:
    """Answer a request that needs no more."""
    return json.dumps({"response": name, "id": id})


def told(id: str, params: Mapping[str, object]) -> str:
    """Answer a ``get``."""
    return json.dumps({"response": "get", "id": id, "params": params})


def refused(name: str, id: str, why: str) -> str:
    """Answer a request that cannot be done; Asterisk puts ``why`` into its log."""
    return json.dumps({"response": name or "set", "id": id, "error_msg": why})


def push(id: str, results: Sequence[Result]) -> str:
    """End the recognition that runs by what was heard."""
    return json.dumps({"request": "set", "id": id, "params": {"results": as_json(results)}})


def as_json(results: Sequence[Result]) -> list[dict[str, object]]:
    """Give results as they are sent.

    The best one last: Asterisk turns their order round, and looks each up by ``best``, from 0.
    """
    return [
        {"text": _said(one.text), "score": one.score, "grammar": one.grammar, "best": one.best}
        for one in reversed(results)
    ]


def _said(text: str) -> str:
    """Give what was heard as one line: Asterisk puts it into AGI's answer as it is."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line.encode("utf-8")[:LONGEST_SAID].decode("utf-8", "ignore")
