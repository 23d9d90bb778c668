"""What is missing in one of a dialplan's languages: texts, phrases, words of confirming and universals."""

from __future__ import annotations

from ivrcore.dialplan import rules
from ivrcore.dialplan.asked import slot_of
from ivrcore.dialplan.checks.menus import universal_ways
from ivrcore.dialplan.checks.speaking import Speaking
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.model import Digits, Menu, UniversalWay
from ivrcore.dialplan.state import QUEUE
from ivrcore.model.names import Universal
from ivrcore.problems import quoted


class Languages:
    """Checks what is said and heard in each language."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.plan = survey.plan

    def run(self) -> None:
        """Check all of it."""
        self.texts()
        self.queues()
        self.confirming()
        for digits in self.plan.digits.values():
            if digits.speech:
                self.digits(digits)
        heard: set[tuple[str, tuple[Universal, ...]]] = set()
        for menu in self.survey.menus:
            if not menu.spoken:
                continue
            for language in self.plan.languages:
                self.menu(menu, language)
                if (language, menu.universals) not in heard and _heard(menu, language):
                    heard.add((language, menu.universals))
                    for way in universal_ways(self.survey, menu):
                        self.universal(way, language)

    def texts(self) -> None:
        """Tell the texts that are not in every language."""
        if not self.plan.texts:
            return
        wanted = ", ".join(self.plan.languages)
        covered = Speaking(self.survey).covered()
        for location in self.plan.texts:
            if location in covered:
                continue
            message = "this text is not there in every language of the dialplan"
            hint = f"write it by language ({wanted}), or callers hear {self.plan.language}"
            self.survey.report(rules.NOT_IN_LANGUAGE, location, message, hint)

    def queues(self) -> None:
        """Tell, once each, the queues that speak another language to callers of this dialplan."""
        if not self.survey.site.wordless:
            return
        names = {
            name.text: name
            for _, step, refers in reversed(self.survey.steps)
            for kind, name in refers.site
            if kind == QUEUE and step.verb == QUEUE
        }
        for name in names.values():
            wordless = self.survey.site.wordless.get(name.text, ())
            lacking = [language for language in self.plan.languages if language in wordless]
            if lacking:
                message = f"queue {quoted(name.text)} does not speak to who waits in {', '.join(lacking)}"
                hint = "write its 'position' and 'announce' by language, in the configuration"
                self.survey.report(rules.NOT_IN_LANGUAGE, name.location, message, hint)

    def menu(self, menu: Menu, language: str) -> None:
        """Choices that cannot be said in a language, where others of the menu or other languages can."""
        lacking = [
            choice for choice in menu.choices if not choice.phrases(language) and any(choice.said.values())
        ]
        hint = f"add 'say: {{{language}: …}}'"
        if lacking and not _heard(menu, language):
            message = f"menu {quoted(menu.name)} cannot be answered by voice in {language!r}"
            self.survey.report(rules.NO_PHRASES, menu.location, message, f"{hint} to its choices")
            return
        for choice in lacking:
            message = f"menu {quoted(menu.name)}: choice {quoted(choice.name)} cannot be said in {language!r}"
            self.survey.report(rules.NO_PHRASES, choice.location, message, hint)

    def digits(self, digits: Digits) -> None:
        """Digits that may be said need words in each language."""
        for language in self.plan.languages:
            if slot_of(digits, language).network is None:
                message = f"{quoted(digits.variable)} cannot be said in {language!r}: its words are not known"
                hint = "remove 'speech', or leave it: such callers are asked to use the keys"
                self.survey.report(rules.UNSAYABLE, digits.location, message, hint)

    def confirming(self) -> None:
        """A menu that may ask back needs words for it."""
        wordless = [language for language in self.plan.languages if language not in self.plan.confirming]
        if not wordless:
            return
        asking = [
            (f"menu {quoted(menu.name)}", menu.location)
            for menu in self.plan.menus.values()
            if menu.spoken and menu.confirm < menu.accept
        ]
        asking += [
            (quoted(digits.variable), digits.location)
            for digits in self.plan.digits.values()
            if digits.speech and digits.bounds.confirm < digits.bounds.accept
        ]
        for what, location in asking:
            for language in wordless:
                message = f"{what}: no words to confirm with in {language!r}"
                hint = "add 'confirming:' to the dialplan, or set 'confirm' to the same as 'accept'"
                self.survey.report(rules.NO_CONFIRMING, location, message, hint)

    def universal(self, way: UniversalWay, language: str) -> None:
        """A universal that spoken menus take needs phrases."""
        if not way.said.get(language):
            message = f"the universal {quoted(way.universal)} cannot be said in {language!r}"
            self.survey.report(
                rules.NO_UNIVERSAL_PHRASES, way.location, message, f"add 'say: {{{language}: …}}' to it"
            )


def _heard(menu: Menu, language: str) -> bool:
    """Whether any choice of a menu can be said in a language."""
    return any(choice.phrases(language) for choice in menu.choices)
