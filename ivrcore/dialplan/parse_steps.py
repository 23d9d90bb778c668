"""Lists of steps: which verb each is of. The verb's own class reads the rest."""

from __future__ import annotations

from collections.abc import Mapping

from ivrcore.dialplan import rules
from ivrcore.dialplan.reading import PlanParts, Reading
from ivrcore.dialplan.step import Refers, Step
from ivrcore.errors import PLUGIN_FAULTS
from ivrcore.fields import Fields
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import Entry, ListNode, MapNode, Node, ScalarNode


class StepReader:
    """Reads lists of steps of one dialplan with the verbs that there are."""

    def __init__(self, problems: Problems, verbs: Mapping[str, type[Step]], parts: PlanParts) -> None:
        self.problems = problems
        self.verbs = verbs
        self.parts = parts

    def read(self, node: Node, block: str) -> tuple[tuple[Step, ...], tuple[Refers, ...]]:
        """Read a list of steps, or a single one, as that block; those with mistakes are left out.

        What each step refers to comes with them.
        """
        items = node.items if isinstance(node, ListNode) else (node,)
        if not items:
            hint = "write at least one step, such as '- hang_up: normal'"
            self.problems.report(rules.NO_STEPS, node.location, f"block {quoted(block)} has no steps", hint)
        steps: list[Step] = []
        referred: list[Refers] = []
        for item in items:
            found = self.step(item, block, len(steps))
            if found is not None:
                steps.append(found[0])
                referred.append(found[1])
        return tuple(steps), tuple(referred)

    def step(self, node: Node, block: str, index: int) -> tuple[Step, Refers] | None:
        """Read one step; None, reported, if it is none."""
        if type(node) is MapNode and len(node.entries) == 1 and node.entries[0].key in self.verbs:
            return self.step_of(node.entries[0], node, block, index)  # nearly all
        if isinstance(node, ScalarNode) and not node.is_null:
            node = MapNode(node.location, (Entry(node.location, node.text, ScalarNode(node.location, "")),))
        fields = Fields(node, self.problems, "step in block {}", block)
        verb = None if isinstance(node, ListNode) else self.verb(fields)
        return None if verb is None else self.step_of(verb, fields.node, block, index)

    def step_of(self, verb: Entry, node: MapNode, block: str, index: int) -> tuple[Step, Refers] | None:
        """Read one step of which the verb is known."""
        cls = self.verbs[verb.key]
        reading = Reading(node, verb, block, index, self.parts)
        try:
            step = cls.read(reading)
            refers = None if step is None else step.refers()
            reading.finish(cls.keys)
        except PLUGIN_FAULTS as error:  # told where it was met: a plugin's verb must not end the check
            message = f"{reading.fields.what}: the plugin of this verb failed: {type(error).__name__}"
            self.problems.report(rules.BROKEN_VERB, verb.location, message, "tell the plugin's author")
            return None
        return None if step is None or refers is None else (step, refers)

    def verb(self, fields: Fields) -> Entry | None:
        """Find the step's one verb; None, reported, if there is not exactly one."""
        entries = fields.node.entries
        verbs = [entry for entry in entries if entry.key in self.verbs]
        if len(verbs) > 1:
            # an option of one verb may have the name of another verb
            options = {key for one in verbs for key in list(self.verbs[one.key].keys)[1:]}
            left = [one for one in verbs if one.key not in options]
            verbs = left if len(left) == 1 else verbs
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
            hint = did_you_mean(entries[0].key, self.verbs)
            self.problems.report(rules.UNKNOWN_VERB, entries[0].location, message, hint)
        else:
            self.problems.report(
                rules.NOT_ONE_VERB, fields.location, f"{fields.what}: this does nothing", "remove it"
            )
        return None
