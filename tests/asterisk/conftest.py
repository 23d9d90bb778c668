"""A private Asterisk for each test that asks for one; several live side by side under xdist."""

from collections.abc import Callable, Iterator

import pytest

from ivrcore.lab.packages import LabError, fetch
from ivrcore.lab.pbx import Pbx


@pytest.fixture(scope="session", autouse=True)
def lab_programs() -> None:
    """The lab's programs, fetched once; without them the test fails and says how to get them."""
    try:
        fetch()
    except LabError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture
def pbx_factory() -> Iterator[Callable[..., Pbx]]:
    """Starts instances: `pbx_factory(agents=2, includes=[path])`; they stop when the test ends."""
    started: list[Pbx] = []

    def start(**options: object) -> Pbx:
        instance = Pbx(**options)  # type: ignore[arg-type]
        started.append(instance)
        return instance.start()

    yield start
    for instance in started:
        instance.close()


@pytest.fixture(scope="module")
def pbx() -> Iterator[Pbx]:
    """One instance for the tests of a module: four agents' phones, the lab's own numbers."""
    with Pbx(agents=4) as instance:
        yield instance
