"""A hotline in which everything happens, for who reads its metrics: a real fold, served as always."""

from __future__ import annotations

import time
from dataclasses import replace

from twisted.internet.task import LoopingCall

from ivrcore.app_queue.families import METRICS as APP_QUEUE
from ivrcore.app_queue.families import Shown
from ivrcore.kept.model import Held
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.of_compaction import COMPACTION
from ivrcore.metrics.of_history import HISTORY
from ivrcore.metrics.of_snapshots import SNAPSHOTS
from ivrcore.metrics.rows import AgiNow, EngineNow, SpeechNow
from ivrcore.model.histogram import Histogram
from ivrcore.service.cycles import EDGES
from ivrcore.speech.recogniser import ServerNow
from ivrcore.telephony.aeap.figures import Figures as AeapFigures
from ivrcore.telephony.aeap.figures import Outcome, Refusal
from ivrcore.telephony.agi.server import ENDS, REFUSALS
from ivrcore.watch import Family
from tests.support.every_event import Calls
from tests.unit.app_queue import asterisk_says as pbx
from tests.web.router_hotline import RouterHotline
from tests.web.served import Served


class BusyHotline(RouterHotline):
    """A round of every event at each `tick`; what no event tells of grows with it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.rounds = Calls(), 0
        self.heard = pbx.Heard()
        self.backlog, self.commit_times = 0, Histogram(edges=(0.01, 0.1))
        self.healthy = True
        self.now = time.time()
        self.record(*self.calls.opening(self.now))

    def tick(self) -> None:
        self.now = self.heard.now = time.time()
        self.rounds += 1
        self.record(*self.calls.round(self.now), *self.calls.content(self.now))
        self.commit_times.observe(0.004)
        self._queues_of_asterisk()

    def _queues_of_asterisk(self) -> None:
        done, gone = f"a{self.rounds}", f"b{self.rounds}"
        if self.rounds % 5 == 1:
            self.heard.link(started=f"boot {self.rounds}")
            self.heard.status(pbx.params(), pbx.member("QueueMember"), pbx.entry("w", 9))
        self.heard.hear(pbx.joined(done), pbx.agent("AgentCalled"), pbx.left(done), pbx.connected(3))
        self.heard.hear(pbx.completed(3, 40), pbx.joined(gone), pbx.abandoned(gone, 7), pbx.left(gone))

    def exposition(self) -> Exposition:
        figures = FiguresCollector(
            self.figures,
            lambda: self.now,
            self,
            lambda: 0.01,
            lambda: {"bank.yaml": False},
            self._speech,
            self._agi,
            pauses=tuple(Histogram(edges=EDGES) for _ in range(3)),
        )
        return Exposition(figures, self._watched)

    def _watched(self) -> list[Family]:
        history = [replace(family, rows=(((), 1.0),)) for family in (*SNAPSHOTS, *COMPACTION, *HISTORY)]
        return [*(metric.family(Shown("pbx", self.heard.ledger, self.now)) for metric in APP_QUEUE), *history]

    def _agi(self) -> AgiNow:
        n = self.rounds
        return AgiNow(True, 2, 500, dict.fromkeys(REFUSALS, n), dict.fromkeys(ENDS, n))

    def _speech(self) -> SpeechNow:
        n = self.rounds
        far = ServerNow(
            "127.0.0.1:2700", serves=True, streams=1, heard=n, failed=n, refused=n, seconds=0.3 * n
        )
        aeap = AeapFigures(most=10, connections=2, recognitions=1, taken=n, bad_messages=n, audio=2.0 * n)
        aeap.outcomes.update(dict.fromkeys(Outcome, n))
        aeap.refused.update(dict.fromkeys(Refusal, n))
        return SpeechNow(
            engines=(
                EngineNow("vosk", "en", 1, serves=True, cost=0.2),
                EngineNow("vosk_server", "en", 2, serves=True, cost=0.01, servers=(far,)),
            ),
            streams=3,
            cores=0.6,
            budget=1.5,
            most=7,
            admitted=4 * n,
            kept=Held(n, 9_000 * n, self.now - 60),
            threads=2,
            aeap=aeap,
        )


class BusyServer(Served):
    """Serves one, with a round four times a second; await ``server.stop()`` after `end`."""

    hotline: BusyHotline

    def __init__(self) -> None:
        super().__init__(BusyHotline())
        self._rounds = LoopingCall(self.hotline.tick)
        self._rounds.start(0.25)

    def end(self) -> None:
        self._rounds.stop()
