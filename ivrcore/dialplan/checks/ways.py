"""Ways that a dialplan lacks: out of a loop, to a person, back from a `do`, into what nobody can reach."""

from __future__ import annotations

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.flow import BACK, Flow
from ivrcore.dialplan.checks.survey import Survey, is_inner
from ivrcore.dialplan.graph import reachable
from ivrcore.dialplan.model import Digits, Question
from ivrcore.location import Location
from ivrcore.problems import quoted


class Ways:
    """Checks where calls can go. ``flow`` is of every caller."""

    def __init__(self, survey: Survey, flow: Flow) -> None:
        self.survey = survey
        self.plan = survey.plan
        self.flow = flow

    def never_run(self) -> None:
        """Steps after one that does not come back."""
        for name, block in self.plan.blocks.items():
            stops = self.flow.blocks[name].stops
            if stops < len(block.steps):
                before, step = block.steps[stops - 1], block.steps[stops]
                message = f"block {quoted(name)}: this {step.verb!r} never runs"
                hint = f"{before.verb!r} on line {before.location.line} does not come back; move it before"
                self.survey.report(rules.NEVER_RUN, step.location, message, hint)

    def sound(self) -> None:
        """Check what only a dialplan without errors can tell."""
        self.ways_out()
        self.silent_callers()
        self.unreachable()
        self.visits()
        self.people()

    def ways_out(self) -> None:
        """From everything that calls come to, an end or a queue must be reachable."""
        for name in sorted(self.flow.reached - self.flow.can_end - {BACK}):
            if not is_inner(name):
                message = f"calls that come to {quoted(name)} can never end or reach a queue"
                hint = "give it a step such as 'queue' or 'hang_up' instead of one of its gotos"
                self.survey.report(rules.NO_WAY_OUT, self.place(name), message, hint)

    def silent_callers(self) -> None:
        """Follow a caller who does nothing, or only presses wrong keys: both come to `otherwise`."""
        doubtful = {
            name: question
            for name, question in self.flow.questions().items()
            if not self.flow.serves_all(question.otherwise)
            and name in self.flow.can_end
            and name in self.flow.reached
        }
        if not doubtful:
            return
        silent = Flow(self.survey, self.flow)
        round_for_ever = {name: question for name, question in doubtful.items() if name not in silent.can_end}
        written = [name for name, question in round_for_ever.items() if question.otherwise]
        told = reachable(silent.back, written)
        for name, question in round_for_ever.items():
            hint = "let 'otherwise' end in a queue or hang_up, not in a goto back"
            if not question.otherwise:
                if name in told:
                    continue  # it leads to one that is to be mended, and this with it
                hint = "add 'otherwise:' with a queue or hang_up at its end: without it the next step runs"
            message = (
                f"{_shown(question)}: a caller who does nothing or presses wrong keys goes round for ever"
            )
            self.survey.report(rules.SILENT_LOOP, question.location, message, hint)

    def unreachable(self) -> None:
        """Blocks and menus that no number leads to."""
        reached = self.flow.reached
        for name in (*self.plan.blocks, *self.plan.menus):
            if name not in reached and not is_inner(name):
                kind = "menu" if name in self.plan.menus else "block"
                message = f"no number leads to {kind} {quoted(name)}"
                self.survey.report(rules.UNREACHABLE, self.place(name), message, "remove it, or go there")

    def visits(self) -> None:
        """Visits that are not come back from, and returns that nothing waits for."""
        if not self.flow.visited and not any(lead.returns for lead in self.flow.blocks.values()):
            return
        back = self.flow.can_come_back()
        inside = reachable(self.flow.direct, self.flow.visited)
        for block, step, refers in self.survey.steps:
            for name in refers.visits:
                if name.text not in back:
                    message = f"'do' in block {quoted(block)}: nothing comes back from {quoted(name.text)}"
                    hint = f"write goto: {name.text}, or end a way through it with 'return'"
                    self.survey.report(rules.NO_COMING_BACK, name.location, message, hint)
            if step.returns and block in self.flow.reached and block not in inside:
                message = f"'return' in block {quoted(block)}: no 'do' leads here, so it ends the call"
                self.survey.report(
                    rules.RETURN_NOWHERE, step.location, message, "write hang_up, or go here by 'do'"
                )

    def people(self) -> None:
        """Menus from which nobody can be reached."""
        good = self.flow.to_a_person()
        hint = "add a choice, or the universal 'agent', that leads to a queue, a transfer or a call-back"
        alone = [
            menu for menu in self.survey.menus if menu.name in self.flow.reached and menu.name not in good
        ]
        if not good and alone:
            message = f"from menu {quoted(alone[0].name)}, as from all others, no caller can reach a person"
            self.survey.report(rules.NO_PERSON, alone[0].location, message, hint)
            return
        for menu in alone:
            message = f"from menu {quoted(menu.name)} no caller can reach a person"
            self.survey.report(rules.NO_PERSON, menu.location, message, hint)

    def place(self, name: str) -> Location:
        """Give where a block or menu is."""
        return (self.plan.menus.get(name) or self.plan.blocks[name]).location


def _shown(question: Question) -> str:
    if not is_inner(question.name):
        return f"menu {quoted(question.name)}"
    return "digits asked for here" if isinstance(question, Digits) else "this question"
