"""What must follow in a call test: prompts, places, variables, the end. Queues and figures are `outcomes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.state import Phase
from ivrcore.location import Location
from ivrcore.model.names import Scalar
from ivrcore.problems import did_you_mean, quoted
from ivrcore.tryout import rules
from ivrcore.tryout.conversation import Kind as LineKind
from ivrcore.tryout.line_fields import LineFields, constants
from ivrcore.tryout.narrate import MASK, shown
from ivrcore.tryout.script import Failure, Scene, ScriptLine, as_written

if TYPE_CHECKING:
    from typing import Self

    from ivrcore.dialplan.model import Plan
    from ivrcore.problems import Problems
    from ivrcore.tryout.conversation import Line
    from ivrcore.tryout.trial import TrialCall


def unmet(expected: str, came: str, hint: str = "") -> Failure:
    """Say that something did not come."""
    return Failure(rules.UNMET, f"expected {expected}, but {came}", hint)


def plain(text: str) -> str:
    """Write a text as it is compared: case and line breaks do not count."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class Hears(ScriptLine):
    """The caller hears a text, after what was heard before it; several come in this order."""

    verb: ClassVar[str] = "hears"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("hears", "text or list of texts", "needed", "a prompt with this in it is heard, in this order"),
        Key("exact", "yes or no", "`no`", "the whole prompt must be this", Kind.BOOLEAN),
        Key("language", "`en`, `ko`, …", "", "and it is in this language", Kind.LANGUAGE),
    )
    texts: tuple[str, ...]
    exact: bool = False
    language: str = ""

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the texts."""
        entry = given.entry("hears")
        texts = tuple(one.text for one in given.fields.texts("hears"))
        exact = given.fields.boolean("exact", False)
        language = given.fields.text("language")
        return cls(given.location, texts, exact, language) if entry and texts else None

    def check(self, plan: Plan, problems: Problems) -> None:
        """The language must be the dialplan's."""
        check_language(self.language, plan, problems, self.location)

    def play(self, scene: Scene) -> Failure | None:
        """Listen until it was heard, or nothing more is said."""
        rest = ""  # of the prompt heard last: texts may also follow each other within one
        for text in self.texts:
            wanted = plain(text)
            if self.exact or wanted not in rest:
                if not listen_for(scene, partial(self._is, wanted)):
                    return self._missed(scene, text)
                rest = plain(" ".join(self._texts(scene.call.lines[scene.looked - 1])))
            rest = rest.partition(wanted)[2]
        return None

    def _is(self, wanted: str, line: Line) -> bool:
        said = [plain(text) for text in self._texts(line)]
        return wanted in said if self.exact else any(wanted in text for text in said)

    def _texts(self, line: Line) -> list[str]:
        """Give the whole prompt, or what of it is in the language."""
        if not self.language:
            return [line.said]
        return [one.said for one in line.utterances if one.language == self.language]

    def _missed(self, scene: Scene, text: str) -> Failure:
        tongue = f" in {self.language}" if self.language else ""
        hint = ""
        if any(self._is(plain(text), line) for line in scene.heard(scene.acted)):
            hint = "it was heard before what the test expects ahead of it"
        return unmet(f"to hear {quoted(text)}{tongue}", came(scene), hint)

    def written(self) -> dict[str, object]:
        """Give the texts."""
        texts = self.texts[0] if len(self.texts) == 1 else list(self.texts)
        return as_written("hears", texts, exact="yes" if self.exact else "", language=self.language)


def listen_for(scene: Scene, fits: Callable[[Line], bool]) -> bool:
    """Go on until a prompt that fits was heard; what follows is looked for after it."""
    at = scene.looked
    while True:
        while at < len(scene.call.lines):
            line = scene.call.lines[at]
            at += 1
            if line.kind is LineKind.HEARS and fits(line):
                scene.looked = at
                return True
        if not scene.step():
            return False


def came(scene: Scene) -> str:
    """Tell what was heard since the caller's last act."""
    heard = [f"{line.text!r}" for line in scene.heard(scene.acted)]
    return f"heard: {' then '.join(heard)}" if heard else f"nothing was heard, {scene.now()}"


@dataclass(frozen=True)
class HearsPrompt(ScriptLine):
    """The caller hears a certain prompt, by its name or recording."""

    verb: ClassVar[str] = "hears_prompt"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "hears_prompt",
            "name",
            "needed",
            "a prompt (`main/no_input/1`) or recording of this name is heard",
        )
    )
    name: str

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the name."""
        name = given.fields.text("hears_prompt", required=True)
        return cls(given.location, name) if name else None

    def play(self, scene: Scene) -> Failure | None:
        """Listen for it."""
        if listen_for(scene, lambda line: self.name == line.name or self.name in line.recordings):
            return None
        names = [line.name for line in scene.heard(scene.acted)]
        heard = f"heard: {', '.join(names)}" if names else f"nothing was heard, {scene.now()}"
        return unmet(f"to hear the prompt {quoted(self.name)}", heard, did_you_mean(self.name, names))

    def written(self) -> dict[str, object]:
        """Give the name."""
        return {self.verb: self.name}


@dataclass(frozen=True)
class NotHears(ScriptLine):
    """The caller does not hear a text after the last thing that was done."""

    verb: ClassVar[str] = "not_hears"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("not_hears", "text or list of texts", "needed", "nothing with this in it is heard")
    )
    texts: tuple[str, ...]

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the texts."""
        entry = given.entry("not_hears")
        texts = tuple(one.text for one in given.fields.texts("not_hears"))
        return cls(given.location, texts) if entry and texts else None

    def play(self, scene: Scene) -> Failure | None:
        """Hear everything, and look."""
        scene.ready()
        for text in self.texts:
            for line in scene.heard(scene.acted):
                if plain(text) in plain(line.said):
                    return unmet(f"not to hear {quoted(text)}", f"heard: {line.text!r}")
        return None

    def written(self) -> dict[str, object]:
        """Give the texts."""
        return {self.verb: self.texts[0] if len(self.texts) == 1 else list(self.texts)}


@dataclass(frozen=True)
class InMenu(ScriptLine):
    """The call is in a menu, or asks for the digits of a variable."""

    verb: ClassVar[str] = "menu"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("menu", "menu, or variable of a `collect`", "needed", "this is asked now", Kind.MENU)
    )
    menu: str

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the menu's name."""
        menu = given.fields.text("menu", required=True)
        return cls(given.location, menu) if menu else None

    def check(self, plan: Plan, problems: Problems) -> None:
        """It must be there."""
        known = {*plan.menus, *plan.digits, *(one.variable for one in plan.digits.values() if one.variable)}
        if self.menu not in known:
            message = f"the dialplan {quoted(plan.name)} has no menu {quoted(self.menu)}"
            hint = did_you_mean(self.menu, known)
            problems.report(rules.UNKNOWN_MENU, self.location, message, hint)

    def play(self, scene: Scene) -> Failure | None:
        """Look where the call is."""
        scene.ready()
        state = scene.call.state
        asked = state.turn.menu if state.phase is Phase.MENU and state.turn else ""
        digits = scene.call.plan.digits.get(asked)
        if self.menu == asked or (digits is not None and digits.variable == self.menu):
            return None
        return unmet(f"to be in the menu {quoted(self.menu)}", scene.now())

    def written(self) -> dict[str, object]:
        """Give the menu."""
        return {self.verb: self.menu}


@dataclass(frozen=True)
class Variables(ScriptLine):
    """Variables have these values now."""

    verb: ClassVar[str] = "variables"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("variables", "variable: value", "needed", "variables have these values now", Kind.VALUES)
    )
    values: Mapping[str, Scalar]

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the values."""
        given.entry("variables")
        values = constants(given.fields.entries("variables"), given.fields)
        return cls(given.location, values) if values else None

    def check(self, plan: Plan, problems: Problems) -> None:
        """They must be the dialplan's."""
        for name in self.values:
            check_variable(name, plan, problems, self.location)

    def play(self, scene: Scene) -> Failure | None:
        """Compare each."""
        scene.ready()
        for name, wanted in self.values.items():
            secret, value = variable(scene.call, name)
            if value != wanted or isinstance(value, bool) != isinstance(wanted, bool):
                is_now = MASK if secret else shown(value)
                return unmet(f"{name} to be {shown(wanted)}", f"it is {is_now}", _kinds(value, wanted))
        return None

    def written(self) -> dict[str, object]:
        """Give the values."""
        return {self.verb: dict(self.values)}


def _kinds(value: Scalar, wanted: Scalar) -> str:
    alike = str(value) == str(wanted)
    return "one is a text and the other is not: a value in quotes is a text" if alike else ""


def variable(call: TrialCall, name: str) -> tuple[bool, Scalar]:
    """Give whether a variable is secret, and its value."""
    secrets = call.state.private.secrets
    if name in secrets:
        return True, secrets[name]
    return False, call.state.variables.get(name, call.plan.variables.get(name))


def check_variable(name: str, plan: Plan, problems: Problems, location: Location) -> None:
    """Report a variable that there is not."""
    known = {*plan.variables, *plan.sets}
    if name not in known:
        message = f"the dialplan {quoted(plan.name)} has no variable {quoted(name)}"
        problems.report(rules.UNKNOWN_VARIABLE, location, message, did_you_mean(name, known))


def check_language(language: str, plan: Plan, problems: Problems, location: Location) -> None:
    """Report a language that the dialplan does not have."""
    if language and language not in plan.languages:
        message = f"the dialplan {quoted(plan.name)} has no {quoted(language)}"
        hint = did_you_mean(language, plan.languages)
        problems.report(rules.UNKNOWN_LANGUAGE, location, message, hint)


@dataclass(frozen=True)
class Word(ScriptLine):
    """One word that the call's state must have; the base of `disposition` and `language`."""

    word: str

    @classmethod
    def read(cls, given: LineFields) -> Self | None:
        """Read the word."""
        word = given.fields.text(cls.verb, required=True)
        return cls(given.location, word) if word else None

    def present(self, scene: Scene) -> str:
        """Give what it is now."""
        raise NotImplementedError

    def play(self, scene: Scene) -> Failure | None:
        """Compare it."""
        scene.ready()
        now = self.present(scene)
        if now == self.word:
            return None
        return unmet(f"the {self.verb} {quoted(self.word)}", f"it is {quoted(now)}" if now else "none is set")

    def written(self) -> dict[str, object]:
        """Give the word."""
        return {self.verb: self.word}


@dataclass(frozen=True)
class Disposition(Word):
    """What the contact turned out to be about."""

    verb: ClassVar[str] = "disposition"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("disposition", "word", "needed", "the step `disposition` has set this")
    )

    def present(self, scene: Scene) -> str:
        """Give the disposition."""
        return scene.call.state.disposition


@dataclass(frozen=True)
class InLanguage(Word):
    """The call's language."""

    verb: ClassVar[str] = "language"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("language", "`en`, `ko`, …", "needed", "the call is in this language now", Kind.LANGUAGE)
    )

    def check(self, plan: Plan, problems: Problems) -> None:
        """The language must be the dialplan's."""
        check_language(self.word, plan, problems, self.location)

    def present(self, scene: Scene) -> str:
        """Give the language."""
        return scene.call.state.language


EXPECTATIONS: tuple[type[ScriptLine], ...] = (
    Hears, HearsPrompt, NotHears, InMenu, Variables, Disposition, InLanguage,
)  # fmt: skip
