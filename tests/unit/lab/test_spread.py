"""The tests on real processes are spread over workers as `tests/support/spread.py` says."""

from __future__ import annotations

import pytest

from ivrcore.lab.packages import ROOT
from tests.support import spread


def test_a_test_goes_alone_where_its_file_says_so_and_else_with_its_file() -> None:
    alone = "tests/asterisk/test_hotline_calls.py::test_x[a::b/c]"
    assert spread.unit(alone) == alone
    assert (
        spread.unit("tests/asterisk/test_hotline_speech.py::test_x")
        == "tests/asterisk/test_hotline_speech.py"
    )


def test_every_file_that_is_named_is_there() -> None:
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert files >= spread.APART | spread.SECONDS.keys()


@pytest.fixture(scope="module")
def shared() -> object:
    return object()


@pytest.mark.usefixtures("shared")
def test_what_shares_a_fixture_of_its_module_must_not_go_alone(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread.Spread().pytest_collection_modifyitems([request.node])
    monkeypatch.setattr(spread, "APART", {"test_spread.py"})
    with pytest.raises(pytest.UsageError, match="test_what_shares"):
        spread.Spread().pytest_collection_modifyitems([request.node])


def test_what_shares_nothing_may_go_alone(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "APART", {"test_spread.py"})
    spread.Spread().pytest_collection_modifyitems([request.node])
