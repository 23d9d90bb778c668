"""A queue whose callers were promised to be called back stays, or the new configuration is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from msgspec import structs
from pytest_twisted import ensureDeferred

from ivrcore.call_backs import OpenCallBack
from ivrcore.config import read_site
from ivrcore.samples import init_site
from ivrcore.service.running_site import RunningSite


class NoObjections:
    async def objections(self, site: object) -> list[Any]:
        return []


@ensureDeferred
async def test_a_queue_with_open_call_backs_cannot_go(tmp_path: Path) -> None:
    init_site(tmp_path / "site")
    config = read_site(tmp_path / "site").config
    assert config is not None
    kept = config.queues[0].name
    wishes = {f"c{n}": OpenCallBack(f"c{n}", queue, "s", 0.0) for n, queue in enumerate((kept, "old", "old"))}
    site: Any = RunningSite(
        library=NoObjections(),  # type: ignore[arg-type]
        prompts=None,  # type: ignore[arg-type]
        voices={},
        call_backs=SimpleNamespace(open=wishes),  # type: ignore[arg-type]
        exchange=None,  # type: ignore[arg-type]
        heard=None,  # type: ignore[arg-type]
        loop=None,  # type: ignore[arg-type]
        taken=lambda config: None,
    )
    (problem,) = await site.objections(config)
    assert (problem.code, problem.severity) == ("CFG221", "error")
    assert problem.message == "queue 'old' is gone, but 2 of its callers wait to be called back"
    assert structs.asdict(config.queues[0])["name"] == kept
