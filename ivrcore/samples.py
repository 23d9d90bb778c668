"""The sample configurations and hotlines, and the making of a new site's folder from one of them."""

from __future__ import annotations

import secrets
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import ivrcore
from ivrcore.config import CONFIG_FILE, load_config
from ivrcore.errors import ConfigError
from ivrcore.telephony.asterisk_files import write_asterisk_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

HOTLINE = "hotline"
SAMPLES = (HOTLINE, "bank", "shop", "office")
"""What a new site can be made of; all but the first are folders in ``dialplans/samples``."""
DIALPLANS = ("hotline.yaml", "tests/hotline.yaml", "tests/coverage.yaml")
"""What the hotline has of the sample dialplans, with its call tests."""
ABOUT = "README.md"
"""The file of a sample that tells what it shows; the site's own tells how to run it too."""
SECRETS = {"ari.password": 24, "api.token": 32, "journal.key": 32}
"""Files in ``secrets/`` and how many random bytes each holds, in hexadecimal."""

ANNOUNCEMENT = "fraud.yaml.sample"
"""An announcement that takes effect once it is renamed."""

README = """\
{about}
## Running it

1. Look at `config/ivrcore.yaml` (agents and their phones) and `dialplans/{sample}.yaml` (what callers hear).
   `ivrcore check {folder}` tells everything that is wrong with them, with file, line and a hint;
   `ivrcore call {folder}/dialplans/{sample}.yaml` tries them, `ivrcore test {folder}` runs the call tests.
2. Give Asterisk (20.15, 21.10, 22.5 or newer) its side. Asterisk must be able to read the files:

       sudo install -d -o asterisk -g asterisk -m 750 /etc/asterisk/ivrcore
       sudo install -o asterisk -g asterisk -m 640 {folder}/asterisk/*.conf /etc/asterisk/ivrcore/

   The first lines of each file say where it is included. Then `sudo asterisk -rx 'core restart gracefully'`.
   Asterisk needs its modules res_ari, res_stasis (and their parts) and chan_websocket.
   Prompts that the server speaks are in `var/cache`, recorded ones in `prompts`. Where Asterisk runs as
   another user, it must be able to read both, and to pass every folder above (`namei -l {folder}/var/cache`
   shows them): `chmod o+x` one that is closed, or keep the site outside of home folders. `ivrcore check`
   warns where others cannot read.
3. `ivrcore serve {folder}`
4. `ivrcore agent ready {agent} --site {folder}`, and call one of the numbers.

A warning that callers must hear at once: `ivrcore announce set NAME --text …`, or a file in `announcements/`.
After a change of `asterisk:` in the configuration, `ivrcore asterisk {folder}` writes the files anew.
`secrets/` is readable by you only; keep it out of version control. Plugins go into `plugins/`.
"""


def sample(kind: str) -> Traversable:
    """Give the folder of samples, ``config`` or ``dialplans``: from the package, else from the checkout."""
    return beside_package(kind, kind)


def beside_package(name: str, place: str) -> Traversable:
    """Give a folder that is packed as ``ivrcore.site.NAME``, and lies at ``place`` in the checkout."""
    try:
        folder = files(f"ivrcore.site.{name}")
        if folder.is_dir():
            return folder
    except ModuleNotFoundError:
        pass  # an editable install does not map these: they are beside the package
    return Path(ivrcore.__file__).resolve().parents[1] / place


def sample_files(name: str) -> dict[str, bytes]:
    """Give what a sample brings to a site: path in the site -> content. Raises :class:`ConfigError`."""
    if name not in SAMPLES:
        raise ConfigError(f"there is no sample {name!r}", hint=f"one of {', '.join(SAMPLES)}")
    if name != HOTLINE:
        return dict(_files(sample("dialplans").joinpath("samples").joinpath(name), ""))
    dialplans = {f"dialplans/{file}": sample("dialplans").joinpath(file).read_bytes() for file in DIALPLANS}
    config = sample("config").joinpath(CONFIG_FILE.name).read_bytes()
    return {str(CONFIG_FILE): config, ABOUT: b"# A site of ivrcore\n"} | dialplans


def _files(folder: Traversable, under: str) -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _files(one, f"{under}{one.name}/")
        elif not one.name.startswith("."):
            yield f"{under}{one.name}", one.read_bytes()


def init_site(folder: Path, name: str = HOTLINE) -> list[Path]:
    """Write a site of a sample into an empty or new folder; give its files. Raises :class:`ConfigError`."""
    try:
        return _write_site(folder, name)
    except OSError as error:
        hint = "name a folder where you may write"
        raise ConfigError(f"{folder} cannot be written: {error.strerror or error}", hint=hint) from error


def _write_site(folder: Path, name: str) -> list[Path]:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is not empty", hint="name a new folder, or empty this one")
    contents = sample_files(name)
    _make_folders(folder)
    for path, content in contents.items():
        _write_sample(folder / path, content, table=path.startswith("config/") and path != str(CONFIG_FILE))
    announcement = sample("config").joinpath(ANNOUNCEMENT).read_bytes()
    (folder / "announcements" / ANNOUNCEMENT).write_bytes(announcement)
    for secret, size in SECRETS.items():
        _write_secret(folder / "secrets" / secret, secrets.token_hex(size))
    (folder / ".gitignore").write_text("/secrets/\n/var/\n/asterisk/ari_ivrcore.conf\n", encoding="utf-8")
    config = load_config(folder, env={})
    write_asterisk_files(config, folder / "asterisk")
    about = contents[ABOUT].decode("utf-8")
    readme = README.format(about=about, folder=folder.resolve(), sample=name, agent=config.agents[0].name)
    (folder / ABOUT).write_text(readme, encoding="utf-8")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _make_folders(folder: Path) -> None:
    for name in ("config", "dialplans/tests", "announcements", "plugins"):
        (folder / name).mkdir(parents=True)
    (folder / "secrets").mkdir(mode=0o700)
    (folder / "var").mkdir()
    (folder / "var").chmod(0o711)  # the journal is mode 600; Asterisk's user goes through to the cache
    for name in ("prompts", "var/cache"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)


def _write_sample(path: Path, content: bytes, *, table: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if table:
        path.touch(mode=0o600)  # tables are of customers, and may hold the hashes of their PINs
    path.write_bytes(content)


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="ascii")
