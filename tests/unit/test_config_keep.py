"""``speech: keep:`` of a configuration: what is read, refused, and warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.check import check_site
from ivrcore.config import CONFIG_FILE, Config, KeepConfig, read_site
from ivrcore.samples import init_site

KEY = "ab" * 32


@pytest.fixture
def site(tmp_path: Path) -> Path:
    init_site(tmp_path / "site")
    folder = tmp_path / "site"
    file = folder / "secrets" / "kept.key"
    file.write_text(KEY)
    file.chmod(0o600)
    return folder


def write(site: Path, keep: str) -> None:
    """Add to the section `speech` of the sample."""
    file = site / CONFIG_FILE
    text = file.read_text()
    assert text.count("\nspeech:\n") == 1
    file.write_text(text.replace("\nspeech:\n", f"\nspeech:\n  keep: {keep}\n"))


def read(site: Path, keep: str, env: dict[str, str] | None = None) -> tuple[Config | None, list[str]]:
    write(site, keep)
    found = read_site(site, env or {})
    return found.config, [f"{one.code} {one.message}" for one in found.problems]


def kept(site: Path, keep: str, env: dict[str, str] | None = None) -> KeepConfig | None:
    config, problems = read(site, keep, env)
    assert config is not None
    assert problems == []
    return config.speech.keep


def test_nothing_is_kept_unless_it_says_so(site: Path) -> None:
    found = read_site(site, {}).config
    assert found is not None
    assert found.speech.keep is None


def test_what_is_kept_and_for_how_long(site: Path) -> None:
    assert kept(site, "{consent: may_keep, key_file: secrets/kept.key}") == KeepConfig(
        "may_keep", bytes.fromhex(KEY), site / "var/kept", 30 * 86_400.0, 200_000_000
    )


def test_every_value(site: Path) -> None:
    text = "{consent: yes, key_env: KEPT, folder: /srv/kept, longest: 7d, megabytes: 50}"
    found = kept(site, text, {"KEPT": KEY})
    assert found == KeepConfig("", bytes.fromhex(KEY), Path("/srv/kept"), 7 * 86_400.0, 50_000_000)
    assert found is not None
    assert found.agreed({})
    assert KEY[:8] not in repr(found)
    assert repr(bytes.fromhex(KEY)) not in repr(found)


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ("{key_file: secrets/kept.key}", "'consent'"),
        ("{consent: may_keep}", "CFG101 'keep': the key is not given"),
        ("{consent: may_keep, key_file: secrets/none}", "CFG101 the secret file"),
        ("{consent: may keep?, key_file: secrets/kept.key}", "'consent' cannot be 'may keep?'"),
        ("{consent: may_keep, key_env: SHORT}", "CFG103 'keep': the key is not 32 bytes"),
        ("{consent: may_keep, key_file: secrets/kept.key, longest: 3y}", "'longest'"),
        ("{consent: may_keep, key_file: secrets/kept.key, longest: 400d}", "'longest'"),
        ("{consent: may_keep, key_file: secrets/kept.key, megabytes: 1}", "'megabytes'"),
        ("{consent: may_keep, key_file: secrets/kept.key, days: 3}", "'days'"),
    ],
)
def test_what_cannot_be_is_told(site: Path, keep: str, told: str) -> None:
    _, problems = read(site, keep, {"SHORT": "abcd"})
    assert any(told in one for one in problems), problems


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("var", "the journal, the cache and messages would be closed"),
        (".", "the configuration, the journal, dialplans"),
        ("var/../prompts", "prompts would be closed"),
        ("/", "the configuration, the journal"),
    ],
)
def test_a_folder_that_other_things_lie_in_is_refused(site: Path, folder: str, told: str) -> None:
    _, problems = read(site, f"{{consent: yes, key_file: secrets/kept.key, folder: {folder}}}")
    (problem,) = problems
    assert told in problem
    assert problem.startswith("YML104")


def test_a_key_that_others_may_read_is_refused(site: Path) -> None:
    (site / "secrets" / "kept.key").chmod(0o644)
    _, problems = read(site, "{consent: yes, key_file: secrets/kept.key}")
    assert [one.split()[0] for one in problems] == ["CFG102"]


def test_a_consent_that_no_dialplan_asks_for_is_warned_of_at_its_place(site: Path) -> None:
    def warned() -> list[str]:
        found = check_site(site)
        return [f"{one.location.line} {one.message}" for one in found if one.code == "CFG307"]

    write(site, "{consent: may_keep, key_file: secrets/kept.key}")
    (told,) = warned()
    lines = (site / CONFIG_FILE).read_text().splitlines()
    line, _, message = told.partition(" ")
    assert "may_keep" in lines[int(line) - 1]
    assert message == "no dialplan sets 'may_keep' to yes, so no caller ever agrees to be kept"
    other = site / "dialplans" / "other.yaml"
    for value, count in (("no", 1), ("'no'", 1), ("1", 1), ("'{call.language}'", 0), ("true", 0)):
        other.write_text(
            'name: other\nlanguage: en\nnumbers: {"7999": ask}\n'
            f"blocks: {{ask: [{{set: {{may_keep: {value}}}}}, {{hang_up: normal}}]}}\n"
        )
        assert len(warned()) == count, value
    (site / "dialplans" / "other.yaml").write_text(
        'name: other\nlanguage: en\nnumbers: {"7999": ask}\n'
        "blocks: {ask: [{set: {may_keep: yes}}, {hang_up: normal}]}\n"
    )
    assert [str(one) for one in check_site(site)] == []
