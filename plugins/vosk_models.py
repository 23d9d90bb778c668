"""Where models of the recogniser `vosk` are, what is known of each, how others are had. No plugin itself."""

from __future__ import annotations

import importlib.util
import os
import re
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from ivrcore.api import ConfigError, Model, ModelMissing, Offer, OptionFault, Progress, WordList

ENGINE = "vosk"
FETCH_SECONDS = 900.0
"""Longest download of a model that nobody watches: a server's at its start."""

SMALL_MODELS = {
    "de": "vosk-model-small-de-0.15",
    "en": "vosk-model-small-en-us-0.15",
    "es": "vosk-model-small-es-0.42",
    "fr": "vosk-model-small-fr-0.22",
    "ja": "vosk-model-small-ja-0.22",
    "ko": "vosk-model-small-ko-0.22",
    "zh": "vosk-model-small-cn-0.22",
}
"""What is fetched where the configuration names no model."""

_TAGS = {"cn": "zh", "vn": "vi", "kz": "kk", "ua": "uk"}
"""What Vosk's site calls by a country."""
_LANGUAGE = re.compile(r"vosk-model-(?:small-)?([a-z]{2})(?![a-z])")
_LICENCE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING")
_WORD_LISTS = ("graph/words.txt", "words.txt")
_SYMBOLS = struct.pack("<i", 2125658996)
"""What OpenFst writes before a table of symbols (symbol-table.cc, kSymbolTableMagicNumber)."""
_MOST_SYMBOLS = 5_000_000


class VoskModels:
    """See :class:`ivrcore.api.Models`."""

    name = ENGINE

    def here(self) -> Sequence[Model]:
        """Look into Vosk's folders, and among the installed packages."""
        return [*_in_folders(), *_in_packages()]

    def used(self, language: str, options: Mapping[str, str]) -> Model:
        """See :class:`ivrcore.api.Models`."""
        name = options.get("model_path") or options.get("model_package") or _name(language, options)
        try:
            path = model_here(language, options)
        except ModelMissing:
            path = None
        return (
            Model(ENGINE, Path(name).name, language, "", options)
            if path is None
            else _model(
                path,
                Path(name).name,
                language,
                options,
                _licence_of_package(options.get("model_package", "")),
            )
        )

    def offered(self, source: str) -> Sequence[Offer]:
        """Read the list of the models' site."""
        from ivrcore_plugins.vosk_fetch import models_listed

        return [Offer(one.name, _tag(one.language), one.size) for one in models_listed(source)]

    def fetch(self, name: str, source: str, told: Progress) -> Model:
        """Fetch it into the folder of models that this user can write."""
        from ivrcore_plugins.vosk_fetch import fetch, models_listed

        path = installed(name)
        if path is None:
            listed = {one.name: one for one in models_listed(source)}
            if name not in listed:
                close = ", ".join(one for one in listed if _language(one) == _language(name))
                raise ModelMissing(
                    f"the models' site has no {name}", hint=f"it has: {close or ', '.join(listed)}"
                )
            path = fetch(listed[name], own_folder(), source, told)
        return _model(path, name, _language(name), {"model_name": name})


# --- where they are ---------------------------------------------------------------------------------------


def model_path(language: str, options: Mapping[str, str]) -> Path:
    """Give the folder of a language's model, fetching it if need be; raise ModelMissing, ConfigError."""
    here = model_here(language, options)
    return _fetched(_name(language, options)) if here is None else here


def model_here(language: str, options: Mapping[str, str]) -> Path | None:
    """Give the folder of the model, None for one that would have to be fetched."""
    if path := options.get("model_path"):
        return Path(path).expanduser()
    if package := options.get("model_package"):
        return _packaged(package)
    return installed(_name(language, options))


def _name(language: str, options: Mapping[str, str]) -> str:
    name = options.get("model_name") or SMALL_MODELS.get(language.partition("-")[0].lower())
    if not name:
        raise ConfigError(
            f"vosk needs one of the options model_path, model_package, model_name for {language}"
        )
    return name


def installed(name: str) -> Path | None:
    """Find a model by its name in Vosk's folders."""
    return next((folder / name for folder in model_folders() if (folder / name).is_dir()), None)


def model_folders() -> list[Path]:
    """Give the folders in which Vosk looks for models: `vosk.MODEL_DIRS`, without importing it."""
    home = Path.home()
    named = os.getenv("VOSK_MODEL_PATH")
    usual = [Path("/usr/share/vosk"), home / "AppData/Local/vosk", home / ".cache/vosk"]
    return [Path(named), *usual] if named else usual


def own_folder() -> Path:
    """Give the folder into which models are fetched."""
    named = os.getenv("VOSK_MODEL_PATH")
    return Path(named) if named else model_folders()[-1]


def _packaged(package: str) -> Path:
    spec = importlib.util.find_spec(package.replace("-", "_"))
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        found = [config.parent.parent for config in Path(folder).glob("**/conf/mfcc.conf")]
        if found:
            return found[0]
    raise ModelMissing(
        f"the package {package} with a Vosk model is not installed", hint=f"pip install {package}"
    )


def _fetched(name: str) -> Path:
    """Fetch a model without anybody who looks on."""

    def told(_have: int, _size: int) -> None:
        if time.monotonic() > until:
            raise ModelMissing(f"not fetched within {FETCH_SECONDS:.0f} s; the next try goes on from there")

    try:
        with _fetching:
            until = time.monotonic() + FETCH_SECONDS
            return Path(VoskModels().fetch(name, "", told).path)
    except ModelMissing as error:
        raise ModelMissing(
            f"the Vosk model {name} is not here and could not be fetched: {error.message}",
            hint=f"`ivrcore speech get {name}`, or unpack it into {own_folder() / name}, or set model_path",
        ) from error


_fetching = threading.Lock()
"""One at a time: a second one would be taken for another process's."""
OPTIONS = frozenset({"model_path", "model_package", "model_name"})


class VoskOptions:
    """See :class:`ivrcore.api.RecogniserOptions`."""

    name = ENGINE

    def faults(self, language: str, options: Mapping[str, str]) -> list[OptionFault]:
        """A model that is named must be here; one that can be fetched needs not be yet."""
        known = f"known: {', '.join(sorted(OPTIONS))}"
        found = [
            OptionFault(f"vosk has no option {one}", one, known) for one in options if one not in OPTIONS
        ]
        named = next((one for one in ("model_path", "model_package", "model_name") if one in options), "")
        try:
            path = model_here(language, options)
            if path is not None:
                want_model(path)
        except ConfigError as error:
            found.append(OptionFault(error.message, named, error.hint))
        except ModelMissing as error:
            found.append(OptionFault(error.message, named, error.hint, here=True))
        return found


def want_model(path: Path) -> None:
    """Raise ModelMissing for a folder that holds none."""
    if not (path / "conf").is_dir():
        raise ModelMissing(
            f"{path} holds no Vosk model", hint="it is the folder with am, conf and graph in it"
        )


# --- what is known of them --------------------------------------------------------------------------------


def _in_folders() -> Iterator[Model]:
    seen: set[str] = set()
    for folder in model_folders():
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if (path / "conf").is_dir() and path.name[0] != "." and path.name not in seen:
                seen.add(path.name)  # Vosk takes the first of a name
                yield _model(path, path.name, _language(path.name), {"model_name": path.name})


def _in_packages() -> Iterator[Model]:
    names = {str(one.metadata["Name"]).lower().replace("_", "-") for one in metadata.distributions()}
    for name in sorted(names):
        if name.startswith("vosk-model"):
            try:
                path = _packaged(name)
            except ModelMissing:
                continue  # a package about models that holds none
            options = {"model_package": name}
            yield _model(path, name, _language(name), options, _licence_of_package(name))


def _model(path: Path, name: str, language: str, options: Mapping[str, str], licence: str = "") -> Model:
    words = word_list(path)
    return Model(
        ENGINE,
        name,
        language,
        str(path),
        options,
        licence or _licence(path),
        len(words.words) if words else 0,
    )


def _language(name: str) -> str:
    found = _LANGUAGE.match(name)
    return _tag(found[1]) if found else ""


def _tag(written: str) -> str:
    primary = written.partition("-")[0].lower()
    return _TAGS.get(primary, primary)


def _licence(model: Path) -> str:
    """Give the first line of a licence that lies in the model's folder."""
    for name in _LICENCE_FILES:
        if (model / name).is_file():
            lines = (model / name).read_text("utf-8", "replace").splitlines()
            return next((line.strip() for line in lines if line.strip()), "")[:60]
    return ""


def _licence_of_package(package: str) -> str:
    """Give what an installed package states."""
    if not package:
        return ""
    try:
        stated = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return ""
    classified = [
        one.rpartition(" :: ")[2] for one in stated.get_all("Classifier") or () if "License ::" in one
    ]
    # Looked for first: what is not stated is None or a KeyError, as whoever read it has it.
    written = [str(stated[key]) for key in ("License-Expression", "License") if key in stated]
    lines = next(filter(None, written), "").splitlines()
    return next(iter([*lines[:1], *classified]), "")[:60]


@lru_cache(8)
def word_list(model: Path) -> WordList | None:
    """Read a model's words: a list of its own, or the symbols in the grammar of a small model."""
    for name in _WORD_LISTS:
        if (model / name).is_file():
            lines = (model / name).read_text(encoding="utf-8").splitlines()
            return WordList(frozenset(line.split(" ", 1)[0] for line in lines if line))
    grammar = model / "graph/Gr.fst"
    words = _symbols(grammar.read_bytes()) if grammar.is_file() else None
    return WordList(words) if words else None


def _symbols(fst: bytes) -> frozenset[str] | None:
    """Read an OpenFst file's first table of symbols: magic, name, 8 bytes, count, then text and key each.

    None where there is none, or it is not as expected: then nothing can be told of the words.
    """
    at = fst.find(_SYMBOLS)
    if at < 0:
        return None
    try:
        (length,) = struct.unpack_from("<i", fst, at + 4)
        at += 8 + length + 8
        (count,) = struct.unpack_from("<q", fst, at)
        at += 8
        found = []
        for _ in range(count if 0 < count <= _MOST_SYMBOLS else 0):
            (length,) = struct.unpack_from("<i", fst, at)
            found.append(struct.unpack_from(f"<{length}s", fst, at + 4)[0].decode())
            at += 4 + length + 8
    except (struct.error, UnicodeDecodeError):
        return None
    return frozenset(found)
