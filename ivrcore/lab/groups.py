"""Programs that only some tests need, each group a tree of its own under `.lab/`: a browser, a Prometheus.

They come from the machine's own Debian release and run on its C library: Chromium starts itself again by
its own path, which a loader in front would spoil. What is on PATH serves instead.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivrcore.lab.packages import LabError, lab_folder, locked, make_tree

GROUPS: Mapping[str, tuple[str, ...]] = {
    "browser": ("chromium", "fonts-dejavu-core"),
    "fonts": ("fonts-wqy-microhei",),
    "monitoring": ("prometheus",),
    "alertmanager": ("prometheus-alertmanager",),
    "graphviz": ("graphviz", "fonts-dejavu-core"),
    "postgresql": ("postgresql",),
    "systemd": ("systemd",),
}

ALERTMANAGER_FILES = b"/usr/share/prometheus/alertmanager"
"""Where Debian's Alertmanager reads its templates, whatever it is told. In the lab's copy of the program as
many letters of ``./`` stand in its place: the folder in which it is started."""

C_LIBRARY = frozenset({"libc", "libm", "libdl", "libpthread", "librt", "libresolv", "libutil", "libnsl"})

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{folders}<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Started:
    """How to start a program: its command, what to add to the environment, and in which folder if in one."""

    command: list[str]
    environment: dict[str, str]
    folder: Path | None = None


def chromium() -> Started:
    """Make Chromium available. Raises LabError with the command that would install it."""
    found = shutil.which("chromium")
    if found is not None:
        return Started([found], {})
    tree = _fetch("browser")
    return Started(
        [str(tree / "usr/lib/chromium/chromium")],
        {"LD_LIBRARY_PATH": _library_path(tree), "FONTCONFIG_FILE": _fonts(_fetch("fonts"), tree)},
    )


def prometheus(program: str = "prometheus") -> Started:
    """Make Prometheus, or its ``promtool``, available. Raises LabError like `chromium`."""
    found = shutil.which(program)
    if found is not None:
        return Started([found], {})
    return Started([str(_fetch("monitoring") / "usr/bin" / program)], {})


def postgresql() -> Started:
    """Make PostgreSQL available: the command is the folder of its programs. Raises LabError."""
    found = shutil.which("initdb")
    if found is not None and shutil.which("postgres") is not None:
        return Started([str(Path(found).resolve().parent)], {})
    tree = _fetch("postgresql")
    programs = max(tree.glob("usr/lib/postgresql/*/bin"))
    return Started([str(programs)], {"LD_LIBRARY_PATH": _library_path(tree)})


def systemd_analyze() -> Started:
    """Make systemd's ``systemd-analyze`` available: it reads units without a systemd that runs.

    Raises LabError like `chromium`.
    """
    found = shutil.which("systemd-analyze")
    if found is not None:
        return Started([found], {})
    tree = _fetch("systemd")
    own = ":".join(str(one) for one in tree.glob("usr/lib/*-linux-gnu*/systemd"))
    units = tree / "usr/lib/systemd/system"
    environment = {"LD_LIBRARY_PATH": f"{own}:{_library_path(tree)}", "SYSTEMD_UNIT_PATH": f"{units}:"}
    return Started([str(tree / "usr/bin/systemd-analyze")], environment)


def alertmanager() -> Started:
    """Make Prometheus's Alertmanager available. Raises LabError like `chromium`."""
    names = ("prometheus-alertmanager", "alertmanager")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is not None:
        return Started([found], {})
    tree = _fetch("alertmanager")
    program = tree / "usr/bin" / names[0]
    own = program.with_name("alertmanager-here")
    if not own.exists():
        made = own.with_suffix(f".{os.getpid()}")
        here = b"./" * (len(ALERTMANAGER_FILES) // 2)
        made.write_bytes(program.read_bytes().replace(ALERTMANAGER_FILES, here))
        made.chmod(0o755)
        made.rename(own)
    return Started([str(own)], {}, tree / ALERTMANAGER_FILES.decode().lstrip("/"))


def amtool() -> Started:
    """Make the Alertmanager's ``amtool`` available. Raises LabError like `chromium`."""
    found = shutil.which("amtool")
    if found is not None:
        return Started([found], {})
    return Started([str(_fetch("alertmanager") / "usr/bin/amtool")], {})


def graphviz(*, fetch: bool = True) -> Started | None:
    """Make Graphviz's `dot` available; without ``fetch`` give None where it is not there already.

    Raises LabError like `chromium`.
    """
    found = shutil.which("dot")
    if found is not None:
        return Started([found], {})
    tree = _fetch("graphviz") if fetch else _fetched("graphviz")
    if tree is None:
        return None
    libraries = _library_path(tree)
    plugins = next(iter(tree.glob("usr/lib/*/graphviz")))
    environment = {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_FILE": _fonts(tree), "GVBINDIR": str(plugins)}
    started = Started([str(tree / "usr/bin/dot")], environment)
    if not any(plugins.glob("config*")):
        # the package's own installation would have written which plugins there are
        _run([*started.command, "-c"], os.environ | environment)
    return started


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise LabError(f"{command[0]} does not run: {done.stderr.strip()}")


def _fonts(tree: Path, *more: Path) -> str:
    """Write which fonts there are: those of more trees first, the tree's own for what these lack."""
    fonts = tree / "fonts.conf"
    text = FONTS.format(folders="".join(f"<dir>{one / 'usr/share/fonts'}</dir>" for one in (*more, tree)))
    if not fonts.exists() or fonts.read_text() != text:  # another process may be reading it
        fonts.write_text(text)
    return str(fonts)


def fetch_group(name: str) -> None:
    """Make a group's programs available: on PATH, or in the lab's tree. Raises LabError."""
    if name == "graphviz":
        graphviz()
    elif name in ("browser", "fonts"):
        chromium()
    elif name == "postgresql":
        postgresql()
    elif name == "alertmanager":
        alertmanager()
    elif name == "systemd":
        systemd_analyze()
    else:
        prometheus()


def _library_path(tree: Path) -> str:
    """Name the tree's library folders; the C library itself stays the machine's."""
    folders = [folder for root in ("usr/lib", "lib") for folder in tree.glob(f"{root}/*-linux-gnu*")]
    for folder in folders:
        for library in folder.glob("lib*"):
            if library.name.split(".so")[0] in C_LIBRARY:
                library.unlink()
    return ":".join(
        str(path) for folder in folders for path in (folder, folder / "pulseaudio", folder / "nss")
    )


def _stamp(group: str) -> str:
    return hashlib.sha256(json.dumps([1, GROUPS[group]]).encode()).hexdigest()


def _fetched(group: str) -> Path | None:
    tree = lab_folder() / group
    marker = tree / "stamp"
    return tree if marker.exists() and marker.read_text() == _stamp(group) else None


def _fetch(group: str) -> Path:
    packages, stamp = GROUPS[group], _stamp(group)
    with locked(lab_folder() / "lock"):
        tree = _fetched(group)
        if tree is not None:
            return tree
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise LabError(
                f"missing: {packages[0]} (apt-get is not there); install it by the machine's own means"
            )
        print(f"lab: {packages[0]} into .lab/ (about a minute the first time)", flush=True)
        try:
            return make_tree(group, packages, stamp)
        except LabError as error:
            raise LabError(
                f"missing: {packages[0]} ({error}); install by: apt-get install {packages[0]}"
            ) from error
