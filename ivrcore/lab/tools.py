"""How to run the lab's programs: argument lists for each, from the unpacked tree or from PATH.

The tree's programs are linked against the tree's own C library, so they start through its loader;
nothing of the machine but the kernel takes part.
"""

import functools
import shutil
from dataclasses import dataclass
from pathlib import Path

from ivrcore.lab.packages import INSTALL, NEW, LabError, Release, module_folder, tree_folder

SOUNDS = "install by: apt-get install asterisk-core-sounds-en-wav"


@dataclass(frozen=True)
class Paths:
    """Folders of an Asterisk installation that every instance shares."""

    modules: Path
    data: Path
    """Holds `documentation`, `rest-api` and `sounds`."""
    sounds: Path
    """English recordings: `hello-world.wav`, `digits/1.wav` …"""


def tool(name: str, release: Release = NEW) -> list[str]:
    """Argument list that starts a program, e.g. `[*tool("sox"), "in.wav", "out.wav"]`.

    Raises LabError when it is neither in the tree nor on PATH; PATH is no place for an `OLD` one.
    """
    tree = tree_folder(release)
    program = _in_tree(tree, name) if tree else None
    if tree is not None and program is not None:
        return [*_loader(tree), str(program), *_options(tree, name)]
    if release is not NEW:
        raise LabError(f"missing: {name} of Debian {release.suite}; run `make lab`")
    found = shutil.which(name)
    if found is None:
        raise LabError(f"missing: {name}; run `make lab`, or install by: {INSTALL}")
    return [found]


def asterisk_paths(release: Release = NEW) -> Paths:
    """Folders of the Asterisk that `tool("asterisk", release)` starts; recordings are those of `NEW`."""
    tree = tree_folder(release)
    if tree is not None:
        data = tree / "usr/share/asterisk"
        sounds = _english(data / "sounds") if release is NEW else asterisk_paths().sounds
        return Paths(_modules(tree), data, sounds)
    if release is not NEW:
        raise LabError(f"missing: the asterisk of Debian {release.suite}; run `make lab`")
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
def _libraries(tree: Path) -> tuple[Path, ...]:
    """Folders of the tree's libraries; the C library's is first. Older releases keep it out of `usr`."""
    base = next(path.parent for root in ("usr/lib", "lib") for path in tree.glob(f"{root}/*/libc.so.6"))
    return tuple(dict.fromkeys((base, tree / "usr/lib" / base.name)))


def _modules(tree: Path) -> Path:
    return next(path for path in tree.glob("usr/lib/**/asterisk/modules"))


@functools.cache
def _loader(tree: Path) -> tuple[str, ...]:
    libraries = _libraries(tree)
    # aarch64's loader has no lib64, an old one's link there is absolute; private folders
    # are found by run paths that a tree lacks
    loader = next(
        path
        for folder in (tree / "usr/lib64", *libraries)
        for path in folder.glob("ld-linux*.so.*")
        if path.exists()
    )
    private = (libraries[-1] / "pulseaudio", tree / "usr/lib")
    folders = [*libraries, *(folder for folder in private if folder.exists())]
    return (str(loader), "--library-path", ":".join(map(str, folders)))


def _options(tree: Path, name: str) -> list[str]:
    return [f"--path={_libraries(tree)[-1]}"] if name == "espeak-ng" else []
