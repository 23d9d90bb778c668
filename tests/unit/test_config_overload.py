"""The section `overload`: what is read, and what is wrong with it told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE, Fallback, FallbackAction, OverloadConfig, load_config, read_site
from ivrcore.config.overload import OverloadAction
from ivrcore.model.overload_names import WayOut
from ivrcore.overload import Limits

BASE = "asterisk: {password_env: ARI}\nweb: {token_env: TOKEN}\njournal: {key_env: KEY}\n"
ENV = {"ARI": "swordfish", "TOKEN": "open sesame, would you", "KEY": "0f" * 32}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans"):
        (tmp_path / name).mkdir()
    return tmp_path


def read(folder: Path, text: str) -> OverloadConfig:
    (folder / CONFIG_FILE).write_text(BASE + text)
    return load_config(folder, ENV).overload


def test_without_it_everybody_is_let_in(folder: Path) -> None:
    assert read(folder, "").limits == Limits()


def test_all_limits(folder: Path) -> None:
    found = read(
        folder, "overload: {calls_per_second: 10, burst: 30, contacts: 400, lag: 200ms, streams: 50}\n"
    )
    assert found.limits == Limits(10.0, 30.0, 400, 0.2, 50)
    assert found.way is WayOut.CONGESTION


def test_a_burst_is_a_seconds_calls_if_nothing_is_said(folder: Path) -> None:
    assert read(folder, "overload: {calls_per_second: 12}\n").limits == Limits(12.0, 12.0)
    assert read(folder, "overload: {calls_per_second: 0.5}\n").limits == Limits(0.5, 1.0)


@pytest.mark.parametrize(
    ("given", "action", "way", "steps"),
    [
        ("busy", OverloadAction.BUSY, WayOut.BUSY, Fallback()),
        ("fallback", OverloadAction.FALLBACK, WayOut.FALLBACK, Fallback()),
        (
            "play, sound: sorry",
            OverloadAction.PLAY,
            WayOut.OVERLOAD,
            Fallback(FallbackAction.PLAY, "sorry"),
        ),
        (
            "dial, dial: PJSIP/site2, ring_time: 20s",
            OverloadAction.DIAL,
            WayOut.OVERLOAD,
            Fallback(FallbackAction.DIAL, "", "PJSIP/site2", 20.0),
        ),
    ],
)
def test_the_ways(folder: Path, given: str, action: OverloadAction, way: WayOut, steps: Fallback) -> None:
    found = read(folder, f"overload: {{contacts: 5, action: {given}}}\n")
    assert (found.action, found.way, found.steps) == (action, way, steps)


@pytest.mark.parametrize(
    ("given", "said", "hint"),
    [
        ("{action: busy}", "there is no limit", "calls_per_second: 20"),
        ("{contacts: 0}", "'contacts' must be from 1", ""),
        ("{lag: 1ms}", "'lag' must be from", ""),
        ("{contacts: 5, burst: 9}", "'burst' has no meaning without", "calls_per_second"),
        ("{contacts: 5, action: play}", "'sound' is missing", "sound: ss-noservice"),
        ("{contacts: 5, action: dial}", "'dial' is missing", "dial"),
        ("{contacts: 5, action: play, sound: 'a,b'}", "'sound' cannot be", ""),
        ("{contacts: 5, action: polite}", "'action' cannot be 'polite'", ""),
        ("{call_per_second: 5, contacts: 5}", "unknown key 'call_per_second'", "calls_per_second"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(folder: Path, given: str, said: str, hint: str) -> None:
    (folder / CONFIG_FILE).write_text(f"{BASE}overload: {given}\n")
    found = [one for one in read_site(folder, ENV).problems if said in one.message]
    assert [one.location.line for one in found] == [4]
    assert found[0].location.file.endswith("ivrcore.yaml")
    assert hint in found[0].hint
