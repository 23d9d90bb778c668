"""The log as JSON: the contact's id is a field, secrets and numbers are masked, ids and times are not."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ivrcore_plugins import log_calls

from ivrcore.config import load_config
from ivrcore.model import events as e
from ivrcore.service.json_log import JsonFormatter, SecretsRead, masked_digits, secrets_of


def line(message: str, *arguments: object, secrets: tuple[str, ...] = (), **extra: Any) -> dict[str, Any]:
    record = logging.LogRecord("ivrcore", logging.INFO, "", 0, message, arguments, None)
    record.__dict__.update(extra)
    found: dict[str, Any] = json.loads(JsonFormatter(lambda: secrets).format(record))
    return found


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("called +82 2-1234-5678 now", "called +## #-####-#### now"),
        ("card 4111 1111 1111 1111", "card #### #### #### ####"),
        ("account 123456", "account ######"),
        ("card 4111.1111.1111.1111", "card ####.####.####.####"),
        ("card 4111/1111/1111/1111 or 411.111.111", "card ####/####/####/#### or ###.###.###"),
        ("account 12.34.56, 1234/5678", "account ##.##.##, ####/####"),
        ("account 1234.5678, 110.234.567890", "account ####.####, ###.###.######"),
        ("took 12345.678 s, 20.5 of 3.11.2", "took 12345.678 s, 20.5 of 3.11.2"),
        ("in 10.0.0.0/24, at 10.20.30.40:8088", "in 10.0.0.0/24, at 10.20.30.40:8088"),
        ("took 0.125 s and 20.250 s", "took 0.125 s and 20.250 s"),
        ("PIN of 5000, 12345", "PIN of 5000, 12345"),
        ("c-1763800000.17 waits", "c-1763800000.17 waits"),
        ("c-busan~1763800000.17.v1 waits", "c-busan~1763800000.17.v1 waits"),
        ("c-busan~pbx-1763800000.17 waits", "c-busan~pbx-1763800000.17 waits"),
        ("c-pbx-1763800000.17-4fa0c2.l1 is up", "c-pbx-1763800000.17-4fa0c2.l1 is up"),
        (
            "since 2026-11-22T22:30:00+00:00 at 127.0.0.1:50123",
            "since 2026-11-22T22:30:00+00:00 at 127.0.0.1:50123",
        ),
        ("2026-11-22 22:30:00,125 and 02012345678", "2026-11-22 22:30:00,125 and ###########"),
    ],
)
def test_given_numbers_then_long_ones_are_masked_and_ids_and_times_stay(text: str, masked: str) -> None:
    assert masked_digits(text) == masked


@pytest.mark.slow
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(
    before=st.text("abc +:,;\n", max_size=5),
    number=st.from_regex(r"[1-9][0-9]{6,15}", fullmatch=True),
    after=st.text("xyz ,;", max_size=5),
)
def test_given_any_number_to_call_then_none_of_it_is_left(before: str, number: str, after: str) -> None:
    assert number not in line("%s", f"{before}{number}{after}")["message"]


def test_given_a_line_of_a_contact_then_its_id_is_a_field() -> None:
    assert line("c-1763.1-4fa0c2.v1 was not offered")["contact"] == "c-1763.1-4fa0c2"
    assert line("it rang", contact="c7")["contact"] == "c7"
    assert "contact" not in line("cc-1 is none")
    assert line("IVR303 Asterisk refused")["code"] == "IVR303"


def test_given_a_secret_then_it_is_nowhere() -> None:
    found = line("the password is %s!", "swordfish1", secrets=("swordfish1",))
    assert found["message"] == "the password is ***!"


def test_given_a_configuration_that_is_read_again_then_secrets_of_both_are_masked() -> None:
    @dataclass
    class Read:
        password: str = field(repr=False)

    read: list[Any] = [Read("swordfish1")]
    formatter = JsonFormatter(SecretsRead(lambda: read[-1]))
    record = logging.LogRecord("ivrcore", logging.INFO, "", 0, "swordfish1, pufferfish2", (), None)
    assert json.loads(formatter.format(record))["message"] == "***, pufferfish2"
    read.append(Read("pufferfish2"))
    assert json.loads(formatter.format(record))["message"] == "***, ***"


def test_given_an_exception_then_its_trace_is_masked_too() -> None:
    try:
        int("number 0212345678 and swordfish1")
    except ValueError:
        record = logging.LogRecord("ivrcore", logging.ERROR, "", 0, "it failed", (), sys.exc_info())
    found = json.loads(JsonFormatter(lambda: ("swordfish1",)).format(record))
    assert "number ########## and ***" in found["trace"]


def test_given_a_configuration_then_its_secrets_are_known(tmp_path: Path) -> None:
    for name in ("config", "dialplans"):
        (tmp_path / name).mkdir()
    (tmp_path / "config/ivrcore.yaml").write_text(
        "asterisk: {password_env: A}\nweb: {token_env: B}\njournal: {key_env: K}\nhistory: {url_env: D}\n"
    )
    url = "postgresql://me:s3cret99@db/history"
    env = {"A": "asterisk-password", "B": "token-of-sixteen", "K": "ab" * 32, "D": url}
    assert set(secrets_of(load_config(tmp_path, env))) == {
        "asterisk-password",
        "token-of-sixteen",
        "ab" * 32,
        url,
    }


def test_given_settings_of_a_plugin_then_those_named_as_secrets_are() -> None:
    @dataclass
    class Lookup:
        options: dict[str, str] = field(repr=False)

    config: Any = Lookup({"url": "https://crm.example", "api_token": "a-long-token"})
    assert secrets_of(config) == ("a-long-token",)


def test_given_the_log_of_calls_then_each_line_has_its_contact(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "ivrcore.calls"):
        log_calls.ivrcore_event(e.ContactQueued(at=1.0, contact="c7", visit="c7.v1", queue="cards"))
    (record,) = caplog.records
    found = json.loads(JsonFormatter().format(record))
    assert (found["contact"], found["message"]) == ("c7", "c7 waits in cards")
