"""Whatever arrives while a script serves a dialplan: it ends or goes on, and never keeps the reactor."""

from __future__ import annotations

import faulthandler
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.service.agi_scripts import add_scripts
from ivrcore.session.routed import Patience
from ivrcore.session.routing_desk import RoutingDesk
from tests.scenarios.floor import Floor
from tests.unit.telephony.agi.agi_peer import WHOLE
from tests.unit.telephony.agi.test_agi_any_bytes import CHUNKS, Heard, Session

SCRIPTS = (
    "route?group=cards&wait=50",
    "route?group=cards&wait=0",
    "route?group=nowhere",
    "taken?contact=x&channel=PJSIP/ann-01",
    "outcome?contact=x&status=BUSY",
    "answered?leg=x",
    "hotline?entry=9",
)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(SCRIPTS), CHUNKS, st.booleans(), st.booleans())
def test_any_bytes_behind_the_question_of_a_script(
    script: str, chunks: list[bytes], lost: bool, at_once: bool
) -> None:
    heard, log = Heard(), logging.getLogger("ivrcore")
    log.addHandler(heard)
    faulthandler.dump_traceback_later(60, exit=True)  # a session that never yields could not be timed out
    try:
        session, floor = Session(), Floor()
        desk = RoutingDesk(floor.exchange, 60.0, Patience())
        add_scripts(session.switch, desk, ["5000"], floor.plan.numbers.get)
        question = f"agi_network_script: s3cret/{script}\nagi_uniqueid: 1.1\n{WHOLE}\n".encode()
        said = [question + b"".join(chunks)] if at_once else [question, *chunks]
        for chunk in said:
            session.say(chunk)
        if lost and not session.gone:
            session.gone = True
            session.connection.connectionLost()
            session.turn(0.01)
        else:
            floor.wait(60)
            session.wait()
        floor.wait(60)
        assert session.gone
        assert session.switch.server.connections == set()
        assert not floor.exchange.sessions
    finally:
        faulthandler.cancel_dump_traceback_later()
        log.removeHandler(heard)
    assert not [record for record in heard.records if record.exc_info]
