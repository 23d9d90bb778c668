"""The section ``canary:``: calls of our own that try the hotline. Must not know how they are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.config.canary_keys import CANARY
from ivrcore.config.rules import UNKNOWN_PBX, UNSAFE_TEXT
from ivrcore.dialplan.model import plain_number
from ivrcore.model.pbx import MAIN
from ivrcore.problems import did_you_mean, quoted

if TYPE_CHECKING:
    from ivrcore.config.model import AsteriskConfig
    from ivrcore.fields import Fields

INBOUND = "ivrcore-inbound"
"""The context of the generated files that gives callers to the server."""
_KEYS = re.compile(r"[0-9*#]{0,20}")
_NUMBER = re.compile(r"[0-9A-Za-z*#+][0-9A-Za-z*#+-]{0,39}")
_CONTEXT = re.compile(r"[A-Za-z0-9][\w-]{0,63}")


@dataclass(frozen=True, slots=True)
class CanaryConfig:
    """Which number is called how often (seconds), and the keys that are pressed, one per menu."""

    number: str
    every: float = 60.0
    keys: str = ""
    within: float = 5.0
    """For each thing that is waited for, seconds."""
    context: str = INBOUND
    """The context of Asterisk's dialplan in which the number is dialled."""
    always_open: bool = False
    """Whether it is a fault that the dialplan ends the call by itself."""
    pbxs: tuple[str, ...] = (MAIN,)
    """At which PBXs: each is called as often, one some time after the other."""

    @property
    def longest(self) -> float:
        """How long one call may last, seconds: over before the next."""
        return 0.8 * self.every


def read_canary(top: Fields, asterisk: AsteriskConfig) -> CanaryConfig | None:
    """Read ``canary:``; None where it is not there."""
    fields = top.within("canary", "'canary'")
    if fields is None:
        return None
    if not asterisk.ari:
        fields.bad(fields.location, "calls are made by ARI, which 'asterisk' turns off", "remove 'canary'")
    every = fields.seconds("every", 60.0, least=10.0, most=3600.0)
    result = CanaryConfig(
        number=plain_number(_formed(fields, "number", "", _NUMBER, required=True)),
        every=every,
        keys=_formed(fields, "keys", "", _KEYS),
        within=fields.seconds("within", 5.0, least=1.0, most=60.0),
        context=_formed(fields, "context", INBOUND, _CONTEXT),
        always_open=fields.boolean("always_open", False),
        pbxs=_pbxs(fields, asterisk),
    )
    if result.within > result.longest:
        hint = f"write at most {result.longest:.0f}s, or call less often"
        fields.bad(fields.place("within"), "'within' is longer than a call may last", hint)
    fields.finish(CANARY)
    return result


def _pbxs(fields: Fields, asterisk: AsteriskConfig) -> tuple[str, ...]:
    """Read at which PBXs: all, unless some are named."""
    named = fields.texts("pbxs")
    for node in named:
        if node.text not in asterisk.every:
            message = f"{fields.what}: there is no PBX {quoted(node.text)}"
            fields.problems.report(
                UNKNOWN_PBX, node.location, message, did_you_mean(node.text, asterisk.every)
            )
    known = tuple(dict.fromkeys(node.text for node in named if node.text in asterisk.every))
    return known or tuple(asterisk.every)


def _formed(fields: Fields, key: str, default: str, form: re.Pattern[str], *, required: bool = False) -> str:
    """Read text of a strict form: it goes to Asterisk."""
    text = fields.text(key, default, required=required)
    if text and not form.fullmatch(plain_number(text) if key == "number" else text):
        message = f"{fields.what}: {key!r} cannot be {quoted(text)}"
        fields.problems.report(UNSAFE_TEXT, fields.place(key), message, f"allowed: {form.pattern}")
        return default
    return text
