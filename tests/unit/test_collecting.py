"""The collector of cycles is away while a dialplan is read, and back afterwards, whatever happened."""

from __future__ import annotations

import gc

import pytest

from ivrcore.collecting import uncollected


def test_the_collector_is_back_when_the_last_reader_is_done() -> None:
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_is_back_after_a_failure() -> None:
    with pytest.raises(ValueError, match="broken"), uncollected():
        raise ValueError("broken")
    assert gc.isenabled()
