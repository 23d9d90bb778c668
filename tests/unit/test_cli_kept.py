"""``ivrcore speech kept``, with a server that keeps utterances in a folder: from listing to evaluation."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from click.testing import CliRunner, Result
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource

from ivrcore.cli_speech import speech
from ivrcore.config import KeepConfig
from ivrcore.errors import ConfigError, RequestRefused
from ivrcore.kept.store import KeptStore
from ivrcore.labelled import check_labels, read_audio, read_labels
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.kept_names import KeptFor
from ivrcore.service.kept import LiveKept
from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.tokens import Role, Token, digest
from ivrcore.web.client import ApiClient
from ivrcore.web.server import tree
from tests.unit.kept.kept_turns import AUDIO, failed
from tests.web.served import TOKEN, Served

START = 1_800_000_000.0
SUE = "the secret token of sue"


class Site(Served):
    """A server that keeps utterances."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        config = KeepConfig("may_keep", bytes(32), folder)
        self.kept = LiveKept(config, self.events.extend, lambda: START, reactor, deferToThread)
        self.kept.start()
        super().__init__()
        self.access.name_tokens([Token("sue", Role.SUPERVISE, digest(SUE.encode()))])

    def root(self) -> Resource:
        return tree(
            self.hotline, self.hotline.exposition(), self.access, lambda: self.hotline.now, kept=self.kept
        )

    def of(self, kind: type[Event]) -> list[Any]:
        return [one for one in self.events if isinstance(one, kind)]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path / "kept")
    monkeypatch.setenv("IVRCORE_URL", made.server.url)
    monkeypatch.setenv("IVRCORE_TOKEN", TOKEN)
    for at, (contact, menu) in enumerate((("c1", "main"), ("c2", "main"), ("c3", "main"), ("c4", "loans"))):
        made.kept.keep(failed(contact, START + at, menu=menu, outcome=KeptFor.DENIED, choice="cards"))
    yield made

    async def stop() -> None:
        await made.kept.stop()
        await made.server.stop()

    pytest_twisted.blockon(Deferred.fromCoroutine(stop()))


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(speech, ["kept", *map(str, arguments)])


async def run(*arguments: str | Path) -> Result:
    """Run the command on a thread."""
    return await deferToThread(_run, *arguments)


async def listed(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((await run("list", "--json", *arguments)).stdout)
    return found


@ensureDeferred
async def test_the_list_tells_all_but_whose_it_is_and_is_journalled(site: Site) -> None:
    found = await listed()
    assert [one["contact"] for one in found] == ["c1", "c2", "c3", "c4"]
    assert "subject" not in found[0]
    (_, line, *_rest) = (await run("list", "--menu", "loans", "--author", "kim")).stdout.splitlines()
    assert line.split()[0] == found[3]["utterance"]
    assert "denied" in line
    assert "cards 0.40" in line
    accesses = site.of(events.KeptAccessed)
    assert [(one.what, one.by.endswith("(kim)")) for one in accesses] == [("listed", False), ("listed", True)]


@ensureDeferred
async def test_exported_labelled_and_taken_back(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    first, second, third, _ = (one["utterance"] for one in await listed())
    assert (await run("label", first, "block it", "--choice", "cards")).stdout == "1 labelled\n"
    told = await run("export", folder, "--menu", "main")
    assert told.stdout.startswith(f"3 utterances in {folder}, 2 of them not labelled yet\n")
    assert f"write what was said and what it means into {folder}/labels.csv\nthen: " in told.stdout
    assert f"ivrcore speech evaluate {folder} --site SITE --menu main --language en" in told.stdout
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert (folder / "labels.csv").read_text().splitlines() == [
        "file,said,choice", f"{first}.wav,block it,cards", f"{second}.wav,,?", f"{third}.wav,,?",
    ]  # fmt: skip
    labels = read_labels(folder)
    assert read_audio(labels[0]) == b"".join(AUDIO)
    grammar = Grammar("en", (Phrase("cards", "block it"),))
    with pytest.raises(ConfigError, match="is not labelled yet"):  # nothing is scored by accident
        check_labels(labels, grammar)

    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ("file", "said", "choice"),
                (f"{first}.wav", "block it", "cards"),
                (f"{second}.wav", "good morning", ""),
                (f"{third}.wav", "", "?"),
            ]
        )
    assert (await run("label", "--from", folder)).stdout == "2 labelled\n"
    found = await listed("--menu", "main")
    assert [(one["labelled"], one["said"], one["means"]) for one in found] == [
        (True, "block it", "cards"),
        (True, "good morning", ""),
        (False, "", ""),
    ]
    heard = [one.utterance for one in site.of(events.KeptAccessed) if one.what == "heard"]
    assert heard == [first, second, third]


@ensureDeferred
async def test_an_export_is_of_one_menu_and_into_a_new_folder(site: Site, tmp_path: Path) -> None:
    several = await run("export", tmp_path / "a")
    assert isinstance(several.exception, ConfigError)
    assert "--menu loans" in several.exception.hint
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes").write_text("mine")
    full = await run("export", tmp_path / "full", "--menu", "loans")
    assert "is not empty" in str(full.exception)
    nobody = await run("export", tmp_path / "b", "--menu", "other")
    assert "nothing is kept" in str(nobody.exception)
    assert not [one for one in site.of(events.KeptAccessed) if one.what == "heard"]
    assert not (tmp_path / "a").exists()


@ensureDeferred
async def test_transcribed_by_a_recogniser_that_hears_anything(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []

    def words(engine: object, pcm: bytes) -> str:
        heard.append(pcm)
        return "what was said"

    monkeypatch.setattr("ivrcore.plugin_manager.Plugins.recogniser", lambda *_: "a recogniser")
    monkeypatch.setattr("ivrcore.evaluating.transcribe", words)
    first = (await listed())[0]["utterance"]
    await run("label", first, "block it")
    assert (await run("transcribe", "--menu", "main")).stdout == "2 transcribed\n"
    assert heard == [b"".join(AUDIO)] * 2
    assert (await run("transcribe", "--menu", "main")).stdout == "0 transcribed\n"
    assert (await run("transcribe", "--menu", "main", "--again")).stdout == "2 transcribed\n"
    found = await listed("--menu", "main")
    assert [one["heard"] for one in found] == ["", "what was said", "what was said"]
    line = (await run("list", "--menu", "main")).stdout.splitlines()[2]
    assert "(what was said)" in line


@ensureDeferred
async def test_an_engine_that_hears_phrases_only_cannot_transcribe(site: Site) -> None:
    told = await run("transcribe", "--engine", "pocketsphinx", "--menu", "loans")
    assert "hears phrases only" in str(told.exception)


@ensureDeferred
async def test_erased_one_by_one_or_all(site: Site) -> None:
    first, *_rest = (one["utterance"] for one in await listed())
    assert (await run("erase", first)).stdout == "1 erased\n"
    again = await run("erase", first)
    assert isinstance(again.exception, RequestRefused)
    assert isinstance((await run("erase")).exception, ConfigError)
    assert (await run("erase", "--all", "--menu", "main")).stdout == "2 erased\n"
    assert [one["contact"] for one in await listed()] == ["c4"]
    erased = site.of(events.KeptErased)
    assert [(one.why, one.count) for one in erased] == [("asked", 1)] * 3
    assert erased[0].utterance == first


@pytest.mark.parametrize(
    "arguments",
    [
        ("label",),
        ("label", "1800000000000-0000000000000000", "words"),
        ("erase", "../../etc/passwd"),
        ("export", "somewhere", "1800000000000-0000000000000000"),
    ],
)
@ensureDeferred
async def test_what_is_not_there_is_told(site: Site, arguments: tuple[str, ...]) -> None:
    result = await run(*arguments)
    assert isinstance(result.exception, ConfigError | RequestRefused)
    assert not site.of(events.KeptErased)


@ensureDeferred
async def test_a_supervisor_hears_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVRCORE_TOKEN", SUE)
    refused = await run("list")
    assert isinstance(refused.exception, RequestRefused)
    assert refused.exception.status == 403
    assert not site.of(events.KeptAccessed)


@ensureDeferred
async def test_where_nothing_is_kept_that_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Served()
    monkeypatch.setenv("IVRCORE_URL", other.server.url)
    told = await run("list")
    await other.server.stop()
    assert "nothing is kept" in str(told.exception)


@ensureDeferred
async def test_words_are_told_of_a_time(site: Site) -> None:
    api = ApiClient(site.server.url, TOKEN)

    async def kept(**when: float | None) -> list[int]:
        menus = await deferToThread(api.kept_words, 2, "kim", **when)
        return [one["kept"] for one in menus]

    assert await kept() == [1, 3]
    assert await kept(since=START + 1) == [1, 2]
    assert await kept(since=START + 1, until=START + 3) == [2]
    assert await kept(until=START) == []
    with pytest.raises(RequestRefused, match="'since' is a time"):
        await kept(since=float("nan"))


def test_options_of_kept_are_documented(pytestconfig: pytest.Config) -> None:
    text = (pytestconfig.rootpath / "docs" / "speech.md").read_text()
    for name in ("list", "export", "label", "transcribe", "erase"):
        assert f"ivrcore speech kept {name}" in text


@pytest.fixture
def of_another_key(tmp_path: Path) -> None:
    """What is there before the server starts."""
    store = KeptStore(tmp_path / "kept", b"\1" * 32, longest=1e9, room=1 << 30)
    store.keep(failed("c6", START - 10))


@ensureDeferred
async def test_what_another_key_sealed_is_told_of_and_goes_with_all(
    of_another_key: None, site: Site, tmp_path: Path
) -> None:
    told = await run("list", "--menu", "loans")
    assert "1 more cannot be read: kept with another key" in told.stderr
    assert len(told.stdout.splitlines()) == 2
    assert (await run("erase", "--all")).stdout == "5 erased\n"
    assert await listed() == []
    assert list((tmp_path / "kept").iterdir()) == []
    assert [one.count for one in site.of(events.KeptErased)] == [5]
