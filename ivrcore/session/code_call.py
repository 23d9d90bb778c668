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
from ivrcore.session.clock import Alarm
from ivrcore.session.codes import Reply, done, reply
from ivrcore.telephony import leg as legs
from ivrcore.telephony.endpoints import endpoint_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ivrcore.dialplan.commands import Prompt
    from ivrcore.model.names import PhoneCode
    from ivrcore.model.roster import AgentFacts
    from ivrcore.session.exchange import Exchange

log = logging.getLogger(__name__)

LONGEST = 30.0
"""Seconds after which such a call is ended, whatever happens."""


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
            names.setdefault(endpoint_name(agent.endpoint), []).append(agent.name)
        names.pop("", None)
        self._agents = {endpoint: of[0] for endpoint, of in names.items() if len(of) == 1}

    def begin(self, dialled: legs.CodeDialled) -> None:
        """Do what the code says, then tell."""
        call = self.calls[dialled.leg.id] = CodeCall(self._exchange, dialled.leg, self._over)
        dialled.leg.own(call.from_leg)
        call.say(self._obey(dialled))

    def halt(self) -> None:
        """Stop timers: the server stops."""
        for call in self.calls.values():
            call.halt()

    def _over(self, leg: str) -> None:
        self.calls.pop(leg, None)

    def _obey(self, dialled: legs.CodeDialled) -> Prompt:
        ports = self._exchange.ports
        agents = self._exchange.routing.pool.agents
        name = self._agents.get(dialled.endpoint, "")
        agent = agents.get(name)
        read = ports.codes.read(dialled.code)
        if agent is None:
            answer = Reply(CodeAnswer.NO_AGENT)
        elif read is None:
            answer = Reply(CodeAnswer.NO_CODE)
        else:
            answer = reply(ports.codes, ports.agent_rules, *read, agent)
        said = answer.answer
        if answer.given is not None:
            said = self._route(answer, name)
        self._note(dialled, name, read, said)
        return ports.codes.prompt(said, answer.values)

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
    """One of them: answered, told, hung up."""

    def __init__(self, exchange: Exchange, leg: legs.Leg, over: Callable[[str], None]) -> None:
        self._exchange = exchange
        self._leg = leg
        self._over = over
        self._media: tuple[str, ...] = ()
        self._end = Alarm(exchange.ports.clock, partial(exchange.enter, self._hang_up))

    def say(self, prompt: Prompt) -> None:
        """Tell the agent, once what was done is durable."""
        codes = self._exchange.ports.codes
        self._media = self._exchange.ports.prompts.media(prompt, codes.language)
        self._end.set(self._exchange.ports.clock.now() + LONGEST)
        self._exchange.record((), partial(self._leg.send, legs.Answer()), self._hang_up)

    def halt(self) -> None:
        """Stop the timer."""
        self._end.cancel()

    def from_leg(self, event: legs.LegEvent) -> None:
        """Take what the phone does."""
        self._exchange.enter(partial(self._leg_event, event), self._hang_up)

    def _leg_event(self, event: legs.LegEvent) -> None:
        match event:
            case legs.Answered() if self._media:
                self._leg.send(legs.Play(f"{self._leg.id}.p", self._media))
            case legs.Answered() | legs.PlayEnded() | legs.Failed():
                self._hang_up()
            case legs.Ended():
                self._end.cancel()
                self._over(self._leg.id)
            case _:
                pass

    def _hang_up(self) -> None:
        self._leg.send(legs.HangUp(Cause.NORMAL))
