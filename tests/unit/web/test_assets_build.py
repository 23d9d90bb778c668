"""The editor's bundle: what it is made from, whose work it says that is, and no registry at hand."""

import json
import shutil
from pathlib import Path

import pytest

from ivrcore.web.assets import EditorFiles
from ivrcore.web.assets_build import ROOT, Assets, licences


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The editor's sources in a folder of their own."""
    shutil.copytree(ROOT / "ivrcore/web/editor", tmp_path / "ivrcore/web/editor")
    return tmp_path


@pytest.mark.slow
def test_without_a_registry_the_manifest_says_why_and_the_page_is_the_plain_one(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    reason = Assets(checkout).build()
    assert reason.startswith("npm could not fetch the editor's packages (E")
    assert not Assets(checkout).current()
    files = EditorFiles(checkout / "ivrcore/web")
    assert files.missing == reason
    assert files.script.endswith("/plain.js")
    assert "page.js" in files.contents


def test_what_is_current_is_not_made_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "ivrcore/web/built", checkout / "ivrcore/web/built")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    assert Assets(checkout).build() == ""
    (checkout / "ivrcore/web/editor/src/dom.js").write_text("// another")
    assert not Assets(checkout).current()


def test_the_licence_of_every_bundled_package_is_collected(tmp_path: Path) -> None:
    for name in ("one", "@scope/two", "unused"):
        (tmp_path / name).mkdir(parents=True)
        about = {"name": name, "version": "1.2", "license": "MIT"}
        (tmp_path / name / "package.json").write_text(json.dumps(about))
        (tmp_path / name / "LICENSE").write_text(f"text of {name}")
    bundled = {"../src/main.js": {}, "node_modules/one/a.js": {}, "x/node_modules/@scope/two/dist/b.js": {}}
    text = "\n".join(licences(tmp_path, bundled))
    assert "one 1.2, licence: MIT" in text
    assert "text of @scope/two" in text
    assert "unused" not in text


def test_the_bundle_has_all_licences_and_no_address_of_a_registry() -> None:
    text = (ROOT / "ivrcore/web/built/LICENSES.txt").read_text()
    for name in ("@codemirror/view", "@lezer/yaml", "@viz-js/viz", "style-mod", "diff", "Graphviz", "Expat"):
        assert name in text
    lock = (ROOT / "ivrcore/web/editor/package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "://" not in lock
