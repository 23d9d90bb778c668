"""Tokens by name and role: their file, `ivrcore token`, and a running server's look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from ivrcore import cli
from ivrcore.config import read_site
from ivrcore.errors import ConfigError
from ivrcore.samples import init_site
from ivrcore.service.tokens import TokenWatch
from ivrcore.tokens import MOST, Role, Token, add_token, digest, find, read_tokens, remove_token, write_tokens
from tests.support.aio import asyncio_test, until

SUE = Token("sue", Role.SUPERVISE, digest(b"x"))


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets/tokens"


def test_a_token_is_made_once_known_by_its_hash_and_replaced(file: Path) -> None:
    assert read_tokens(file) == ()
    first = add_token(file, "sue", Role.SUPERVISE)
    wall = add_token(file, "wall", Role.VIEW)
    assert file.stat().st_mode & 0o777 == 0o600
    assert first not in file.read_text()
    found = find(read_tokens(file), first.encode())
    assert found is not None
    assert (found.name, found.role) == ("sue", Role.SUPERVISE)
    second = add_token(file, "sue", Role.VIEW)
    assert len({first, second, wall}) == 3
    assert find(read_tokens(file), first.encode()) is None
    assert [(one.name, one.role) for one in read_tokens(file)] == [("sue", Role.VIEW), ("wall", Role.VIEW)]
    remove_token(file, "sue")
    assert [one.name for one in read_tokens(file)] == ["wall"]
    with pytest.raises(ConfigError, match="no token of sue"):
        remove_token(file, "sue")


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "(sue)", ".x", "x" * 65])
def test_names_that_could_be_taken_for_others_are_refused(file: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a token's name"):
        add_token(file, name, Role.VIEW)
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sue", "not NAME:ROLE"),
        ("sue:boss:sha256$" + "0" * 64, "not NAME:ROLE"),
        ("sue:view:" + "0" * 64, "not NAME:ROLE"),
        ("sue:view:sha256$" + "0" * 63, "not NAME:ROLE"),
        ("su e:view:sha256$" + "0" * 64, "not NAME:ROLE"),
        (SUE.line + SUE.line, "sue twice"),
        ("".join(SUE._replace(name=f"s{n}").line for n in range(MOST + 1)), "more than"),
    ],
)
def test_a_file_that_is_wrong_is_told(file: Path, text: str, message: str) -> None:
    write_tokens(file, [])
    file.write_text(f"# who may\n\n{text}\n")
    with pytest.raises(ConfigError, match=message) as told:
        read_tokens(file)
    assert "sha256$0" not in str(told.value)


def test_a_file_that_others_may_read_is_not_used(file: Path) -> None:
    add_token(file, "sue", Role.VIEW)
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="other users may read") as told:
        read_tokens(file)
    assert told.value.hint == f"chmod 600 {file}"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    init_site(tmp_path / "site")
    return tmp_path / "site"


def test_the_command_makes_lists_and_removes_them(site: Path) -> None:
    where = ("--site", str(site))
    code, out, err = run("token", "add", "sue", "--role", "supervise", *where)
    assert (code, err) == (0, "")
    found = find(read_tokens(site / "secrets/tokens"), out.strip().encode())
    assert found is not None
    assert found.role is Role.SUPERVISE
    assert run("token", "list", *where) == (0, "sue  supervise\n", "")
    assert run("token", "remove", "sue", *where) == (0, "the token of sue is invalid\n", "")
    code, _, err = run("token", "remove", "sue", *where)
    assert (code, "`ivrcore token list`" in err) == (2, True)
    assert run("token", "add", "sue", "--role", "boss", *where)[0] == 2
    assert run("token", "list", "--site", str(site / "nowhere"))[0] == 2


def problems(site: Path) -> list[tuple[str, str]]:
    return [(one.rule.code, one.message) for one in read_site(site).problems.errors]


def test_the_check_of_a_site_tells_what_is_wrong_with_its_tokens(site: Path) -> None:
    file = site / "secrets/tokens"
    run("token", "add", "sue", "--role", "view", "--site", str(site))
    assert problems(site) == []
    file.chmod(0o644)
    assert [code for code, _ in problems(site)] == ["CFG102"]
    file.chmod(0o600)
    file.write_text("sue\n")
    assert [code for code, _ in problems(site)] == ["CFG103"]
    add_token(site / "secrets/others", "admin", Role.VIEW)
    config = site / "config/ivrcore.yaml"
    text = config.read_text()
    config.write_text(text.replace("web:\n", "web:\n  tokens: secrets/others\n", 1))
    ((code, message),) = problems(site)
    assert (code, "'admin'" in message) == ("CFG103", True)
    named = "web:\n  tokens: secrets/others\n  token_name: root\n"
    config.write_text(text.replace("web:\n", named, 1))
    assert problems(site) == []
    config.write_text(text.replace("web:\n", "web:\n  token_name: a (b)\n  tokens: none\n", 1))
    assert [code for code, _ in problems(site)] == ["CFG107"]


def allow(file: Path, mode: int) -> None:
    file.chmod(mode)


@asyncio_test
async def test_a_running_server_knows_what_changes_and_lets_nobody_in_by_a_file_that_is_open(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    known: list[Sequence[Token]] = []
    watch = TokenWatch(file, known.append, every=0.01)
    watch.start()
    assert known == [()]
    add_token(file, "sue", Role.VIEW)
    await until(lambda: [one.name for one in known[-1]] == ["sue"])
    allow(file, 0o644)
    await until(lambda: known[-1] == ())
    seen = len(known)
    await until(lambda: len(known) > seen + 3)
    assert caplog.text.count("other users may read") == 1
    allow(file, 0o600)
    await until(lambda: [one.name for one in known[-1]] == ["sue"])
    remove_token(file, "sue")
    await until(lambda: known[-1] == ())
    await watch.stop()
    assert not [one for one in asyncio.all_tasks() if "TokenWatch" in repr(one)]
