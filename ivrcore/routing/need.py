"""What a visit needs of an agent: rules of eligibility by name, and what is asked of each.

A need is a value: it can be compared, hashed and journalled. All visits of a queue with the same need can be
served by the same agents; they form one *line*, so that neither side ever searches past one that does not
fit.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, Protocol

import msgspec

from ivrcore.routing.facts import Member

Need = tuple[tuple[str, Hashable], ...]
"""(rule, what is asked of it), sorted by rule; lists are tuples, mappings sorted tuples of pairs."""

SKILLS = "skills"
"""The rule that asks for least levels of skills: ``{skill: level}``."""
TIER = "tier"
"""The rule that asks for a tier: ``[least, most]``, either may be None."""
AGENTS = "agents"
"""The rule that names the only agents wanted."""
PBX = "pbx"
"""The rule that asks for a phone that this PBX can dial: the caller's own, where there are several. It is no
plugin's, and nothing relaxes it."""


class Line(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A queue and a need."""

    queue: str
    need: Need = ()


def line_of(queue: str, need: Need) -> Line:
    """Give a line; a queue's own is made once."""
    return Line(queue, need) if need else _own_line(queue)


@cache
def _own_line(queue: str) -> Line:
    return Line(queue)


class Eligibility(Protocol):
    """One rule of who may be offered a contact. Pure; depends on the agent's facts alone."""

    @property
    def name(self) -> str:
        """As a need names it."""

    def misfit(self, member: Member, asked: Any) -> str:
        """Say in a few words why this agent may not have it (``lacks french 3``); "" if he may.

        ``asked`` is what the need asks of this rule, as in `Need`. The reason must not name the agent: those
        of all agents are counted by reason.
        """


def need_of(asked: Mapping[str, Any]) -> Need:
    """Give the canonical form of what is asked; what is empty (or None) asks nothing."""
    return tuple(
        (rule, frozen(asked[rule])) for rule in sorted(asked) if asked[rule] not in (None, {}, [], ())
    )


def frozen(value: Any) -> Hashable:
    """Make a value of YAML or JSON hashable: lists become tuples, mappings sorted tuples of pairs."""
    if isinstance(value, Mapping):
        return tuple((str(key), frozen(value[key])) for key in sorted(value, key=str))
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    result: Hashable = value
    return result


def skills_asked(need: Need) -> dict[str, int]:
    """Give the least levels of skills that a need asks for."""
    for rule, asked in need:
        if rule == SKILLS and isinstance(asked, tuple):
            return {str(skill): int(level) for skill, level in asked}
    return {}


def with_asked(need: Need, rule: str, asked: Any) -> Need:
    """Give the need with another thing asked of one rule (None: nothing any more)."""
    return need_of({**dict(need), rule: asked})
