"""What a code that was dialled on an agent's phone means: an input for routing, and what the agent is told.

Pure: knows agents' records and the configuration, no leg and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.config.feature_codes import most_minutes
from ivrcore.model.names import AgentState, CodeAnswer, PhoneCode
from ivrcore.routing import commands as routing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.config import AgentRules, FeatureCodes
    from ivrcore.routing.agent import Agent


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be done, if anything, and what is said when that is done."""

    answer: CodeAnswer
    values: Mapping[str, str] = field(default_factory=dict)
    given: routing.Input | None = None


def reply(codes: FeatureCodes, rules: AgentRules, code: PhoneCode, digits: str, agent: Agent) -> Reply:
    """Say what a code does for an agent now."""
    name = agent.facts.name
    there = agent.state is not AgentState.LOGGED_OUT and not agent.logout_next
    if code is PhoneCode.LOGIN:
        return (
            Reply(CodeAnswer.LOGGED_IN_ALREADY)
            if there
            else Reply(CodeAnswer.LOGGED_IN, given=routing.AgentReady(name))
        )
    if not there:
        return Reply(CodeAnswer.NOT_LOGGED_IN, {"code": codes.in_words(PhoneCode.LOGIN)})
    match code:
        case PhoneCode.LOGOUT:
            return Reply(CodeAnswer.LOGGED_OUT, given=routing.AgentLogout(name))
        case PhoneCode.READY:
            return Reply(CodeAnswer.READY, given=routing.AgentReady(name))
        case PhoneCode.PAUSE:
            return _pause(codes, rules, digits, name)
        case PhoneCode.WRAP_UP:
            return _wrap_up(codes, rules, digits, agent)


def _pause(codes: FeatureCodes, rules: AgentRules, digits: str, name: str) -> Reply:
    """Pause for the reason of that number, where the site has any."""
    reasons = rules.pause_reasons
    if not reasons and not digits:
        return Reply(CodeAnswer.PAUSED, given=routing.AgentPause(name))
    number = int(digits or 0)
    if 1 <= number <= len(reasons):
        reason = reasons[number - 1]
        return Reply(CodeAnswer.PAUSED_FOR, {"reason": reason}, routing.AgentPause(name, reason))
    if not reasons:
        return Reply(CodeAnswer.NO_CODE)
    values = {"code": codes.in_words(PhoneCode.PAUSE), "reasons": codes.reasons_in_words(rules)}
    return Reply(CodeAnswer.WHICH_REASON, values)


def _wrap_up(codes: FeatureCodes, rules: AgentRules, digits: str, agent: Agent) -> Reply:
    """Stay in wrap-up for so many minutes from now; none at all ends it."""
    seconds = int(digits) * 60.0 if digits else codes.extend
    name = agent.facts.name
    if agent.state is not AgentState.WRAP_UP:
        return Reply(CodeAnswer.NOT_IN_WRAP_UP)
    if seconds == 0:
        return Reply(CodeAnswer.READY, given=routing.AgentReady(name))
    if seconds > (most := most_minutes(rules)) * 60:
        return Reply(CodeAnswer.TOO_LONG, {"minutes": str(most)})
    minutes = {"minutes": str(round(seconds / 60))}
    return Reply(CodeAnswer.EXTENDED, minutes, routing.ExtendWrapUp(name, seconds))


LATER = {
    CodeAnswer.LOGGED_OUT: CodeAnswer.LOGGED_OUT_LATER,
    CodeAnswer.PAUSED: CodeAnswer.PAUSED_LATER,
    CodeAnswer.PAUSED_FOR: CodeAnswer.PAUSED_LATER,
}


def done(answer: CodeAnswer, agent: Agent | None) -> CodeAnswer:
    """Say what came of it: what waits for the end of a conversation is told as such."""
    later = agent is not None and (agent.pause_next or agent.logout_next)
    return LATER.get(answer, answer) if later else answer
