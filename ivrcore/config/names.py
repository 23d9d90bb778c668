"""Names and levels, as queues, agents and other sections of a configuration have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivrcore.config.rules import BAD_NAME, UNSAFE_TEXT
from ivrcore.fields import Fields
from ivrcore.model.roster import HIGHEST_LEVEL
from ivrcore.problems import Problems, quoted
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from ivrcore.yamltree import Entry

NAME = re.compile(r"[\w][\w.-]{0,63}")
"""What metrics, URLs and Asterisk can carry."""


def check_name(entry: Entry, what: str, problems: Problems) -> None:
    """Report a name that metrics, URLs or Asterisk could not carry."""
    if not NAME.fullmatch(entry.key):
        message = f"{what} {quoted(entry.key)}: a name is made of letters, digits, '.', '_' and '-'"
        problems.report(BAD_NAME, entry.location, message)


def read_levels(fields: Fields, key: str) -> dict[str, int]:
    """Read skills: a mapping of skill to level, or a list of skills (level 1)."""
    entry = fields.entry(key)
    if entry is None:
        return {}
    if not isinstance(entry.value, MapNode):
        return {node.text: 1 for node in fields.text_items(entry.value)}
    levels = Fields(entry.value, fields.problems, f"{fields.what}, {key}")
    return {
        each.key: levels.integer(each.key, 1, least=1, most=HIGHEST_LEVEL) for each in entry.value.entries
    }


def formed(fields: Fields, key: str, default: str, form: re.Pattern[str]) -> str:
    """Read a text that must be of this form, whole: it goes to where anything else would be interpreted."""
    text = fields.text(key, default)
    if text and not form.fullmatch(text):
        message = f"{fields.what}: {key!r} cannot be {quoted(text)}"
        fields.problems.report(UNSAFE_TEXT, fields.place(key), message, f"allowed: {form.pattern}")
    return text
