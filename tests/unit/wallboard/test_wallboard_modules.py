"""The page's modules that need no browser: their own tests, run by Node.js."""

import subprocess
from pathlib import Path

import pytest

from ivrcore.model.names import COUNTED
from ivrcore.web.assets_build import node

CASES = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))
WORDS = Path(__file__).parents[3] / "monitoring/wallboard/words.js"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_module(case: Path) -> None:
    argv = [node(), "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", str(case)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_every_state_that_is_counted_has_a_word() -> None:
    words = WORDS.read_text(encoding="utf-8")
    for state in COUNTED:
        assert words.count(f" {state}: ") >= 3, state
