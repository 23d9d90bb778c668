"""Agents' phones inside the phones' process: SIPp signals for a group, our endpoints speak and hear."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO, cast

from ivrcore.lab import audio, sipp_scenarios
from ivrcore.lab.leash import die_with_parent
from ivrcore.lab.rtp import Clock, Endpoint
from ivrcore.lab.sipp_log import LogReader, PhoneCall
from ivrcore.lab.sipp_scenarios import AgentPhone, Answers, Behaviour, Ignores, Rejects

Event = dict[str, Any]
POLL = 0.02
START_SECONDS = 40.0
SAID = "sipp.txt"
"""File with what SIPp last complained about."""
BEHAVIOURS = {"answers": Answers, "rejects": Rejects, "ignores": Ignores}


class AgentGroup:
    """Some agents' phones behind one SIPp; they answer as told and report each call."""

    def __init__(self, command: Event, settings: Event, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._command, self._settings, self._clock, self._emit = command, settings, clock, emit
        self._port = int(command["port"])
        self._phones: dict[str, Event] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None
        self._log = LogReader()
        self._started = 0

    async def start(self) -> None:
        """Start the phones, register them if need be, and report them ready."""
        try:
            for phone in self._command["phones"]:
                self._phones[phone["name"]] = phone
                self._endpoints[phone["name"]] = await self._clock.endpoint()
            await self._start_sipp()
            if self._command["passwords"]:
                await self._register()
        except Exception as error:  # noqa: BLE001 - whoever waits for these phones must learn of it
            self._emit({"event": "agents failed", "error": str(error)})
        else:
            self._emit({"event": "agents ready"})

    async def behave(self, phones: list[Event]) -> None:
        """Give some phones other behaviours and begin their counting of calls anew; only between calls."""
        for phone in phones:
            self._phones[phone["name"]] = phone
        await self._stop_sipp()
        await self._start_sipp()
        self._emit({"event": "agents ready"})

    async def stop(self) -> None:
        """Stop the phones, live calls and all."""
        await self._stop_sipp()
        for endpoint in self._endpoints.values():
            endpoint.close()

    async def _start_sipp(self) -> None:
        self._started += 1
        stem = Path(self._settings["folder"], f"agents-{self._command['id']}-{self._started}")
        scenario, messages = stem.with_suffix(".xml"), stem.with_suffix(".log")
        scenario.write_text(sipp_scenarios.agents([self._plan(name) for name in self._phones]))
        messages.touch()
        media = str(self._command["media_port"])  # SIPp binds one though it carries no audio
        self._process = await self._sipp(
            *("-sf", str(scenario), "-p", str(self._port), "-min_rtp_port", media, "-trace_msg"),
            *("-message_file", str(messages), "-trace_err", "-error_file", f"{stem}.errors"),
        )
        await self._listening()
        self._log = LogReader()
        self._following = asyncio.create_task(self._follow(messages))

    def _plan(self, name: str) -> AgentPhone:
        behaviours: list[Behaviour] = []
        for one in self._phones[name]["behaviours"]:
            fields = dict(one)
            behaviours.append(BEHAVIOURS[fields.pop("kind")](**fields))
        return AgentPhone(name, self._endpoints[name].port, behaviours, self._phones[name]["again"])

    def _said(self, mode: str = "r") -> TextIO:
        return cast(TextIO, Path(self._settings["folder"], SAID).open(mode))

    async def _sipp(self, *options: str) -> asyncio.subprocess.Process:
        with self._said("w") as said:
            return await asyncio.create_subprocess_exec(
                *[*self._settings["sipp"], "-i", "127.0.0.1", "-nostdin", *options],
                f"127.0.0.1:{self._settings['sip_port']}",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                preexec_fn=die_with_parent,
            )

    async def _listening(self) -> None:
        wanted = f":{self._port:04X} "
        deadline = time.monotonic() + START_SECONDS
        while wanted not in Path("/proc/net/udp").read_text():  # noqa: ASYNC240 - memory, not a disk
            assert self._process is not None
            if self._process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(f"SIPp does not listen at port {self._port}: {self._said().read()}")
            await asyncio.sleep(POLL)

    async def _register(self) -> None:
        stem = Path(self._settings["folder"], f"register-{self._command['id']}")
        scenario, users = stem.with_suffix(".xml"), stem.with_suffix(".csv")
        scenario.write_text(sipp_scenarios.register(self._port))
        lines = [
            f"{name};[authentication username={name} password={password}]"
            for name, password in self._command["passwords"].items()
        ]
        users.write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
        media = str(self._command["media_port"] + 4)
        process = await self._sipp(
            *("-sf", str(scenario), "-inf", str(users), "-m", str(len(lines)), "-r", "100"),
            *("-p", str(self._port + 1), "-min_rtp_port", media, "-timeout", "40"),
        )
        if await process.wait():
            raise RuntimeError(f"{', '.join(self._command['passwords'])} could not register")

    async def _follow(self, messages: Path) -> None:
        shift = time.time() - time.monotonic()
        with messages.open(newline="", errors="replace") as log:
            while True:
                text = log.read()
                for what, call in self._log.feed(text) if text else ():
                    self._report(what, call, shift)
                if not text:
                    await asyncio.sleep(POLL)

    def _report(self, what: str, call: PhoneCall, shift: float) -> None:
        endpoint = self._endpoints.get(call.agent)
        event: Event = {"event": f"call {what}", "agent": call.agent, "call_id": call.invite.get("call-id")}
        if what == "invited":
            event |= {"at": call.invited_at - shift, "invite": call.invite.text}
        if what in ("held", "resumed"):
            event["at"] = call.changed_at - shift
        if what == "answered":
            event["at"] = call.answered_at - shift
            self._speak(call, endpoint)
        if what == "ended":
            event |= {"at": call.ended_at - shift, "ended_by": call.ended_by}
            if call.answered_at and endpoint is not None:
                endpoint.disconnect()
                event["heard"] = str(self._save(call, endpoint, shift))
        self._emit(event)

    def _speak(self, call: PhoneCall, endpoint: Endpoint | None) -> None:
        if endpoint is None or call.invite.media is None:
            return
        endpoint.connect(*call.invite.media)
        if say := self._phones[call.agent].get("say"):
            endpoint.say(Path(say), repeat=bool(self._phones[call.agent].get("repeat")))

    def _save(self, call: PhoneCall, endpoint: Endpoint, shift: float) -> Path:
        done = sum(one.agent == call.agent and one.ended_at > 0 for one in self._log.calls.values())
        path = Path(self._settings["folder"], f"{call.agent}-{self._started}-{done}.wav")
        samples = endpoint.recording.samples(call.answered_at - shift, call.ended_at - shift)
        endpoint.recording.forget(call.ended_at - shift)
        return audio.write_wav(path, samples)

    async def _stop_sipp(self) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
        self._process = None
