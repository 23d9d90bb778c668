"""Phrases that a recogniser cannot hear, or may take for one another within a menu."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from ivrcore.dialplan import rules
from ivrcore.dialplan.asked import slot_of
from ivrcore.dialplan.checks.menus import plain_phrase, universal_ways
from ivrcore.dialplan.checks.sounds import TOO_NEAR, Sound, nearness, sound_of
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.dialplan.model import Digits, Menu, UniversalWay
from ivrcore.dialplan.step import Name
from ivrcore.location import Location
from ivrcore.model.names import Universal
from ivrcore.problems import quoted
from ivrcore.speech.grammar import primary, words
from ivrcore.speech.lexicon import HearsSmallMenus, Lexicon

MOST_WAYS = 8
"""Ways to say one pattern that are compared with other phrases: they sound much like each other."""
MOST_PHRASES = 500
"""Phrases of the choices of one menu in a language that are compared: each is, with each other one."""
MOST_PAIRS = 65536
"""Comparisons that are kept, since many menus have the same ones."""

Spoken = tuple[str, Name]
"""What a phrase means in a menu (a choice, or `@` and a universal), and the phrase."""


class Hearing:
    """Checks the phrases of menus, each language for itself."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.sounds: dict[tuple[str, str], Sound] = {}
        self.compared: dict[tuple[object, ...], list[tuple[int, int]]] = {}
        """What was found of a menu's phrases: many menus have the same."""
        self.crowded: set[str] = set()
        """Languages in which what may be said everywhere is too much already, which was told."""

    def run(self) -> None:
        """Check all of them."""
        for language in self.survey.plan.languages:
            lexicons = self.survey.site.lexicons.get(language, ())
            pronouncing = (*lexicons, *self.survey.site.pronouncing.get(primary(language), ()))
            for menu in self.survey.menus:
                own = [(choice.name, one) for choice in menu.choices for one in choice.phrases(language)]
                if lexicons:
                    self.unheard(menu, own, lexicons)
                    self.large(menu, own, language, lexicons[0])
                if own:
                    self.confusable(menu, self.comparable(menu, own, language), language, pronouncing)
            if lexicons:
                for way in self.survey.plan.universals.values():
                    self.unheard_universal(way, language, lexicons)
                self.unheard_impatience(language, lexicons)
                for digits in self.survey.plan.digits.values():
                    if digits.speech:
                        self.unheard_digits(digits, language, lexicons)

    # --- words that the recognisers do not have --------------------------------------------------------

    def unheard(self, menu: Menu, spoken: Sequence[Spoken], lexicons: Sequence[Lexicon]) -> None:
        """Tell the phrases of choices that have words no recogniser knows."""
        told: set[tuple[Location, tuple[str, ...]]] = set()
        for choice, phrase in spoken:
            unknown = unknown_words(phrase.text, lexicons)
            if unknown and (phrase.location, tuple(unknown)) not in told:
                told.add((phrase.location, tuple(unknown)))
                what = f"menu {quoted(menu.name)}: choice {quoted(choice)}"
                self.report_unheard(what, phrase, unknown)

    def unheard_universal(self, way: UniversalWay, language: str, lexicons: Sequence[Lexicon]) -> None:
        """Built-in phrases come in several spellings: one that is known will do."""
        phrases = way.said.get(language, ())
        unknown = [unknown_words(phrase.text, lexicons) for phrase in phrases]
        for phrase, missing in zip(phrases, unknown, strict=True):
            if missing and (all(unknown) or phrase.location != way.location):
                self.report_unheard(f"universal {quoted(way.universal)}", phrase, missing)

    def unheard_impatience(self, language: str, lexicons: Sequence[Lexicon]) -> None:
        """Tell what a person wrote of it: the built-in phrases are many, for many recognisers."""
        impatience = self.survey.plan.impatience
        for phrase in impatience.said.get(language, ()) if impatience else ():
            unknown = unknown_words(phrase.text, lexicons)
            if unknown and impatience and phrase.location != impatience.location:
                self.report_unheard("impatience", phrase, unknown)

    def unheard_digits(self, digits: Digits, language: str, lexicons: Sequence[Lexicon]) -> None:
        """Tell the values of which every word is unknown: one of several will do."""
        lacking = slot_of(digits, language).lacking(lambda word: any(one.knows(word) for one in lexicons))
        if lacking:
            shown = ", ".join(quoted(word) for word in lacking)
            message = f"{quoted(digits.variable)}: the recogniser of {language!r} does not know {shown}"
            hint = "remove 'speech', or use another recogniser"
            self.survey.report(rules.UNHEARD, digits.location, message, hint)

    def report_unheard(self, what: str, phrase: Name, unknown: Sequence[str]) -> None:
        """Tell of one of them."""
        shown = ", ".join(quoted(word) for word in unknown)
        message = f"{what}: {quoted(phrase.text)} can never be heard: the recogniser does not know {shown}"
        self.survey.report(
            rules.UNHEARD, phrase.location, message, "use another word, or spell it as it sounds"
        )

    # --- more words than are heard well ----------------------------------------------------------------

    def large(self, menu: Menu, own: Sequence[Spoken], language: str, first: Lexicon) -> None:
        """Tell of a menu with more words, those of universals too, than the first recogniser hears well."""
        most = first.most_words if isinstance(first, HearsSmallMenus) else 0
        if not own or not most:
            return
        everywhere = count_known(self.universals(menu, language, own), first)
        count = count_known(own, first) + everywhere
        if count <= most or (everywhere > most and language in self.crowded):
            return
        if everywhere > most:  # so it is with other menus: it is told of the first
            self.crowded.add(language)
        message = (
            f"menu {quoted(menu.name)} has {count} words in {language}, all its phrases together "
            f"({everywhere} of universals and impatience): above {most} its recogniser takes more of what is "
            "no phrase for one, and has no second guess"
        )
        hint = "fewer ways to say a choice, two menus, no 'impatience', or another recogniser"
        self.survey.report(rules.LARGE_MENU, menu.location, message, hint)

    # --- phrases that sound alike -----------------------------------------------------------------------

    def universals(self, menu: Menu, language: str, own: Iterable[Spoken]) -> list[Spoken]:
        """Give the phrases of the universals that no choice takes for itself."""
        taken = {plain_phrase(phrase.text) for _, phrase in own}
        everywhere = [
            (f"@{way.universal}", phrase)
            for way in universal_ways(self.survey, menu)
            for phrase in way.said.get(language, ())
        ]
        impatience = self.survey.plan.impatience
        if impatience is not None and Universal.AGENT in menu.universals:
            everywhere += [(IMPATIENT, phrase) for phrase in impatience.said.get(language, ())]
        return [(what, phrase) for what, phrase in everywhere if plain_phrase(phrase.text) not in taken]

    def comparable(self, menu: Menu, own: Iterable[Spoken], language: str) -> list[Spoken]:
        """Give the phrases of a menu's choices that are compared: a few of each pattern, and not too many."""
        patterns: dict[tuple[str, Location], list[Spoken]] = {}
        for choice, phrase in own:
            patterns.setdefault((choice, phrase.location), []).append((choice, phrase))
        chosen = [one for ways in patterns.values() for one in spread(ways)]
        if len(chosen) > MOST_PHRASES:
            message = (
                f"menu {quoted(menu.name)} has {len(chosen)} phrases in {language}: "
                f"how they sound is compared of {MOST_PHRASES}"
            )
            hint = "make two menus of it"
            self.survey.report(rules.UNCOMPARED, menu.location, message, hint)
        return chosen[:MOST_PHRASES]

    def confusable(
        self, menu: Menu, own: list[Spoken], language: str, pronouncing: Sequence[Lexicon]
    ) -> None:
        """Compare the phrases of one menu's choices with each other, and with those of its universals."""
        said = (language, menu.universals, *[(what, phrase.text) for what, phrase in own])
        near = self.compared.get(said)
        if near is None:
            spoken = own + self.universals(menu, language, own)
            near = self.compared[said] = list(self.near_ones(spoken, language, pronouncing))
        if near:
            spoken = own + self.universals(menu, language, own)
            told: set[tuple[object, object]] = set()  # of two patterns, one pair of their phrases will do
            for one, other in near:
                pair = (_written(spoken[one]), _written(spoken[other]))
                if pair not in told:
                    told.add(pair)
                    self.report_confusable(menu, spoken[one], spoken[other])

    def near_ones(
        self, spoken: Sequence[Spoken], language: str, pronouncing: Sequence[Lexicon]
    ) -> Iterator[tuple[int, int]]:
        """Give the pairs that sound alike, by their places in the list."""
        sounds = [self.sound(phrase.text, language, pronouncing) for _, phrase in spoken]
        for (at, (one, a)), (then, (other, b)) in combinations(
            enumerate(zip(spoken, sounds, strict=True)), 2
        ):
            if one[0] == other[0] or (one[0][0] == "@" and other[0][0] == "@"):
                continue
            if near(a, b) and plain_phrase(one[1].text) != plain_phrase(other[1].text):
                yield at, then

    def report_confusable(self, menu: Menu, one: Spoken, other: Spoken) -> None:
        """Tell of two phrases, at that of a choice."""
        if other[0].startswith("@"):
            one, other = other, one
        (first, heard), (choice, phrase) = one, other
        whose = f"universal {quoted(first[1:])}" if first[0] == "@" else f"choice {quoted(first)}"
        whose = "'impatience'" if first == IMPATIENT else whose
        message = (
            f"menu {quoted(menu.name)}: {quoted(phrase.text)} of choice {quoted(choice)} sounds like "
            f"{quoted(heard.text)} of {whose}"
        )
        hint = "use words that differ in more than a sound, or one with more syllables"
        self.survey.report(rules.CONFUSABLE, phrase.location, message, hint)

    def sound(self, text: str, language: str, pronouncing: Sequence[Lexicon]) -> Sound:
        """Give how a phrase sounds; many menus have the same ones."""
        found = self.sounds.get((language, text))
        if found is None:
            found = self.sounds[language, text] = sound_of(words(text), primary(language), pronouncing)
        return found


@lru_cache(MOST_PAIRS)
def near(one: Sound, other: Sound) -> bool:
    """Whether two phrases may be taken for one another."""
    return nearness(one, other) <= TOO_NEAR


def spread(ways: Sequence[Spoken]) -> Sequence[Spoken]:
    """Give at most `MOST_WAYS` of the ways to say a pattern, from all over it."""
    if len(ways) <= MOST_WAYS:
        return ways
    return [ways[at * (len(ways) - 1) // (MOST_WAYS - 1)] for at in range(MOST_WAYS)]


def _written(spoken: Spoken) -> object:
    """Tell phrases of choices apart by their places, those of universals (often built in) by their words."""
    what, phrase = spoken
    return phrase.text if what.startswith("@") else phrase.location


def count_known(spoken: Iterable[Spoken], lexicon: Lexicon) -> int:
    """Count the words of the phrases, each once, that a recogniser knows all words of."""
    phrases = {tuple(words(phrase.text)) for _, phrase in spoken}
    return sum(len(phrase) for phrase in phrases if all(map(lexicon.knows, phrase)))


def unknown_words(text: str, lexicons: Sequence[Lexicon]) -> list[str]:
    """Give the words of a phrase that no recogniser of its language knows."""
    return [word for word in words(text) if not any(lexicon.knows(word) for lexicon in lexicons)]
