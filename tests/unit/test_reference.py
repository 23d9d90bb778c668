"""docs/ says what the code does: tables are current, hooks are used, tested and documented, examples run."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from ivrcore import reference
from ivrcore.config import rules
from ivrcore.model import events
from ivrcore.plugin_contract import hook_names
from ivrcore.plugin_manager import load_plugins, signature

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TESTS = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize(
    "page",
    [
        "configuration.md",
        "dialplan.md",
        "plugins.md",
        "errors.md",
        "simulator.md",
        "web.md",
        "existing-asterisk.md",
    ],
)
def test_the_tables_of_a_page_are_current(page: str) -> None:
    text = (DOCS / page).read_text()
    assert "<!-- reference: " in text
    assert reference.fill(text) == text, "run: python -m ivrcore.reference"


def test_every_table_stands_somewhere() -> None:
    pages = "".join(page.read_text() for page in DOCS.glob("*.md"))
    assert [name for name in reference.TABLES if f"<!-- reference: {name} -->" not in pages] == []


@pytest.mark.parametrize("hook", hook_names())
def test_a_hook_has_a_plugin_a_test_and_a_row(hook: str) -> None:
    own = {point.name for point in reference.own_plugins()}
    assert own & set(load_plugins().implementations(hook)), "a hook ships only with a plugin that uses it"
    assert f'"{hook}"' in TESTS or f"def {hook}(" in TESTS
    assert f"| `{signature(hook)}` |".replace(" | None", " \\| None") in (DOCS / "plugins.md").read_text()


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.code)
def test_a_rule_has_a_test(rule: rules.Rule) -> None:
    assert rule.code in TESTS


def test_the_example_plugin_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "plugins.md").read_text(), re.DOTALL)
    (tmp_path / "given_up.py").write_text(example)
    plugins = load_plugins(tmp_path)
    assert plugins.problems == []
    caplog.set_level(logging.INFO)
    plugins.observer()(
        1,
        events.VisitAbandoned(
            at=1.0, contact="c", visit="c.v1", queue="cards", waited=3.0, in_threshold=True, short=True
        ),
    )
    assert "cards: 1 callers gave up by now" in caplog.text
