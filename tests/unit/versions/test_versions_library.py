"""What takes effect, what does not, and who is told: a folder, its library, and the store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from ivrcore.dialplan.check import Site
from ivrcore.errors import ProblemsFound, RequestRefused, VersionsError
from ivrcore.model import events as e
from ivrcore.model.names import PublishedBy
from ivrcore.plugin_manager import load_plugins
from ivrcore.versions import Order
from ivrcore.versions.edition import owner_name
from ivrcore.versions.refusals import NotPassed, VersionConflict
from tests.support.aio import asyncio_test
from tests.unit.versions.shelf_site import KIM, Shelves, text

RELOAD = Order("lee", PublishedBy.RELOAD)
ME = owner_name(os.getuid())
BROKEN = text(queue="generel")


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Shelves]:
    made = Shelves(tmp_path)
    yield made
    if made.library is not None:
        pytest_twisted.blockon(Deferred.fromFuture(asyncio.ensure_future(made.library.stop())))


# --- calls of before ----------------------------------------------------------------------------


def test_given_a_site_that_lost_a_queue_then_calls_on_the_version_that_names_it_go_on(
    shelves: Shelves,
) -> None:
    shelves.save(text())
    (before,) = shelves.open().plans
    shelves.save(text(queue="cards"))
    shelves.site = Site(queues=["cards"])
    library = shelves.start()
    found = library.plan_of("bank", before.version)
    assert found is not None
    assert found.version == before.version
    assert found.blocks["welcome"].steps[1].verb == "queue"


def test_given_a_verb_that_nobody_knows_any_more_then_its_version_cannot_be_had(
    shelves: Shelves, caplog: pytest.LogCaptureFixture
) -> None:
    with_set = text() + "    - set: {a: 1}\n"
    shelves.site = Site(queues=["general"], verbs=load_plugins().verbs())
    shelves.save(with_set)
    (before,) = shelves.open().plans
    shelves.save(text())
    shelves.site = Site(queues=["general"])
    library = shelves.start()
    assert library.plan_of("bank", before.version) is None
    assert f"bank@{before.version}:8" in caplog.text
    assert library.plan_of("bank", "0123456789ab") is None


# --- the start ----------------------------------------------------------------------------------


def test_given_a_first_start_then_every_file_is_published_by_its_owner(shelves: Shelves) -> None:
    shelves.save(text())
    shelves.save(text("shop", "6000"), "shop.yml")
    shelves.save("not: [yaml", ".#bank.yaml")
    library = shelves.start()
    assert {plan.name for plan in library.plans} == {"bank", "shop"}
    assert library.plan_for("(5000)") is library.plans[0]
    assert library.plan_for("7000") is None
    published = shelves.happened(e.DialplanPublished)
    assert [(one.name, one.before, one.author, one.how) for one in published] == [
        ("bank", "", ME, "start"),
        ("shop", "", ME, "start"),
    ]


def test_given_an_unchanged_folder_when_started_again_then_nothing_is_published(shelves: Shelves) -> None:
    shelves.save(text())
    shelves.open()
    shelves.start()
    assert not shelves.journal.events
    assert len(shelves.store.log("bank")) == 1


def test_given_a_broken_file_at_the_start_then_its_last_good_version_is_served_loudly(
    shelves: Shelves, caplog: pytest.LogCaptureFixture
) -> None:
    shelves.save(text())
    shelves.save(text("shop", "6000"), "shop.yaml")
    good = {plan.name: plan.version for plan in shelves.open().plans}
    shelves.save(BROKEN)
    shelves.save(text("shop", "6000", "Come in."), "shop.yaml")
    library = shelves.start()
    assert shelves.versions()["bank"] == good["bank"]
    assert shelves.versions()["shop"] != good["shop"]
    (broken,) = library.broken()
    assert (broken.file, broken.serving) == ("bank.yaml", good["bank"])
    assert broken.problems[0].line == 7
    assert "did you mean 'general'" in broken.problems[0].hint
    (refused,) = shelves.happened(e.DialplanRefused)
    assert (refused.name, refused.author, refused.how, refused.errors) == ("bank", ME, "start", 1)
    assert refused.place == "bank.yaml:7:14"
    assert f"version {good['bank']} of bank is served" in caplog.text


def test_given_a_broken_file_and_no_good_version_then_the_start_fails(shelves: Shelves) -> None:
    shelves.save(BROKEN)
    shelves.save(text("shop", "6000"), "shop.yaml")
    with pytest.raises(ProblemsFound, match=r"bank\.yaml:7"):
        shelves.open()
    assert not shelves.store.latest()


def test_given_a_good_version_that_the_site_outgrew_then_the_start_fails(shelves: Shelves) -> None:
    shelves.save(text(queue="cards"))
    shelves.open()
    shelves.save(BROKEN)
    shelves.site = Site(queues=["general"])
    with pytest.raises(ProblemsFound):
        shelves.open()


def test_given_an_empty_folder_then_the_start_fails(shelves: Shelves) -> None:
    with pytest.raises(ProblemsFound, match="no dialplan"):
        shelves.open()


def test_given_a_file_that_went_while_the_server_was_down_then_it_is_taken_away(shelves: Shelves) -> None:
    shelves.save(text())
    gone = shelves.save(text("shop", "6000"), "shop.yaml")
    shelves.open()
    gone.unlink()
    shelves.start()
    (withdrawn,) = shelves.happened(e.DialplanWithdrawn)
    assert (withdrawn.name, withdrawn.how) == ("shop", "start")
    assert [one.name for one in shelves.store.latest()] == ["bank"]


def test_given_two_files_with_one_number_and_a_good_past_then_the_past_is_served(shelves: Shelves) -> None:
    shelves.save(text())
    shelves.save(text("shop", "6000"), "shop.yaml")
    shelves.open()
    shelves.save(text("shop", "5000"), "shop.yaml")
    library = shelves.start()
    plans = library.plan_for("5000"), library.plan_for("6000")
    assert [plan.name for plan in plans if plan] == ["bank", "shop"]
    assert [one.file for one in library.broken()] == ["shop.yaml"]


# --- reloading ----------------------------------------------------------------------------------


@asyncio_test
async def test_given_a_call_in_progress_when_changed_then_it_keeps_its_plan_until_it_ends(
    shelves: Shelves,
) -> None:
    shelves.save(text())
    library = shelves.start()
    first = shelves.arrive("c1")
    shelves.save(text(words="Hello."))
    changed = await library.reload(RELOAD)
    second = shelves.arrive("c2")
    assert second.version != first.version
    (published,) = changed.published
    assert (published.before, published.version) == (first.version, second.version)
    assert (published.author, published.how, published.at) == ("lee", "reload", 1_000.0)
    assert shelves.prepared == [f"bank {second.version}"]
    (shown,) = library.view().dialplans
    assert shown.calls == {first.version: 1, second.version: 1}
    assert not shelves.happened(e.DialplanRetired)
    shelves.leave("c2")
    assert not shelves.happened(e.DialplanRetired)
    shelves.leave("c1")
    (retired,) = shelves.happened(e.DialplanRetired)
    assert retired.version == first.version
    assert library.view().dialplans[0].calls == {}


@asyncio_test
async def test_given_no_calls_when_changed_then_the_old_version_retires_at_once(shelves: Shelves) -> None:
    shelves.save(text())
    library = shelves.start()
    shelves.save(text(words="Hello."))
    await library.reload(RELOAD)
    assert len(shelves.happened(e.DialplanRetired)) == 1


@asyncio_test
async def test_given_an_old_version_with_calls_when_rolled_back_to_then_it_does_not_retire(
    shelves: Shelves,
) -> None:
    shelves.save(text())
    library = shelves.start()
    first = shelves.arrive("c1")
    shelves.save(text(words="Hello."))
    await library.reload(RELOAD)
    await library.roll_back("bank", first.version, KIM)
    shelves.leave("c1")
    assert [one.version for one in shelves.happened(e.DialplanRetired)] != [first.version]
    assert shelves.versions() == {"bank": first.version}


@asyncio_test
async def test_given_a_broken_file_then_it_never_takes_effect_and_says_so_until_mended(
    shelves: Shelves, caplog: pytest.LogCaptureFixture
) -> None:
    shelves.save(text())
    library = shelves.start()
    before = shelves.versions()
    shelves.save(BROKEN)
    changed = await library.reload(RELOAD)
    assert changed.published == ()
    assert [one.file for one in changed.broken] == ["bank.yaml"]
    assert shelves.versions() == before
    assert library.files() == {"bank.yaml": True}
    assert library.view().dialplans[0].problems[0].code == "DP202"
    await library.reload(RELOAD)
    assert len(shelves.happened(e.DialplanRefused)) == 1, "the same thing is said once"
    shelves.save(text())
    await library.reload(RELOAD)
    assert library.broken() == ()
    assert library.files() == {"bank.yaml": False}
    assert shelves.versions() == before
    assert caplog.text.count("does not take effect") == 1


@pytest.mark.parametrize("given", ["", "name: [", "\x00", "a: b\n" * 3])
@asyncio_test
async def test_given_any_rubbish_then_it_does_not_take_effect(shelves: Shelves, given: str) -> None:
    shelves.save(text())
    library = shelves.start()
    before = shelves.versions()
    shelves.save(given)
    assert (await library.reload(RELOAD)).broken
    assert shelves.versions() == before


@asyncio_test
async def test_given_bytes_or_a_dead_link_then_the_file_is_broken(shelves: Shelves) -> None:
    shelves.save(text())
    library = shelves.start()
    (shelves.folder / "bank.yaml").write_bytes(b"name: \xff")
    (shelves.folder / "dead.yaml").symlink_to("nowhere.yaml")
    changed = await library.reload(RELOAD)
    assert {one.file: one.problems[0].code for one in changed.broken} == {
        "bank.yaml": "CFG001",
        "dead.yaml": "CFG001",
    }


@asyncio_test
async def test_given_one_broken_file_when_another_is_changed_then_that_one_takes_effect(
    shelves: Shelves,
) -> None:
    shelves.save(text())
    shelves.save(text("shop", "6000"), "shop.yaml")
    library = shelves.start()
    before = shelves.versions()
    shelves.save(BROKEN)
    shelves.save(text("shop", "6000", "Come in."), "shop.yaml")
    await library.reload(RELOAD)
    assert shelves.versions()["bank"] == before["bank"]
    assert shelves.versions()["shop"] != before["shop"]


@asyncio_test
async def test_given_a_file_that_is_removed_then_its_numbers_go(shelves: Shelves) -> None:
    shelves.save(text())
    shop = shelves.save(text("shop", "6000"), "shop.yaml")
    library = shelves.start()
    shelves.arrive("c1", "6000")
    shop.unlink()
    await library.reload(RELOAD)
    assert library.plan_for("6000") is None
    (withdrawn,) = shelves.happened(e.DialplanWithdrawn)
    assert (withdrawn.name, withdrawn.author) == ("shop", "lee")
    assert not shelves.happened(e.DialplanRetired)
    shelves.leave("c1")
    assert [one.name for one in shelves.happened(e.DialplanRetired)] == ["shop"]
    (shelves.folder / "bank.yaml").unlink()
    changed = await library.reload(RELOAD)
    assert library.plan_for("5000"), "the last dialplan of a site is not taken away"
    assert changed.broken[0].problems[0].code == "CFG209"


@asyncio_test
async def test_given_a_renamed_file_then_nothing_changes_for_callers(shelves: Shelves) -> None:
    path = shelves.save(text())
    library = shelves.start()
    path.rename(path.with_name("other.yaml"))
    assert (await library.reload(RELOAD)).published == ()
    assert library.current("bank").file == "other.yaml"
    assert library.plan_for("5000")


@asyncio_test
async def test_given_a_file_renamed_while_broken_then_its_numbers_stay(shelves: Shelves) -> None:
    path = shelves.save(text())
    library = shelves.start()
    path.unlink()
    shelves.save(BROKEN, "other.yaml")
    await library.reload(RELOAD)
    assert library.plan_for("5000")
    assert [one.file for one in library.broken()] == ["other.yaml"]
    shelves.save(text(words="Mended."), "other.yaml")
    await library.reload(RELOAD)
    assert library.current("bank").file == "other.yaml"
    assert not shelves.happened(e.DialplanWithdrawn)


@asyncio_test
async def test_given_numbers_that_two_files_exchange_then_both_take_effect_together(
    shelves: Shelves,
) -> None:
    shelves.save(text())
    shelves.save(text("shop", "6000"), "shop.yaml")
    library = shelves.start()
    shelves.save(text("bank", "6000"))
    shelves.save(text("shop", "5000"), "shop.yaml")
    assert len((await library.reload(RELOAD)).published) == 2
    plan = library.plan_for("5000")
    assert plan is not None
    assert plan.name == "shop"


@asyncio_test
async def test_given_a_number_that_is_taken_then_the_file_that_takes_it_is_refused(shelves: Shelves) -> None:
    shelves.save(text("shop", "6000"), "a-shop.yaml")
    shelves.save(text())
    library = shelves.start()
    shelves.save(text("shop", "5000"), "a-shop.yaml")
    changed = await library.reload(RELOAD)
    assert [one.file for one in changed.broken] == ["a-shop.yaml"]
    assert "used twice" in changed.broken[0].problems[0].message
    assert library.plan_for("6000")


@asyncio_test
async def test_given_a_site_that_lost_what_a_dialplan_names_when_reloaded_then_it_is_told(
    shelves: Shelves,
) -> None:
    shelves.save(text(queue="cards"))
    library = shelves.start()
    shelves.site = Site(queues=["general"])
    assert [one.file for one in (await library.reload(RELOAD)).broken] == ["bank.yaml"]
    assert library.plan_for("5000")


# --- publishing by the API ----------------------------------------------------------------------


@asyncio_test
async def test_given_a_text_when_published_then_written_kept_and_served(shelves: Shelves) -> None:
    path = shelves.save(text())
    path.chmod(0o640)
    library = shelves.start()
    base = library.current("bank").version
    new = text(words="안녕하세요.")
    (published,) = (await library.publish("bank", new, base, KIM)).published
    assert path.read_text(encoding="utf-8") == new
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in shelves.folder.iterdir()] == ["bank.yaml"]
    assert (published.author, published.note, published.how) == ("kim", "a note", "api")
    assert library.current("bank").text == new
    assert [one.version for one in await library.log("bank")] == [published.version, base]
    assert await library.text("bank", base) == text()
    difference = await library.diff("bank")
    assert "-    - say: Welcome.\n+    - say: 안녕하세요.\n" in difference
    assert f"--- bank {base}\n+++ bank {published.version}\n" in difference
    assert (await library.publish("bank", new, published.version, KIM)).published == ()


@asyncio_test
async def test_given_another_base_when_published_then_conflict_and_nothing_changes(shelves: Shelves) -> None:
    path = shelves.save(text())
    library = shelves.start()
    base = library.current("bank").version
    shelves.save(text(words="Saved a moment ago, and not noticed yet."))
    with pytest.raises(VersionConflict, match=f"by {ME}"):
        await library.publish("bank", text(words="Mine."), base, KIM)
    assert "a moment ago" in path.read_text()
    for name, wrong in (("bank", ""), ("other", base)):
        with pytest.raises(VersionConflict):
            await library.publish(name, text(words="Mine."), wrong, KIM)


@asyncio_test
async def test_given_a_broken_text_when_published_then_refused_with_its_problems(shelves: Shelves) -> None:
    path = shelves.save(text())
    library = shelves.start()
    with pytest.raises(NotPassed) as refused:
        await library.publish("bank", BROKEN, library.current("bank").version, KIM)
    assert refused.value.problems[0].location.line == 7
    assert path.read_text() == text()
    (event,) = shelves.happened(e.DialplanRefused)
    assert (event.author, event.how, event.code) == ("kim", "api", "DP202")
    assert library.broken() == (), "the file is as good as before"


@asyncio_test
async def test_given_a_new_dialplan_when_published_then_its_file_is_made(shelves: Shelves) -> None:
    shelves.save(text())
    library = shelves.start()
    await library.publish("shop", text("shop", "6000"), "", KIM)
    assert (shelves.folder / "shop.yaml").read_text() == text("shop", "6000")
    assert library.plan_for("6000")
    for name in ("../shop", ".shop", "a/b", ""):
        with pytest.raises(RequestRefused, match="name of a file"):
            await library.publish(name, text(name or "x", "6001"), "", KIM)
    with pytest.raises(RequestRefused, match="no new dialplan can have the name 'schema'"):
        await library.publish("schema", text("shop2", "6001"), "", KIM)
    with pytest.raises(RequestRefused, match="is of the dialplan 'shop2'"):
        await library.publish("shop3", text("shop2", "6001"), "", KIM)
    with pytest.raises(NotPassed, match="1 error"):
        await library.publish("shop3", text("shop3", "5000"), "", KIM)


@asyncio_test
async def test_given_a_broken_file_when_rolled_back_then_it_is_mended(shelves: Shelves) -> None:
    path = shelves.save(text())
    library = shelves.start()
    version = library.current("bank").version
    shelves.save(BROKEN)
    await library.reload(RELOAD)
    assert (await library.roll_back("bank", version, KIM)).published == ()
    assert path.read_text() == text()
    assert library.broken() == ()


@asyncio_test
async def test_given_an_unknown_name_or_version_then_404(shelves: Shelves) -> None:
    shelves.save(text())
    library = shelves.start()
    for asked in (
        library.roll_back("bank", "123456789abc", KIM),
        library.text("bank", "123456789abc"),
        library.log("shop"),
        library.diff("shop"),
    ):
        with pytest.raises(RequestRefused) as refused:
            await asked
        assert refused.value.status == 404
        assert refused.value.hint


@asyncio_test
async def test_given_a_text_when_checked_then_as_it_would_be_published(shelves: Shelves) -> None:
    shelves.save(text())
    shelves.save(text("shop", "6000"), "shop.yaml")
    library = shelves.start()
    assert await library.check(text(words="Hello.")) == []
    assert await library.check(text("other", "5000"), "bank") == []
    (problem,) = await library.check(text("new", "5000"))
    assert "used twice" in problem.message
    (problem,) = await library.check(text("bank", "6000"))
    assert "used twice" in problem.message
    assert (await library.check(BROKEN, "bank"))[0].code == "DP202"
    assert not shelves.happened(e.DialplanRefused)


# --- bad luck -----------------------------------------------------------------------------------


@asyncio_test
async def test_given_a_folder_that_cannot_be_written_then_nothing_takes_effect(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves.save(text())
    library = shelves.start()
    before = shelves.versions()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VersionsError, match="No space left"):
        await library.publish("bank", text(words="Hello."), before["bank"], KIM)
    monkeypatch.undo()
    assert shelves.versions() == before
    assert [one.name for one in shelves.folder.iterdir()] == ["bank.yaml"]


@asyncio_test
async def test_given_a_store_that_is_damaged_then_nothing_takes_effect(shelves: Shelves) -> None:
    shelves.save(text())
    library = shelves.start()
    before = shelves.versions()
    shelves.store.path.write_bytes(b"this is no database at all" * 400)
    for beside in shelves.store.path.parent.glob("dialplans.db-*"):
        beside.unlink()
    shelves.save(text(words="Hello."))
    with pytest.raises(VersionsError, match="cannot be used"):
        await library.reload(RELOAD)
    assert shelves.versions() == before


@asyncio_test
async def test_given_a_change_under_way_when_stopped_then_it_ends(shelves: Shelves) -> None:
    shelves.save(text())
    library = shelves.start()
    shelves.save(text(words="Hello."))
    waiting = asyncio.Event()
    shelves.before_prepared = waiting.set

    async def never(_: object) -> None:
        waiting.set()
        await asyncio.Event().wait()

    library._changes._needs = type(library._changes._needs)(lambda: 1.0, shelves.journal.append, never)
    change = asyncio.ensure_future(library.reload(RELOAD))
    await waiting.wait()
    await library.stop()
    with pytest.raises(asyncio.CancelledError):
        await change
