"""Secrets: from a file that only its owner can read, or from an environment variable, never from the YAML."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.config.rules import BAD_SECRET, NO_SECRET, OPEN_SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.fields import Fields
    from ivrcore.location import Location
    from ivrcore.problems import Problems

KEY_BYTES = 32


def read_secret(fields: Fields, name: str, folder: Path, env: Mapping[str, str]) -> str:
    """Read ``NAME_file`` (relative to the site's folder) or ``NAME_env``; empty if reported as a problem."""
    problems = fields.problems
    file, variable = fields.texts(f"{name}_file"), fields.texts(f"{name}_env")
    if file:
        return _from_file(folder / file[0].text, file[0].location, problems)
    if variable:
        value = env.get(variable[0].text, "")
        if not value:
            message = f"the environment variable {variable[0].text} is not set"
            problems.report(NO_SECRET, variable[0].location, message, f"export {variable[0].text}=…")
        return value
    hint = f"add '{name}_file: secrets/…' (mode 600) or '{name}_env: VARIABLE'"
    problems.report(NO_SECRET, fields.location, f"{fields.what}: the {name} is not given", hint)
    return ""


def _from_file(path: Path, location: Location, problems: Problems) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        hint = f"umask 077; openssl rand -hex 32 > {path}"
        problems.report(NO_SECRET, location, f"the secret file {path} cannot be read: {why}", hint)
        return ""
    if mode & 0o077:
        message = f"the secret file {path} has mode {mode & 0o777:o}: other users may read it"
        problems.report(OPEN_SECRET, location, message, f"chmod 600 {path}")
    if not text:
        problems.report(BAD_SECRET, location, f"the secret file {path} is empty")
    elif "\n" in text:
        problems.report(BAD_SECRET, location, f"the secret file {path} holds more than one line")
    return text


def decode_key(text: str, fields: Fields) -> bytes:
    """Turn 64 hexadecimal digits (or base64) into the key's 32 bytes; empty if reported as a problem."""
    if not text:
        return b""
    for decode in (bytes.fromhex, _from_base64):
        try:
            key = decode(text)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    message = f"{fields.what}: the key is not {KEY_BYTES} bytes in hexadecimal or base64"
    fields.problems.report(BAD_SECRET, fields.location, message, "make one with: openssl rand -hex 32")
    return b""


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def environment() -> Mapping[str, str]:
    """Give the process's environment variables."""
    return os.environ
