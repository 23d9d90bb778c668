"""A Prometheus and an Alertmanager beside a server, with the rules of monitoring/: for the demo and tests."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from ivrcore.lab import leash
from ivrcore.lab.groups import Started, alertmanager, prometheus
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.packages import LabError
from ivrcore.lab.ports import free_port

MONITORING = Path(__file__).parents[2] / "monitoring"
READY_SECONDS = 120.0
TELLS = MONITORING / "alertmanager.yml"
"""Alerts are shown by the Alertmanager, and sent nowhere as long as nobody is filled in there."""


@dataclass(frozen=True, slots=True)
class Monitors:
    """Where they listen."""

    prometheus: str
    alertmanager: str


@contextmanager
def monitors(
    folder: Path, server: str, token: str, every: str = "5s", tells: Path = TELLS
) -> Iterator[Monitors]:
    """Run both over the server of that URL until the end of the block; raises LabError if one does not start.

    What they write goes into ``folder``; scrapes and rules come ``every`` so often. ``tells`` is the
    Alertmanager's configuration: whom it tells of what fires, and how soon.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    found = Monitors(f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}")
    with ExitStack() as running:
        running.enter_context(
            _run(
                folder / "alertmanager.log",
                found.alertmanager,
                alertmanager(),
                [
                    f"--config.file={tells.resolve()}",
                    f"--storage.path={folder / 'alerts'}",
                    f"--web.listen-address={_address(found.alertmanager)}",
                    "--cluster.listen-address=",
                ],
            )
        )
        running.enter_context(
            _run(
                folder / "prometheus.log",
                found.prometheus,
                prometheus(),
                [
                    f"--config.file={_configured(folder, server, token, found, every)}",
                    f"--storage.tsdb.path={folder / 'figures'}",
                    f"--web.listen-address={_address(found.prometheus)}",
                    "--enable-feature=exemplar-storage",
                ],
            )
        )
        yield found


def _configured(folder: Path, server: str, token: str, found: Monitors, every: str) -> Path:
    """Make the configuration of monitoring/ over for this server."""
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    secret = folder / "token"
    secret.touch(mode=0o600)
    secret.write_text(token)
    config["global"] = {"scrape_interval": every, "evaluation_interval": every}
    config["rule_files"] = [str(MONITORING / name) for name in config["rule_files"]]
    config["alerting"] = {
        "alertmanagers": [{"static_configs": [{"targets": [_address(found.alertmanager)]}]}]
    }
    (scraped,) = [one for one in config["scrape_configs"] if one["job_name"] == "ivrcore"]
    scraped["static_configs"] = [{"targets": [_address(server)]}]
    scraped["authorization"]["credentials_file"] = str(secret)
    config["scrape_configs"] = [scraped]
    return _write(folder / "prometheus.yml", config)


def _write(path: Path, config: object) -> Path:
    path.write_text(yaml.safe_dump(config))
    return path


def _address(url: str) -> str:
    return urlsplit(url).netloc


@contextmanager
def _run(log: Path, url: str, program: Started, options: Sequence[str]) -> Iterator[None]:
    """Run one, which ends with us, however we do."""
    with (
        log.open("w") as said,
        subprocess.Popen(
            [sys.executable, "-S", "-E", leash.__file__, *program.command, *options],
            cwd=program.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        ) as process,
    ):
        try:
            _wait_ready(process, url, log)
            yield
        finally:
            process.communicate(timeout=leash.GRACE + 5)  # closes its input


def _wait_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LabError(f"it ended while starting: {log.read_text()[-400:]}")
        try:
            with LOOPBACK.open(f"{url}/-/ready", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise LabError(f"{url} was not ready after {READY_SECONDS:.0f} s: {log.read_text()[-400:]}")
