"""Names that a dialplan uses and nobody has: targets, things of the site, expressions' names, recordings."""

from __future__ import annotations

from collections.abc import Collection

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.survey import Survey, is_inner
from ivrcore.dialplan.model import AnswerPolicy
from ivrcore.dialplan.scope import known_names
from ivrcore.dialplan.step import Name, Refers, Step
from ivrcore.expressions import rules as expression_rules
from ivrcore.expressions.check import unknown_names
from ivrcore.problems import Known, quoted

EARLY_MEDIA = "early_media"
"""What a number with that answer needs of the driver."""
_UNKNOWN = {
    "queue": rules.UNKNOWN_QUEUE,
    "skill": rules.UNKNOWN_SKILL,
    "lookup": rules.UNKNOWN_LOOKUP,
    "mailbox": rules.UNKNOWN_MAILBOX,
}


class References:
    """Checks every name that a plan refers to."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.plan, self.site = survey.plan, survey.site
        self.menus = {name for name in self.plan.menus if not is_inner(name)}
        self.targets = self.menus | {name for name in self.plan.blocks if not is_inner(name)}
        site = self.site
        self.known: dict[str, Collection[str] | None] = {
            "queue": site.queues,
            "skill": site.skills,
            "lookup": site.lookups,
            "mailbox": site.mailboxes,
        }
        self.hints = {kind: Known(names) for kind, names in self.known.items() if names is not None}
        self.target_hints = {False: Known(self.targets), True: Known(self.menus)}

    def run(self) -> None:
        """Check all of them."""
        for number in self.plan.numbers.values():
            if number.start and number.start.text not in self.targets:
                self.no_target(number.start, f"number {number.number}", menus_only=False)
            if number.answer is AnswerPolicy.EARLY_MEDIA:
                self.needed({EARLY_MEDIA}, f"number {number.number}", number)
        for block, step, refers in self.survey.steps:
            if refers.targets or refers.visits:
                self.places(step, refers, block)
            if refers.site:
                self.named(step, refers, block)
            if step.needs:
                self.needed(step.needs, _shown(step, block), step)
        self.names()
        self.recordings()

    def places(self, step: Step, refers: Refers, block: str) -> None:
        """Check where one step of a block leads."""
        targets = self.menus if refers.menus_only else self.targets
        for name in (*refers.targets, *refers.visits):
            if name.text not in targets:
                self.no_target(name, _shown(step, block), refers.menus_only)

    def named(self, step: Step, refers: Refers, block: str) -> None:
        """Check what one step of a block names of the site."""
        for kind, name in refers.site:
            known = self.known.get(kind)
            if known is not None and name.text not in known:
                self.not_on_site(kind, name, _shown(step, block))

    def no_target(self, name: Name, what: str, menus_only: bool) -> None:
        """Tell of a block or menu that is named and not there."""
        kind = "menu" if menus_only else "block or menu"
        hint = self.target_hints[menus_only].hint(name.text)
        if menus_only and name.text in self.plan.blocks:
            hint = f"{quoted(name.text)} is a block: write goto: {name.text}"
        message = f"{what}: there is no {kind} {quoted(name.text)}"
        self.survey.report(rules.UNKNOWN_TARGET, name.location, message, hint)

    def not_on_site(self, kind: str, name: Name, what: str) -> None:
        """Tell of a name that the configuration does not have."""
        if kind == "skill":
            message = f"{what}: nobody has the skill {quoted(name.text)}"
        else:
            message = f"{what}: {kind} {quoted(name.text)} is not configured"
        hint = self.hints[kind].hint(name.text) or f"there is no {kind} in the configuration yet"
        self.survey.report(_UNKNOWN[kind], name.location, message, hint)

    def needed(self, needs: Collection[str], what: str, here: Step | object) -> None:
        """Tell what the telephony in use lacks."""
        if self.site.capabilities is None:
            return
        lacking = sorted(set(needs) - set(self.site.capabilities))
        if lacking:
            message = f"{what}: the telephony in use cannot do this: it lacks {', '.join(lacking)}"
            location = getattr(here, "location")  # noqa: B009 - a step's or a number's
            self.survey.report(rules.CAPABILITY, location, message, "leave it out, or use another driver")

    def names(self) -> None:
        """Names in expressions; figures of queues are left alone where the queues are not known."""
        known = known_names(self.plan, self.site.queues) | set(self.plan.variables) | self.plan.sets
        hints = Known(known)
        for read in self.survey.reads:
            for place in unknown_names(read, known):
                if self.site.queues is not None or not place.name.startswith("queue."):
                    message = f"there is no {quoted(place.name)}"
                    self.survey.report(
                        expression_rules.UNKNOWN_NAME, place.location, message, hints.hint(place.name)
                    )

    def recordings(self) -> None:
        """Check that recordings are there: for all languages, or in the folder of each."""
        known = self.site.recordings
        if known is None:
            return
        hints = Known(known)
        for file in self.plan.files:
            if file.text in known:
                continue
            lacking = [tag for tag in self.plan.languages if f"{tag}/{file.text}" not in known]
            if not lacking:
                continue
            message = f"the recording {quoted(file.text)} is not there"
            hint = hints.hint(file.text)
            if len(lacking) < len(self.plan.languages):
                message += f" in {', '.join(lacking)}"
                hint = f"put it into the prompt folder as {lacking[0]}/{file.text}"
            self.survey.report(rules.NO_RECORDING, file.location, message, hint)


def _shown(step: Step, block: str) -> str:
    """Name a step in messages: only where there is one, since most of thousands are without."""
    return f"{step.verb!r} in block {quoted(block)}"
