"""Which of routing's plugins a queue names, and their options, which each plugin looks at itself.

A plugin may have ``check(options)``, its problems in words; one that begins with the path of an option, such
as ``rules[2].after: ``, is reported at that place of the file. It may have ``skills(options)`` and
``agents(options)``, the skills and the agents that these name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ivrcore.config.rules import BAD_OPTION, UNKNOWN_ROUTING, UNKNOWN_STRATEGY
from ivrcore.errors import PLUGIN_FAULTS
from ivrcore.fields import Fields, read_integer, read_number
from ivrcore.problems import Rule, did_you_mean, quoted
from ivrcore.yamltree import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivrcore.location import Location
    from ivrcore.routing.rulebook import RoutingPlugins

_PATH = re.compile(r"(?P<path>[^:\s]*): (?P<words>.*)", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


class Chosen(NamedTuple):
    """A plugin's name and options, as a queue has them."""

    name: str
    options: dict[str, Any]


class RoutingReader:
    """Reads what queues say of strategy, order, relaxation and eligibility."""

    def __init__(self, plugins: RoutingPlugins) -> None:
        self._plugins = plugins
        self.skills: dict[str, Location] = {}
        """The skills that options name, each with a place where one does."""
        self.agents: dict[str, Location] = {}
        """The agents that options name, likewise."""

    def strategy(self, fields: Fields, default: str) -> Chosen:
        """Read ``strategy`` and ``options``."""
        entry, options = fields.entry("strategy"), fields.entry("options")
        name = fields.text("strategy", default)
        node = options.value if options else MapNode(entry.value.location if entry else fields.location, ())
        place = entry.value.location if entry else fields.location
        known = self._plugins.strategies
        return self._chosen(fields, "strategy", name, place, node, known, UNKNOWN_STRATEGY)

    def order(self, fields: Fields, default: str) -> Chosen:
        """Read ``order``: a name, or a name with options."""
        entry = fields.entry("order")
        if entry is None:
            return Chosen(default, {})
        known = self._plugins.contact_orders
        return self._named(fields, "order", entry.value, known) or Chosen(default, {})

    def relaxations(self, fields: Fields) -> Sequence[Chosen]:
        """Read ``relaxation``: a name, a name with options, or a list of these, one after another."""
        entry = fields.entry("relaxation")
        if entry is None:
            return ()
        nodes = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
        known = self._plugins.relaxations
        found = (self._named(fields, "relaxation", node, known) for node in nodes)
        return [one for one in found if one]

    def require(self, fields: Fields) -> dict[str, Any]:
        """Read ``require``: rules of eligibility, and what each is asked."""
        required = {}
        for entry in fields.entries("require"):
            plugin = self._plugins.eligibility.get(entry.key)
            if plugin is None:
                self._unknown(
                    fields, "rule of eligibility", entry.key, entry.location, self._plugins.eligibility
                )
                continue
            required[entry.key] = asked = value_of(entry.value)
            self._ask(fields, f"require {entry.key}", plugin, asked, entry.value)
        return required

    def _named(self, fields: Fields, what: str, node: Node, known: Mapping[str, object]) -> Chosen | None:
        if isinstance(node, ScalarNode) and not node.is_null:
            empty = MapNode(node.location, ())
            return self._chosen(fields, what, node.text, node.location, empty, known, UNKNOWN_ROUTING)
        if not isinstance(node, MapNode):
            fields.wrong(node, f"a name, or 'name: …' with options, for {quoted(what)}")
            return None
        one = Fields(node, fields.problems, f"{fields.what}, {what}")
        name, options = one.text("name", required=True), one.entry("options")
        one.finish()
        if not name:
            return None
        entry = node.get("name")
        place = entry.value.location if entry else node.location
        given = options.value if options else MapNode(node.location, ())
        return self._chosen(fields, what, name, place, given, known, UNKNOWN_ROUTING)

    def _chosen(
        self,
        fields: Fields,
        what: str,
        name: str,
        place: Location,
        node: Node,
        known: Mapping[str, object],
        rule: Rule,
    ) -> Chosen:
        if not isinstance(node, MapNode):
            fields.wrong(node, "a mapping (name: value) for the options")
            return Chosen(name, {})
        options = {entry.key: value_of(entry.value) for entry in node.entries}
        if name not in known:
            self._unknown(fields, what, name, place, known, rule)
        else:
            self._ask(fields, f"{what} {name}", known[name], options, node)
        return Chosen(name, options)

    def _unknown(
        self,
        fields: Fields,
        what: str,
        name: str,
        place: Location,
        known: Mapping[str, object],
        rule: Rule = UNKNOWN_ROUTING,
    ) -> None:
        article = "an" if what[0] in "aeiou" else "a"
        message = f"{fields.what}: no plugin gives {article} {what} {quoted(name)}"
        fields.problems.report(rule, place, message, did_you_mean(name, known))

    def _ask(self, fields: Fields, what: str, plugin: object, options: Any, node: Node) -> None:
        """Let the plugin look at its options, and say which skills and agents they name."""
        check = getattr(plugin, "check", None)
        skills, agents = getattr(plugin, "skills", None), getattr(plugin, "agents", None)
        try:
            problems = [str(problem) for problem in check(options)] if check else []
            named = () if problems or not skills else tuple(skills(options))
            people = () if problems or not agents else tuple(agents(options))
        except PLUGIN_FAULTS as error:  # reported, and the other queues are read
            problems, named = [f"the plugin cannot look at its options ({type(error).__name__})"], ()
            people = ()
        for problem in problems:
            found = _PATH.fullmatch(problem)
            path, words = (found["path"], found["words"]) if found else ("", problem)
            message, _, hint = words.partition("; ")
            where = f"{what}, {path.lstrip('.')}" if path else what
            fields.problems.report(
                BAD_OPTION, place_of(node, path), f"{fields.what}, {where}: {message}", hint
            )
        for skill in named:
            self.skills.setdefault(str(skill), node.location)
        for agent in people:
            self.agents.setdefault(str(agent), node.location)


def value_of(node: Node) -> Any:
    """Tell what an option's value is: a list or mapping, a number, true or false (not in quotes), or text.

    ``+1`` stays a text: it says by how much, not how many.
    """
    if isinstance(node, MapNode):
        return {entry.key: value_of(entry.value) for entry in node.entries}
    if isinstance(node, ListNode):
        return [value_of(item) for item in node.items]
    if node.is_null:
        return None
    if not node.plain or node.text.startswith("+"):
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    whole = read_integer(node.text)
    number = read_number(node.text) if whole is None else whole
    return node.text if number is None else number


def place_of(node: Node, path: str) -> Location:
    """Give the place of the option at a path such as ``rules[2].after``, as far as the path leads."""
    place = node.location
    for index, key in _STEP.findall(path):
        if index and isinstance(node, ListNode) and 0 < int(index) <= len(node.items):
            node = node.items[int(index) - 1]
            place = node.location
        elif key and isinstance(node, MapNode) and (entry := node.get(key)):
            node, place = entry.value, entry.location
        else:
            break
    return place
