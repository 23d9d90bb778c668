"""The demo: its arguments, and its folder, gone after a good day, kept where its logs are wanted."""

from pathlib import Path

import pytest

from ivrcore.lab import monitoring
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


@pytest.mark.parametrize("arguments", [("--calls", "x"), ("--calls", "-1"), ("--callz",)])
def test_given_arguments_that_make_no_sense_then_it_says_how_it_is_called(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        monitoring.main(arguments)
    assert done.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m ivrcore.lab monitoring ")
