"""Lists of steps and prompts: YAML nodes into the values of `model`.

Each verb has one function in `VERBS`; a step is a mapping with one verb and that verb's options.
"""

from __future__ import annotations

from collections.abc import Callable

from ivrcore.dialplan import keys, model, rules
from ivrcore.dialplan.commands import Prompt, Recorded, Spoken
from ivrcore.fields import Fields
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import Entry, ListNode, MapNode, Node, ScalarNode


class PromptReader:
    """Reads prompts, and keeps where recorded `files` are named."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.files: list[model.Name] = []

    def read(self, node: Node, fields: Fields) -> Prompt:
        """Read a text, ``{say: text}``, ``{play: files}``, or a list of these; empty is reported."""
        items = node.items if isinstance(node, ListNode) else (node,)
        known = len(fields.problems)
        prompt = tuple(part for item in items for part in self.part(item, fields))
        if not prompt and len(fields.problems) == known:
            hint = "write a text in quotes, or {play: file}"
            message = f"{fields.what}: nothing to say or play"
            fields.problems.report(rules.NO_PROMPT, node.location, message, hint)
        return prompt

    def read_list(self, node: Node, fields: Fields) -> tuple[Prompt, ...]:
        """Read a list of prompts, or a single one."""
        items = node.items if isinstance(node, ListNode) else (node,)
        return tuple(self.read(item, fields) for item in items)

    def part(self, node: Node, fields: Fields) -> list[Spoken | Recorded]:
        """Read one part of a prompt."""
        if isinstance(node, ScalarNode):
            return [Spoken(node.text, self.language)] if node.text.strip() and not node.is_null else []
        if isinstance(node, MapNode):
            within = Fields(node, fields.problems, fields.what)
            said = [Spoken(text.text, self.language) for text in within.texts("say") if text.text.strip()]
            played = self.recorded(within)
            within.finish()
            return [*said, *played]
        fields.wrong(node, "a text, {say: text} or {play: file}")
        return []

    def recorded(self, fields: Fields) -> list[Recorded]:
        """Read the files of key ``play``."""
        files = [text for text in fields.texts("play") if text.text.strip()]
        self.files += [model.Name(file.text, file.location) for file in files]
        return [Recorded(file.text) for file in files]


class StepReader:
    """Reads lists of steps of one dialplan."""

    def __init__(self, problems: Problems, prompts: PromptReader, barge_in: bool) -> None:
        self.problems = problems
        self.prompts = prompts
        self.barge_in = barge_in

    def read(self, node: Node, what: str) -> tuple[model.Step, ...]:
        """Read a list of steps, or a single one; those with mistakes are left out."""
        items = node.items if isinstance(node, ListNode) else (node,)
        if not items:
            hint = "write at least one step, such as '- hang_up: normal'"
            self.problems.report(rules.NO_STEPS, node.location, f"{what} has no steps", hint)
        steps = (self.step(item, what) for item in items)
        return tuple(step for step in steps if step is not None)

    def step(self, node: Node, what: str) -> model.Step | None:
        """Read one step; None, reported, if it is none."""
        if isinstance(node, ScalarNode) and not node.is_null:
            node = MapNode(node.location, (Entry(node.location, node.text, ScalarNode(node.location, "")),))
        fields = Fields(node, self.problems, f"step in {what}")
        verb = self.verb(fields) if isinstance(node, MapNode | ScalarNode) else None
        if verb is None:
            return None
        fields.what = f"{quoted(verb.key)} in {what}"
        step = VERBS[verb.key](self, fields, verb)
        fields.finish(keys.STEPS[verb.key])
        return step

    def verb(self, fields: Fields) -> Entry | None:
        """Find the step's one verb; None, reported, if there is not exactly one."""
        entries = fields.node.entries
        verbs = [entry for entry in entries if entry.key in VERBS]
        if len(verbs) == 1:
            return verbs[0]
        if len(verbs) > 1:
            named = " and ".join(entry.key for entry in verbs)
            hint = "write each as a step of its own, with '- ' before it"
            self.problems.report(
                rules.NOT_ONE_VERB, verbs[1].location, f"{fields.what}: {named} in one step", hint
            )
        elif entries:
            message = f"{fields.what}: {quoted(entries[0].key)} is not a verb"
            hint = did_you_mean(entries[0].key, VERBS)
            self.problems.report(rules.UNKNOWN_VERB, entries[0].location, message, hint)
        else:
            self.problems.report(
                rules.NOT_ONE_VERB, fields.location, f"{fields.what}: this does nothing", "remove it"
            )
        return None


def _name(fields: Fields, verb: Entry) -> model.Name | None:
    text = fields.text(verb.key, required=True)
    return model.Name(text, verb.value.location) if text else None


def _say(reader: StepReader, fields: Fields, verb: Entry) -> model.Step:
    fields.entry("say")
    prompt = reader.prompts.read(verb.value, fields)
    return model.Say(verb.location, prompt, fields.boolean("barge_in", reader.barge_in))


def _play(reader: StepReader, fields: Fields, verb: Entry) -> model.Step:
    prompt = tuple(reader.prompts.recorded(fields))
    if not prompt:
        reader.prompts.read(ListNode(verb.value.location, ()), fields)
    return model.Play(verb.location, prompt, fields.boolean("barge_in", reader.barge_in))


def _menu(_reader: StepReader, fields: Fields, verb: Entry) -> model.Step | None:
    name = _name(fields, verb)
    return model.EnterMenu(verb.location, name) if name else None


def _goto(_reader: StepReader, fields: Fields, verb: Entry) -> model.Step | None:
    name = _name(fields, verb)
    return model.Goto(verb.location, name) if name else None


def _queue(_reader: StepReader, fields: Fields, verb: Entry) -> model.Step | None:
    name = _name(fields, verb)
    priority = fields.integer("priority", 0, least=-100, most=100)
    names = tuple(model.Name(entry.key, entry.location) for entry in fields.entries("skills"))
    asked = fields.within("skills", fields.what) if names else None
    levels = {skill.text: asked.integer(skill.text, 1, least=1, most=100) for skill in names} if asked else {}
    return model.Queue(verb.location, name, priority, levels, names) if name else None


def _hang_up(_reader: StepReader, fields: Fields, verb: Entry) -> model.Step:
    return model.HangUp(verb.location, fields.one_of("hang_up", model.HangUpCause.NORMAL))


def _answer(_reader: StepReader, fields: Fields, verb: Entry) -> model.Step:
    if fields.entry("answer"):
        fields.wrong(verb.value, "nothing after 'answer:'", "write '- answer'")
    return model.Answer(verb.location)


VERBS: dict[str, Callable[[StepReader, Fields, Entry], model.Step | None]] = {
    "say": _say,
    "play": _play,
    "menu": _menu,
    "goto": _goto,
    "queue": _queue,
    "hang_up": _hang_up,
    "answer": _answer,
}
"""Verb -> how its step is read."""
