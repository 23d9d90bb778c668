"""What setup.cfg says is what is there; and a wheel of it works without the checkout."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")


def folders() -> Iterator[str]:
    """Give the import packages that the checkout holds."""
    for init in (ROOT / "ivrcore").rglob("__init__.py"):
        yield ".".join(init.parent.relative_to(ROOT).parts)
    yield from ("ivrcore_plugins", "ivrcore.site.dialplans", "ivrcore.site.config", "ivrcore.site.wallboard")


def test_every_package_is_listed_once() -> None:
    assert sorted(SETUP["options"]["packages"].split()) == sorted(folders())


def test_every_built_in_plugin_has_its_entry_point() -> None:
    lines = SETUP["options.entry_points"]["ivrcore"].split("\n")
    listed = [line.partition("=")[2].strip() for line in lines if line]
    files = [file for file in (ROOT / "plugins").glob("*.py") if "\n@hookimpl" in file.read_text()]
    assert sorted(listed) == sorted(f"ivrcore_plugins.{file.stem}" for file in files)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built and unpacked into a folder of its own."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = tmp_path_factory.mktemp("build")
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    for name in tracked:
        if name and (ROOT / name).is_file():  # built from a copy: a build in the checkout leaves files there
            (build / name).parent.mkdir(parents=True, exist_ok=True)
            (build / name).write_bytes((ROOT / name).read_bytes())
    # The bundle that `make setup` made is current: the build finds it so, and needs no registry.
    shutil.copytree(ROOT / "ivrcore/web/built", build / "ivrcore/web/built")
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(wheels), str(build)]
    subprocess.run(wheel, check=True, timeout=60)
    (built,) = wheels.glob("*.whl")
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(target), str(built)]
    subprocess.run(install, check=True, timeout=60)
    return target


def python(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python away from the checkout, on the installed wheel and this environment's dependencies."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=installed,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def ivrcore(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return python(installed, str(installed / "bin/ivrcore"), *arguments)


@pytest.mark.slow
def test_an_installed_wheel_has_the_command_the_plugins_and_the_samples(
    installed: Path, tmp_path: Path
) -> None:
    where = python(installed, "-c", "import ivrcore; print(ivrcore.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(installed)
    hooks = ivrcore(installed, "hooks")
    assert "    log_calls" in hooks.stdout, hooks.stderr
    made = ivrcore(installed, "init", str(tmp_path / "site"))
    assert made.returncode == 0, made.stderr
    checked = ivrcore(installed, "check", str(tmp_path / "site"))
    assert (checked.returncode, checked.stdout) == (0, "0 errors, 0 warnings\n"), checked.stderr
    assert ivrcore(installed, "init", str(tmp_path / "bank"), "--sample", "bank").returncode == 0
    tested = ivrcore(installed, "test", str(tmp_path / "bank"))
    assert (tested.returncode, "(100.0 %)" in tested.stdout) == (0, True), tested.stdout


@pytest.mark.slow
def test_an_installed_wheel_has_the_page_for_dialplans(installed: Path) -> None:
    ask = "from ivrcore.web.assets import EditorFiles as E; e = E(); print(repr(e.missing), *e.contents)"
    shown = python(installed, "-c", ask)
    missing, *names = shown.stdout.split()
    assert missing == "''", shown.stdout
    assert {"main.js", "editor.css"} <= set(names)
    assert (installed / "ivrcore/web/built/LICENSES.txt").exists()
    assert (installed / "ivrcore/web/editor/src/plain.js").exists()  # what the page is without the bundle
