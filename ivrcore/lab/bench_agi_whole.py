"""The benchmark's whole server for AGI: `ivrcore serve` with a site, its dialplan and its journal on disk."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError

from ivrcore.config import CONFIG_FILE
from ivrcore.journal.local import read_records
from ivrcore.lab import audio, leash
from ivrcore.lab.bench_agi_servers import SECRET
from ivrcore.lab.hotline import replaced
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.packages import LabError
from ivrcore.lab.ports import free_port
from ivrcore.model.event import Event
from ivrcore.samples import init_site

WHOLE = "ivrcore, session and journal"
SOUNDS = ("greeting", "topics", "cards", "lost-or-new", "lost")
PLAN = """\
name: bench
language: en
numbers:
  welcome: welcome
blocks:
  welcome:
    - play: greeting
    - menu: topics
menus:
  topics:
    prompt: {play: topics}
    choices:
      cards: {keys: "1", go: [{play: cards}, {menu: cards}]}
    otherwise: [{hang_up: normal}]
  cards:
    prompt: {play: lost-or-new}
    choices:
      lost: {keys: "2", go: [{play: lost}, {hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""
"""As commands: ANSWER, five STREAM FILE, a WAIT FOR DIGIT behind each menu's, EXEC Hangup, HANGUP."""
READY_SECONDS = 60.0
STOP_SECONDS = 15.0


class WholeServer:
    """A server's process with a site in a folder of its own; `close` ends both."""

    name = WHOLE

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="ivrcore-bench-")
        self._site = Path(self._folder.name) / "site"
        self.port, self._web = free_port(), free_port()
        self._write_site()
        with (Path(self._folder.name) / "server.log").open("w") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-S", "-E", leash.__file__),
                    *(sys.executable, "-m", "ivrcore", "serve", str(self._site)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        self.pid = int(self._process.stdout.readline() or 0)
        try:
            self._wait_ready()
        except LabError:
            self.close()
            raise

    def _write_site(self) -> None:
        init_site(self._site)
        secret = self._site / "secrets/agi"
        secret.touch(mode=0o600)
        secret.write_text(SECRET)
        parts = {
            "asterisk": "{ari: no}",
            "fastagi": f"{{port: {self.port}, secret_file: secrets/agi, numbers: [welcome], sessions: 5000}}",
            "web": f"{{host: 127.0.0.1, port: {self._web}, token_file: secrets/api.token}}",
            "speech": "{languages: {en: {recognisers: [], voices: []}}}",
            "queues": "{}",
            "agents": "{}",
        }
        config = self._site / CONFIG_FILE
        config.write_text(replaced(config.read_text(), parts))
        shutil.rmtree(self._site / "dialplans")
        (self._site / "dialplans").mkdir()
        (self._site / "dialplans/bench.yaml").write_text(PLAN)
        for sound in SOUNDS:
            audio.write_wav(self._site / f"prompts/{sound}.wav", audio.tone(440.0, 0.5))

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with LOOPBACK.open(f"http://127.0.0.1:{self._web}/readyz", timeout=5.0):
                    return
            except URLError:
                time.sleep(0.05)
        raise LabError(f"the server was not ready: {self.last_words()}")

    def last_words(self) -> str:
        """Give the end of the server's log."""
        return (Path(self._folder.name) / "server.log").read_text()[-2000:]

    def stop(self) -> list[Event]:
        """End the server as a service manager would; give what is in its journal then."""
        self._end()
        return [record.event for record in read_records(self._site / "var/journal.db")]

    def close(self) -> None:
        """End the server, and forget its site."""
        try:
            self._end()
        finally:
            self._folder.cleanup()

    def _end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            self._process.kill()
            self._process.stdout.close()
