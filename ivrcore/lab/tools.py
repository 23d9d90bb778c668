"""How to run the lab's programs: argument lists for each, from the unpacked tree or from PATH.

The tree's programs are linked against the tree's own C library, so they start through its loader;
nothing of the machine but the kernel takes part.
"""

import functools
import shutil
from dataclasses import dataclass
from pathlib import Path

from ivrcore.lab.packages import INSTALL, LabError, module_folder, tree_folder

SOUNDS = "install by: apt-get install asterisk-core-sounds-en-wav"


@dataclass(frozen=True)
class Paths:
    """Folders of an Asterisk installation that every instance shares."""

    modules: Path
    data: Path
    """Holds `documentation`, `rest-api` and `sounds`."""
    sounds: Path
    """English recordings: `hello-world.wav`, `digits/1.wav` …"""


def tool(name: str) -> list[str]:
    """Argument list that starts a program, e.g. `[*tool("sox"), "in.wav", "out.wav"]`.

    Raises LabError when it is neither in the tree nor on PATH.
    """
    tree = tree_folder()
    program = _in_tree(tree, name) if tree else None
    if tree is not None and program is not None:
        return [*_loader(tree), str(program), *_options(tree, name)]
    found = shutil.which(name)
    if found is None:
        raise LabError(f"missing: {name}; run `make lab`, or install by: {INSTALL}")
    return [found]


def asterisk_paths() -> Paths:
    """Folders of the Asterisk that `tool("asterisk")` starts."""
    tree = tree_folder()
    if tree is not None:
        data = tree / "usr/share/asterisk"
        return Paths(_libraries(tree) / "asterisk/modules", data, _english(data / "sounds"))
    modules = module_folder()
    if modules is None:
        raise LabError(f"missing: an asterisk with chan_websocket; run `make lab`, or install by: {INSTALL}")
    for data in (Path("/usr/share/asterisk"), Path("/var/lib/asterisk")):
        if (data / "sounds").exists():
            return Paths(modules, data, _english(data / "sounds"))
    raise LabError(f"missing: Asterisk's sounds; {SOUNDS}")


def _english(sounds: Path) -> Path:
    # In the tree `en` is a link to an absolute path, which dangles there: take the real folder.
    for name in ("en_US_f_Allison", "en"):
        if (sounds / name / "hello-world.wav").exists():
            return sounds / name
    raise LabError(
        "missing: Asterisk's English sounds; install by: apt-get install asterisk-core-sounds-en-wav"
    )


def _in_tree(tree: Path, name: str) -> Path | None:
    for folder in ("usr/bin", "usr/sbin"):
        if (tree / folder / name).exists():
            return tree / folder / name
    return None


@functools.cache
def _libraries(tree: Path) -> Path:
    return next(path.parent for path in tree.glob("usr/lib/*/libc.so.6"))


@functools.cache
def _loader(tree: Path) -> tuple[str, ...]:
    libraries = _libraries(tree)
    # aarch64's loader has no lib64; libpulse's private folder is found by a run path that a tree lacks
    loader = next(
        path for folder in (tree / "usr/lib64", libraries) for path in folder.glob("ld-linux*.so.*")
    )
    return (str(loader), "--library-path", f"{libraries}:{libraries / 'pulseaudio'}")


def _options(tree: Path, name: str) -> list[str]:
    return [f"--path={_libraries(tree)}"] if name == "espeak-ng" else []
