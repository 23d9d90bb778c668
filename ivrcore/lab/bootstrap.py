"""Make `.venv` with the pinned packages: the first step of every `make` command.

Uses the standard library only, since nothing is installed yet when it runs.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
INPUTS = ("setup.cfg", "pyproject.toml", "requirements.txt", "ivrcore/lab/bootstrap.py")


def stamp() -> str:
    """Hash of everything that decides what the environment contains."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def main() -> int:
    """Make or refresh the environment; do nothing when it is current."""
    marker = VENV / "stamp"
    if marker.exists() and marker.read_text() == stamp():
        return 0
    print("setup: Python packages into .venv (about a minute the first time)", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    pip = [str(VENV / "bin/python"), "-m", "pip", "--disable-pip-version-check", "install"]
    subprocess.run(
        [*pip, "--progress-bar", "off", "-q", "-c", "requirements.txt", "-e", ".[test]"], cwd=ROOT, check=True
    )
    link = ROOT / ".cache/mypypath/ivrcore_plugins"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT / "plugins")
    marker.write_text(stamp())
    return 0


if __name__ == "__main__":
    sys.exit(main())
