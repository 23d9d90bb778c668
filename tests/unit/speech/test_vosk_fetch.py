"""Fetching a Vosk model from a site that has everything wrong with it that a site can have."""

from __future__ import annotations

import fcntl
import os
import resource
import socket
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from ivrcore_plugins.vosk_models import VoskModels

from ivrcore.api import ModelMissing
from tests.support.model_site import FILES, NAME, ModelSite, model_site, zipped


@pytest.fixture
def site() -> Iterator[ModelSite]:
    with model_site() as serving:
        yield serving


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models; no other is looked into."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VOSK_MODEL_PATH", str(tmp_path / "models"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "models"


class Watcher:
    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def __call__(self, have: int, size: int) -> None:
        self.seen.append((have, size))


def fetch(site: ModelSite, told: Watcher | None = None) -> Path:
    return Path(VoskModels().fetch(NAME, site.url, told or Watcher()).path)


def refused(site: ModelSite, why: str) -> ModelMissing:
    with pytest.raises(ModelMissing, match=why) as raised:
        fetch(site)
    return raised.value


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_a_model_is_fetched_with_progress_and_known_afterwards(site: ModelSite, folder: Path) -> None:
    told = Watcher()
    model = VoskModels().fetch(NAME, site.url, told)
    assert Path(model.path) == folder / NAME
    assert {name: (folder / NAME / name).read_bytes() for name in FILES} == FILES
    assert left(folder) == {NAME}
    size = len(site.content)
    assert told.seen[-1] == (size, size)
    assert [have for have, _ in told.seen] == sorted(have for have, _ in told.seen)
    assert len(told.seen) > 2
    assert (model.words, model.licence, model.options) == (2, "", {"model_name": NAME})
    assert [one.name for one in VoskModels().here() if one.path.startswith(str(folder))] == [NAME]
    assert VoskModels().used("xx", {"model_name": NAME}).path == str(folder / NAME)


def test_one_that_is_here_is_not_fetched_again(site: ModelSite, folder: Path) -> None:
    fetch(site)
    site.asked.clear()
    assert fetch(site) == folder / NAME
    assert site.asked == []


def test_what_the_site_offers_but_not_what_it_calls_obsolete(site: ModelSite, folder: Path) -> None:
    assert [(one.name, one.language, one.size) for one in VoskModels().offered(site.url)] == [
        (NAME, "xx", len(site.content))
    ]


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_download_that_was_cut_off_goes_on_or_begins_anew(
    site: ModelSite, folder: Path, goes_on: bool
) -> None:
    site.break_at = 300_000
    assert "goes on" in refused(site, "300000 of").hint
    assert left(folder) == {f".{NAME}.zip.part"}
    site.break_at, site.ranges = 0, goes_on
    assert fetch(site) == folder / NAME
    assert site.asked[-1] == (f"/models/{NAME}.zip", "bytes=300000-")
    assert left(folder) == {NAME}


def test_a_checksum_that_is_wrong_leaves_nothing(site: ModelSite, folder: Path) -> None:
    site.listed["md5"] = "0" * 32
    refused(site, "checksum")
    assert left(folder) == set()


def test_a_part_of_another_file_is_found_out_and_the_next_try_begins_anew(
    site: ModelSite, folder: Path
) -> None:
    folder.mkdir()
    (folder / f".{NAME}.zip.part").write_bytes(b"x" * 1000)
    assert "begins anew" in refused(site, "checksum").hint
    assert fetch(site) == folder / NAME


def test_a_zip_that_is_broken_leaves_nothing(site: ModelSite, folder: Path) -> None:
    site.content = site.content[:-300]
    refused(site, "broken")
    assert left(folder) == set()


def test_a_broken_file_in_a_zip_leaves_nothing(site: ModelSite, folder: Path) -> None:
    broken = bytearray(site.content)
    broken[500_000] ^= 0xFF
    site.content = bytes(broken)
    refused(site, "broken")
    assert left(folder) == set()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_can_never_be_unpacked_leaves_nothing(site: ModelSite, folder: Path, method: int) -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", method) as target:
        target.writestr(f"{NAME}/conf/model.conf", bytes(range(256)) * 400)
    broken = bytearray(content.getvalue())
    start = broken.index(b"model.conf") + len("model.conf")
    broken[start : start + 60] = bytes(60)
    site.content = bytes(broken)
    refused(site, "broken")
    assert left(folder) == set()


@pytest.mark.parametrize("name", [f"{NAME}/conf", f"{NAME}/conf/" + "a" * 300])
def test_a_zip_with_a_name_that_cannot_be_leaves_nothing(site: ModelSite, folder: Path, name: str) -> None:
    site.content = zipped({f"{NAME}/conf/a": b"1", name: b"2"}, "")
    refused(site, "broken")
    assert left(folder) == set()


def test_a_zip_without_a_model_leaves_nothing(site: ModelSite, folder: Path) -> None:
    site.content = zipped({"README": b"nothing"})
    refused(site, "no Vosk model")
    assert left(folder) == set()


@pytest.mark.parametrize(
    "name", [f"{NAME}/../../evil", "/tmp/models-evil", "evil", f"{NAME}\\..\\evil", f"{NAME}-evil/conf/x"]
)
def test_a_zip_that_writes_elsewhere_is_refused(site: ModelSite, folder: Path, name: str) -> None:
    site.content = zipped({**{f"{NAME}/{one}": data for one, data in FILES.items()}, name: b"evil"}, "")
    refused(site, "does not belong there")
    assert left(folder) == set()
    assert not list(folder.parent.rglob("*evil*"))
    assert not Path("/tmp/models-evil").exists()


def test_a_zip_with_a_link_is_refused(site: ModelSite, folder: Path) -> None:
    content = BytesIO(site.content)
    with zipfile.ZipFile(content, "a") as target:
        link = zipfile.ZipInfo(f"{NAME}/out")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc")
    site.content = content.getvalue()
    refused(site, "does not belong there")


def test_a_model_that_the_disk_has_no_room_for_is_told_before_it_is_fetched(
    site: ModelSite, folder: Path
) -> None:
    site.listed["size"] = 10**18
    refused(site, r"no room on the disk .*: 1000000000000000000 bytes are needed, \d+ are free")
    assert [path for path, _ in site.asked] == ["/models/model-list.json"]


LIMITED = """
import sys
from ivrcore_plugins.vosk_models import VoskModels
from ivrcore.api import ModelMissing
try:
    VoskModels().fetch(sys.argv[1], sys.argv[2], lambda have, size: None)
except ModelMissing as error:
    print(error)
"""


@pytest.mark.slow
def test_a_disk_that_takes_no_more_is_told_and_the_beginning_is_kept(site: ModelSite, folder: Path) -> None:
    bound = 400_000
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, NAME, site.url],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound)),
    )
    assert "cannot be written" in done.stdout
    assert left(folder) == {f".{NAME}.zip.part"}
    assert fetch(site) == folder / NAME


def test_more_than_the_list_says_is_refused(site: ModelSite, folder: Path) -> None:
    site.listed["size"] = 1000
    refused(site, "more than the list says")
    assert fetched_bytes(folder) == 0


def fetched_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_two_processes_do_not_fetch_at_once(site: ModelSite, folder: Path) -> None:
    folder.mkdir()
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused(site, "another process")
    finally:
        os.close(held)
    assert fetch(site) == folder / NAME


def test_a_name_that_the_site_lacks_is_told_with_those_of_the_language(site: ModelSite, folder: Path) -> None:
    with pytest.raises(ModelMissing) as raised:
        VoskModels().fetch("vosk-model-xx-9", site.url, Watcher())
    assert "has no vosk-model-xx-9" in raised.value.message
    assert NAME in raised.value.hint


@pytest.mark.parametrize("listing", [b"<html>", b"{}", b"[1]", b'[{"name": "x"}]'])
def test_what_is_no_list_is_told(site: ModelSite, folder: Path, listing: bytes) -> None:
    site.listing = listing
    with pytest.raises(ModelMissing):
        fetch(site)


@pytest.mark.parametrize("entry", [{"md5": "none"}, {"size": 0}])
def test_a_list_without_a_checksum_or_size_is_not_trusted(
    site: ModelSite, folder: Path, entry: dict[str, object]
) -> None:
    site.listed = entry
    refused(site, "nothing that can be used")


def test_a_name_that_leads_elsewhere_is_not_trusted(site: ModelSite, folder: Path) -> None:
    site.listed["name"] = "../evil"
    with pytest.raises(ModelMissing, match="nothing that can be used"):
        VoskModels().fetch("../evil", site.url, Watcher())


@pytest.mark.parametrize("source", ["file:///etc", "ftp://example.org", "models"])
def test_only_web_servers_are_asked(folder: Path, source: str) -> None:
    with pytest.raises(ModelMissing, match="no address of a web server"):
        VoskModels().offered(source)


def test_a_site_that_nobody_answers_at_is_told_with_what_to_do(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ModelMissing, match="nobody gives a list of models") as raised:
        VoskModels().offered(f"http://127.0.0.1:{port}")
    assert "unpack it" in raised.value.hint
    assert "--from" in raised.value.hint


def test_a_zip_that_is_listed_but_not_there_is_told(site: ModelSite, folder: Path) -> None:
    site.listed["name"] = "vosk-model-xx-gone"
    with pytest.raises(ModelMissing, match="404"):
        VoskModels().fetch("vosk-model-xx-gone", site.url, Watcher())


def test_who_looks_on_can_end_it_and_what_came_is_kept(site: ModelSite, folder: Path) -> None:
    def enough(have: int, size: int) -> None:
        raise ModelMissing("enough")

    with pytest.raises(ModelMissing, match="enough"):
        VoskModels().fetch(NAME, site.url, enough)
    assert fetched_bytes(folder) > 0
    assert fetch(site) == folder / NAME
