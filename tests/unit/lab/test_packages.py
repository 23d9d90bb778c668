import subprocess
import sys
from pathlib import Path

import pytest

from ivrcore.lab import packages


@pytest.fixture
def empty_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lab folder with nothing in it, and nothing on PATH."""
    monkeypatch.setenv("IVRCORE_LAB", str(tmp_path / "lab"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "lab"


def test_without_apt_one_line_says_what_is_missing_and_how_to_get_it(empty_lab: Path) -> None:
    with pytest.raises(packages.LabError, match=r"missing: .*sipp.*install by: apt-get install") as error:
        packages.fetch()
    assert "\n" not in str(error.value)


def test_a_tree_of_the_present_recipe_is_taken_as_it_is(empty_lab: Path) -> None:
    (empty_lab / "tree").mkdir(parents=True)
    (empty_lab / "tree/stamp").write_text(packages.recipe())
    assert packages.fetch() == empty_lab / "tree"


def test_a_tree_of_another_recipe_is_not(empty_lab: Path) -> None:
    (empty_lab / "tree").mkdir(parents=True)
    (empty_lab / "tree/stamp").write_text("older")
    assert packages.tree_folder() is None


def test_the_lock_keeps_another_process_out(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ivrcore.lab import packages\n"
        "with packages.locked(Path(sys.argv[1])): print('mine', flush=True)"
    )
    with packages.locked(tmp_path / "lock"):
        other = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline().startswith("waiting for another process")
    assert other.communicate(timeout=60)[0] == "mine\n"


def test_progress_is_lines_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    progress = packages.Progress("lab", every=0.0)
    progress.show("1 of 2")
    progress.done("ready")
    assert capsys.readouterr().out == "lab: 1 of 2\nlab: ready (0 s)\n"
    quiet = packages.Progress("lab", every=60)
    quiet.show("1 of 2")
    assert capsys.readouterr().out == ""


def test_bootstrap_needs_the_standard_library_only() -> None:
    for module in ("packages", "bootstrap", "leash"):
        code = f"import sys; sys.path.insert(0, {str(packages.ROOT)!r}); import ivrcore.lab.{module}"
        done = subprocess.run([sys.executable, "-S", "-E", "-c", code], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
