"""A private Asterisk: its own folder, its own ports on 127.0.0.1, an ordinary user's rights.

Several run side by side. Nothing outlives the process that made it, even if that is killed.
"""

import contextlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ivrcore.lab import leash, pbx_files, ports
from ivrcore.lab.packages import NEW, LabError, Release
from ivrcore.lab.tools import asterisk_paths, tool

BOOT_SECONDS = 60.0
RX_SECONDS = 40.0
SOFTPHONE = "you"
"""Name of the account for a human's softphone."""


@dataclass(frozen=True)
class Channel:
    """A channel in Asterisk's own list."""

    name: str
    context: str
    extension: str
    state: str
    """`Up`, `Ring`, `Ringing`, `Down` …"""
    application: str
    caller_id: str
    seconds: int
    """Since it was made."""
    bridge: str
    """Id of the bridge it is in, or empty."""


@dataclass(frozen=True)
class Bridge:
    """A bridge in Asterisk's own list."""

    id: str
    channels: int
    kind: str
    """`basic`, `stasis` …"""
    technology: str


class Pbx:
    """One Asterisk instance, started by `start()` or `with`.

    `agents` phones named agent1… are static contacts, all at `agents_port`, or must register when
    `registering`. `includes` are files for extensions.conf; `extra` further configuration files (name to
    text). `folder` keeps everything after `stop()`; without it the folder is a temporary one. `release` says
    which of the lab's Asterisks it is; `OLD` is to be fetched by `fetch_old()` first. With `alive`, the
    server's `pjsip_ivrcore.conf`, the calls of phones that send nothing are ended. ``blocks`` of ports are
    for more than 500 streams at once.
    """

    def __init__(
        self,
        *,
        agents: int = 0,
        registering: bool = False,
        includes: Sequence[Path] = (),
        extra: Mapping[str, str] | None = None,
        folder: Path | None = None,
        verbose: int = 0,
        release: Release = NEW,
        alive: Path | None = None,
        blocks: int = 1,
    ) -> None:
        self.release = release
        self.block = ports.reserve(blocks=blocks)
        self._run = Path(tempfile.mkdtemp(prefix="ivrcore-pbx-"))
        self._folder_is_mine = folder is None
        self.folder = (folder or self._run / "instance").resolve()
        """Where `etc`, `log/full.log`, `data` and `spool` of the instance are."""
        self.ari_user = pbx_files.ARI_USER
        self.ari_password = secrets.token_urlsafe(12)
        self.registering = registering
        self.passwords = {name: secrets.token_urlsafe(9) for name in self._names(agents)}
        """Password of each account, `you` and the agents."""
        self._plan = pbx_files.Plan(
            folder=self.folder,
            run=self._run,
            ports=self.block,
            paths=asterisk_paths(release),
            ari_password=self.ari_password,
            phones=self._phones(),
            includes=includes,
            extra=extra or {},
            verbose=verbose,
            alive=alive,
        )
        self._leash: subprocess.Popen[str] | None = None
        self.pid: int | None = None
        """Process id of Asterisk while it runs."""

    @staticmethod
    def _names(agents: int) -> list[str]:
        return [SOFTPHONE, *(f"agent{number}" for number in range(1, agents + 1))]

    def _phones(self) -> list[pbx_files.Phone]:
        fixed = None if self.registering else self.agents_port
        return [
            pbx_files.Phone(name, password, None if name == SOFTPHONE else fixed)
            for name, password in self.passwords.items()
        ]

    @property
    def sip_port(self) -> int:
        """UDP port on 127.0.0.1 that takes calls."""
        return self.block.sip

    @property
    def http_port(self) -> int:
        """TCP port on 127.0.0.1 for ARI, media websockets and the status page."""
        return self.block.http

    @property
    def ari_url(self) -> str:
        """Base of the ARI requests, without a slash at the end."""
        return f"http://127.0.0.1:{self.http_port}/ari"

    @property
    def agents_port(self) -> int:
        """SIP port at which all agents' phones are rung that need not register."""
        return self.block.agents[0]

    @property
    def log(self) -> Path:
        """Asterisk's log: notices, warnings, errors, keys."""
        return self.folder / "log/full.log"

    def start(self) -> Self:
        """Write the configuration, start Asterisk and wait until it is fully booted."""
        assert self._leash is None, "already started"
        pbx_files.write(self._plan)
        command = [*tool("asterisk", self.release), "-C", str(self.folder / "etc/asterisk.conf"), "-f", "-q"]
        self._leash = subprocess.Popen(
            [sys.executable, "-S", "-E", leash.__file__, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.folder / "log/stderr.log").open("w"),
            text=True,
        )
        assert self._leash.stdout is not None
        self.pid = int(self._leash.stdout.readline() or 0) or None
        try:
            self._wait_booted()
        except BaseException:
            self.stop()
            raise
        return self

    def _wait_booted(self) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        control = self._run / "asterisk.ctl"
        while time.monotonic() < deadline:
            if self._leash is None or self._leash.poll() is not None:
                raise LabError(f"Asterisk ended while starting: {self._last_words()}")
            if control.exists():
                with contextlib.suppress(LabError):
                    self.rx("core waitfullybooted")
                    return
            time.sleep(0.01)
        raise LabError(f"Asterisk was not up after {BOOT_SECONDS:.0f} s: {self._last_words()}")

    def _last_words(self) -> str:
        files = [self.log, self.folder / "log/stderr.log"]
        lines = [line for file in files if file.exists() for line in file.read_text().splitlines() if line]
        return lines[-1] if lines else "it said nothing"

    def rx(self, command: str) -> str:
        """Run a command of Asterisk's console and return what it prints; LabError when it is not up."""
        argv = [*tool("asterisk", self.release), "-C", str(self.folder / "etc/asterisk.conf"), "-rx", command]
        try:
            result = subprocess.run(argv, capture_output=True, text=True, timeout=RX_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise LabError(f"no answer to `{command}` in {RX_SECONDS:.0f} s") from None
        if result.returncode:
            raise LabError(f"`{command}`: {(result.stdout + result.stderr).strip()}")
        return result.stdout

    def channels(self) -> list[Channel]:
        """Every channel that Asterisk has now."""
        rows = [line.split("!") for line in self.rx("core show channels concise").splitlines()]
        return [
            Channel(row[0], row[1], row[2], row[4], row[5], row[7], int(row[11]), row[12])
            for row in rows
            if len(row) >= 14
        ]

    def bridges(self) -> list[Bridge]:
        """Every bridge that Asterisk has now."""
        rows = [line.split() for line in self.rx("bridge show all").splitlines()[1:]]
        return [  # read from the right: there may be a column of names, and names may hold spaces
            Bridge(row[0], int(row[-4]), row[-3], row[-2]) for row in rows if row[-4:-3] and row[-4].isdigit()
        ]

    def variable(self, name: str) -> str:
        """Value of a global variable of the dialplan, or empty."""
        for line in self.rx("dialplan show globals").splitlines():
            key, _, value = line.strip().partition("=")
            if key == name:
                return value
        return ""

    def wait(self, condition: Callable[[], bool], timeout: float = 40.0) -> bool:
        """Poll `condition` until it holds or `timeout` seconds are over; whether it held."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def idle(self, timeout: float = 40.0) -> bool:
        """Wait until there is no channel and no bridge; False when some are left."""
        return self.wait(lambda: not self.channels() and not self.bridges(), timeout)

    def hang_up_all(self) -> bool:
        """End every call; whether none is left."""
        self.rx("channel request hangup all")
        return self.idle()

    def kill(self) -> None:
        """End Asterisk by SIGKILL, as a crash would; `start()` brings it back on the same ports."""
        if self.pid is not None:
            subprocess.run(["kill", "-KILL", str(self.pid)], check=False)
        self._reap()

    def stop(self) -> None:
        """End Asterisk by SIGTERM (live calls get a BYE), then by SIGKILL if need be; keeps the ports."""
        self._reap()

    def _reap(self) -> None:
        if self._leash is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._leash.communicate(timeout=leash.GRACE + 5)
        self._leash = None
        self.pid = None
        for name in ("asterisk.ctl", "asterisk.pid"):
            (self._run / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop for good: give up the ports and remove what is temporary."""
        self.stop()
        self.block.release()
        shutil.rmtree(self._run, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
