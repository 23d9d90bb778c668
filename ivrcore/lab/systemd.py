"""A systemd of our own, process 1 of namespaces in which it sees its own units, `/run` and control group.

It shares the machine's network and files, so that what it starts serves a lab. It takes somebody who may make
namespaces and control groups, and the machine's own systemd as a program: nothing is installed, and the
machine's manager knows nothing of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from ivrcore.lab import leash
from ivrcore.lab.packages import LabError
from ivrcore.lab.successor import let_go

PROGRAM = Path("/usr/lib/systemd/systemd")
TARGETS = ("default", "basic", "sysinit", "shutdown", "sockets", "network", "multi-user")
"""What units refer to; here they mean nothing."""
BEGIN = """\
echo $$ > {group}/cgroup.procs
exec unshare --pid --fork --kill-child --mount --uts --ipc --cgroup --mount-proc sh -ec '
    umount -R /sys/fs/cgroup || true
    mount -t cgroup2 none /sys/fs/cgroup
    mount -t tmpfs none /run
    mount -t tmpfs none /var/lib
    mkdir -p /run/systemd
    exec env -i PATH="$PATH" container=ivrcore-lab \
        SYSTEMD_UNIT_PATH={units} SYSTEMD_GENERATOR_PATH={nothing} \
        {systemd} --system --log-target=console --show-status=no'
"""
BOOT_SECONDS = 60.0
ASK_SECONDS = 30.0


class Systemd:
    """Use with `with`; ``units`` are its units (name -> text), of which it starts none by itself."""

    def __init__(self, folder: Path, units: Mapping[str, str]) -> None:
        self._folder = folder
        self._group = _control_group() / f"ivrcore-lab-{os.getpid()}-{folder.name}"
        self._leash: subprocess.Popen[str] | None = None
        self._pid = 0
        stubs = {f"{name}.target": "[Unit]\nDefaultDependencies=no\n" for name in TARGETS}
        for name, text in (stubs | dict(units)).items():
            (folder / "units").mkdir(parents=True, exist_ok=True)
            (folder / "units" / name).write_text(text)
        (folder / "nothing").mkdir()

    def __enter__(self) -> Self:
        self._group.mkdir()
        begin = BEGIN.format(
            group=self._group,
            units=self._folder / "units",
            nothing=self._folder / "nothing",
            systemd=PROGRAM,
        )
        with (self._folder / "systemd.log").open("w") as log:
            self._leash = subprocess.Popen(
                [sys.executable, "-S", "-E", leash.__file__, "sh", "-ec", begin],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._leash.stdout is not None
        outside = int(self._leash.stdout.readline() or 0)
        try:
            self._boot(outside)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it, and all that it started."""
        if self._leash is not None:
            let_go(self._leash)
            self._leash.wait()
        deadline = time.monotonic() + ASK_SECONDS
        for group in sorted((self._group, *self._group.rglob("*/")), reverse=True):
            while group.exists():  # until the kernel has ended the last of them
                with suppress(OSError):
                    group.rmdir()
                if time.monotonic() > deadline:
                    raise LabError(f"something goes on in {group}")

    def ask(self, *arguments: str, seconds: float = ASK_SECONDS) -> str:
        """Run `systemctl` there; give what it says. Raises LabError where it cannot be done."""
        done = subprocess.run(
            ["nsenter", "-t", str(self._pid), "-m", "-p", "-C", "systemctl", "--no-pager", *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise LabError(f"systemctl {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def show(self, unit: str, *names: str) -> dict[str, str]:
        """Give what a unit is like: such as ``ActiveState``, ``MainPID``."""
        lines = self.ask("show", unit, f"--property={','.join(names)}").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _boot(self, outside: int) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while True:
            assert self._leash is not None
            if self._leash.poll() is not None:
                raise LabError(f"no systemd runs here: {(self._folder / 'systemd.log').read_text()[-500:]}")
            with suppress(LabError, OSError):
                inside = Path(f"/proc/{outside}/task/{outside}/children").read_text().split()
                self._pid = int(inside[0]) if inside else 0
                if self._pid and self.ask("show", "--property=Version"):
                    return
            if time.monotonic() > deadline:
                raise LabError(f"systemd did not start: {(self._folder / 'systemd.log').read_text()[-500:]}")
            time.sleep(0.05)


def own_systemd() -> Path:
    """Give the program, where one of our own can be run. Raises LabError where not."""
    if not PROGRAM.exists() or shutil.which("nsenter") is None:
        raise LabError("systemd is not installed; install it by: apt-get install systemd")
    group = _control_group() / f"ivrcore-lab-{os.getpid()}"
    try:
        group.mkdir()
        group.rmdir()
    except OSError as error:
        raise LabError(f"no control group can be made here: {error.strerror}") from error
    tried = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount", "--uts", "--ipc", "--cgroup", "--mount-proc", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode:
        raise LabError(f"no namespaces can be made here: {tried.stderr.strip()}")
    return PROGRAM


def _control_group() -> Path:
    """Give our own control group, of the second kind. Raises LabError where there is none."""
    own = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    roots = [fields[1] for fields in mounts if fields[2] == "cgroup2"]
    if not own or not roots:
        raise LabError("there are no control groups of the second kind here")
    return Path(roots[0]) / own[0].strip("/")
