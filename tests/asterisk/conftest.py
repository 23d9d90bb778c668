"""A private Asterisk for each test that asks for one; several live side by side under xdist."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.packages import LabError, fetch
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import Phones
from tests.asterisk import agi_lab
from tests.asterisk.ari_lab import AriLab, extensions


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


@pytest.fixture(scope="module")
def ari_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """One instance for the tests of the ARI driver in a module."""
    with Pbx(agents=4, includes=[extensions(tmp_path_factory.mktemp("ari"))]) as instance:
        yield instance


@pytest.fixture
def ari(ari_pbx: Pbx) -> AriLab:
    """The ARI driver beside a private Asterisk."""
    return AriLab(ari_pbx)


@pytest.fixture(scope="module")
def agi_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """One instance for the tests of the AGI driver in a module."""
    with Pbx(agents=4, includes=[agi_lab.extensions(tmp_path_factory.mktemp("agi"))]) as instance:
        yield instance


@pytest.fixture
def agi(agi_pbx: Pbx) -> agi_lab.AgiLab:
    """The AGI driver beside a private Asterisk."""
    return agi_lab.AgiLab(agi_pbx)


@pytest.fixture
def phones(pbx: Pbx, tmp_path: Path) -> Iterator[Phones]:
    """Callers and agents for the module's instance; at the end no call may be left."""
    with Phones(pbx, tmp_path) as these:
        yield these
    assert pbx.idle(), f"left behind: {pbx.channels()} {pbx.bridges()}"
