"""An agent's phone that dialled a code: done at once, told by voice, hung up.

Such a call is no contact: one event says who used which code and what came of it. The phone is known by the
channel's endpoint, never by a number that it shows.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import IvrError
from ivrcore.model import events
from ivrcore.model.names import Cause, CodeAnswer
from ivrcore.model.pbx import at
from ivrcore.session.clock import Alarm
from ivrcore.session.code_pin import PinEntry
from ivrcore.session.codes import Reply, done, reply
from ivrcore.telephony import leg as legs
from ivrcore.telephony.endpoints import endpoint_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ivrcore.dialplan.commands import Prompt
    from ivrcore.model.names import PhoneCode
    from ivrcore.model.roster import AgentFacts
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Pins

log = logging.getLogger(__name__)

LONGEST = 30.0
"""Seconds after which such a call is ended, whatever happens."""
LONGEST_WITH_PIN = 55.0
"""The same while a PIN is typed: Asterisk ends it after 60."""


class CodeCalls:
    """All of them, by leg."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._agents: dict[str, str] = {}
        """Endpoint -> agent."""
        self.calls: dict[str, CodeCall] = {}

    def roster(self, agents: Iterable[AgentFacts]) -> None:
        """Know these agents' phones, and no others; one that several share is nobody's."""
        names: dict[str, list[str]] = {}
        for agent in agents:
            phone = endpoint_name(agent.endpoint)
            if phone:
                names.setdefault(at(agent.pbx, phone), []).append(agent.name)
        self._agents = {endpoint: of[0] for endpoint, of in names.items() if len(of) == 1}

    def begin(self, dialled: legs.CodeDialled) -> None:
        """Do what the code says, once it is known who says so, then tell."""
        call = self.calls[dialled.leg.id] = CodeCall(self._exchange, dialled.leg, self._over)
        dialled.leg.own(call.from_leg)
        ports, name = self._exchange.ports, self._agents.get(dialled.endpoint, "")
        answer = self._answer(dialled, name)
        if ports.pins is not None and answer.answer is CodeAnswer.LOGGED_IN:
            call.ask_pin(ports.pins, name, partial(self._judged, call, dialled, name))
        else:
            call.say(self._obey(dialled, name, answer))

    def _judged(self, call: CodeCall, dialled: legs.CodeDialled, name: str, said: CodeAnswer) -> None:
        """The agent typed the PIN, or did not."""
        answer = self._answer(dialled, name) if said is CodeAnswer.LOGGED_IN else Reply(said)
        prompt = self._obey(dialled, name, answer)
        call.say(prompt if said is not CodeAnswer.ENTER_PIN else ())  # asked once, and silent

    def halt(self) -> None:
        """Stop timers: the server stops."""
        for call in self.calls.values():
            call.halt()

    def _over(self, leg: str) -> None:
        self.calls.pop(leg, None)

    def _answer(self, dialled: legs.CodeDialled, name: str) -> Reply:
        ports = self._exchange.ports
        agent, read = self._exchange.routing.pool.agents.get(name), ports.codes.read(dialled.code)
        if agent is None:
            return Reply(CodeAnswer.NO_AGENT)
        if read is None:
            return Reply(CodeAnswer.NO_CODE)
        return reply(ports.codes, ports.agent_rules, *read, agent)

    def _obey(self, dialled: legs.CodeDialled, name: str, answer: Reply) -> Prompt:
        codes = self._exchange.ports.codes
        said = answer.answer if answer.given is None else self._route(answer, name)
        self._note(dialled, name, codes.read(dialled.code), said)
        return codes.prompt(said, answer.values)

    def _route(self, answer: Reply, name: str) -> CodeAnswer:
        assert answer.given is not None
        try:
            self._exchange.route(answer.given)
        except IvrError as error:
            log.warning("a code dialled by %s could not be obeyed: %s", name, error)
            return CodeAnswer.FAILED
        return done(answer.answer, self._exchange.routing.pool.agents.get(name))

    def _note(
        self, dialled: legs.CodeDialled, agent: str, read: tuple[PhoneCode, str] | None, said: CodeAnswer
    ) -> None:
        used = events.FeatureCodeUsed(
            at=self._exchange.ports.clock.now(),
            agent=agent,
            endpoint=dialled.endpoint,
            channel=dialled.leg.channel,
            code=None if read is None else read[0],
            digits="" if read is None else read[1],
            answer=said,
        )
        self._exchange.record([used])


class CodeCall:
    """One of them: answered, asked for a PIN where that is wanted, told, hung up."""

    def __init__(self, exchange: Exchange, leg: legs.Leg, over: Callable[[str], None]) -> None:
        self._exchange = exchange
        self._leg = leg
        self._over = over
        self._media: tuple[str, ...] = ()
        self._up = self._ended = False
        self._pin: PinEntry | None = None
        self._end = Alarm(exchange.ports.clock, partial(exchange.enter, self._hang_up))

    def ask_pin(self, pins: Pins, agent: str, done: Callable[[CodeAnswer], None]) -> None:
        """Have the agent type the PIN; ``done`` is told what came of it, also if the agent hangs up."""

        def over(said: CodeAnswer) -> None:
            self._pin = None
            done(said)

        self._pin = PinEntry(self._exchange, self._leg, pins, agent, over)
        self._end.set(self._exchange.ports.clock.now() + LONGEST_WITH_PIN)
        self._leg.send(legs.Answer())

    def say(self, prompt: Prompt) -> None:
        """Tell the agent, once what was done is durable."""
        if self._ended:
            return
        codes = self._exchange.ports.codes
        self._media = self._exchange.ports.prompts.media(prompt, codes.language)
        self._end.set(self._exchange.ports.clock.now() + LONGEST)
        then = self._tell if self._up else partial(self._leg.send, legs.Answer())
        self._exchange.record((), then, self._hang_up)

    def halt(self) -> None:
        """Stop the timers."""
        self._end.cancel()
        if self._pin is not None:
            self._pin.stop()

    def from_leg(self, event: legs.LegEvent) -> None:
        """Take what the phone does."""
        self._exchange.enter(partial(self._leg_event, event), self._hang_up)

    def _leg_event(self, event: legs.LegEvent) -> None:
        match event:
            case legs.Ended():
                self._gone()
            case legs.Failed():
                self._hang_up()
            case legs.Answered():
                self._up = True
                if self._pin is not None:
                    self._pin.begin()
                else:
                    self._tell()
            case legs.Key() | legs.PlayEnded() if self._pin is not None:
                self._pin.from_leg(event)
            case legs.PlayEnded(playback) if playback == self._playback:
                self._hang_up()
            case _:
                pass

    @property
    def _playback(self) -> str:
        return f"{self._leg.id}.p"

    def _tell(self) -> None:
        if self._media:
            self._leg.send(legs.Play(self._playback, self._media))
        else:
            self._hang_up()

    def _gone(self) -> None:
        self._ended = True
        if self._pin is not None:
            self._pin.hung_up()
        self._end.cancel()
        self._over(self._leg.id)

    def _hang_up(self) -> None:
        self._leg.send(legs.HangUp(Cause.NORMAL))
