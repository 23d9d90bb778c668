"""``ivrcore speech``: recognisers and their models. Each command is thin: the work is done elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from ivrcore.addresses import is_loopback
from ivrcore.cli_evaluate import evaluate
from ivrcore.cli_kept import kept
from ivrcore.cli_models import COMMANDS
from ivrcore.cli_options import recogniser_options
from ivrcore.cli_speech_report import report
from ivrcore.errors import ConfigError

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def speech() -> None:
    """Recognisers of speech and their models."""


for _command in (*COMMANDS, evaluate, kept, report):
    speech.add_command(_command)


@speech.command()
@click.option("--engine", default="vosk", show_default=True, help="A recogniser's name.")
@click.option("--language", required=True, help="Such as en, ko, zh.")
@click.option(
    "--option",
    "-o",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="Of the recogniser; see docs/speech.md.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=2700, show_default=True, help="0: any free one."
)
@click.option("--token-file", type=FILE, help="Whoever sends this file's token may come in (mode 600).")
@click.option("--token-env", metavar="VARIABLE", help="The same, from an environment variable.")
@click.option("--no-token", is_flag=True, help="Anybody who reaches the port may come in.")
@click.option("--certificate", type=FILE, help="PEM; clients then come by wss://.")
@click.option(
    "--insecure", is_flag=True, help="Off loopback without a certificate or a token: anybody may listen in."
)
@click.option("--key", type=FILE, help="The certificate's key, if it is not in the same file.")
@click.option(
    "--streams", type=click.IntRange(1, 10_000), default=40, show_default=True, help="Streams at once."
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=lambda: os.cpu_count() or 1,
    show_default="as many as cores",
    help="Threads that recognise.",
)
@click.option(
    "--sample-rate",
    type=click.IntRange(8000, 48_000),
    default=8000,
    show_default=True,
    help="Of clients that do not say theirs.",
)
@click.option("--idle", type=click.FloatRange(1, 3600), default=30.0, show_default=True, help="Seconds.")
@click.option("--grace", type=click.FloatRange(0, 600), default=10.0, show_default=True, help="Seconds.")
def serve(
    engine: str,
    language: str,
    options: tuple[str, ...],
    host: str,
    port: int,
    token_file: Path | None,
    token_env: str | None,
    no_token: bool,
    certificate: Path | None,
    insecure: bool,
    key: Path | None,
    streams: int,
    threads: int,
    sample_rate: int,
    idle: float,
    grace: float,
) -> None:
    """Run a recogniser for other machines until told to stop.

    It speaks the websocket protocol of alphacep/vosk-server: any client of Vosk's can use it. GET /healthz,
    /readyz and /metrics (this one with the token) on the same port.

    A stream above --streams is refused at once (503), one that sends nothing for --idle is closed. SIGTERM:
    no new streams, and --grace for the utterances under way.
    """
    from ivrcore.plugin_manager import load_plugins
    from ivrcore.speech_worker import Settings, main

    token = _token(token_file, token_env, no_token=no_token)
    if not insecure:
        _check_way(host, encrypted=certificate is not None, guarded=bool(token))
    settings = Settings(
        engine,
        language,
        recogniser_options(options),
        host=host,
        port=port,
        token=token,
        certificate=str(certificate or ""),
        key=str(key or ""),
        streams=streams,
        threads=threads,
        rate=sample_rate,
        idle=idle,
        grace=grace,
    )
    sys.exit(main(settings, load_plugins().recogniser))


def _check_way(host: str, *, encrypted: bool, guarded: bool) -> None:
    """Refuse to have callers' voices sent in the clear, or to hear whoever comes from another machine."""
    if is_loopback(host) or (encrypted and guarded):
        return
    what = "a token" if encrypted else "a certificate"
    raise ConfigError(
        f"--host {host} is open to other machines, and {what} is missing",
        hint="--certificate and a token, or --insecure where the network is trusted",
    )


def _token(file: Path | None, variable: str | None, *, no_token: bool) -> str:
    from ivrcore.own_file import secret_from

    if no_token and (file or variable):
        raise ConfigError("there is a token, and --no-token", hint="leave one of them out")
    token = secret_from(str(file or ""), variable or "")
    if not token and not no_token:
        raise ConfigError(
            "a token is needed",
            hint="--token-file, --token-env, or --no-token where all who reach the port may come",
        )
    return token
