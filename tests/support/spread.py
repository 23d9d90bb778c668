"""How the tests on real processes are spread over workers: `pytest --dist loadfile`, made finer.

They mostly wait, each for an Asterisk of its own. Handed out file by file as they come, one worker would
still be at a long file when the others have nothing left to do. So what takes longest begins first, and the
tests of a file go apart where each has all it needs for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest

APART = frozenset(
    {
        "test_agi_site.py",
        "test_dialplan_picture.py",
        "test_hotline_calls.py",
        "test_hotline_codes.py",
        "test_hotline_confirmed.py",
        "test_hotline_desk.py",
        "test_hotline_links.py",
        "test_hotline_routing.py",
        "test_hotline_services.py",
        "test_hotline_several.py",
        "test_paging.py",
        "test_status_page.py",
    }
)
"""Files whose tests share nothing that is made once for the file; it is looked at when they are collected."""

SECONDS: Mapping[str, float] = {
    "test_dialplan_editor.py": 90,
    "test_hotline_speech.py": 80,
    "test_old_asterisk.py": 70,
    "test_agi_contract.py": 67,
    "test_live_call_tests.py": 67,
    "test_agi_same.py": 64,
    "test_import_same.py": 60,
    "test_hotline_reload.py": 51,
    "test_sample_bank.py": 50,
    "test_hotline_announce.py": 45,
    "test_aeap_speech.py": 40,
    "test_hotline_far_speech.py": 40,
    "test_app_queue.py": 37,
    "test_ari_contract.py": 37,
    "test_hotline_canary.py": 32,
    "test_paging.py": 30,
    "test_wallboard.py": 25,
    "test_agi_site.py": 20,
    "test_dashboards_queries.py": 20,
    "test_lab_phones.py": 20,
    "test_soak_load.py": 38,
    "test_prometheus.py": 20,
    "test_ari_link.py": 16,
    "test_make_monitoring.py": 15,
    "test_agi_calls.py": 14,
    "test_hotline_codes.py": 12,
    "test_hotline_services.py": 12,
    "test_hotline_links.py": 11,
    "test_history_on_postgresql.py": 11,
    "test_hotline_desk.py": 11,
    "test_hotline_several.py": 10,
    "test_hotline_calls.py": 9,
    "test_hotline_confirmed.py": 8,
    "test_hotline_routing.py": 6,
    "test_graphviz_drawing.py": 6,
    "test_dialplan_picture.py": 5,
    "test_status_page.py": 4,
}
"""About how long a file takes, or one test of a file whose tests go apart. What is out of date here costs
time, and nothing else."""
UNKNOWN = 30.0
"""The rest is shorter, or new and long."""


def unit(nodeid: str) -> str:
    """Name what a test is handed out with: its file, or nothing but itself."""
    file = nodeid.partition("::")[0]
    return nodeid if PurePosixPath(file).name in APART else file


def seconds(nodeid: str) -> float:
    """Guess how long a unit takes."""
    return SECONDS.get(PurePosixPath(nodeid.partition("::")[0]).name, UNKNOWN)


class Spread:
    """A plugin of pytest, and of xdist's controller."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put first what takes longest; refuse tests that go apart and yet share something."""
        items.sort(key=lambda item: -seconds(item.nodeid))
        wrong = [item.nodeid for item in items if unit(item.nodeid) == item.nodeid and shares(item)]
        if wrong:
            raise pytest.UsageError(f"they share a fixture of their module, and go apart: {wrong}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object | None:
        """Hand out units instead of files, in the order of collection."""
        from xdist.scheduler import LoadFileScheduling  # where there is no xdist nobody asks

        if config.getoption("dist") != "loadfile":
            return None

        class Units(LoadFileScheduling):
            def _split_scope(self, nodeid: str) -> str:
                return unit(nodeid)

        config.option.loadscopereorder = False
        return Units(config, log)


def shares(item: pytest.Item) -> bool:
    """Whether a test uses a fixture that is made once for its module or its class."""
    if not isinstance(item, pytest.Function):
        return True
    found = item._fixtureinfo.name2fixturedefs.values()
    return any(made[-1].scope in ("module", "class") for made in found)
