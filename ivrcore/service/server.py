"""One server: its parts, the order in which they start, and what each tells the others.

Order: the journal and the folds of what it holds, the exchange, the HTTP side, observers, speech and prompts
in the background, the link to Asterisk; stopped with nobody left in silence.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from ivrcore.announcements.drafts import Surroundings
from ivrcore.announcements.live import LiveBoard
from ivrcore.announcements.site import surroundings
from ivrcore.config import Config
from ivrcore.config.hearing import Heard, heard_of
from ivrcore.config.plans import site_of
from ivrcore.dialplan.model import Plan
from ivrcore.errors import IvrError
from ivrcore.journal.local import LocalJournal
from ivrcore.journal.record import Record
from ivrcore.journal.subjects import Subjects
from ivrcore.metrics import fold as metrics_fold
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.lag import LoopLag
from ivrcore.model import events
from ivrcore.model.pbx import driver_of
from ivrcore.routing import commands as routing
from ivrcore.service.adopting import adoption_of
from ivrcore.service.aeap import LiveAeap
from ivrcore.service.canary import make_canaries
from ivrcore.service.claim import claimant
from ivrcore.service.cycles import Cycles
from ivrcore.service.descriptors import Descriptors
from ivrcore.service.doors import Doors
from ivrcore.service.drain import Drain
from ivrcore.service.ears import change_speech, load_speech, make_speech, speech_now, warn_unheard, words_of
from ivrcore.service.erasing import Erasing
from ivrcore.service.explained import explain
from ivrcore.service.free_memory import FreeMemory
from ivrcore.service.handover import MESSAGE_SECONDS, TAKEN_SECONDS, HandOver, let_go, written
from ivrcore.service.hotline import LiveHotline
from ivrcore.service.incidents import Incidents
from ivrcore.service.kept import make_kept, settled
from ivrcore.service.keys_first import KeysFirst
from ivrcore.service.known import known_of, plugins_of
from ivrcore.service.left_over import LeftOver
from ivrcore.service.link import agi_now, make_switches, serve_agi
from ivrcore.service.live_config import LiveConfig
from ivrcore.service.message_box import LiveMessages
from ivrcore.service.notices import AnnouncementFolder
from ivrcore.service.notify import Notifier
from ivrcore.service.outlets import Outlets
from ivrcore.service.outside import Outside
from ivrcore.service.past import Past, past_of
from ivrcore.service.running_site import RunningSite
from ivrcore.service.spoken import of_site, speak, texts
from ivrcore.service.standstill import Standstill
from ivrcore.service.successor import Prepared, load_site_plugins, make_prompts
from ivrcore.service.tokens import TokenWatch
from ivrcore.service.wall import LiveWall
from ivrcore.service.watching import Watching
from ivrcore.session.clock import UtcClock
from ivrcore.session.exchange import Exchange
from ivrcore.session.intake import Intake
from ivrcore.session.listening import SpeechService
from ivrcore.session.looked_after import TOLD as LOOKED_AFTER
from ivrcore.session.ports import Ports
from ivrcore.session.world import LiveWorld
from ivrcore.versions import Library, Needs, VersionStore, store_path
from ivrcore.versions.calls import COUNTED, VersionCalls
from ivrcore.versions.opening import NOTHING
from ivrcore.web.access import Access
from ivrcore.web.call_tests import CallTests
from ivrcore.web.problems import PROBLEMS, RecentProblems
from ivrcore.web.server import WebServer, tree
from ivrcore.web.view import Health

log = logging.getLogger("ivrcore")

CLOCK_CHECK = 1.0
"""Seconds between comparisons with the machine's clock."""


class Server:
    """Everything of one running server. Made and used on the reactor's thread, inside a running loop.

    Making it raises what cannot be gone on with: :class:`ivrcore.errors.ProblemsFound` for dialplans,
    :class:`ivrcore.errors.JournalError`.
    """

    def __init__(
        self,
        config: Config,
        reactor: Any,
        end: Callable[[], object] = lambda: None,
        *,
        prepared: Prepared | None = None,
        doors: Doors | None = None,
    ) -> None:
        """``end`` ends the process by way of :meth:`stop`: once nobody is inside, if that is asked for, or
        once another process has taken over. ``prepared`` is what this one made before it took over;
        ``doors`` are the sockets that it was given."""
        self.config = config
        self._reactor = reactor
        self._loop = asyncio.get_running_loop()
        self._prepared = prepared
        self._doors = doors or Doors({})
        self.clock = prepared.clock if prepared else UtcClock(reactor, time.time)
        self.plugins = prepared.plugins if prepared else load_site_plugins(config)
        self.journal = LocalJournal(config.journal.path, self._loop, self.clock.now())
        self._incidents = self._make_incidents()
        self.outlets = Outlets(config, self.journal, self.clock.now)
        past = self._read_past()
        self.outlets.snapshots.begin_from(past.began)
        self.library = self._make_library(past.calls)
        self.figures = past.figures
        self._open = past.open
        self._looked_after = past.looked_after
        self.speech = prepared.speech if prepared else self._make_speech()
        self.aeap = LiveAeap(config.aeap, self.speech, lambda: self.library.plans, self.clock, reactor)
        self._keys_first = KeysFirst(reactor, self._load_speech)
        self.prompts = prepared.prompts if prepared else make_prompts(config, self.plugins, self._loop)
        self.switch = make_switches(
            config, reactor, self.clock.now, self._incidents, self._link_up, self.aeap.claims
        )
        self.board = LiveBoard(past.board, self.journal, self.clock, self.prompts, self._surroundings)
        self._announcements = AnnouncementFolder(config.announcements, self.board)
        self._voices = dict(config.queue_voices)
        self.subjects = Subjects(config.journal.path, self.journal.writer.submit, config.journal.key)
        self.outside = Outside(
            config, self.plugins, self.clock, reactor, self.switch, past.dialled, self.subjects
        )
        self.outside.put_on_the_phone(self.board)
        self._take_up_messages = partial(self.outside.take_up_messages, past.unkept, past.erased)
        self.messages = LiveMessages(
            self.outside.kept, self.journal, self.subjects, self.clock.now, self.outside.on_worker
        )
        self.kept = make_kept(config, past.erased, self.journal, self.clock, reactor, self.outside.on_worker)
        self.exchange = Exchange(self._make_ports(past), past.routing)
        self.lag = LoopLag(reactor)
        self._strains = (
            Standstill(reactor, self.plugins.modules),
            Descriptors(reactor),
            FreeMemory(reactor),
            Watching(reactor, self.journal.append, self.clock.now, self._watches_calls),
        )
        self.intake = Intake(
            self.exchange, lambda: self.config, self.lag.lately, lambda: self.speech.admission.streams
        )
        self.drain = Drain(self.exchange, self.intake, self.outside.call_backs, end, past.drain)
        self.handing_over = HandOver(
            reactor,
            self._why_not_handed_over,
            self._descriptors,
            end,
            partial(claimant, config.journal.path),
        )
        self.cycles = Cycles(reactor, lambda: self.drain.inside)
        self.canaries = make_canaries(lambda: self.config, self.exchange, self.plugins, self.switch)
        self._left_over = LeftOver(
            self._open,
            self._looked_after,
            self.exchange,
            self.outside.call_backs,
            config.outbound.call_back,
        )
        self._adoption = adoption_of(
            past,
            self.exchange,
            self.library,
            self.outside.call_backs,
            self.intake,
            self.switch,
            self.journal.last_seq,
        )
        self.live_config = self._make_live_config()
        self.board.on_change = self.exchange.news
        self._problems = RecentProblems(log.warning)
        self._prompts_made = False
        self.unspoken: tuple[str, ...] = ()
        """What is wrong with prompts given as text; calls go on without them."""
        self.wall = LiveWall(past, reactor, self.clock.now, lambda: self.config.wallboard)
        self.web = self._make_web()
        self.notifier = Notifier(reactor, lambda: self.health().reasons())
        self._check_clock = LoopingCall(self._incidents.check_clock)
        self._check_clock.clock = reactor

    # --- parts ----------------------------------------------------------------------------------

    def _make_incidents(self) -> Incidents:
        if self._prepared is None:
            return Incidents(self.journal.append, self.clock, self._loop)
        self._prepared.record_by(self.journal.append)
        return self._prepared.incidents

    def _read_past(self) -> Past:
        if self._prepared is None:
            return past_of(self.config, self.plugins, self.journal, self.outlets.snapshots.files)
        self._prepared.past.follow(self.journal)
        return self._prepared.past

    def _make_speech(self) -> SpeechService:
        return make_speech(self.config, self.plugins, self._reactor, self._loop, self._incidents)

    def _make_ports(self, past: Past) -> Ports:
        config = self.config
        return Ports(
            clock=self.clock,
            journal=self.journal,
            switch=self.switch,
            speech=self.speech,
            prompts=self.prompts,
            subjects=self.subjects,
            plan_for=self.library.plan_for,
            voices=self._voices,
            agent_rules=config.agent_rules,
            codes=config.feature_codes,
            pins=self.outside.agent_pins,
            called_in=self.outside.call_backs.called_in,
            talks=self.outside.call_backs.talks,
            known_as=self.outside.known_callers.name,
            keeper=self.kept,
            services=self.outside.answerers,
            world=LiveWorld(
                past.routing,
                lambda: self.board.board,
                self.clock.now,
                config.supervisors.numbers,
                self.speech.hearing,
            ),
        )

    def _make_library(self, calls: VersionCalls) -> Library:
        return Library(
            self.config.dialplans,
            lambda: site_of(self.config, self._heard()),
            VersionStore(store_path(self.config.journal.path)),
            Needs(self.clock.now, self.journal.append, self._prepare_plans),
            calls,
            self._prepared.known if self._prepared else NOTHING,
        )

    def _heard(self) -> Heard:
        return heard_of(self.config.speech, self.plugins)

    def _make_live_config(self) -> LiveConfig:
        site = RunningSite(
            self.library,
            self.prompts,
            self._voices,
            self.outside.call_backs,
            self.exchange,
            self._heard,
            self._loop,
            self._take_config,
        )
        return LiveConfig(self.config, self.plugins, site, self.journal.append, self.clock.now)

    def _take_config(self, config: Config) -> None:
        self._keys_first.now()
        if config.speech != self.config.speech or self.speech.lacks:
            change_speech(self.speech, self.kept, config.speech, self.library.plans)
        self.aeap.take(config.aeap)
        self.config = config

    def _surroundings(self) -> Surroundings:
        around = surroundings(self.library.plans, self.config.prompts, self.outside.may_forward)
        return replace(around, always_open=self.config.supervisors.numbers)

    def _make_web(self) -> WebServer:
        hotline = LiveHotline(
            self.figures,
            self.exchange.routing,
            self.clock.now,
            self.exchange.order,
            self.health,
            self._erasing().erase,
            partial(self.journal.append, []),
            self.board,
            self.config.agent_rules,
        )
        plugins = plugins_of(self.config, self.plugins, self.exchange.routing.rulebook.plugins)
        collector = FiguresCollector(
            self.figures,
            self.clock.now,
            self.journal,
            self.lag.worst,
            self.library.files,
            lambda: speech_now(self.speech, self.kept, self.aeap.figures),
            lambda: agi_now(self.switch),
            lambda: known_of(self.config, plugins),
            self.cycles.pauses,
        )
        config, web = self.config, self.config.web
        access = Access(web.token, self.clock.now, web.token_name)
        self._tokens = TokenWatch(web.tokens, access.name_tokens)
        root = tree(
            hotline,
            Exposition(collector, partial(self.outlets.families, self.outside.watches.families)),
            access,
            self.clock.now,
            self.library,
            messages=self.messages,
            kept=self.kept,
            tests=CallTests(self.config.dialplans, self.config.verbs),
            ways=self.wall.ways,
            explain=partial(explain, config.plugins, config.journal.path, self.outside.on_worker),
            configuration=self.live_config,
            wall=self.wall.feed,
            draining=self.drain,
            handing_over=self.handing_over,
        )
        return WebServer(self._reactor, root, web.host, web.port, access.may_ask, self._doors.listen)

    def _erasing(self) -> Erasing:
        return Erasing(
            self.subjects,
            self.outside.known_callers,
            self.outside.call_backs,
            self._open.call_backs,
            self.messages,
            self.outside.left_messages,
            self.journal,
            self.clock.now,
            self.kept,
        )

    # --- start and stop -------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything; returns at once, readiness is told by `health`."""
        self._tokens.start()
        self.web.start()  # first: a port that is taken must not cost another server its link
        self.aeap.start()
        self._watch_journal()
        now = self.clock.now()
        config = self.config
        chosen = self._adoption.choose(self._open.call_backs.by_contact)
        left_open = self._left_over.close(now, chosen, self._looked_after.last_at)
        started = events.ServerStarted(at=now, node=config.node, app=config.app, version=version("ivrcore"))
        self.journal.append([started, *left_open, *self.outside.close_left_over(self._adoption.outbounds)])
        for failure in self.plugins.early:
            self._incidents.plugin_failed(*failure)
        with self.subjects.at_once():
            self._adoption.begin()
        self.drain.start()
        self.exchange.order(routing.LoadRoster(config.queues, config.agents))
        serve_agi(
            self.switch, config, self.exchange, self.library.plan_for, self.intake.refuses, self._doors.listen
        )
        self.prompts.forget_calls()
        self._prepare_prompts()
        self._announcements.start()
        self.library.start(self._loop)
        self.live_config.start()
        self.switch.start(
            self.canaries.taking(self.intake.taking(self.exchange.arrived)), self.exchange.code_dialled
        )
        self._take_up_messages(self.journal.append)
        self._doors.close()
        if self._prepared is None:
            self._keys_first.start(linked=self.switch.ari is None)
        else:  # the other process served while speech was loaded
            self._keys_first.stop()
            self.aeap.warn_unheard()
        self.canaries.start()
        self.lag.start()
        for strain in self._strains:
            strain.start()
        self.notifier.start()
        self.outlets.start()
        self.outside.watches.start()
        if self.kept is not None:
            self.kept.start()
        self._check_clock.start(CLOCK_CHECK, now=False)
        self.cycles.start()
        log.info(
            "ivrcore %s serves %s at %s", version("ivrcore"), ", ".join(self.library.numbers), self.web.url
        )

    async def stop(self) -> None:
        """Stop in reverse; conversations go on in Asterisk, other callers in its fallback.

        The journal is complete: what is still open there ends as inferred, since nobody of us sees its end.
        If another process has asked for our calls, nobody is sent anywhere, and all stays open for that one.
        """
        self._keys_first.stop()
        if self.handing_over.to is not None:
            await self._hand_over(self.handing_over.to)
            return
        self.notifier.stopping()
        self.handing_over.stop()
        await self._stop_beside()
        await self.outside.messages_kept(MESSAGE_SECONDS)
        self.exchange.stop()
        went = await self.switch.send_on()
        await self.aeap.stop()  # not before: who is listened to over AGI is reached through it
        if went:
            log.info("%d callers who were in no conversation went on to Asterisk's fallback", went)
        await self.switch.stop()
        self.outside.stop()
        self.speech.stop()
        self.prompts.stop()
        await settled(self.kept, self._loop)
        await self._close_open_contacts()
        self.journal.append([events.ServerStopped(at=self.clock.now(), node=self.config.node)])
        self.journal.close()
        self.outlets.stop()
        await self.outside.watches.stop()
        self.notifier.stop()

    async def _hand_over(self, pid: int) -> None:
        """Let go of everything as it stands: the journal's lock last, which is what the other waits for."""
        self.notifier.succeeded_by(pid)
        self.handing_over.stop()
        await self._stop_beside()
        await settled(self.kept, self._loop)
        await self.outside.messages_kept(MESSAGE_SECONDS)
        node, to = self.config.node, self.handing_over.to_version
        self.exchange.set_aside(self.switch.given_back)
        await self.switch.give_back()
        await self.aeap.stop()
        await let_go(
            self.switch,
            self.exchange,
            self.journal,
            self.outside.messages_kept,
            lambda since: events.ServerHandedOver(at=self.clock.now(), node=node, to=to, since=since),
        )
        await self.switch.taken_over(TAKEN_SECONDS)
        await self.switch.stop()
        self.outside.stop()
        self.speech.stop()
        self.prompts.stop()
        self.outlets.stop()
        await self.outside.watches.stop()
        self.notifier.stop()

    async def _stop_beside(self) -> None:
        """Stop what no call needs."""
        self.outlets.stopping()
        self.drain.stop()
        self.wall.feed.close()
        await Deferred.fromCoroutine(self.web.stop()).asFuture(self._loop)
        await self._tokens.stop()
        if self._check_clock.running:
            self._check_clock.stop()
        self.lag.stop()
        for strain in self._strains:
            strain.stop()
        self.cycles.stop()
        await self.canaries.stop()
        await self.live_config.stop()
        await self.library.stop()
        await self._announcements.stop()
        self.board.stop()

    async def _close_open_contacts(self) -> None:
        """Wait until all that happened is in the fold of open contacts, then close those."""
        await written(self.journal)
        self.journal.append(self._left_over.close(self.clock.now()))

    def _watches_calls(self) -> bool:
        return self.exchange.busy > 0 and any(self.switch.links().values())

    def _why_not_handed_over(self) -> str:
        return "" if self.journal.healthy else "the journal cannot be written"

    def _descriptors(self) -> list[int]:
        agi = self.switch.agi
        return [*self.web.descriptors, *(agi.server.descriptors if agi is not None else ())]

    # --- what the parts tell --------------------------------------------------------------------

    def health(self) -> Health:
        """Tell whether calls can be served, and what went wrong last."""
        return Health(
            journal=self.journal.healthy,
            links=self.switch.links(),
            link_reasons=self.switch.reasons(),
            dialplans=len(self.library.plans),
            plans=self.library.view().dialplans,
            broken=(*self.library.broken(), *self.live_config.broken()),
            prompts=self._prompts_made,
            speech=words_of(self.speech) | self.aeap.words(),
            watches=self.outside.watches.views(),
            drain=self.drain.view(),
            problems=self._problems.newest_first(),
            started=self.figures.started_at,
            version=version("ivrcore"),
        )

    def _watch_journal(self) -> None:
        """Show each what it needs: a call has some thirty events, of which most need few."""
        self.plugins.on_failure = self._incidents.hook_failed
        subscribe = self.journal.subscribe
        subscribe(partial(metrics_fold.apply, self.figures), metrics_fold.CHANGES)
        subscribe(lambda record: self._open.apply(record.event))
        subscribe(lambda record: self._looked_after.apply(record.event), LOOKED_AFTER)
        self.wall.watch(self.journal)
        subscribe(self._problems.observe, PROBLEMS)
        subscribe(self._dialplans_changed, (events.DialplanPublished, events.DialplanWithdrawn))
        subscribe(lambda record: self.library.observe(record.event), COUNTED)
        for observer in self.plugins.observers():
            subscribe(observer.observe, observer.of)

    def _dialplans_changed(self, _record: Record) -> None:
        self._announcements.look_again()
        self.live_config.look_again()

    def _prepare_prompts(self) -> None:
        """Speak every text once, in the background, so that no caller waits for a voice."""
        wanted = [*texts(self.library.plans), *of_site(self.config), *self.board.prompts()]

        def tell(problems: tuple[IvrError, ...]) -> None:
            self._prompts_made = True
            self.unspoken = tuple(str(problem) for problem in problems)
            for problem in self.unspoken:
                log.error("prompts: %s", problem)

        self.prompts.prepare(wanted).addCallback(tell)

    async def _prepare_plans(self, plans: Sequence[Plan]) -> None:
        await speak(self.prompts, texts(plans), self._loop)
        warn_unheard(self.speech, plans)

    def _link_up(self, pbx: str, away: float, peer: str) -> None:
        self._incidents.link_up(driver_of(pbx), away, peer)
        if self.switch.met(pbx):
            self.exchange.link_up()
            self._keys_first.link_up()
        self._left_over.take_up(pbx)

    def _load_speech(self) -> None:
        load_speech(self.speech, self.library.plans).addCallback(lambda _: self.aeap.warn_unheard())
