"""The life of a speech worker: listens, loads its model, serves, and stops when it is told to."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import webrtcvad

from ivrcore.errors import IvrError, SpeechError
from ivrcore.session.workers import Lane, Workers
from ivrcore.speech.gate import Gate
from ivrcore.speech.recogniser import SAMPLE_RATE
from ivrcore.speech_worker.figures import Figures
from ivrcore.speech_worker.hearing import Shared
from ivrcore.speech_worker.server import Door
from ivrcore.speech_worker.threads import EngineRaised, call

if TYPE_CHECKING:
    from ivrcore.speech.endpointing import IsSpeech
    from ivrcore.speech.recogniser import Engine
    from ivrcore.speech_worker.settings import Settings

log = logging.getLogger("ivrcore.speech_worker")

LoadEngine = Callable[[str, str, Mapping[str, str]], "Engine"]
"""Takes (name, language, options), as ``Plugins.recogniser``; called on a worker thread, may raise."""

GOOD, BROKEN = 0, 3
"""Exit codes: told to stop; all threads hang in the recogniser (start it again)."""
_SPARES = 8
_LOOK_EVERY = 1.0


def main(settings: Settings, load_engine: LoadEngine) -> int:
    """Serve until SIGINT or SIGTERM; give the process's exit code. Raises :class:`IvrError` if it cannot."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("websockets").setLevel(logging.ERROR)  # it tells of each connection
    return asyncio.run(_Worker(settings, load_engine).run())


class _Worker:
    def __init__(self, settings: Settings, load_engine: LoadEngine) -> None:
        self._settings = settings
        self._load_engine = load_engine
        self._told = asyncio.Event()
        self._figures = Figures()

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told.set)
        door = Door(self._settings, self._figures)
        port = await door.listen()
        log.info("listens on %s:%d, and loads its model", self._settings.host, port)
        engine = await self._loaded()
        if engine is None:
            await door.stop(0)
            return GOOD
        workers = Workers(engine.waits or self._settings.threads, spares=_SPARES)
        door.open_for(self._shared(engine, workers.lane))
        log.info("takes %d streams: %s, %s", self._settings.streams, engine.name, engine.language)
        broken = await self._until_told(workers)
        log.info("stops")
        await door.stop(self._settings.grace)
        # Threads that hang do not keep the process: they are daemons.
        await asyncio.to_thread(workers.stop)
        return BROKEN if broken else GOOD

    async def _loaded(self) -> Engine | None:
        """Load the engine; None if told to stop meanwhile. Raises :class:`IvrError`."""
        settings = self._settings
        loader = Workers(1, spares=0, name="ivrcore-speech-load")

        def load() -> Engine:
            return self._load_engine(settings.engine, settings.language, settings.options)

        loading = asyncio.ensure_future(call(loader.lane(), load, None))
        told = asyncio.ensure_future(self._told.wait())
        try:
            await asyncio.wait({loading, told}, return_when=asyncio.FIRST_COMPLETED)
            return loading.result() if loading.done() else None
        except EngineRaised as failure:
            if isinstance(failure.error, IvrError):
                raise failure.error from failure
            what = type(failure.error).__name__
            raise SpeechError(f"the recogniser {settings.engine} could not be loaded: {what}") from failure
        finally:
            loading.cancel()
            told.cancel()
            loader.stop(0)

    def _shared(self, engine: Engine, lane: Callable[[], Lane]) -> Shared:
        settings = self._settings
        return Shared(engine, lane, _gate, settings.timing, settings.stall, self._figures)

    async def _until_told(self, workers: Workers) -> bool:
        """Wait until told to stop, or until no thread is left (True)."""
        while workers.threads:
            try:
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._told.wait()
            except TimeoutError:
                continue
            return False
        log.error("every thread hangs in the recogniser")
        return True


def _gate() -> IsSpeech:
    """Make a voice gate for one stream over WebRTC's detector."""
    detector = webrtcvad.Vad(2)
    return Gate(lambda frame: bool(detector.is_speech(frame, SAMPLE_RATE)))
