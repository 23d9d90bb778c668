"""Tests with Graphviz's own program: on PATH, or unpacked by the lab."""

from __future__ import annotations

import pytest

from ivrcore.lab.groups import graphviz
from ivrcore.picture.svg import Program


@pytest.fixture(scope="session")
def program() -> Program:
    found = graphviz()
    return Program(tuple(found.command), found.environment)
