"""The reference tables in docs/, made from the code: ``python -m ivrcore.reference`` writes them anew.

A table stands between ``<!-- reference: NAME -->`` and ``<!-- end -->``; a test compares.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import ivrcore
from ivrcore import fields, hookspecs, yamltree
from ivrcore.announcements import keys as announcement_keys
from ivrcore.announcements import rules as announcement_rules
from ivrcore.config import keys, rules
from ivrcore.config.plans import ASTERISK_CAN
from ivrcore.dialplan import keys as dialplan_keys
from ivrcore.dialplan import rules as dialplan_rules
from ivrcore.dialplan.checks.site import Site
from ivrcore.dialplan.schema import dialplan_schema
from ivrcore.errors import IvrError
from ivrcore.expressions import rules as expression_rules
from ivrcore.expressions.functions import FUNCTIONS
from ivrcore.history import measures
from ivrcore.history.measures import Measure
from ivrcore.importing import rules as importing_rules
from ivrcore.importing.extensions.applications import APPLICATIONS
from ivrcore.importing.queues.words import NAMES as QUEUE_SETTINGS
from ivrcore.importing.queues.words import STRATEGIES as QUEUE_STRATEGIES
from ivrcore.importing.voicexml.table import ELEMENTS
from ivrcore.model.capability import AGI_CAN, Capability
from ivrcore.plugin_contract import hook_names
from ivrcore.plugin_manager import Plugins, signature
from ivrcore.problem_formats import JSON_SCHEMA
from ivrcore.problems import Rule
from ivrcore.simulator import keys as simulator_keys
from ivrcore.simulator import rules as simulator_rules
from ivrcore.tokens import MEANINGS
from ivrcore.tryout import rules as tryout_rules
from ivrcore.tryout import testfile
from ivrcore.tryout.files import COVERAGE_KEYS
from ivrcore.web.roles import ROUTES

_TABLE = re.compile(r"(<!-- reference: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str) -> str:
    """Put every table that a page asks for into it; raise KeyError for an unknown one."""
    return _TABLE.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")


def _keys(section: Mapping[str, dialplan_keys.Key]) -> str:
    rows = [(f"`{key.name}`", key.value, key.default, key.meaning) for key in section.values()]
    return _table(("Key", "Value", "Default", "Meaning"), rows)


def _steps() -> str:
    rows = [
        (f"`{verb}`" if key.name == verb else "", f"`{key.name}`", key.value, key.default, key.meaning)
        for verb, cls in own().verbs().items()
        for key in cls.keys.values()
    ]
    return _table(("Verb", "Key", "Value", "Default", "Meaning"), rows)


def _test_lines() -> str:
    rows = [
        (f"`{verb}`" if key.name == verb else "", f"`{key.name}`", key.value, key.default, key.meaning)
        for verb, cls in testfile.LINES.items()
        for key in cls.keys.values()
    ]
    return _table(("Line", "Key", "Value", "Default", "Meaning"), rows)


def _measures(of: Sequence[Measure]) -> str:
    rows = [(f"`{measure.name}`", measure.unit.value, measure.meaning) for measure in of]
    return _table(("Measure", "Unit", "What it is"), rows)


def _exceptions() -> str:
    for module in pkgutil.walk_packages(ivrcore.__path__, "ivrcore."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    rows = [(f"`{one.code}`", f"`{one.__name__}`", _first_line(one)) for one in _with_subclasses(IvrError)]
    return _table(("Code", "Exception", "When"), sorted(rows))


def _with_subclasses(error: type[IvrError]) -> Iterator[type[IvrError]]:
    if error.__module__.startswith("ivrcore."):
        yield error
    for each in error.__subclasses__():
        yield from _with_subclasses(each)


def _rules() -> str:
    own = (
        *rules.RULES,
        *announcement_rules.RULES,
        *dialplan_rules.RULES,
        *expression_rules.RULES,
        *importing_rules.RULES,
        *simulator_rules.RULES,
        *tryout_rules.RULES,
    )
    found: list[Rule] = [*yamltree.RULES, *fields.RULES, *own]
    rows = [(f"`{rule.code}`", str(rule.severity), rule.summary) for rule in found]
    return _table(("Code", "Kind", "What it means"), sorted(rows))


def _functions() -> str:
    rows = [(", ".join(f"`{form}`" for form in one.forms), one.meaning) for one in FUNCTIONS.values()]
    return _table(("Function", "What it gives"), rows)


def _applications() -> str:
    return _table(("Application", "Becomes"), ((row.name, row.becomes) for row in APPLICATIONS.values()))


def _queue_settings() -> str:
    rows = [(f"`{name}`", becomes) for name, becomes in QUEUE_SETTINGS.items()]
    return _table(("queues.conf", "Becomes"), rows)


def _queue_strategies() -> str:
    rows = [(f"`{name}`", f"`{ours}`", difference) for name, (ours, difference) in QUEUE_STRATEGIES.items()]
    return _table(("Asterisk's strategy", "Becomes", "What is different (IMP208)"), rows)


def own() -> Plugins:
    """Load the built-in plugins only."""
    plugins = Plugins()
    for point in own_plugins():
        plugins.add(point.load(), point.name)
    return plugins


def _elements() -> str:
    return _table(("Element", "Becomes"), ((f"`<{name}>`", becomes) for name, becomes in ELEMENTS.items()))


def _hooks() -> str:
    plugins = own()
    rows = []
    for name in hook_names():
        users = ", ".join(f"`{plugin}`" for plugin in sorted(plugins.implementations(name)))
        rows.append((f"`{signature(name)}`", _first_line(getattr(hookspecs, name)), users))
    return _table(("Hook", "What it is for", "Built-in plugins that use it"), rows)


def _plugins() -> str:
    rows = [(f"`{point.name}`", _first_line(point.load())) for point in own_plugins()]
    return _table(("Plugin", "What it does"), rows)


def own_plugins() -> list[EntryPoint]:
    """Give the entry points of the built-in plugins."""
    found = entry_points(group="ivrcore")
    return sorted(point for point in found if point.value.startswith("ivrcore_plugins."))


def _routing(kind: str, *headers: str) -> str:
    """Give routing's plugins of one kind, by what their classes say of themselves."""
    rows = []
    for name, plugin in sorted(getattr(own().routing(), kind).items()):
        what, *rest = (inspect.getdoc(type(plugin)) or "").replace("``", "`").split("\n\n")
        options = [
            " ".join(text.removeprefix("Option ").split()) for text in rest if text.startswith("Option ")
        ]
        rows.append((f"`{name}`", " ".join(what.split()), "<br>".join(options))[: len(headers)])
    return _table(headers, rows)


def _check_json() -> str:
    return f"```json\n{json.dumps(JSON_SCHEMA, indent=2, ensure_ascii=False)}\n```\n"


def _roles() -> str:
    rows = []
    for role, meaning in MEANINGS.items():
        routes = [f"`{route.method} {route.path}`" for route in ROUTES if route.role is role]
        rows.append((f"`{role}`", meaning, ", ".join(routes)))
    return _table(("Role", "What for", "Addresses (`*`: any name)"), rows)


def _capabilities() -> str:
    """Give what each driver can do, and which verbs need it."""
    verbs = own().verbs()
    rows = [
        (
            f"`{one}`",
            _yes(one in ASTERISK_CAN),
            _yes(one in AGI_CAN),
            ", ".join(f"`{verb}`" for verb, step in verbs.items() if one in step.needs),
        )
        for one in Capability
    ]
    return _table(("Capability", "ARI", "AGI", "Verbs that need it"), rows)


def _yes(can: bool) -> str:
    return "yes" if can else "no"


TABLES: dict[str, Callable[[], str]] = {
    **{f"config {name}": partial(_keys, section) for name, section in keys.SECTIONS.items()},
    **{f"dialplan {name}": partial(_keys, section) for name, section in dialplan_keys.SECTIONS.items()},
    "dialplan steps": _steps,
    **{f"tests {name}": partial(_keys, section) for name, section in testfile.SECTIONS.items()},
    **{f"simulator {name}": partial(_keys, section) for name, section in simulator_keys.SECTIONS.items()},
    "tests coverage": partial(_keys, COVERAGE_KEYS),
    "tests lines": _test_lines,
    "announcement": partial(_keys, announcement_keys.ANNOUNCEMENT),
    "dialplan functions": _functions,
    "import applications": _applications,
    "import queues": _queue_settings,
    "import strategies": _queue_strategies,
    "check json": _check_json,
    "roles": _roles,
    "capabilities": _capabilities,
    "import elements": _elements,
    "report queues": partial(_measures, measures.QUEUE),
    "report agents": partial(_measures, measures.AGENT),
    "report menus": partial(_measures, measures.MENU),
    "report contacts": partial(_measures, measures.CONTACT),
    "report dispositions": partial(_measures, measures.DISPOSITION),
    "report engines": partial(_measures, measures.ENGINE),
    "exceptions": _exceptions,
    "rules": _rules,
    "hooks": _hooks,
    "plugins": _plugins,
    "strategies": partial(_routing, "strategies", "Strategy", "Who comes first", "Options"),
    "eligibility": partial(_routing, "eligibility", "Rule", "Who may, and what it is asked"),
    "relaxations": partial(_routing, "relaxations", "Relaxation", "Who may, as time goes by", "Options"),
    "contact orders": partial(_routing, "contact_orders", "Order", "Who goes first", "Options"),
}
"""Name -> makes the table."""


def main(folder: Path) -> None:
    """Write the tables of every page in a folder anew, and the JSON Schema of the language."""
    for page in sorted(folder.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if fill(text) != text:
            page.write_text(fill(text), encoding="utf-8")
    schema = folder / "dialplan.schema.json"
    if schema.exists():
        made = json.dumps(dialplan_schema(Site(verbs=own().verbs())), indent=2, ensure_ascii=False)
        schema.write_text(f"{made}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else "docs"))
