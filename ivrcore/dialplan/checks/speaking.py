"""In which languages a text can be heard: those that steps `language` and numbers leave open at its place.

Followed from block to block, as if every condition could go either way. A `do` that may change the language
leaves all of them open, so no text is taken to be heard in fewer languages than it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ivrcore.dialplan.checks.survey import Survey, is_inner
from ivrcore.dialplan.graph import edges, reachable, reverse
from ivrcore.dialplan.model import Choice, Menu, Question
from ivrcore.dialplan.step import Refers, Step
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.location import Location
from ivrcore.model.names import Universal

Tags = frozenset[str]
NO_TAGS: Tags = frozenset()


class Speaking:
    """The languages that a call may be in when it comes to a block or question, and at a block's end."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.plan = survey.plan
        self.into: dict[str, Tags] = {}
        self.out: dict[str, Tags] = {}
        self.waiting: list[str] = []
        self._start()
        # where nothing leads to a language yet, all texts are still to be in all of them
        self.known = frozenset().union(*self.into.values()) >= set(self.plan.languages)

    def covered(self) -> set[Location]:
        """Give the places of texts that are there in every language in which they can be heard."""
        good: set[Location] = set()
        bad: set[Location] = set()
        for tags, wording in self._heard():
            for part in wording:
                if isinstance(part, Text):
                    (good if tags and tags <= part.by_language.keys() else bad).add(part.location)
        return good - bad if self.known else set()

    def _heard(self) -> Iterator[tuple[Tags, Wording]]:
        for name in self.plan.blocks:
            for _, refers, tags in self._steps(name):
                for wording in refers.wordings:
                    yield tags, wording
        for question in (*self.plan.menus.values(), *self.plan.digits.values()):
            for wording in question.wordings:
                yield self.into.get(question.name, NO_TAGS), wording

    # --- following --------------------------------------------------------------------------------------

    def _start(self) -> None:
        for number in self.plan.numbers.values():
            if number.start:
                self._enter(number.start.text, frozenset([number.language or self.plan.language]))
        while self.waiting:
            name = self.waiting.pop()
            if name in self.plan.blocks:
                self._block(name)
            elif question := self.plan.question(name):
                self._question(question)

    def _enter(self, name: str, tags: Tags) -> None:
        known = self.into.get(name, NO_TAGS)
        if not tags <= known:
            self.into[name] = known | tags
            self.waiting.append(name)

    def _block(self, name: str) -> None:
        block = self.plan.blocks[name]
        end = self.into[name]
        for index, (step, refers, tags) in enumerate(self._steps(name)):
            for way in (*refers.targets, *refers.visits):
                self._enter(way.text, tags)
            for inner in (*refers.nested, f"{name}/{index}"):
                self._enter(inner, tags)
            end = self._after(step, refers, tags)
        if not end <= self.out.get(name, NO_TAGS):
            self.out[name] = end
            if block.within is not None:
                self.waiting.append(block.within[0])

    def _steps(self, name: str) -> Iterator[tuple[Step, Refers, Tags]]:
        """Give a block's steps with the languages that are open before each."""
        tags = self.into.get(name, NO_TAGS)
        block = self.plan.blocks[name]
        for step, refers in zip(block.steps, block.refers, strict=True):
            yield step, refers, tags
            tags = self._after(step, refers, tags)

    def _after(self, step: Step, refers: Refers, tags: Tags) -> Tags:
        if step.last or not tags:
            return NO_TAGS
        if refers.language:
            return frozenset([refers.language])
        if refers.visits and self._done_change:
            return frozenset(self.plan.languages)
        passing = [tags] if refers.through else []
        return NO_TAGS.union(*passing, *(self.out.get(nested, NO_TAGS) for nested in refers.nested))

    def _question(self, question: Question) -> None:
        tags = self.into[question.name]
        ways = [question.otherwise, *(choice.go for choice in _choices(question))]
        ways += [self.plan.universals[one].go for one in question.universals if one in self.plan.universals]
        if Universal.START_OVER in question.universals:
            ways += [number.start.text for number in self.plan.numbers.values() if number.start]
        if Universal.BACK in question.universals:
            ways += self._before(question.name)
        for way in ways:
            self._enter(way, tags)

    @cached_property
    def _done_change(self) -> bool:
        """Whether the language may change between a `do` and the coming back from it."""
        visits = [name.text for _, _, refers in self.survey.steps for name in refers.visits]
        inside = reachable(edges(self.plan), visits)
        return any(refers.language and block in inside for block, _, refers in self.survey.steps)

    @cached_property
    def _turned(self) -> dict[str, list[str]]:
        leads = {name: list(ways) for name, ways in edges(self.plan).items()}
        return reverse(leads)

    def _before(self, name: str) -> list[str]:
        """Give the menus that `back` may lead to: those that come before a question without one between."""
        found: list[str] = []
        seen: set[str] = set()
        ahead = [name.rpartition("/")[0] if is_inner(name) else name]
        while ahead:
            for before in self._turned.get(ahead.pop(), ()):
                if before in seen:
                    continue
                seen.add(before)
                if before in self.plan.menus and not is_inner(before):
                    found.append(before)
                else:
                    ahead.append(before)
        return found


def _choices(question: Question) -> tuple[Choice, ...]:
    return question.choices if isinstance(question, Menu) else ()
