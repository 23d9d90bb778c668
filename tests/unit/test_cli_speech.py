from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivrcore.cli_speech import speech
from ivrcore.errors import ConfigError, IvrError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(speech, ["serve", "--port", "0", *arguments])


def test_a_worker_without_a_token_does_not_start() -> None:
    result = run("--language", "en")
    assert isinstance(result.exception, ConfigError)
    assert "a token is needed" in str(result.exception)


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("very secret")
    file.chmod(0o644)
    result = run("--language", "en", "--token-file", str(file))
    assert isinstance(result.exception, ConfigError)
    assert "chmod 600" in str(result.exception)
    assert "very secret" not in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--token-env", "IVRCORE_NO_SUCH"), "IVRCORE_NO_SUCH is not set"),
        (("--token-env", "HOME", "--token-file", "x"), "not in both"),
        (("--token-env", "HOME", "--no-token"), "leave one of them out"),
        (("--no-token", "-o", "model_path"), "NAME=VALUE"),
        (("--no-token", "--host", "0.0.0.0"), "a certificate is missing"),
        (("--no-token", "--host", "::", "--certificate", "x"), "a token is missing"),
        (("--token-env", "HOME", "--host", "speech.example"), "a certificate is missing"),
        (("--no-token", "--host", "0.0.0.0", "--insecure", "-o", "model_path"), "NAME=VALUE"),
        (("--token-env", "HOME", "--host", "::", "--certificate", "x", "-o", "model_path"), "NAME=VALUE"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], why: str) -> None:
    result = run("--language", "en", *arguments)
    assert isinstance(result.exception, IvrError)
    assert why in str(result.exception)
