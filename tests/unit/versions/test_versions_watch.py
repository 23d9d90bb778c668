"""The watch on a real folder: how editors save, what is half written, and what the system does not tell."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
import watchfiles
from twisted.internet.defer import Deferred

from ivrcore.model import events as e
from ivrcore.versions import watch
from ivrcore.versions.edition import owner_name
from ivrcore.versions.watch import FolderWatch, signature
from tests.support.aio import asyncio_test, until
from tests.unit.versions.shelf_site import Shelves, text

BROKEN = text(queue="generel")


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Shelves]:
    made = Shelves(tmp_path)
    made.save(text())
    yield made
    assert made.library is not None
    pytest_twisted.blockon(Deferred.fromFuture(asyncio.ensure_future(made.library.stop())))
    assert not [one for one in threading.enumerate() if one.name == "ivrcore watch"]


def published(shelves: Shelves) -> list[e.DialplanPublished]:
    return [event for event in shelves.journal.events if isinstance(event, e.DialplanPublished)][1:]


async def changed(shelves: Shelves, words: str) -> None:
    assert shelves.library is not None
    library = shelves.library
    await until(lambda: words in library.current("bank").text, 10, "for the new version")


@asyncio_test
async def test_given_a_file_saved_in_place_then_it_takes_effect_by_its_owner(shelves: Shelves) -> None:
    shelves.start()
    shelves.save(text(words="Hello."))
    await changed(shelves, "Hello.")
    (one,) = published(shelves)
    assert (one.how, one.author) == ("saved", owner_name(os.getuid()))


@asyncio_test
async def test_given_an_editor_that_saves_by_rename_then_it_takes_effect_once(shelves: Shelves) -> None:
    shelves.start()
    path = shelves.folder / "bank.yaml"
    for words in ("First.", "Second."):
        path.rename(path.with_suffix(".yaml~"))
        draft = shelves.folder / ".bank.yaml.swp"
        draft.write_text(text(words=words))
        draft.rename(path)
    await changed(shelves, "Second.")
    assert len(published(shelves)) == 1
    assert not shelves.happened(e.DialplanWithdrawn)


@asyncio_test
async def test_given_a_file_that_is_written_bit_by_bit_then_only_the_whole_takes_effect(
    shelves: Shelves,
) -> None:
    shelves.start()
    whole = text(words="Hello.") + "# the end\n"
    with (shelves.folder / "bank.yaml").open("w") as file:
        for letter in range(0, len(whole), 8):
            file.write(whole[letter : letter + 8])
            file.flush()
            await asyncio.sleep(watch.QUIET / 10)
    await changed(shelves, "# the end")
    assert len(published(shelves)) == 1
    assert not shelves.happened(e.DialplanRefused)


@asyncio_test
async def test_given_a_broken_file_when_saved_and_mended_then_told_and_told_over(shelves: Shelves) -> None:
    library = shelves.start()
    before = shelves.versions()
    shelves.save(BROKEN)
    await until(library.broken)
    assert shelves.versions() == before
    shelves.save(text())
    await until(lambda: not library.broken())
    assert published(shelves) == []


@asyncio_test
async def test_given_files_that_come_and_go_then_so_do_their_numbers(shelves: Shelves) -> None:
    library = shelves.start()
    shop = shelves.save(text("shop", "6000"), "shop.yml")
    shelves.save("notes", "notes.txt")
    await until(lambda: library.plan_for("6000"))
    shop.unlink()
    await until(lambda: not library.plan_for("6000"))
    assert library.plan_for("5000")


@asyncio_test
async def test_given_a_folder_that_is_exchanged_for_another_then_the_new_one_is_followed(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)
    shelves.start()
    shelves.folder.rename(shelves.folder.with_name("old"))
    shelves.folder.mkdir()
    shelves.save(text(words="Another folder."))
    await changed(shelves, "Another folder.")
    shelves.save(text(words="And saved again."))
    await changed(shelves, "And saved again.")


@asyncio_test
async def test_given_a_system_that_tells_nothing_then_a_look_finds_it(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = shelves.folder.with_name("quiet")
    quiet.mkdir()
    real = watchfiles.watch
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(watchfiles, "watch", lambda _, **given: real(quiet, **given))
    shelves.start()
    shelves.save(text(words="Seen by looking."))
    await changed(shelves, "Seen by looking.")


@asyncio_test
async def test_given_a_watch_that_fails_then_it_goes_on_looking(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def limit(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(watchfiles, "watch", limit)
    shelves.start()
    shelves.save(text(words="All the same."))
    await changed(shelves, "All the same.")
    assert caplog.text.count("Traceback") == 1, "told once, not every few seconds"


@asyncio_test
async def test_given_a_file_saved_just_before_the_stop_then_nothing_is_left_behind(
    shelves: Shelves, no_leaks: list[str]
) -> None:
    library = shelves.start()
    shelves.save(text(words="Too late."))
    library._saved()
    await library.stop()
    library._saved()
    assert published(shelves) == []


def test_a_watch_that_was_never_started_stops(tmp_path: Path) -> None:
    FolderWatch(tmp_path).stop()
    assert signature(tmp_path / "nowhere") == frozenset()
