"""A private PostgreSQL for tests: a cluster in a temporary folder, on a loopback port, with a password.

PostgreSQL refuses to run as root, so root runs it as the user `postgres`, or else `nobody`.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ivrcore.lab.groups import Started, postgresql
from ivrcore.lab.packages import LabError
from ivrcore.lab.ports import free_port

USER = "ivrcore"
START_SECONDS = 60.0
USUAL = ("-c", "fsync=off", "-c", "max_connections=20", "-c", "shared_buffers=16MB")
"""Small, and as fast as tests like it: what a power cut would take is of no use to anybody."""
LEASH = Path(__file__).with_name("leash.py")


class Postgres:
    """A cluster in a temporary folder: `stop` and `start` it as need be, `remove` it at the end."""

    def __init__(self) -> None:
        self._programs = postgresql()
        self._account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="ivrcore-postgres-"))
        self._port = free_port()
        self._password = secrets.token_hex(12)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._make_cluster()
        except BaseException:
            self.remove()
            raise

    @property
    def url(self) -> str:
        """The URL of its database `postgres`, password and all."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self._port}/postgres"

    def _make_cluster(self) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        if self._account is not None:
            for path in (self._folder, password):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        options = ["-D", str(self._data), "-U", USER, f"--pwfile={password}", "-A", "scram-sha-256", "-N"]
        done = self._run("initdb", [*options, "--encoding=UTF8", "--locale=C"])
        if done.returncode:
            raise LabError(f"initdb failed: {(done.stderr or done.stdout).strip()}")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _as(self) -> list[str]:
        """What a command begins with, so that the account runs it; Python itself it may be kept from."""
        if self._account is None:
            return []
        return [
            "setpriv",
            f"--reuid={self._account.pw_uid}",
            f"--regid={self._account.pw_gid}",
            "--clear-groups",
        ]

    def _run(self, program: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._as, _of(self._programs, program), *arguments],
            env=self._environment(),
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        return os.environ | self._programs.environment | {"LC_ALL": "C", "HOME": str(self._folder)}

    def use_tls(self, certificate: bytes, key: bytes) -> None:
        """Take connections over TLS too from the next start on, with these in PEM form."""
        for name, data in (("server.crt", certificate), ("server.key", key)):
            file = self._data / name
            file.write_bytes(data)
            file.chmod(0o600)
            if self._account is not None:
                os.chown(file, self._account.pw_uid, self._account.pw_gid)
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")

    def start(self) -> None:
        """Start it, and wait until it takes connections. Raises LabError."""
        where = ("-D", str(self._data), "-p", str(self._port), "-h", "127.0.0.1", "-k", str(self._folder))
        log = (self._folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, str(LEASH), *self._as, _of(self._programs, "postgres"), *where, *USUAL],
                env=self._environment(),
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while self._run("pg_isready", ("-h", "127.0.0.1", "-p", str(self._port))).returncode:
            if self._process.poll() is not None or time.monotonic() > end:
                said = (self._folder / "log").read_text(errors="replace").strip().splitlines()
                raise LabError(f"PostgreSQL does not start: {' '.join(said[-3:])}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, and wait until it has gone; it keeps its data."""
        if self._process is None:
            return
        self._run("pg_ctl", ("-D", str(self._data), "-m", "immediate", "-w", "stop"))
        assert self._process.stdin is not None, "it was made with one"
        self._process.stdin.close()
        self._process.wait(START_SECONDS)
        self._process = None

    def remove(self) -> None:
        """Stop it and delete all it had."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """Give a cluster that runs, and remove it at the end."""
    cluster = Postgres()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


def _of(programs: Started, name: str) -> str:
    return str(Path(programs.command[0]) / name)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LabError("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
