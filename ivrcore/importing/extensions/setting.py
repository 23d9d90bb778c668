"""What Set sets: variables, the language, time-outs, priorities, and what else Asterisk keeps in
functions."""

from __future__ import annotations

import re

from ivrcore.importing import rules
from ivrcore.importing.draft import Steps, note, step
from ivrcore.importing.extensions.arguments import split
from ivrcore.importing.extensions.durations import seconds
from ivrcore.importing.extensions.passage import Passage
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.extensions.values import unquoted
from ivrcore.problems import quoted

_SETTING = re.compile(r"([A-Za-z_]\w*)(?:\((.*)\))?")


def set_one(passage: Passage, arguments: str) -> Steps:
    """Translate ``Set(name=value)``."""
    name, sign, text = arguments.partition("=")
    match = _SETTING.fullmatch(name.strip())
    if not sign or not match:
        raise Untold(f"{quoted(arguments)} sets nothing that can be told", "write name=value")
    if match[2] is None:
        return _set_variable(passage, match[1], text)
    setter = _SETTERS.get(match[1].upper())
    if setter is None:
        raise Untold(f"the function {match[1]}({match[2]}) cannot be set here", "")
    return setter(passage, unquoted(match[2]), unquoted(text))


def _set_variable(passage: Passage, name: str, text: str) -> Steps:
    plain = name.lstrip("_")
    if plain == "QUEUE_PRIO":
        value = passage.values.value(text)
        return Steps([step("contact", {"priority": value})])
    if plain in ("QUEUE_MAX_PENALTY", "QUEUE_MIN_PENALTY", "MONITOR_EXEC", "CHANNEL"):
        raise Untold(f"{plain} has no meaning here", "skills and priorities choose the agent: see 'contact'")
    return Steps([step("set", {passage.ground.variables.set(name): passage.values.value(text)})])


def _set_channel(passage: Passage, item: str, text: str) -> Steps:
    if item.casefold() != "language":
        raise Untold(f"CHANNEL({item}) cannot be set here")
    language = passage.fixed(text, "the language").replace("_", "-").split("-")[0].casefold()
    if not re.fullmatch(r"[a-z]{2,3}", language):
        raise Untold(f"{quoted(text)} is no language")
    if language not in passage.ground.draft.languages:
        passage.ground.draft.languages.append(language)
    return Steps([step("language", language)])


def _set_timeout(passage: Passage, item: str, text: str) -> Steps:
    settings = passage.ground.settings
    kind = item.casefold()
    if kind == "response":
        settings.response = seconds(text, "the time-out", 0.5)
        return Steps([note(f"menus after this wait {settings.response}")])
    if kind == "digit":
        settings.digit = seconds(text, "the time-out", 0.5)
        return Steps([note(f"digits that are collected after this may be {settings.digit} apart")])
    raise Untold(f"TIMEOUT({item}) has no translation", "the longest call is in config/ivrcore.yaml")


def _set_global(passage: Passage, item: str, text: str) -> Steps:
    passage.warn(rules.DIFFERENT, f"{item} is a variable of this call only, no longer of all calls")
    return _set_variable(passage, item, text)


def _set_no_cdr(passage: Passage, item: str, text: str) -> Steps:
    if item.casefold() == "userfield":
        return Steps([step("disposition", passage.fixed(text, "the disposition")[:60])])
    raise Untold(f"CDR({item}) has no translation", "'disposition' names how a call went")


_SETTERS = {
    "CHANNEL": _set_channel,
    "LANGUAGE": lambda passage, _item, text: _set_channel(passage, "language", text),
    "TIMEOUT": _set_timeout,
    "GLOBAL": _set_global,
    "CDR": _set_no_cdr,
}


def set_several(passage: Passage, arguments: str) -> Steps:
    """Translate ``MSet(a=1,b=2)``."""
    return Steps([one for part in split(arguments) for one in set_one(passage, part)])


def response_timeout(passage: Passage, arguments: str) -> Steps:
    """Translate ``ResponseTimeout(seconds)``."""
    return _set_timeout(passage, "response", arguments)


def digit_timeout(passage: Passage, arguments: str) -> Steps:
    """Translate ``DigitTimeout(seconds)``."""
    return _set_timeout(passage, "digit", arguments)
