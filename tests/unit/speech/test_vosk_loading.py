"""Vosk's models while they are loaded: each once, and none held up by another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ivrcore_plugins import vosk, vosk_models

from ivrcore.api import ModelMissing


class Model:
    """Stands for Vosk's: it can be referred to weakly."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("hangs", "well"):
        (tmp_path / name / "conf").mkdir(parents=True)
    return tmp_path / "hangs", tmp_path / "well"


def test_a_model_that_hangs_holds_up_no_other_and_each_is_loaded_once(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released, loads = threading.Event(), threading.Event(), list[str]()

    def load(path: str) -> Model:
        loads.append(Path(path).name)
        if path.endswith("hangs"):
            begun.set()
            assert released.wait(20)
        return Model()

    monkeypatch.setattr(vosk, "_load", load)
    hangs, well = folders
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(vosk._model, hangs)
        assert begun.wait(60)
        again = threads.submit(vosk._model, hangs)
        try:
            assert isinstance(threads.submit(vosk._model, well).result(5), Model)
        finally:
            released.set()
        assert first.result(5) is again.result(5)
    assert loads == ["hangs", "well"]


def test_who_waits_for_a_load_that_hangs_gives_up(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = threading.Event(), threading.Event()

    def load(_path: str) -> Model:
        begun.set()
        assert released.wait(20)
        return Model()

    monkeypatch.setattr(vosk, "_load", load)
    monkeypatch.setattr(vosk, "ANOTHERS_LOAD", 0.05)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(vosk._model, folders[0])
        try:
            assert begun.wait(60)
            with pytest.raises(ModelMissing, match="does not come"):
                vosk._model(folders[0])
        finally:
            released.set()
        assert vosk._model(folders[0]) is first.result(5)


def test_two_models_that_are_missing_are_fetched_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, overlapped = list[str](), threading.Event()

    def fetch(_self: object, name: str, _source: str, _told: object) -> None:
        inside.append(name)
        if len(inside) > 1:
            overlapped.set()
        overlapped.wait(0.1)
        inside.remove(name)
        raise ModelMissing("nobody has it")

    monkeypatch.setattr(vosk_models.VoskModels, "fetch", fetch)
    with ThreadPoolExecutor(2) as threads:
        tries = [threads.submit(vosk_models._fetched, name) for name in ("a", "b")]
        assert all("nobody has it" in str(one.exception(5)) for one in tries)
    assert not overlapped.is_set()
