"""The command: what it prints, its exit codes, and that a new site is a good one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from ivrcore import cli
from ivrcore.errors import LinkRefused
from ivrcore.samples import SAMPLES
from ivrcore.telephony.asterisk_files import asterisk_files


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process; give exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Path:
    folder = tmp_path / "site"
    code, _, err = run("init", folder)
    assert (code, err) == (0, "")
    return folder


class TestInit:
    def test_a_new_site_has_no_problems(self, site: Path, run: Run) -> None:
        assert run("check", site) == (0, "0 errors, 0 warnings\n", "")

    def test_its_secrets_are_for_the_owner_only_and_differ_from_site_to_site(
        self, site: Path, tmp_path: Path, run: Run
    ) -> None:
        run("init", tmp_path / "other")
        for name in ("ari.password", "api.token", "journal.key"):
            secret = site / "secrets" / name
            assert secret.stat().st_mode & 0o777 == 0o600
            assert secret.read_text() != (tmp_path / "other/secrets" / name).read_text()
        assert (site / "asterisk/ari_ivrcore.conf").stat().st_mode & 0o777 == 0o600

    def test_it_tells_the_next_steps(self, site: Path) -> None:
        text = (site / "README.md").read_text()
        assert f"ivrcore serve {site}" in text

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path, run: Run) -> None:
        (tmp_path / "file").write_text("")
        code, _, err = run("init", tmp_path / "file/site")
        assert code == 2
        assert f"{tmp_path / 'file/site'} cannot be written: Not a directory (IVR100)" in err
        assert "hint: name a folder where you may write" in err

    def test_a_folder_with_something_in_it_is_left_alone(self, tmp_path: Path, run: Run) -> None:
        (tmp_path / "mine").write_text("precious")
        code, _, err = run("init", tmp_path)
        assert code == 2
        assert "is not empty (IVR100)\n  hint:" in err
        assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


@pytest.mark.parametrize("name", SAMPLES)
class TestInitOfSample:
    @pytest.mark.slow
    def test_it_is_a_whole_site(self, name: str, tmp_path: Path, run: Run) -> None:
        folder = tmp_path / "site"
        assert run("init", folder, "--sample", name)[0] == 0
        assert run("check", folder) == (0, "0 errors, 0 warnings\n", "")
        code, out, _ = run("test", folder)
        assert (code, "(100.0 %)" in out) == (0, True), out
        assert f"dialplans/{name}.yaml" in (folder / "README.md").read_text()

    def test_its_tables_are_for_the_owner_only(self, name: str, tmp_path: Path, run: Run) -> None:
        run("init", tmp_path / "site", "--sample", name)
        tables = [one for one in (tmp_path / "site/config").iterdir() if one.name != "ivrcore.yaml"]
        assert {one.stat().st_mode & 0o777 for one in tables} == (set() if name == "hotline" else {0o600})


def test_a_sample_that_is_not_there(tmp_path: Path, run: Run) -> None:
    code, _, err = run("init", tmp_path / "site", "--sample", "airline")
    assert (code, "one of hotline, bank, shop, office" in err) == (2, True), err
    assert not (tmp_path / "site").exists()


class TestCheck:
    def test_everything_at_once_with_places(self, site: Path, run: Run) -> None:
        config = site / "config/ivrcore.yaml"
        config.write_text(config.read_text().replace("port: 8080", "port: many"))
        plan = site / "dialplans/hotline.yaml"
        plan.write_text(plan.read_text().replace("queue: loans", "queue: laons"))
        (site / "plugins/mine.py").write_text("import nothing_like_this\n")
        code, out, err = run("check", site)
        assert (code, err) == (1, "")
        assert f"{config}:21:9: error YML103" in out
        assert f"{plan}:" in out
        assert "did you mean 'loans'?" in out
        assert f"{site / 'plugins/mine.py'}:1:1: error CFG301: plugin mine cannot be loaded" in out
        assert out.endswith("3 errors, 0 warnings\n")

    def test_json(self, site: Path, run: Run) -> None:
        config = site / "config/ivrcore.yaml"
        config.write_text(config.read_text() + "\nsltos: b\n")
        code, out, _ = run("check", "--format", "json", site)
        (problem,) = json.loads(out)
        assert code == 1
        assert problem["file"] == str(config)
        assert problem["code"] == "YML101"
        assert problem["hint"] == "did you mean 'slot'?"

    def test_a_single_dialplan_is_checked_against_its_site(self, site: Path, run: Run) -> None:
        plan = site / "dialplans/hotline.yaml"
        assert run("check", plan)[0] == 0
        plan.write_text(plan.read_text().replace("queue: loans", "queue: laons"))
        code, out, _ = run("check", plan)
        assert (code, "DP202" in out) == (1, True)

    def test_a_single_dialplan_without_a_site(self, tmp_path: Path, run: Run) -> None:
        plan = tmp_path / "plan.yaml"
        plan.write_text('name: a\nnumbers: {"1": {start: b}}\nblocks: {b: [queue: whatever]}\n')
        assert run("check", plan) == (0, "0 errors, 0 warnings\n", "")

    def test_files_for_asterisk_that_are_out_of_date(self, site: Path, run: Run) -> None:
        config = site / "config/ivrcore.yaml"
        config.write_text(config.read_text().replace("node: hotline", "node: bank"))
        code, out, _ = run("check", site)
        assert (code, "warning CFG302" in out) == (0, True)
        assert run("asterisk", site)[0] == 0
        assert run("check", site)[1] == "0 errors, 0 warnings\n"

    def test_no_dialplan(self, site: Path, run: Run) -> None:
        (site / "dialplans/hotline.yaml").unlink()
        assert "CFG209" in run("check", site)[1]

    def test_an_announcement_with_mistakes(self, site: Path, run: Run) -> None:
        folder = site / "announcements"
        folder.joinpath("fraud.yaml.sample").rename(folder / "fraud.yaml")
        assert run("check", site) == (0, "0 errors, 0 warnings\n", "")
        folder.joinpath("other.yaml").write_text("text: Hello.\nnumbers: [9]\n")
        code, out, _ = run("check", site)
        assert code == 1
        assert f"{folder}/other.yaml:2:10: error ANN104" in out

    @pytest.mark.parametrize("key", ["whisper", "whisper_known"])
    def test_a_recording_that_is_not_there(self, site: Path, run: Run, key: str) -> None:
        config = site / "config/ivrcore.yaml"
        config.write_text(
            config.read_text().replace("whisper: General enquiry.", f"{key}: {{play: general}}")
        )
        out = run("check", site)[1]
        line, text = next(
            (number, text)
            for number, text in enumerate(config.read_text().splitlines(), 1)
            if "{play: general}" in text
        )
        place = f"{config}:{line}:{text.index('general}') + 1}"
        assert f"{place}: error CFG210: queue 'general': there is no recording 'general'" in out
        (site / "prompts/general.wav").touch()
        assert run("check", site)[0] == 0

    def test_a_file_that_is_no_dialplan_is_not_printed_whole(self, tmp_path: Path, run: Run) -> None:
        (tmp_path / "users").write_text("root:x:0:0:root:/root\n" * 20)
        code, out, _ = run("check", tmp_path / "users")
        assert code == 1
        assert "not 'root:x:0:0:root:/root root:x:0:0:root:/…'" in out

    def test_a_folder_that_is_no_site(self, tmp_path: Path, run: Run) -> None:
        code, out, _ = run("check", tmp_path)
        assert (code, "CFG001" in out, "ivrcore init" in out) == (1, True, True)


class TestServe:
    @pytest.fixture
    def service(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        module = ModuleType("ivrcore.service")
        monkeypatch.setitem(sys.modules, "ivrcore.service", module)
        return module

    def test_it_runs_the_service_with_the_configuration(
        self, site: Path, run: Run, service: ModuleType
    ) -> None:
        seen = []
        service.__dict__["main"] = lambda config, *, json_log, started: seen.append((config, json_log)) or 3
        assert run("serve", "--trace-hooks", "--log", "json", site)[0] == 3
        ((config, json_log),) = seen
        assert json_log
        assert config.plugins.trace_hooks
        assert sorted(asterisk_files(config)) == sorted(path.name for path in (site / "asterisk").iterdir())

    def test_problems_are_shown_and_it_does_not_start(self, site: Path, run: Run) -> None:
        (site / "secrets/api.token").unlink()
        code, _, err = run("serve", site)
        assert code == 2
        assert "CFG101" in err
        assert "Traceback" not in err

    def test_an_error_is_shown_with_its_code_and_hint(
        self, site: Path, run: Run, service: ModuleType
    ) -> None:
        def refuse(config: object, *, json_log: bool, started: object) -> int:
            raise LinkRefused("Asterisk refused us", hint="look at ari.conf")

        service.__dict__["main"] = refuse
        code, _, err = run("serve", site)
        assert (code, err) == (2, "error: Asterisk refused us (IVR305)\n  hint: look at ari.conf\n")

    def test_interrupted(self, site: Path, run: Run, service: ModuleType) -> None:
        def interrupt(config: object, *, json_log: bool, started: object) -> int:
            raise KeyboardInterrupt

        service.__dict__["main"] = interrupt
        assert run("serve", site)[::2] == (130, "\ninterrupted\n")


class TestTheRest:
    def test_hooks_lists_each_with_its_plugins(self, run: Run, site: Path) -> None:
        _, out, _ = run("hooks")
        assert "ivrcore_event(seq: int, event: Event) -> None\n    log_calls" in out
        (site / "plugins/mine.py").write_text(
            "from ivrcore.api import hookimpl\n@hookimpl\ndef ivrcore_event(event): pass\n"
        )
        assert "    mine, log_calls" in run("hooks", site)[1]

    def test_version(self, run: Run) -> None:
        assert run("--version") == (0, f"ivrcore, version {version('ivrcore')}\n", "")

    def test_a_misspelt_command(self, run: Run) -> None:
        code, _, err = run("chek")
        assert (code, "check" in err) == (2, True)

    def test_a_command_that_is_nearly_one(self, run: Run) -> None:
        code, _, err = run("contacts")
        assert (code, "Did you mean 'contact'?" in err) == (2, True)

    def test_every_command_is_found(self, run: Run) -> None:
        listed = run("--help")[1].partition("Commands:")[2].split("\n")
        names = [line.split()[0] for line in listed if line.strip()]
        assert {"check", "serve", "agent", "test", "token"} < set(names)
        for name in names:
            code, out, _ = run(name, "--help")
            assert code == 0
            assert out.startswith(f"Usage: ivrcore {name} ")

    @pytest.mark.slow
    def test_a_check_waits_for_no_package_that_only_the_server_needs(self, site: Path) -> None:
        script = (
            "import sys\nfrom ivrcore.cli import main\n"
            "try:\n    main(['check', sys.argv[1]])\n"
            "except SystemExit as ended:\n    assert ended.code == 0\n"
            "print(sorted({'twisted', 'asyncio', 'vosk', 'requests', 'sqlite3', 'treq'} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, site / "dialplans/hotline.yaml"], capture_output=True, timeout=60
        )
        assert done.stdout.splitlines()[-1:] == [b"[]"], (done.stdout, done.stderr)

    @pytest.mark.slow
    def test_a_reader_that_has_enough(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", "from ivrcore.cli import main; main(['hooks'])"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(60) in (0, 1)
