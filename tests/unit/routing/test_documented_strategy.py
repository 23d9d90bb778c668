"""The strategy in docs/routing.md: its very text is loaded from a site's folder, and routes."""

import re
from collections import Counter
from pathlib import Path

import pytest
from router_desk import Desk
from strategy_bench import queue, talk

from ivrcore.model.events import OfferMade, PluginFailed
from ivrcore.model.roster import AgentFacts, MemberFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing.rulebook import RoutingPlugins

DOCS = Path(__file__).parents[3] / "docs" / "routing.md"
LONGEST = 30
"""Lines that a strategy may take."""


@pytest.fixture
def text() -> str:
    (found,) = re.findall(r'```python\n("""plugins/fair_share\.py.*?)```', DOCS.read_text(), re.DOTALL)
    return str(found)


@pytest.fixture
def plugins(text: str, tmp_path: Path) -> RoutingPlugins:
    (tmp_path / "fair_share.py").write_text(text)
    loaded = load_plugins(tmp_path)
    assert not loaded.problems
    return loaded.routing()


def weighing(name: str, weight: float) -> AgentFacts:
    return AgentFacts(name=name, endpoint=f"PJSIP/{name}", members={"loans": MemberFacts(weight=weight)})


def test_it_is_short(text: str) -> None:
    assert len(text.splitlines()) <= LONGEST


def test_contacts_go_by_weight(plugins: RoutingPlugins) -> None:
    desk = Desk([queue("fair_share")], [weighing("ann", 2), weighing("bob", 1)], plugins=plugins)
    took = Counter(talk(desk, f"c{number}", 20) for number in range(30))
    assert took == {"ann": 20, "bob": 10}
    assert not desk.all(PluginFailed)
    made = desk.last(OfferMade)
    assert re.match(
        r"fair_share: \d+ contacts in the last hour for a weight of [12]; first of 2 free", made.why
    )
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_who_has_no_weight_comes_last(plugins: RoutingPlugins) -> None:
    agents = [weighing("ann", 0), weighing("bob", 1), weighing("cy", 0)]
    desk = Desk([queue("fair_share")], agents, plugins=plugins)
    for contact in ("c1", "c2", "c3"):
        desk.call(contact)
    assert desk.offers() == [("c1", "bob"), ("c2", "ann"), ("c3", "cy")]
    assert not desk.all(PluginFailed)
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_what_is_older_than_an_hour_counts_no_more(plugins: RoutingPlugins) -> None:
    desk = Desk([queue("fair_share")], [weighing("ann", 1), weighing("bob", 1)], plugins=plugins)
    assert [talk(desk, "c1", 20), talk(desk, "c2", 20)] == ["ann", "bob"]
    desk.pass_time(3570)
    # ann's contact has left the window, bob's has not
    assert talk(desk, "c3", 0) == "ann"
