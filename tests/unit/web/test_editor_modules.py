"""The editor's modules that need no browser: their own tests, run by Node.js."""

import subprocess
from pathlib import Path

import pytest

from ivrcore.web.assets_build import node

CASES = sorted((Path(__file__).parent / "editor").glob("*.test.js"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_module(case: Path) -> None:
    done = subprocess.run([node(), str(case)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
