"""`python -m ivrcore.lab pbx`: a private PBX to try by hand, until Ctrl-C."""

import argparse
import threading
from collections.abc import Sequence
from pathlib import Path

from ivrcore.lab.pbx import SOFTPHONE, Pbx

NUMBERS = """\
  9001 echo   9002 a recording   9003 beep   9004 four keys   9005 music   9006 silence   9007 busy
  91nn rings agent nn"""


def main(arguments: Sequence[str]) -> int:
    """Start an instance and print where it listens."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab pbx")
    parser.add_argument("--agents", type=int, default=0, help="how many agents' phones may register")
    parser.add_argument("--include", type=Path, action="append", default=[], help="file for extensions.conf")
    parser.add_argument("--verbose", type=int, default=0, help="Asterisk's verbosity")
    chosen = parser.parse_args(arguments)
    includes = [path.resolve() for path in chosen.include]
    with Pbx(agents=chosen.agents, registering=True, includes=includes, verbose=chosen.verbose) as pbx:
        print(describe(pbx), flush=True)
        threading.Event().wait()
    return 0


def describe(pbx: Pbx) -> str:
    """Where an instance listens and who may register, for a person to read."""
    accounts = "".join(f"\n  {name:8}password {password}" for name, password in pbx.passwords.items())
    return (
        f"Asterisk {pbx.pid} in {pbx.folder}\n"
        f"  SIP     127.0.0.1:{pbx.sip_port} (UDP)\n"
        f"  ARI     {pbx.ari_url} user {pbx.ari_user} password {pbx.ari_password}\n"
        f"  log     {pbx.log}\n"
        f"accounts (`{SOFTPHONE}` is for your softphone):{accounts}\n"
        f"numbers:\n{NUMBERS}\nCtrl-C ends it."
    )
