"""Menus whose answers collide: keys and phrases that two choices share, or that nobody can use."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.model import Choice, Menu, UniversalWay
from ivrcore.dialplan.step import Name
from ivrcore.location import Location
from ivrcore.model.names import Universal
from ivrcore.problems import Rule, quoted

_SOUNDED = frozenset("LNM")


@lru_cache(4096)
def plain_phrase(text: str) -> str:
    """Write a phrase without what cannot be heard: case, spaces, punctuation, width of letters."""
    if text.isascii() and text.isalpha():  # nearly all
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] in _SOUNDED)


def universal_ways(survey: Survey, menu: Menu) -> list[UniversalWay]:
    """Give the universals that are taken in a menu."""
    ways = survey.plan.universals
    return [ways[one] for one in menu.universals if one in ways]


class Menus:
    """Checks every menu that a person wrote."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.plan = survey.plan
        self.report = survey.report
        self.said_anywhere: dict[tuple[tuple[Universal, ...], str], list[tuple[UniversalWay, str]]] = {}
        """What universals are said by, of a language: most menus take the same ones."""

    def run(self) -> None:
        """Check all of them."""
        for menu in self.survey.menus:
            self.menu(menu)
        self.universals(list(self.plan.universals.values()))

    def menu(self, menu: Menu) -> None:
        """Check one menu."""
        if menu.name in self.plan.blocks:
            line = self.plan.blocks[menu.name].location.line
            hint = f"the block is on line {line}; rename one, 'goto' could not tell them apart"
            self.report(rules.SAME_NAME, menu.location, f"{quoted(menu.name)} is a block and a menu", hint)
        self.keys(menu)
        for language in self.plan.languages:
            self.phrases(menu, language)
        for choice in menu.choices:
            if not choice.keys and not any(choice.said.values()):
                message = (
                    f"menu {quoted(menu.name)}: choice {quoted(choice.name)} can neither be said nor pressed"
                )
                self.report(rules.NO_INPUT_WAY, choice.location, message, "add 'say:' or 'keys:', or both")
        if menu.spoken and not menu.keys:
            message = f"menu {quoted(menu.name)} has no keys: when recognition fails nobody can choose"
            self.report(rules.SPEECH_ONLY, menu.location, message, "add 'keys:' to its choices")

    # --- keys -------------------------------------------------------------------------------------------

    def keys(self, menu: Menu) -> None:
        """Tell keys that two choices share, or that wait for a longer sequence."""
        taken: dict[str, Choice] = {}
        for choice in menu.choices:
            for key in choice.keys:
                first = taken.setdefault(key.text, choice)
                if first is not choice:
                    self.shared(rules.SHARED_KEY, menu, key, f"key {key.text}", first)
        if all(len(key) == 1 for key in taken):
            return
        for choice in menu.choices:
            for key in choice.keys:
                longer = next((k for k in taken if k.startswith(key.text) and k != key.text), None)
                if longer:
                    message = (
                        f"menu {quoted(menu.name)}: key {key.text} waits 2 s, since {longer} begins with it"
                    )
                    self.report(rules.SLOW_KEY, key.location, message)

    # --- phrases ----------------------------------------------------------------------------------------

    def phrases(self, menu: Menu, language: str) -> None:
        """Tell phrases that two choices share in a language."""
        taken: dict[str, Choice] = {}
        seen: set[tuple[str, str]] = set()
        told: set[tuple[Location, str]] = set()
        for choice in menu.choices:
            for phrase in choice.phrases(language):
                plain = plain_phrase(phrase.text)
                if not plain:
                    message = f"menu {quoted(menu.name)}: {quoted(phrase.text)} cannot be said"
                    self.report(rules.EMPTY_PHRASE, phrase.location, message, "write words")
                    continue
                first = taken.setdefault(plain, choice)
                again = first is not choice or (choice.name, plain) in seen
                if again and (phrase.location, first.name) in told:
                    continue  # another way to say the same pattern
                if again:
                    told.add((phrase.location, first.name))
                if first is not choice:
                    self.shared(rules.SHARED_PHRASE, menu, phrase, f"phrase {quoted(phrase.text)}", first)
                elif again:
                    twice = f"{quoted(phrase.text)} is there twice for {quoted(choice.name)}"
                    self.report(
                        rules.PHRASE_TWICE,
                        phrase.location,
                        f"menu {quoted(menu.name)}: {twice}",
                        "remove one",
                    )
                seen.add((choice.name, plain))
        if taken:
            self.hidden(menu, language, taken)

    def hidden(self, menu: Menu, language: str, taken: Mapping[str, Choice]) -> None:
        """Phrases of universals that a choice takes for itself."""
        for way, plain in self.phrases_of_universals(menu, language):
            choice = taken.get(plain)
            if choice is None or self.same_way(choice, way):
                continue
            own = next(one for one in choice.phrases(language) if plain_phrase(one.text) == plain)
            message = (
                f"menu {quoted(menu.name)}: {quoted(own.text)} is also said for the universal "
                f"{quoted(way.universal)}, which cannot be said so here"
            )
            hint = f"use other words, or leave {quoted(way.universal)} out of this menu's 'universals'"
            self.report(rules.HIDES_UNIVERSAL, own.location, message, hint)

    def phrases_of_universals(self, menu: Menu, language: str) -> list[tuple[UniversalWay, str]]:
        """Give what of each phrase of the universals taken in a menu can be heard."""
        key = (menu.universals, language)
        found = self.said_anywhere.get(key)
        if found is None:
            found = self.said_anywhere[key] = [
                (way, plain_phrase(phrase.text))
                for way in universal_ways(self.survey, menu)
                for phrase in way.said.get(language, ())
            ]
        return found

    def same_way(self, choice: Choice, way: UniversalWay) -> bool:
        """Whether a choice does what a universal does, as far as their first steps tell."""
        return bool(way.go) and self._first_way(choice.go) == self._first_way(way.go) != ()

    def _first_way(self, block: str) -> tuple[str, ...]:
        steps = self.plan.blocks[block].refers if block in self.plan.blocks else ()
        return tuple(
            name.text for refers in steps for name in (*refers.targets, *(one for _, one in refers.site))
        )

    def shared(self, rule: Rule, menu: Menu, what: Name, shown: str, first: Choice) -> None:
        """Tell what two choices share."""
        message = f"menu {quoted(menu.name)}: {shown} belongs to choice {quoted(first.name)} too"
        hint = f"{quoted(first.name)} is on line {first.location.line}; give one of them another"
        self.report(rule, what.location, message, hint)

    # --- universals -------------------------------------------------------------------------------------

    def universals(self, ways: Iterable[UniversalWay]) -> None:
        """Keys and phrases that two universals share."""
        keys: dict[str, UniversalWay] = {}
        phrases: dict[tuple[str, str], UniversalWay] = {}
        for way in ways:
            for key in way.keys:
                first = keys.setdefault(key.text, way)
                if first is not way:
                    self.twice(rules.SHARED_KEY, key, f"key {key.text}", first)
            for language, names in way.said.items():
                for phrase in names:
                    first = phrases.setdefault((language, plain_phrase(phrase.text)), way)
                    if first is not way:
                        self.twice(rules.SHARED_PHRASE, phrase, f"phrase {quoted(phrase.text)}", first)
        self.impatience(phrases)

    def impatience(self, taken: Mapping[tuple[str, str], UniversalWay]) -> None:
        """What impatient callers say and universals take."""
        impatience = self.plan.impatience
        said = impatience.said.items() if impatience else ()
        for language, phrase in ((language, phrase) for language, names in said for phrase in names):
            way = taken.get((language, plain_phrase(phrase.text)))
            if way is not None:
                message = f"impatience: {quoted(phrase.text)} is also said for {quoted(way.universal)}"
                hint = "use other words, or give the universal a 'say' of its own without it"
                self.report(rules.IMPATIENT_TWICE, phrase.location, message, hint)

    def twice(self, rule: Rule, what: Name, shown: str, first: UniversalWay) -> None:
        """Tell what two universals share."""
        message = f"universals: {shown} belongs to {quoted(first.universal)} too"
        hint = f"{quoted(first.universal)} is on line {first.location.line}; give one of them another"
        self.report(rule, what.location, message, hint)
