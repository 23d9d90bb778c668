"""Reads what agents may do, and how they say that it is they who picked up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.agent_words import CONFIRM
from ivrcore.config.model import AgentRules, Confirmation
from ivrcore.config.queue_voice import read_texts
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from ivrcore.fields import Fields

_KEY = re.compile(r"[0-9*#]")


def read_agent_rules(top: Fields, language: str) -> AgentRules:
    """Read ``agent_rules:``; ``language`` is the site's."""
    fields = top.within("agent_rules", "'agent_rules'")
    default = AgentRules()
    if fields is None:
        return default
    result = AgentRules(
        pause_reasons=tuple(node.text for node in fields.texts("pause_reasons")),
        longest_wrap_up=fields.seconds("longest_wrap_up", default.longest_wrap_up, least=1.0),
        confirmation=_confirmation(fields, language),
    )
    fields.finish(keys.AGENT_RULES)
    return result


def _confirmation(fields: Fields, language: str) -> Confirmation:
    default = Confirmation()
    key = fields.text("confirm_key", default.key)
    if not _KEY.fullmatch(key):
        fields.bad(fields.location, f"{quoted(key)} is not a key of a phone", "one of 0 to 9, '*' or '#'")
    texts = read_texts(fields, "confirm_prompt", language)
    if any("{key}" not in text for text in texts.values()):
        hint = "such as: Press {key} to take the call."
        fields.bad(fields.location, "'confirm_prompt' does not say which key: {key}", hint)
    within = fields.seconds("confirm_within", default.within, least=2.0, most=60.0)
    return Confirmation(key, {**CONFIRM, **texts}, within)
