import subprocess
import sys
from pathlib import Path

FLAKY = """
from pathlib import Path

def test_that_passes_at_the_second_try(tmp_path):
    mark = Path(__file__).with_suffix(".tried")
    if not mark.exists():
        mark.touch()
        raise LookupError("the phone did not ring")
"""


def test_what_a_test_failed_with_that_passed_when_it_was_run_again_is_printed(tmp_path: Path) -> None:
    Path(tmp_path, "test_flaky.py").write_text(FLAKY)
    Path(tmp_path, "pytest.ini").write_text("[pytest]\n")
    run = [sys.executable, "-m", "pytest", "-q", "-n", "1", "--reruns", "1", "-p", "tests.support.reruns"]
    done = subprocess.run([*run, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True)
    assert "1 passed, 1 rerun" in done.stdout
    assert "failed at first: " in done.stdout
    assert "LookupError: the phone did not ring" in done.stdout
