"""The demo's folder: gone after a good day, kept and named where somebody will want to read its logs."""

from pathlib import Path

import pytest

from ivrcore.lab.demo import demo_folder


@pytest.fixture(autouse=True)
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVRCORE_LAB", str(tmp_path))


def test_given_figures_that_add_up_then_the_folder_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    with demo_folder() as demo:
        assert demo.folder.is_dir()
    assert not demo.folder.exists()
    assert capsys.readouterr().err == ""


def test_given_figures_that_do_not_then_the_folder_stays_and_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with demo_folder() as demo:
        demo.keep = True
    assert demo.folder.is_dir()
    assert str(demo.folder) in capsys.readouterr().err


def test_given_a_failure_then_the_folder_stays_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TimeoutError), demo_folder() as demo:
        raise TimeoutError
    assert demo.folder.is_dir()
    assert str(demo.folder) in capsys.readouterr().err
