"""Menus, and what holds for all of them: `defaults`, `confirming`, `universals`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ivrcore.dialplan import keys, rules
from ivrcore.dialplan.model import (
    OTHERWISE,
    Choice,
    Confirming,
    Impatience,
    Menu,
    Tuning,
    Understand,
    UniversalWay,
)
from ivrcore.dialplan.phrases import read_phrases, ways
from ivrcore.dialplan.reading import check_name
from ivrcore.dialplan.state import INTER_KEY
from ivrcore.dialplan.step import Name
from ivrcore.dialplan.wording import CONFIRMING, IMPATIENCE, UNIVERSALS
from ivrcore.dialplan.wordings import WordingReader
from ivrcore.fields import Fields
from ivrcore.model.names import Universal
from ivrcore.problems import did_you_mean, quoted
from ivrcore.speech.endpointing import TurnTaking
from ivrcore.yamltree import Entry, MapNode, Node, ScalarNode

_KEYS = re.compile(r"[0-9*#A-D]{1,8}")


def _seconds(fields: Fields, key: str, default: float | None, *, least: float, most: float) -> float | None:
    """Read a time that may stay as the site has it."""
    return default if fields.entry(key) is None else fields.seconds(key, least, least=least, most=most)


def _barge_in(fields: Fields, default: Tuning) -> tuple[bool, tuple[float, int]]:
    """Read whether prompts may be cut short, and how much speech (seconds, words) that takes."""
    entry = fields.entry("barge_in")
    if entry is None:
        return default.barge_in, (default.taking.after, default.taking.words)
    if not isinstance(entry.value, MapNode):
        return fields.boolean("barge_in", default.barge_in), (0.0, 0)
    inner = Fields(entry.value, fields.problems, f"barge_in of {fields.what}")
    after = _seconds(inner, "after", None, least=0.1, most=1.0)
    words = inner.integer("words", 0, least=1, most=5)
    inner.finish(keys.BARGE_IN)
    return True, (after or 0.0, words)


class MenuReader:
    """Reads menus of one dialplan; ``block`` reads a list of steps into the block of that address."""

    def __init__(
        self, fields: Fields, wordings: WordingReader, block: Callable[[str, Node | None], str]
    ) -> None:
        self.fields = fields
        self.problems = fields.problems
        self.wordings = wordings
        self.block = block
        self.tuning = self._defaults()
        self.confirming = self._confirming()
        self.listed = self._listed()

    # --- what holds for all menus ---------------------------------------------------------------------

    def _defaults(self) -> Tuning:
        fields = self.fields.within("defaults", "defaults")
        if fields is None:
            return Tuning()
        tuning = self._tuning(fields, Tuning())
        fields.finish(keys.TUNING)
        return tuning

    def _tuning(self, fields: Fields, default: Tuning) -> Tuning:
        if not fields.has_any(keys.TUNING):
            return default
        barge_in, minimum = _barge_in(fields, default)
        tuning = Tuning(
            timeout=fields.seconds("timeout", default.timeout, least=0.5, most=120),
            barge_in=barge_in,
            accept=fields.number("accept", default.accept, least=0, most=1),
            confirm=fields.number("confirm", default.confirm, least=0, most=1),
            type_ahead=fields.boolean("type_ahead", default.type_ahead),
            intents=self._intents(fields, default.intents),
            taking=TurnTaking(
                _seconds(fields, "end_silence", default.taking.end_silence, least=0.2, most=3.0),
                _seconds(fields, "longest", default.taking.longest, least=1.0, most=60.0),
                *minimum,
            ),
        )
        written = fields.node.get("accept") or fields.node.get("confirm")
        if written and tuning.confirm > tuning.accept:
            message = f"{fields.what}: confirm ({tuning.confirm:g}) is above accept ({tuning.accept:g})"
            hint = "below confirm a phrase is rejected, between the two the caller is asked"
            self.problems.report(rules.CONFIRM_ABOVE_ACCEPT, written.location, message, hint)
        return tuning

    def _intents(self, fields: Fields, default: frozenset[str]) -> frozenset[str]:
        """Read in which languages callers may use words of their own."""
        entry = fields.entry("understand")
        if entry is None:
            return default
        if not isinstance(entry.value, MapNode):
            every = fields.one_of("understand", Understand.PHRASES) is Understand.INTENTS
            return frozenset(self.wordings.languages) if every else frozenset()
        within = Fields(entry.value, self.problems, fields.what)
        found = frozenset(
            one.key
            for one in entry.value.entries
            if self.wordings.is_language(one, fields)
            and within.one_of(one.key, Understand.PHRASES) is Understand.INTENTS
        )
        rest = {one.key for one in entry.value.entries}
        return found | (default - rest)

    def _confirming(self) -> Mapping[str, Confirming]:
        """Read the words of confirming: of the one language, or by language."""
        languages = self.wordings.languages
        found = {tag: CONFIRMING[tag] for tag in languages if tag in CONFIRMING}
        fields = self.fields.within("confirming", "confirming")
        if fields is None:
            return found
        if fields.node.get("prompt") or not any(entry.key in languages for entry in fields.node.entries):
            return found | {languages[0]: self._confirming_in(fields)}
        for entry in fields.node.entries:
            if entry.key in languages:
                fields.entry(entry.key)
                found[entry.key] = self._confirming_in(
                    Fields(entry.value, self.problems, f"confirming in {entry.key}")
                )
        fields.finish()
        return found

    @staticmethod
    def _confirming_in(fields: Fields) -> Confirming:
        prompt = fields.text("prompt", required=True)
        for key in ("yes", "no"):
            fields.entry(key, required=True)
        yes, no = (
            tuple(one.text for one in read_phrases(fields.texts(key), fields)) for key in ("yes", "no")
        )
        fields.finish(keys.CONFIRMING)
        return Confirming(prompt, yes, no)

    def _listed(self) -> tuple[Universal, ...]:
        names = {entry.key for entry in self.fields.entries("universals")}
        return tuple(one for one in Universal if one in names)

    def universals(self) -> dict[Universal, UniversalWay]:
        """Read how each universal is said and pressed."""
        ways = (self._universal(entry) for entry in self.fields.entries("universals"))
        return {way.universal: way for way in ways if way is not None}

    def _universal(self, entry: Entry) -> UniversalWay | None:
        if entry.key not in set(Universal):
            message = f"there is no universal {quoted(entry.key)}"
            self.problems.report(
                rules.UNKNOWN_UNIVERSAL, entry.location, message, did_you_mean(entry.key, list(Universal))
            )
            return None
        universal = Universal(entry.key)
        fields = Fields(entry.value, self.problems, f"universal {quoted(entry.key)}")
        agent = universal is Universal.AGENT
        go = fields.entry("go", required=agent)
        if go and not agent:
            fields.bad(go.location, "only 'agent' has a 'go'", "remove it")
        said = self.wordings.phrases("say", fields) or {
            tag: tuple(Name(text, entry.location) for text in UNIVERSALS.get(tag, {}).get(universal, ()))
            for tag in self.wordings.languages
        }
        pressed = self._pressed(fields)
        fields.finish(keys.UNIVERSAL)
        block = self.block(f"@{universal}", go.value) if go and agent else ""
        return UniversalWay(universal, said, pressed, block, entry.location)

    def impatience(self) -> Impatience | None:
        """Read what callers say who lose patience; it needs the universal `agent` for where they go."""
        entry = self.fields.entry("impatience")
        if entry is None:
            return None
        fields = Fields(entry.value, self.problems, "impatience")
        said = self.wordings.phrases("say", fields) or {
            tag: tuple(Name(text, entry.location) for one in IMPATIENCE.get(tag, ()) for text in ways(one))
            for tag in self.wordings.languages
        }
        failures = fields.integer("failures", 3, least=0, most=20)
        priority = fields.integer("priority", 20, least=0, most=100)
        fields.finish(keys.IMPATIENCE)
        if Universal.AGENT not in self.listed:
            message = "impatient callers are taken where the universal 'agent' leads, and there is none"
            hint = "add agent: {go: [{queue: …}]} to 'universals'"
            self.problems.report(rules.NO_AGENT, entry.location, message, hint)
        return Impatience(said, failures, priority, entry.location)

    # --- one menu -------------------------------------------------------------------------------------

    def menu(self, entry: Entry) -> Menu:
        """Read a menu; its choices' steps become blocks."""
        fields = Fields(entry.value, self.problems, "menu {}", entry.key)
        tuning = self._tuning(fields, self.tuning)
        asked = fields.entry("prompt", required=True)
        prompt = self.wordings.read(asked.value, fields) if asked else ()
        choices = tuple(self._choice(entry.key, item) for item in fields.entries("choices", required=True))
        if not choices and fields.entry("choices"):
            self.problems.report(rules.NO_CHOICES, entry.location, f"menu {quoted(entry.key)} has no choices")
        again = (prompt, prompt)
        reprompts = [
            self.wordings.read_list(given.value, fields) if (given := fields.entry(key)) else again
            for key in ("no_input", "no_match")
        ]
        otherwise = fields.entry("otherwise", required=True)
        helped = fields.entry("help")
        universals = self._taken(fields)
        fields.finish(keys.MENU)
        return Menu(
            name=entry.key,
            prompt=prompt,
            no_input=reprompts[0],
            no_match=reprompts[1],
            otherwise=self.block(f"{entry.key}/{OTHERWISE}", otherwise.value if otherwise else None),
            timeout=tuning.timeout,
            between=INTER_KEY,
            barge_in=tuning.barge_in,
            universals=universals,
            help=self.wordings.read(helped.value, fields) if helped else prompt,
            location=entry.location,
            choices=choices,
            accept=tuning.accept,
            confirm=tuning.confirm,
            type_ahead=tuning.type_ahead,
            intents=tuning.intents,
            taking=tuning.taking,
        )

    def _taken(self, fields: Fields) -> tuple[Universal, ...]:
        """Read which of the dialplan's universals are taken in a menu."""
        entry = fields.entry("universals")
        if entry is None:
            return self.listed
        if isinstance(entry.value, ScalarNode) and entry.value.text.lower() in ("no", "false", "off"):
            return ()
        names = fields.texts("universals")
        for name in names:
            if name.text not in self.listed:
                message = f"{fields.what}: {quoted(name.text)} is not among the dialplan's universals"
                hint = did_you_mean(name.text, self.listed) or "add it to 'universals:' of the dialplan"
                self.problems.report(rules.UNKNOWN_UNIVERSAL, name.location, message, hint)
        wanted = {name.text for name in names}
        return tuple(one for one in self.listed if one in wanted)

    def _choice(self, menu: str, entry: Entry) -> Choice:
        check_name(entry, "choice", self.problems)
        if entry.key == OTHERWISE:
            message = f"a choice cannot be called {OTHERWISE!r}"
            self.problems.report(
                rules.BAD_NAME, entry.location, message, "that is the menu's own key, one level up"
            )
        fields = Fields(entry.value, self.problems, "choice {} of menu {}", entry.key, menu)
        go = fields.entry("go", required=True)
        said = self.wordings.phrases("say", fields)
        pressed = self._pressed(fields)
        fields.finish(keys.CHOICE)
        block = self.block(f"{menu}/{entry.key}", go.value if go else None)
        return Choice(entry.key, said, pressed, block, entry.location)

    def _pressed(self, fields: Fields) -> tuple[Name, ...]:
        pressed = tuple([Name(text.text, text.location) for text in fields.texts("keys")])
        for sequence in pressed:
            if not _KEYS.fullmatch(sequence.text):
                message = f"{fields.what}: {quoted(sequence.text)} cannot be pressed on a phone"
                hint = 'use 0-9, *, # and A-D; quote them: "1", "*", or a list ["1", "2"] for either'
                self.problems.report(rules.BAD_KEYS, sequence.location, message, hint)
        return pressed
