"""A real Chromium without a window, driven over its DevTools protocol. Blocking: use it on a thread."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from ivrcore.lab.loopback import LOOPBACK

START_SECONDS = 60.0
WAIT_SECONDS = 60.0
LEFT = "Inspected target navigated"
"""What Chromium says to a question whose page it is just leaving."""


class Left(Exception):
    """The page asked has just been left for another one."""


class Browser:
    """One page. ``command`` starts Chromium (a list, since it may need a loader in front)."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: dict[str, str] | None = None
    ) -> None:
        self._ids = 0
        self._stack = ExitStack()
        self.log = (folder / "chromium.log").open("wb")
        self._process = subprocess.Popen(
            [
                *command,
                "--headless=new",
                "--no-sandbox",  # its sandbox needs privileges that a build machine does not give
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-proxy-server",
                f"--user-data-dir={folder / 'profile'}",
                "--remote-debugging-port=0",
                "--window-size=1280,900",
                "about:blank",
            ],
            stdout=self.log,
            stderr=self.log,
            env={**os.environ, "HOME": str(folder), **(environment or {})},
        )
        try:
            address = self._page_address(folder / "profile/DevToolsActivePort")
            self._page = self._stack.enter_context(connect(address, max_size=None))
            self.problems: list[str] = []
            for domain in ("Page", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def _page_address(self, file: Path) -> str:
        deadline = time.monotonic() + START_SECONDS
        while not (file.exists() and len(file.read_text().split()) == 2):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"Chromium did not start: {Path(self.log.name).read_text()}")
            time.sleep(0.05)
        port = file.read_text().split()[0]
        with LOOPBACK.open(f"http://127.0.0.1:{port}/json", timeout=20) as answer:
            pages = [target for target in json.load(answer) if target["type"] == "page"]
        return str(pages[0]["webSocketDebuggerUrl"])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._ids += 1
        self._page.send(json.dumps({"id": self._ids, "method": method, "params": params}))
        while True:
            message = json.loads(self._page.recv(timeout=WAIT_SECONDS))
            if message.get("id") == self._ids:
                if LEFT in message.get("error", {}).get("message", ""):
                    raise Left
                assert "error" not in message, message
                return dict(message["result"])
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(message["params"]))
        if message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.problems.append(message["params"]["entry"]["text"])

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def ask(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _ask_whatever_page(self, script: str) -> Any:
        try:
            return self.ask(script)
        except Left:
            return None  # the page that comes is asked next time

    def wait(self, script: str) -> Any:
        """Wait until the expression is true."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not (value := self._ask_whatever_page(script)):
            assert time.monotonic() < deadline, (
                f"never true: {script}; the page says {self.ask('document.body.innerText')}"
            )
            time.sleep(0.05)
        return value

    def type(self, text: str) -> None:
        """Type where the focus is; every sign is a key of its own."""
        for sign in text:
            self.call("Input.dispatchKeyEvent", type="char", text=sign)

    def press(self, key: str, modifiers: int = 0, code: int = 0) -> None:
        """Press a named key; ``modifiers`` 2 is Control, ``code`` the Windows key code."""
        said = {"key": key, "code": key, "modifiers": modifiers, "windowsVirtualKeyCode": code}
        down = {"type": "keyDown", "text": "\r"} if key == "Enter" else {"type": "rawKeyDown"}
        self.call("Input.dispatchKeyEvent", **down, **said)
        self.call("Input.dispatchKeyEvent", type="keyUp", **said)

    def size(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def scheme(self, scheme: str) -> None:
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: Path) -> None:
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self._stack.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self.log.close()
