"""``ivrcore journal snapshot``: the first start after an upgrade reads no more than any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from twisted.internet import reactor

from ivrcore import cli
from ivrcore.config import Config
from ivrcore.config.load import load_config
from ivrcore.journal.local import LocalJournal
from ivrcore.journal.snapshots import Snapshots
from ivrcore.lab import made_day
from ivrcore.model.event import Event
from ivrcore.plugin_manager import load_plugins
from ivrcore.samples import init_site
from ivrcore.service import past as past_module
from ivrcore.service.past import Past
from ivrcore.service.snapshot_maker import Reader

OLD = 99
"""The fold of another release."""
DAY = made_day.day(30)
Command = Callable[[], tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    init_site(tmp_path / "site")
    return load_config(tmp_path / "site")


@pytest.fixture
def command(config: Config, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command as this release; give exit code, output, errors."""

    def run() -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["journal", "snapshot", str(config.journal.path.parents[1])])
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


def opened(config: Config) -> LocalJournal:
    return LocalJournal(config.journal.path, reactor._asyncioEventloop)


def happens(config: Config, events: Sequence[Event]) -> None:
    journal = opened(config)
    journal.append(events)
    journal.close()


def start(config: Config) -> Past:
    """Take up what this release can."""
    plugins = load_plugins().routing()
    files = Snapshots(config.journal.path, config.journal.key)
    return Past(Reader(config.journal.path), plugins, lambda: 0.5, config.wallboard.zone, files)


def test_a_release_that_folds_otherwise_begins_from_one_made_while_the_old_one_serves(
    config: Config, command: Command, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    happens(config, DAY)
    with monkeypatch.context() as old:
        old.setattr(past_module, "FOLD", OLD)
        start(config).save(Snapshots(config.journal.path, config.journal.key))
    caplog.clear()
    assert start(config).began == 0, "without the command all of it is read"
    assert "ivrcore journal snapshot" in caplog.text
    serving = opened(config)
    try:
        code, out, err = command()
    finally:
        serving.close()
    expected = f"a snapshot holds {len(DAY):,} records; a start of this release reads 0\n"
    assert (code, out, err) == (0, expected, "")
    caplog.clear()
    assert start(config).began == len(DAY)
    assert not caplog.text
    monkeypatch.setattr(past_module, "FOLD", OLD)
    assert start(config).began == len(DAY), "whoever goes back starts quickly, too"


def test_run_again_it_begins_from_its_own(config: Config, command: Command) -> None:
    happens(config, DAY[:100])
    command()
    happens(config, DAY[100:])
    assert command()[1].startswith(f"a snapshot holds {len(DAY):,} records")
    names = Snapshots(config.journal.path, config.journal.key).newest_first()
    assert [int(name.partition("-")[0]) for name in names] == [len(DAY), 100]


def test_without_a_record_there_is_nothing_to_make(config: Config, command: Command) -> None:
    happens(config, [])
    assert command() == (0, "the journal has no record yet: a start reads nothing\n", "")


def test_without_a_journal_it_says_so(command: Command) -> None:
    code, out, err = command()
    assert (code, out) == (2, "")
    assert "there is no journal" in err


def test_what_the_process_could_not_do_is_told(config: Config, command: Command) -> None:
    config.journal.path.parent.mkdir(parents=True, exist_ok=True)
    config.journal.path.write_bytes(b"no database" * 100)
    code, _, err = command()
    assert code == 2
    assert "cannot be read" in err
