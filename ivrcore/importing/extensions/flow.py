"""Extensions as blocks: cut where jumps lead, each stretch translated priority by priority."""

from __future__ import annotations

from ivrcore.importing import rules
from ivrcore.importing.draft import Block, Steps, hang_up, note, step
from ivrcore.importing.extensions import asking, dialling
from ivrcore.importing.extensions.applications import APPLICATIONS, HINTS
from ivrcore.importing.extensions.arguments import application, two_ways
from ivrcore.importing.extensions.dialplan import Context, Extension, Priority
from ivrcore.importing.extensions.passage import Ground, Passage
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.problems import quoted

NEVER_ENTERED = {
    "h": "it runs after the call; the journal and plugins that observe it know how a call ended",
    "o": "it is for the operator key of VoiceMail",
    "a": "it is for the star key of VoiceMail",
    "T": "it is for calls that lasted too long: `longest_call` in config/ivrcore.yaml ends those",
    "fax": "fax tones are not listened for",
}
"""Extensions that no call of ours enters, and why."""
MOST_DEEP = 5
"""Rests of an extension within each other (what follows a Dial that failed, a menu's silence)."""


def translate(ground: Ground) -> None:
    """Translate every extension into blocks."""
    for context in ground.plan.contexts.values():
        for extension in [one for one in context.extensions.values() if _listed(ground, context, one)]:
            del context.extensions[extension.name, extension.caller]
    _cut(ground)
    done: set[tuple[Extension, int]] = set()
    while waiting := [where for where in ground.places if where not in done]:
        for extension, place in waiting:
            done.add((extension, place))
            name = ground.places[extension, place]
            ground.draft.blocks[name] = Block(name, Flow(ground, extension).run(place))


def _listed(ground: Ground, context: Context, extension: Extension) -> bool:
    """List an extension as a whole if it cannot be entered by a call of ours."""
    if context.name.startswith("macro-"):
        rule, why, hint = rules.NO_APPLICATION, "macros have no translation", HINTS["macro"]
    elif extension.caller:
        rule, why = rules.NO_EXTENSION, f"it is only for the caller {quoted(extension.caller)}"
        hint = "write it as 'if: call.caller == …'"
    elif extension.name in NEVER_ENTERED:
        rule, why, hint = rules.NO_EXTENSION, f"extension {extension.name!r} is not entered by a call", ""
        hint = NEVER_ENTERED[extension.name]
    else:
        return False
    for priority in extension.priorities:
        ground.problems.report(rule, priority.line.location, f"{priority.name}: {why}", hint)
        ground.draft.tail.append(listed_note(rule.code, priority))
    return True


def listed_note(code: str, priority: Priority) -> str:
    """Give the comment that stands for a line that is only listed."""
    place = priority.line.location
    from ivrcore.importing.emit import places

    return f"not translated ({code}): {priority.line.shown}   {places([place])}"


def _cut(ground: Ground) -> None:
    """Give names to the beginnings of extensions and to every place that a jump leads to."""
    targets: set[tuple[Extension, int]] = set()
    for context in ground.plan.contexts.values():
        for extension in context.extensions.values():
            for priority in extension.priorities:
                targets |= _targets(ground, extension, priority)
    for context in ground.plan.contexts.values():
        for extension in context.extensions.values():
            for place, priority in enumerate(extension.priorities):
                if place == 0 or (extension, place) in targets:
                    wanted = name_of(extension, priority.label or str(priority.number) if place else "")
                    ground.places[extension, place] = name = ground.draft.fresh(wanted)
                    if extension.name in ("i", "t", "e"):
                        ground.draft.passing.add(name)


def name_of(extension: Extension, part: str = "") -> str:
    """Give a block's name: the context, the extension unless it is ``s``, and the label."""
    own = "" if extension.name == "s" else extension.name.strip("_")
    words = {"*": "star", "#": "hash", "i": "invalid", "t": "timeout", "e": "exception"}
    return ".".join(word for word in (extension.context, words.get(own, own), part) if word)


def _targets(ground: Ground, extension: Extension, priority: Priority) -> set[tuple[Extension, int]]:
    found: set[tuple[Extension, int]] = set()
    passage = Passage(ground, extension)
    passage.priority = priority
    for target in jumps(priority.name, priority.arguments):
        try:
            found |= {(one, place) for _, one, place, _ in passage.find(target)}
        except Untold:
            continue  # told when the line itself is translated
    return found


def jumps(name: str, arguments: str, depth: int = 0) -> list[str]:
    """Give the targets that an application names."""
    name = name.casefold()
    if depth > MOST_DEEP:
        return []
    if name == "goto":
        return [arguments]
    if name == "gosub":
        return [arguments.partition("(")[0]]
    if name in ("gotoif", "gotoiftime", "gosubif"):
        return [way.partition("(")[0] for way in two_ways(arguments)[1:] if way]
    inner: list[str] = list(two_ways(arguments)[1:]) if name in ("execif", "execiftime") else []
    inner = [arguments] if name in ("exec", "tryexec") else inner
    called = [application(text) for text in inner if text]
    return [jump for one in called if one for jump in jumps(*one, depth + 1)]


class Flow(Passage):
    """Translates one extension from a place to the next place that has a name."""

    def __init__(self, ground: Ground, extension: Extension, depth: int = 0) -> None:
        super().__init__(ground, extension)
        self.depth = depth

    def rest(self, place: int) -> Steps:
        """Translate what follows, for within another step; deep ones get a block of their own."""
        named = self.ground.places.get((self.extension, place))
        if named and place:
            return Steps([step("goto", named)])
        if self.depth < MOST_DEEP or place >= len(self.extension.priorities):
            return Flow(self.ground, self.extension, self.depth + 1).run(place)
        name = self.ground.draft.fresh(f"{name_of(self.extension)}.rest")
        self.ground.places[self.extension, place] = name  # translated in its turn
        return Steps([step("goto", name)])

    def run(self, place: int) -> Steps:
        """Translate from a place on; gives steps that end the call or lead on."""
        steps, begin = Steps(), place
        priorities = self.extension.priorities
        while place < len(priorities):
            named = self.ground.places.get((self.extension, place))
            if named and (place > begin or self.depth):
                steps.append(step("goto", named))
                return steps
            self.priority = priorities[place]
            made, taken = self.one(place)
            steps += made
            place += taken
            if not steps.goes_on:
                return Steps([*steps, *self.never_run(place)])
        if steps.goes_on:
            steps.append(hang_up())
        return steps

    def never_run(self, place: int) -> Steps:
        """Put what stands after a step that does not come back into comments, up to the next named place."""
        steps = Steps()
        for later, priority in enumerate(self.extension.priorities[place:], place):
            if (self.extension, later) in self.ground.places:
                break
            steps.append(note(f"never runs: {priority.line.shown}", priority.line.location))
        return steps

    def one(self, place: int) -> tuple[Steps, int]:
        """Translate the priority at a place; gives how many were taken."""
        assert self.priority is not None
        priority, name = self.priority, self.priority.name.casefold()
        try:
            if asking.begins(self.ground.plan, self.extension, place):
                return asking.ask(self, place)
            if name in ("waitexten", "background"):
                return asking.without_keys(self, place), 1
            if name == "dial":
                return dialling.dial(self, place)
            return self.translated(priority), 1
        except Untold as why:
            self.ground.problems.report(why.rule, self.line, f"{priority.name}: {why.message}", why.hint)
            return Steps([note(f"not translated ({why.rule.code}): {priority.line.shown}", self.line)]), 1

    def translated(self, priority: Priority) -> Steps:
        """Translate one application by the table."""
        known = APPLICATIONS.get(priority.name.casefold())
        if known is None:
            hint = HINTS.get(
                priority.name.casefold(), "write what it is to do with the steps of docs/dialplan.md"
            )
            raise Untold("this application has no translation", hint, rules.NO_APPLICATION)
        made = known.run(self, priority.arguments)
        if not made:
            return Steps([note(priority.line.shown, self.line)])
        for one in made:
            one.origins.append(self.line)
        return made
