"""A whole hotline on loopback: a site, its own Asterisk, the server as a process of its own, and phones.

What a user would set up by hand, made from the same samples and generated files. The demo, the benchmark and
the end-to-end tests all run on this.
"""

import copy
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import indent
from types import TracebackType
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

from ivrcore.config import CONFIG_FILE, load_config
from ivrcore.journal.local import read_records
from ivrcore.journal.record import Record
from ivrcore.lab import leash
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.packages import NEW, LabError, Release, lab_folder
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import Phones
from ivrcore.lab.ports import free_port
from ivrcore.lab.successor import Successor, let_go
from ivrcore.lab.tools import tool
from ivrcore.model import events
from ivrcore.model.names import Device
from ivrcore.samples import HOTLINE, init_site
from ivrcore.telephony.asterisk_files import PJSIP_FILE, write_asterisk_files
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""(Sample's name, its labels in order of name) -> value."""
INBOUND = ("_5X.",)
"""The server's numbers, where nobody says otherwise, as patterns of Asterisk's dialplan."""
FALLBACK = "{action: play, sound: tt-allbusy}"
READY_SECONDS = 120.0
STOP_SECONDS = 40.0

TRUNK = """\
; Callers of the lab's trunk come to the server's numbers first, then to the lab's own.
[from-trunk]
include => ivrcore-inbound
[from-agents]
include => ivrcore-inbound
include => ivrcore-agents
"""


class HotlineLab:
    """One site with everything around it; use with `with`, then `serve`.

    ``config`` replaces parts of the sample configuration (top-level key → YAML text of its value),
    ``dialplans`` the sample dialplan (file name → text). ``http_port`` is where the server finds Asterisk,
    if not at its own port (a proxy in between). ``bare`` are further contexts of Asterisk's
    own dialplan, ``extra`` further files of its configuration, ``inbound`` the numbers that the server takes.
    ``made_of`` is the sample that the site is made of, ``release`` which Asterisk it has, ``fallback`` what
    it does with callers while the server is away. With ``alive`` the calls of phones that send nothing are
    ended, as `pjsip_ivrcore.conf` has it. ``blocks``: see :class:`ivrcore.lab.pbx.Pbx`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        agents: int = 4,
        config: Mapping[str, str] | None = None,
        dialplans: Mapping[str, str] | None = None,
        registering: bool = False,
        http_port: int | None = None,
        bare: str = "",
        extra: Mapping[str, str] | None = None,
        inbound: Sequence[str] = INBOUND,
        made_of: str = HOTLINE,
        release: Release = NEW,
        alive: bool = False,
        fallback: str = FALLBACK,
        blocks: int = 1,
    ) -> None:
        self.folder = folder
        self.site = folder / "site"
        extensions = self.site / "asterisk/extensions_ivrcore.conf"
        trunk = folder / "trunk.conf"
        self.pbx = Pbx(
            agents=agents,
            registering=registering,
            includes=[extensions, trunk],
            extra=extra,
            folder=folder / "asterisk",
            release=release,
            alive=self.site / "asterisk" / PJSIP_FILE if alive else None,
            blocks=blocks,
        )
        self.phones = Phones(self.pbx, folder / "phones")
        self.web_port = free_port()
        self._server: subprocess.Popen[str] | None = None
        init_site(self.site, made_of)
        trunk.write_text(TRUNK + bare)
        port = http_port or self.pbx.http_port
        asterisk = asterisk_section(port, self.pbx.block.streams, inbound, fallback)
        self._write_site({"asterisk": asterisk, **(config or {})}, dialplans)

    # --- the site -------------------------------------------------------------------------------

    def _write_site(self, config: Mapping[str, str], dialplans: Mapping[str, str] | None) -> None:
        (self.site / "secrets/ari.password").write_text(self.pbx.ari_password)
        parts = {
            "web": f"{{host: 127.0.0.1, port: {self.web_port}, token_file: secrets/api.token}}",
            "speech": speech_section(),
            "cache": str(lab_folder() / "prompts"),  # spoken once for all labs
            **config,
        }
        (self.site / CONFIG_FILE).write_text(replaced((self.site / CONFIG_FILE).read_text(), parts))
        if dialplans is not None:
            shutil.rmtree(self.site / "dialplans")
            (self.site / "dialplans").mkdir()
            for name, text in dialplans.items():
                (self.site / "dialplans" / name).write_text(text)
        write_asterisk_files(load_config(self.site), self.site / "asterisk")

    @property
    def token(self) -> str:
        """The API's token."""
        return (self.site / "secrets/api.token").read_text().strip()

    @property
    def url(self) -> str:
        """Where the server's web is, without a slash at the end."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.site / "var/journal.db"

    def beside(self, slot: str, **parts: str) -> "HotlineLab":
        """Give the node's other server: a copy of the site with a journal of its own, for the same Asterisk.

        ``parts`` replace parts of its configuration. To be stopped (`stop_server`), not closed.
        """
        other = copy.copy(self)
        other.folder = self.folder / f"slot-{slot}"
        other.site = other.folder / "site"
        other.web_port = free_port()
        other._server = None
        shutil.copytree(self.site, other.site, ignore=shutil.ignore_patterns("var"))
        parts |= {
            "slot": slot,
            "web": f"{{host: 127.0.0.1, port: {other.web_port}, token_file: secrets/api.token}}",
        }
        (other.site / CONFIG_FILE).write_text(replaced((other.site / CONFIG_FILE).read_text(), parts))
        return other

    # --- running --------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start Asterisk and the phones' process."""
        self.pbx.start()
        self.phones.start()
        return self

    def serve(self, *, ready: bool = True, through: Sequence[str] = (), options: Sequence[str] = ()) -> None:
        """Start the server's process; with ``ready``, wait until it takes calls.

        ``through`` is a command that gets the server's as its last arguments, and becomes it by `exec`;
        ``options`` are further ones of `ivrcore serve`.
        """
        self._server, self.pid = self._started(*through, sys.executable, "-m", "ivrcore", "serve", *options)
        if ready:
            self.wait_ready()

    def _started(self, *command: str) -> tuple["subprocess.Popen[str]", int]:
        """Start a process for the site, on a leash; give it, and the process's own number."""
        with (self.folder / "server.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-S", "-E", leash.__file__, *command, str(self.site)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert process.stdout is not None
        return process, int(process.stdout.readline() or 0)

    def hand_over(self, *, ready: bool = True) -> None:
        """Have a new process take over from the one that serves, and wait until that one has ended."""
        self.succeed(self.successor(), ready=ready)

    def successor(self) -> Successor:
        """Start a new process that is to take over: for `succeed`, or `Successor.wait` where it will not."""
        return Successor(*self._started(sys.executable, "-m", "ivrcore", "serve", "--take-over"))

    def succeed(self, new: Successor, *, ready: bool = True) -> None:
        """Wait until the one that serves has ended, and take the new one for it."""
        old = self._server
        assert old is not None, "not serving"
        self._server, self.pid = new.leash, new.pid
        try:
            status = old.wait(READY_SECONDS)
        finally:
            let_go(old)
        if status:
            raise LabError(f"the server that handed over ended with {status}: {self.last_words()}")
        if ready:
            self.wait_ready()

    def wait_ready(self, timeout: float = READY_SECONDS) -> None:
        """Wait until calls can be served and every recogniser is loaded or known to be missing."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._server is None or self._server.poll() is not None:
                raise LabError(f"the server ended while starting: {self.last_words()}")
            if self.probe("readyz") == 200 and "loading" not in self.get("readyz"):
                return
            time.sleep(0.05)
        raise LabError(f"the server was not ready after {timeout:.0f} s: {self.last_words()}")

    def stop_server(self) -> None:
        """End the server's process as a service manager would."""
        server, self._server = self._server, None
        if server is None:
            return
        if server.stdin is not None:
            server.stdin.close()
        try:
            server.wait(STOP_SECONDS)
        finally:
            server.kill()
            if server.stdout is not None:
                server.stdout.close()

    def signal_server(self, number: signal.Signals) -> int:
        """Send the server's process a signal that ends it; give its exit code (256 - n if signal n did).

        Raises :class:`subprocess.TimeoutExpired` if it has not ended after `STOP_SECONDS`.
        """
        server, self._server = self._server, None
        assert server is not None, "not serving"
        os.kill(self.pid, number)
        try:
            return server.wait(STOP_SECONDS) & 0xFF
        finally:
            server.kill()
            let_go(server)

    def close(self) -> None:
        """End everything, in reverse."""
        try:
            self.stop_server()
        finally:
            try:
                self.phones.close()
            finally:
                self.pbx.close()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- looking and steering -------------------------------------------------------------------

    def last_words(self) -> str:
        """Give the end of the server's log."""
        log = self.folder / "server.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return "\n".join(lines[-15:]) or "it said nothing"

    def probe(self, path: str) -> int:
        """Give the HTTP status of an address; 0 if nobody answers."""
        try:
            with LOOPBACK.open(self._request(path), timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def get(self, path: str) -> str:
        """Give an address's text."""
        with LOOPBACK.open(self._request(path), timeout=20) as answer:
            return bytes(answer.read()).decode()

    def _request(self, path: str) -> urllib.request.Request:
        return urllib.request.Request(f"{self.url}/{path}", headers={"Authorization": f"Bearer {self.token}"})

    def metrics(self) -> Samples:
        """Scrape the server as Prometheus does."""
        return samples(self.get("metrics"))

    def total(self, name: str, **labels: str) -> float:
        """Give the sum of a metric's samples that have these labels."""
        wanted = set(labels.items())
        return sum(
            value for (one, given), value in self.metrics().items() if one == name and wanted <= set(given)
        )

    def agent(self, name: str, action: AgentAction, reason: str = "") -> None:
        """Tell an agent by the API."""
        ApiClient(self.url, self.token).set_agent(name, action, reason)

    def ready(self, *names: str) -> None:
        """Make agents ready, once the server knows that their phones are there: Asterisk tells it later."""
        self.wait_for(f"the phones of {', '.join(names)}", lambda: not self._out_of_reach(names))
        for name in names:
            self.agent(name, AgentAction.READY)

    def _out_of_reach(self, agents: Sequence[str]) -> set[str]:
        changes = [r.event for r in self.records() if isinstance(r.event, events.AgentDeviceChanged)]
        last = {one.agent: one.device for one in changes}
        return {agent for agent in agents if last.get(agent) is Device.UNREACHABLE}

    def records(self) -> Iterator[Record]:
        """Read the journal as it is on disk."""
        return read_records(self.journal)

    def records_after(self, seq: int) -> Iterator[Record]:
        """Read what the journal has since."""
        return read_records(self.journal, seq)

    def speech_in_words(self) -> dict[str, str]:
        """Give what became of each language's recogniser."""
        spoken: dict[str, str] = json.loads(self.get("readyz"))["speech"]
        return spoken

    def wait_for(self, what: str, condition: Callable[[], object], timeout: float = 60.0) -> None:
        """Wait until a condition holds; LabError with the server's last words after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise LabError(f"{what}: not within {timeout:.0f} s; the server said:\n{self.last_words()}")
            time.sleep(0.02)


def samples(page: str) -> Samples:
    """Read a metrics page."""
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(page)
        for one in family.samples
    }


def replaced(text: str, parts: Mapping[str, str]) -> str:
    """Replace top-level keys of a YAML text; a key that is not there is added at the end."""
    blocks = re.split(r"(?m)^(?=[a-z_]+:)", text)
    names = [block.partition(":")[0] for block in blocks]
    for name, value in parts.items():
        block = f"{name}: {value}\n\n" if "\n" not in value else f"{name}:\n{indent(value, '  ')}\n\n"
        if name in names:
            blocks[names.index(name)] = block
        else:
            blocks.append(block)
    return "".join(blocks)


def asterisk_section(
    http_port: int, rtp: range, inbound: Sequence[str] = INBOUND, fallback: str = FALLBACK
) -> str:
    """Give the configuration of the link to Asterisk; ``inbound`` are the server's numbers."""
    return f"""\
url: http://127.0.0.1:{http_port}
user: ivrcore
password_file: secrets/ari.password
inbound: {json.dumps(list(inbound))}
fallback: {fallback}
rtp_ports: {rtp.start}-{rtp.stop - 1}
"""


def speech_section(recognisers: str = "[pocketsphinx]", *, korean: str = "") -> str:
    """Give the configuration of speech, with the lab's own voices."""
    flite, espeak = (shlex.join(tool(name)) for name in ("flite", "espeak-ng"))
    text = f"""\
threads: 2
languages:
  en:
    recognisers: {recognisers}
    voices:
      - {{name: flite, command: "{flite}"}}
      - {{name: espeak, command: "{espeak}"}}
"""
    if korean:
        text += f"""\
  ko:
    recognisers: {korean}
    voices:
      - {{name: espeak, command: "{espeak}"}}
"""
    return text
