"""Writes one Asterisk instance's folder: configuration from `conf/`, sounds, and music on hold."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivrcore.lab import audio
from ivrcore.lab.ports import Block
from ivrcore.lab.tools import Paths
from ivrcore.telephony.asterisk_files import ALIVE

TEMPLATES = Path(__file__).parent / "conf"
ARI_USER = "ivrcore"
NEEDS_GENERAL = ("ccss", "cel", "queues", "udptl")
MANAGER_USERS = "manager_users.conf"
"""Given as an extra file, it turns the manager interface on."""
EMPTY = (*NEEDS_GENERAL, "acl", "aeap", "pjproject", "queuerules", "websocket_client")
"""Files that Asterisk complains about when they are not there."""
MUSIC = (392.0, 523.25)
"""Hertz of the two tones that make up the music on hold: no prompt and no test tone has both."""


class Template(string.Template):
    """A template whose places are written `@{name}`, since Asterisk's own variables use the dollar."""

    delimiter = "@"


@dataclass(frozen=True)
class Phone:
    """An account of the PBX: a static contact when `port` is given, else it registers."""

    name: str
    password: str
    port: int | None = None


@dataclass(frozen=True)
class Plan:
    """All that an instance's files are made of."""

    folder: Path
    run: Path
    """Holds the control socket, whose path must stay below 108 characters."""
    ports: Block
    paths: Paths
    ari_password: str
    phones: Sequence[Phone] = ()
    includes: Sequence[Path] = ()
    """Files that extensions.conf includes, e.g. those the server generates; they need not exist yet."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further or replaced configuration files: name to text."""
    verbose: int = 0
    alive: Path | None = None
    """The server's `pjsip_ivrcore.conf`, if silent phones' calls are to end."""


def write(plan: Plan) -> None:
    """Write the whole folder; existing files are replaced."""
    for name in (
        "etc",
        "log",
        "spool",
        "spool/recording",
        "data/sounds",
        "data/moh",
        "data/agi-bin",
        "data/keys",
    ):
        (plan.folder / name).mkdir(parents=True, exist_ok=True)
    _link_shared(plan)
    music = plan.folder / "data/moh/music.wav"
    if not music.exists():
        audio.write_wav(music, audio.mix(*(audio.tone(hertz, 3.0, level=0.1) for hertz in MUSIC)))
    values = _values(plan)
    for template in sorted(TEMPLATES.glob("*.conf")):
        if template.name != "phone.conf":
            _write(plan.folder / "etc" / template.name, Template(template.read_text()).substitute(values))
    _drop_missing_modules(plan.folder / "etc/modules.conf", plan.paths.modules)
    for name in EMPTY:
        _write(plan.folder / "etc" / f"{name}.conf", "[general]\n" if name in NEEDS_GENERAL else "")
    for name, text in plan.extra.items():
        _write(plan.folder / "etc" / name, text)


def _drop_missing_modules(config: Path, modules: Path) -> None:
    lines = config.read_text().splitlines(keepends=True)
    missing = [
        line for line in lines if line.startswith("load") and not (modules / line.split()[-1]).exists()
    ]
    _write(config, "".join(line for line in lines if line not in missing))


def _link_shared(plan: Plan) -> None:
    links = {"documentation": plan.paths.data / "documentation", "rest-api": plan.paths.data / "rest-api"}
    for name, target in {**links, "sounds/en": plan.paths.sounds}.items():
        link = plan.folder / "data" / name
        if not link.is_symlink():
            link.symlink_to(target)


def _values(plan: Plan) -> dict[str, object]:
    phone = Template((TEMPLATES / "phone.conf").read_text())
    return {
        "folder": plan.folder,
        "run": plan.run,
        "modules": plan.paths.modules,
        "verbose": plan.verbose,
        "sip_port": plan.ports.sip,
        "http_port": plan.ports.http,
        "manager": "yes" if MANAGER_USERS in plan.extra else "no",
        "manager_port": plan.ports.manager,
        "rtp_first": plan.ports.rtp.start,
        "rtp_last": plan.ports.rtp.stop - 1,
        "ari_user": ARI_USER,
        "ari_password": plan.ari_password,
        # #tryinclude: the server may write its files after the PBX has started
        "includes": "\n".join(f'#tryinclude "{path}"' for path in plan.includes),
        "alive_file": f'#include "{plan.alive}"' if plan.alive else "",
        "alive": f",{ALIVE}" if plan.alive else "",
        "phones": "\n".join(
            phone.substitute(name=one.name, password=one.password, contact=_contact(one))
            for one in plan.phones
        ),
    }


def _contact(phone: Phone) -> str:
    return f"contact = sip:{phone.name}@127.0.0.1:{phone.port}" if phone.port else ""


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)  # passwords
