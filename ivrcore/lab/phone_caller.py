"""A caller with a script, inside the phones' process: listens, speaks, presses keys, hangs up."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ivrcore.lab import audio
from ivrcore.lab.rtp import SECONDS, Clock, Endpoint
from ivrcore.lab.sip_caller import CallFailed, SipCall, SipSocket
from ivrcore.lab.sip_message import Message

Event = dict[str, Any]
POLL = SECONDS
KEY_GAP = 0.08
"""Seconds between two keys, after the first one's own length."""
KEY_SECONDS = 0.16
SAID = "said"
"""How saying something ends, unless this process was held up for so long that packets were left out."""


class Caller:
    """One call: dials, carries out its actions in order once answered, and reports what happened."""

    def __init__(
        self,
        command: Event,
        settings: Event,
        clock: Clock,
        sip: SipSocket,
        emit: Callable[[Event], None],
    ) -> None:
        self._command, self._settings, self._clock, self._sip = command, settings, clock, sip
        self._emit = emit
        self._actions: asyncio.Queue[Event] = asyncio.Queue()
        self.add(command["script"])
        self._answered, self._over = asyncio.Event(), asyncio.Event()
        self._call: SipCall | None = None
        self._result: Event = {"status": 0, "reason": "", "cause": 0, "ended_by": "", "answered_at": None}

    def add(self, actions: list[Event]) -> None:
        """Add actions behind those not done yet."""
        for action in actions:
            self._actions.put_nowait(action)

    async def hang_up(self) -> None:
        """Hang up now, whatever the script says."""
        if self._call is not None:
            await self._call.hang_up()

    def lose(self) -> None:
        """Forget the call without a word: the far side is gone."""
        if self._call is not None:
            self._call.lose()

    async def run(self) -> None:
        """Make the call, to its end; the last event has the result."""
        endpoint = await self._clock.endpoint()
        assert self._sip.transport is not None
        remote = ("127.0.0.1", int(self._settings["sip_port"]))
        self._call = call = SipCall(
            lambda data: self._sip.send(data, remote),
            self._sip.transport.get_extra_info("sockname")[1],
            remote[1],
            number=self._command["number"],
            caller_id=self._command["caller_id"],
            caller_name=self._command["caller_name"],
            media_port=endpoint.port,
            changed=lambda what, message: self._changed(what, message, endpoint),
        )
        self._sip.calls[call.call_id] = call.received
        self._note("dialled", call_id=call.call_id)
        script = asyncio.create_task(self._script(call, endpoint))
        try:
            await call.dial()
            await asyncio.wait_for(self._over.wait(), self._command["deadline"])
        except TimeoutError:
            self._note("deadline")
            await self._leave(call)
            self._result["ended_by"] = "deadline"
        except CallFailed as failure:
            self._result["reason"] = str(failure)
        finally:
            script.cancel()
            await self._finish(call, endpoint)

    async def _leave(self, call: SipCall) -> None:
        with contextlib.suppress(CallFailed, TimeoutError):
            await call.hang_up()
            await asyncio.wait_for(self._over.wait(), 2)

    async def _finish(self, call: SipCall, endpoint: Endpoint) -> None:
        endpoint.close()
        began, now = endpoint.recording.began, time.monotonic()
        path = Path(self._settings["folder"], f"caller-{self._command['id']}.wav")
        audio.write_wav(path, endpoint.recording.samples(began, now))
        heard = {"heard": str(path), "heard_from": began, "packets": endpoint.packets_heard}
        self._note("done", **self._result, **heard)
        await asyncio.sleep(1)  # for what the far side repeats
        self._sip.calls.pop(call.call_id, None)

    def _note(self, what: str, **details: object) -> None:
        self._emit({"event": what, "at": time.monotonic(), **details})

    def _changed(self, what: str, message: Message | None, endpoint: Endpoint) -> None:
        if message is not None and message.media and what in {"ringing", "answered"}:
            endpoint.connect(*message.media)
        if what == "answered" and message is not None:
            self._result |= {"status": 200, "reason": message.reason, "answered_at": time.monotonic()}
            self._answered.set()
        if what == "ended":
            endpoint.disconnect()
            self._ended(message)
        self._note(what, status=message.status if message else 0)
        if what == "ended":
            self._over.set()

    def _ended(self, message: Message | None) -> None:
        assert self._call is not None
        self._result["ended_by"] = self._result["ended_by"] or self._call.ended_by
        self._result["ended_at"] = time.monotonic()
        if message is not None:
            self._result["cause"] = message.cause
            if message.status:
                self._result |= {"status": message.status, "reason": message.reason}

    async def _script(self, call: SipCall, endpoint: Endpoint) -> None:
        await self._answered.wait()
        while not self._over.is_set():
            action = await self._actions.get()
            name = action.pop("do")
            self._note(f"{name} begins", **action)
            outcome = await getattr(self, f"_do_{name}")(call, endpoint, **action)
            self._note(f"{name} ends", outcome=outcome)

    async def _do_wait(self, _call: SipCall, _endpoint: Endpoint, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "waited"

    async def _do_listen(
        self, _call: SipCall, endpoint: Endpoint, sound: float, silence: float, limit: float
    ) -> str:
        deadline = time.monotonic() + limit
        endpoint.forget_sound()
        while endpoint.sound_seconds < sound or endpoint.silent_for < silence:
            if time.monotonic() > deadline:
                return "limit"
            await asyncio.sleep(POLL)
        return "heard"

    async def _do_say(self, _call: SipCall, endpoint: Endpoint, wav: str, wait: bool) -> str:
        left_out, seconds = self._clock.skipped, endpoint.say(Path(wav))
        if wait:
            await asyncio.sleep(seconds)
        return SAID if left_out == self._clock.skipped else "held up"

    async def _do_keys(self, call: SipCall, endpoint: Endpoint, digits: str, rtp: bool) -> str:
        for index, digit in enumerate(digits):
            if rtp:
                endpoint.press(digit, KEY_SECONDS)
                await asyncio.sleep(KEY_SECONDS + KEY_GAP)
                continue
            if index:
                await asyncio.sleep(KEY_SECONDS + KEY_GAP)
            await call.key(digit, KEY_SECONDS)
        return "pressed"

    async def _do_hang_up(self, call: SipCall, _endpoint: Endpoint) -> str:
        await call.hang_up()
        return "hung up"

    async def _do_stay(self, call: SipCall, _endpoint: Endpoint, seconds: float) -> str:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
            return "far side hung up"
        await call.hang_up()
        return "hung up"
