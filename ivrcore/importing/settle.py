"""Drafts made sound: questions that come back get texts to ask again with, and blocks used once stand where
they are used.

A menu of ours asks again by ``no_input`` and ``no_match`` and then runs ``otherwise``; sources jump back
instead, mostly without end. Must not know of any source's language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ivrcore.importing import rules
from ivrcore.importing.draft import Block, Choice, Draft, Menu, Part, Step, Steps, hang_up, plain_name
from ivrcore.importing.emit import places
from ivrcore.location import NOWHERE, Location
from ivrcore.problems import Problems, Rule

AGAIN = 2
"""How often a question that was asked without end is asked again; ours by default, too."""
KEYS = "1234567890*#"
MOST_OTHER = 40
"""Keys that can be written out for what no choice has."""


def settle(draft: Draft, problems: Problems) -> None:
    """Do all of it, in place."""
    for menu in draft.menus.values():
        if not menu.settled:
            _Menu(draft, menu, problems).settle()
    _place_blocks(draft)
    _drop_passing(draft, problems)
    _name_choices(draft)
    for steps in draft.lists():
        _hold(draft, steps)


@dataclass(slots=True)
class _Way:
    """What is heard on the way back to a menu, and where that was written."""

    prompt: list[Part]
    origins: list[Location]


class _Menu:
    def __init__(self, draft: Draft, menu: Menu, problems: Problems) -> None:
        self.draft = draft
        self.menu = menu
        self.problems = problems

    def settle(self) -> None:
        menu = self.menu
        misfit = menu.misfit if menu.misfit is not None else menu.silence
        silent, unfit = self.back(menu.silence), self.back(misfit)
        menu.no_input, menu.no_match = self.again(silent), self.again(unfit)
        menu.no_input_from += silent.origins if silent else []
        menu.no_match_from += unfit.origins if unfit else []
        if silent is None:
            if unfit is None and not _same(misfit, menu.silence):
                self.other_keys(misfit)
        elif unfit is None:
            menu.silence = misfit
        else:
            menu.silence = Steps([hang_up()])
            self.report(
                rules.NO_WAY_OUT, "callers who do nothing were asked for ever; now they are hung up on"
            )
        menu.misfit = None
        if silent or unfit:
            self.report(rules.BOUNDED, f"it was asked again without end, now {AGAIN} times, then 'otherwise'")

    def report(self, rule: Rule, message: str) -> None:
        place = self.menu.origins[0] if self.menu.origins else NOWHERE
        hint = "let 'otherwise' lead to a queue: people must be able to reach somebody"
        self.problems.report(rule, place, f"menu {self.menu.name}: {message}", hint)

    def again(self, way: _Way | None) -> list[list[Part]]:
        if way is None:
            return []
        return [[*way.prompt, *self.menu.prompt] for _ in range(AGAIN)]

    def back(self, steps: Steps, seen: frozenset[str] = frozenset()) -> _Way | None:
        """Give what is heard on the way back to this menu, if only prompts are on it."""
        way = _Way([], [])
        for one in steps:
            way.origins += one.origins if self.replaced(seen) else []
            if one.verb in ("play", "say"):
                way.prompt += _parts(one)
            elif one.verb == "menu":
                return way if one.fields["menu"] == self.menu.name else None
            elif one.verb == "goto":
                return self.through(str(one.fields["goto"]), way, seen)
            elif one.verb not in ("", "answer", "pause"):
                return None
        return None

    def replaced(self, seen: frozenset[str]) -> bool:
        """Whether a list of steps is only the way back: other blocks keep their own lines."""
        return seen <= self.draft.passing

    def through(self, target: str, way: _Way, seen: frozenset[str]) -> _Way | None:
        block = self.draft.blocks.get(target)
        if block is None or target in seen or len(seen) > 20:
            return None
        further = self.back(block.steps, seen | {target})
        if further is None:
            return None
        return _Way(way.prompt + further.prompt, way.origins + further.origins)

    def other_keys(self, steps: Steps) -> None:
        """Make a choice of every key that no choice has: it leads elsewhere than silence does."""
        taken = {key for choice in self.menu.choices for key in choice.keys}
        free = _other(taken)
        if not taken or len(free) > MOST_OTHER:
            self.report(rules.DIFFERENT, "keys that are no choice lead where silence leads")
            self.menu.no_match_from += [origin for one in steps for origin in one.origins]
            return
        names = {choice.name for choice in self.menu.choices}
        name = next(one for one in ("invalid", "other-keys", "no-choice") if one not in names)
        if free:
            self.menu.choices.append(Choice(name, steps, free))


def _other(taken: set[str]) -> list[str]:
    """Give the shortest keys that neither begin nor continue one that is taken."""
    inner = {key[:length] for key in taken for length in range(len(key))}
    free: list[str] = []
    for begun in sorted(inner, key=lambda one: (len(one), one)):
        free += [begun + key for key in KEYS if begun + key not in taken and begun + key not in inner]
    return free


def _parts(one: Step) -> list[Part]:
    value = one.fields[one.verb]
    values = value if isinstance(value, list) else [value]
    texts = [value for value in values if isinstance(value, str)]
    return [{"play": text} if one.verb == "play" else text for text in texts]


def _same(left: Steps, right: Steps) -> bool:
    return [one.fields for one in left if one.fields] == [one.fields for one in right if one.fields]


# --- blocks -----------------------------------------------------------------------------------------------


def _place_blocks(draft: Draft) -> None:
    """Put a block that only one answer of a menu leads to where it is led to."""
    used = Counter(_named(draft))
    for menu in draft.menus.values():
        for choice in menu.choices:
            choice.go = _placed(draft, choice.go, used)
        menu.silence = _placed(draft, menu.silence, used)


def _named(draft: Draft) -> list[str]:
    found = [str(one.fields[one.verb]) for one in draft.steps() if one.verb in ("goto", "do")]
    starts = (entry.value for entry in draft.numbers.values())
    return [*found, *(str(start.get("start", "")) for start in starts if isinstance(start, dict))]


def _placed(draft: Draft, steps: Steps, used: Counter[str]) -> Steps:
    only = steps[-1] if steps else None
    target = str(only.fields["goto"]) if only is not None and only.verb == "goto" else ""
    block = draft.blocks.get(target)
    if block is None or used[target] != 1 or only is None or only.origins:
        return steps
    del draft.blocks[target]
    if not any(one.fields for one in block.steps):
        block.steps.append(hang_up())
    first = next(one for one in block.steps if one.fields)
    first.origins[:0] = [origin for origin in block.origins if origin not in first.origins]
    return Steps([*steps[:-1], *block.steps])


def _drop_passing(draft: Draft, problems: Problems) -> None:
    """Drop blocks for silence and misfits that no question leads to; their lines are listed."""
    while True:
        used = set(_named(draft))
        unused = [name for name in draft.blocks if name not in used and _needless(draft, name)]
        if not unused:
            return
        _drop(draft, draft.blocks.pop(unused[0]), problems)


def _needless(draft: Draft, name: str) -> bool:
    """Whether a block that nothing leads to is not worth keeping: all of it stands elsewhere too."""
    if name in draft.passing:
        return True
    own = _origins(draft.blocks[name].steps)
    lists = [draft.blocks[other].steps for other in draft.blocks if other != name]
    lists += [choice.go for menu in draft.menus.values() for choice in menu.choices]
    return bool(own) and own <= {origin for steps in lists for origin in _origins(steps)}


def _origins(steps: Steps) -> set[Location]:
    return {origin for one in steps.all() for origin in one.origins}


def _drop(draft: Draft, block: Block, problems: Problems) -> None:
    kept = {origin for menu in draft.menus.values() for origin in (*menu.no_input_from, *menu.no_match_from)}
    kept |= {origin for entry in draft.numbers.values() for origin in entry.origins}
    kept |= {origin for steps in draft.lists() for origin in _origins(steps)}
    for one in block.steps.all():
        for origin in one.origins:
            if origin not in kept:
                message = "no question leads to this extension"
                problems.report(rules.NO_EXTENSION, origin, message, "it may be left out")
                draft.tail.append(
                    f"not translated ({rules.NO_EXTENSION.code}): no question leads here   {places([origin])}"
                )


def _name_choices(draft: Draft) -> None:
    """Name choices for where they lead, if they lead there at once."""
    for menu in draft.menus.values():
        taken = {choice.name for choice in menu.choices} | {"otherwise"}
        for choice in menu.choices:
            first = next((one for one in choice.go if one.fields), None)
            if first is None or first.verb not in ("queue", "goto", "menu", "do") or not choice.keys:
                continue
            name = plain_name(str(first.fields[first.verb]))
            if choice.name.startswith("key-") and name not in taken:
                taken.add(name)
                choice.name = name


def _hold(draft: Draft, steps: Steps) -> None:
    """Keep prompts whole that keys did not cut short in the source, where a menu ahead takes keys."""
    for place, one in enumerate(steps):
        if one.held and _asks(draft, steps[place + 1 :], frozenset()):
            one.fields["barge_in"] = False
        for inner in one.nested():
            _hold(draft, inner)


def _asks(draft: Draft, steps: Sequence[Step], seen: frozenset[str]) -> bool:
    """Whether only prompts stand before a menu."""
    for one in steps:
        if one.verb == "menu":
            return True
        if one.verb == "goto":
            target = str(one.fields["goto"])
            block = draft.blocks.get(target)
            return block is not None and target not in seen and _asks(draft, block.steps, seen | {target})
        if one.verb not in ("", "play", "say"):
            return False
    return False
