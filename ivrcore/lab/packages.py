"""The lab's programs: Debian packages unpacked into `.lab/`, nothing installed on the machine.

apt does the fetching, with the machine's own mirror, proxy and keys but a state of its own, so an
ordinary user can run it. Uses the standard library only: `bootstrap.py` needs it before anything is
installed, and must know nothing of the rest of the server.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Release:
    """Packages of a Debian suite that make up a tree of their own, `.lab/FOLDER`."""

    folder: str
    suite: str
    packages: tuple[str, ...]


NEW = Release(
    "tree",
    "sid",  # stable Debian has no asterisk package
    (
        "asterisk",
        "asterisk-core-sounds-en-wav",
        "asterisk-core-sounds-en-gsm",
        "sip-tester",
        "sox",
        "espeak-ng",
        "flite",
    ),
)
OLD = Release("asterisk16", "bullseye", ("asterisk",))
"""An Asterisk from before the sockets for requests and audio; sounds and programs are those of `NEW`."""
PROGRAMS = ("asterisk", "sipp", "sox", "espeak-ng", "flite")
INSTALL = "apt-get install asterisk sip-tester sox espeak-ng flite"
KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")


class LabError(Exception):
    """Something the lab needs is missing or failed; the message is one line and says what to do."""


def lab_folder() -> Path:
    """Where the lab keeps what it fetched: `.lab` of the checkout, or `$IVRCORE_LAB`."""
    named = os.environ.get("IVRCORE_LAB")
    if named:
        return Path(named).resolve()
    return (ROOT if (ROOT / "setup.cfg").exists() else Path.cwd()) / ".lab"


class Progress:
    """Shows how far a long step is: one line updated on a terminal, a line every few seconds elsewhere."""

    def __init__(self, label: str, every: float = 4.0) -> None:
        self._label, self._every = label, every
        self._terminal = sys.stdout.isatty()
        self._begun = self._shown = time.monotonic()

    def show(self, text: str) -> None:
        """Show `text` if it is time to."""
        now = time.monotonic()
        if self._terminal:
            print(f"\r\033[K{self._label}: {text}", end="", flush=True)
        elif now - self._shown >= self._every:
            self._shown = now
            print(f"{self._label}: {text}", flush=True)

    def done(self, text: str) -> None:
        """Close the step with a last line and the seconds it took."""
        start = "\r\033[K" if self._terminal else ""
        print(f"{start}{self._label}: {text} ({time.monotonic() - self._begun:.0f} s)", flush=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`, saying so when another process makes us wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another process that is setting up", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Apt:
    """apt with a private state in `folder`: the machine's own sources, or one `suite` of its mirrors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text("")
        self._options: list[str] = []
        self._config = folder / "apt.conf"
        self._config.write_text(self._settings())

    def _settings(self) -> str:
        hooks = ("APT::Update::Post-Invoke-Success", "APT::Update::Post-Invoke", "DPkg::Post-Invoke")
        values = {
            "Dir::State": f"{self.folder}/state",
            "Dir::State::status": f"{self.folder}/status",
            "Dir::Cache": f"{self.folder}/cache",
            "Dir::Cache::archives": "archives",
            "Dir::Cache::pkgcache": "pkgcache.bin",  # images of containers switch this off: slow
            "Debug::NoLocking": "1",
            "Acquire::Check-Valid-Until": "false",
            "Acquire::GzipIndexes": "false",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "APT::Sandbox::User": "root",  # the user _apt could not write here
            "APT::Install-Recommends": "0",
            "Dpkg::Use-Pty": "0",
        }
        cleared = "".join(f"#clear {hook};\n" for hook in hooks)
        return cleared + "".join(f'{key} "{value}";\n' for key, value in values.items())

    def run(self, *arguments: str, command: str = "apt-get", folder: Path | None = None) -> str:
        """Run apt and return what it printed; LabError carries apt's last error line."""
        return "\n".join(self.lines(*arguments, command=command, folder=folder))

    def lines(self, *arguments: str, command: str = "apt-get", folder: Path | None = None) -> Iterator[str]:
        """Run apt and yield its output line by line; LabError when it fails."""
        argv = [command, "-c", str(self._config), *self._options, *arguments]
        environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        errors: list[str] = []
        with subprocess.Popen(
            argv,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("E: "):
                    errors.append(line[3:].strip())
                yield line.rstrip("\n")
        if process.returncode:
            raise LabError(f"apt-get {arguments[0]}: {errors[0] if errors else 'failed'}")

    def sources(self) -> list[str]:
        """Repositories the machine's apt is configured with, by the URIs it would fetch from."""
        found: list[str] = []
        for line in self.run("update", "--print-uris").splitlines():
            match = re.match(r"'(.+?)/dists/", line)
            if match and match[1] not in found:
                found.append(match[1])
        return found

    def use_suite(self, suite: str) -> None:
        """Use only `suite`, from the first of the machine's mirrors that carries it."""
        keys = [path for name in KEYRINGS if (path := Path("/usr/share/keyrings", name)).exists()]
        signed = f"[signed-by={keys[0]}] " if keys else ""
        mirrors = self.sources()
        source = self.folder / "sources.list"
        self._options = ["-o", f"Dir::Etc::sourcelist={source}", "-o", "Dir::Etc::sourceparts=-"]
        failure = ""
        for mirror in mirrors:
            source.write_text(f"deb {signed}{mirror} {suite} main\n")
            try:
                self.run("update", "--error-on=any")
            except LabError as error:
                failure = failure or str(error)
            else:
                return
        raise LabError(f"none of the machine's {len(mirrors)} apt sources offers Debian {suite}; {failure}")

    def download(self, names: Sequence[str], progress: Progress) -> list[Path]:
        """Fetch packages with everything they depend on; the files, each checked by apt."""
        total, size, got = "?", "?", 0
        for line in self.lines("install", "--download-only", "--yes", *names):
            if match := re.search(r"(\d+) newly installed", line):
                total = match[1]
            elif match := re.match(r"Need to get (.+) of archives", line):
                size = match[1]
            elif line.startswith("Get:"):
                got += 1
                progress.show(f"fetched {got} of {total} packages, {size} in all")
        return sorted((self.folder / "cache/archives").glob("*.deb"))


def download_one(name: str, folder: Path) -> Path:
    """Fetch one package, without what it depends on, from the machine's own sources."""
    apt = Apt(folder / "apt")
    with contextlib.suppress(LabError):  # one broken source among several does not matter
        apt.run("update")
    apt.run("download", name, folder=folder)
    return max(folder.glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime)


def unpack(archives: Sequence[Path], target: Path, progress: Progress) -> None:
    """Unpack Debian packages into one folder, without running any of their scripts."""
    target.mkdir(parents=True)

    def one(archive: Path) -> None:
        result = subprocess.run(
            ["dpkg-deb", "-x", str(archive), str(target)], capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise LabError(f"{archive.name} cannot be unpacked: {result.stderr.strip()}")

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        jobs = [pool.submit(one, archive) for archive in archives]
        for count, job in enumerate(as_completed(jobs), start=1):
            job.result()
            progress.show(f"unpacked {count} of {len(archives)} packages")


def recipe(release: Release = NEW) -> str:
    """Hash of what decides a tree's content; another one means fetching again."""
    return hashlib.sha256(json.dumps([1, release.suite, release.packages]).encode()).hexdigest()


def tree_folder(release: Release = NEW) -> Path | None:
    """The unpacked tree, or None when it is not there or is from another recipe."""
    tree = lab_folder() / release.folder
    stamp = tree / "stamp"
    return tree if stamp.exists() and stamp.read_text() == recipe(release) else None


def fetch() -> Path | None:
    """Make the lab's programs available: the tree's folder, or None when those on PATH serve.

    Raises LabError with one line that says what is missing and how to install it.
    """
    tree = tree_folder()
    if tree is not None:
        return tree
    with locked(lab_folder() / "lock"):
        tree = tree_folder()  # another process may have made it while we waited
        if tree is not None:
            return tree
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            _need_on_path("apt-get and dpkg-deb are not there")
            return None
        try:
            print(
                "lab: Asterisk, SIPp and voices into .lab/ (about half a minute the first time)", flush=True
            )
            return make_tree(NEW.folder, NEW.packages, recipe(), suite=NEW.suite)
        except LabError as error:
            _need_on_path(str(error))
            return None


def fetch_old() -> Path:
    """Make Asterisk 16 available: the folder of its tree.

    Raises LabError where that old suite cannot be had: mirrors drop it one day, and nothing else serves.
    """
    with locked(lab_folder() / "lock"):
        tree = tree_folder(OLD)
        if tree is not None:
            return tree
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise LabError("Asterisk 16 cannot be had: apt-get and dpkg-deb are not there")
        print("lab: Asterisk 16 into .lab/ (about half a minute the first time)", flush=True)
        try:
            return make_tree(OLD.folder, OLD.packages, recipe(OLD), suite=OLD.suite)
        except LabError as error:
            raise LabError(f"Asterisk 16 cannot be had: {error}") from error


def make_tree(name: str, packages: Sequence[str], stamp: str, *, suite: str = "") -> Path:
    """Unpack packages and what they depend on into `.lab/NAME`, from `suite` or the machine's own release.

    The caller holds the lock of `.lab/`. Raises LabError.
    """
    lab, progress = lab_folder(), Progress("lab")
    apt = Apt(lab / "apt")
    if suite:
        apt.use_suite(suite)
    else:
        apt.run("update")
    apt.run("autoclean")  # what an interrupted run fetched and the mirror has replaced since
    archives = apt.download(packages, progress)
    fresh, tree, old = lab / f"{name}.new", lab / name, lab / f"{name}.old"
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    unpack(archives, fresh, progress)
    (fresh / "stamp").write_text(stamp)
    if tree.exists():
        tree.rename(old)
    fresh.rename(tree)  # whole or not at all, however this process ends
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(apt.folder, ignore_errors=True)
    progress.done(f"{len(archives)} packages ready")
    return tree


def _need_on_path(reason: str) -> None:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if "asterisk" not in missing and module_folder() is None:
        missing.insert(0, "an asterisk with chan_websocket (22.8 or later)")
    if missing:
        raise LabError(f"missing: {', '.join(missing)} ({reason}); install by: {INSTALL}")


def module_folder() -> Path | None:
    """Where the machine's own Asterisk keeps its modules, if they include what the lab needs."""
    for pattern in ("lib/*/asterisk/modules", "lib/asterisk/modules", "lib64/asterisk/modules"):
        for prefix in ("/usr", "/usr/local", "/opt/asterisk"):
            for folder in Path(prefix).glob(pattern):
                if (folder / "chan_websocket.so").exists():
                    return folder
    return None
