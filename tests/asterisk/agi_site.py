"""A site to whose server the sample dialplan of an Asterisk hands callers over, beside ARI or without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.ports import free_port
from ivrcore.samples import sample
from tests.asterisk.hotlines import PLAN, QUEUES, check, site

SECRET = "an-agi-secret-for-tests"
NUMBERS = """
[from-trunk](+)
exten => 700,1,Goto(ivrcore-sample-hotline,s,1)
exten => 800,1,Goto(ivrcore-sample-route,s,1)
exten => 801,1,Answer()
 same => n,AGI(${IVRCORE}/route?group=cards&wait=30)
 same => n,Hangup()
"""
WHISPERING = QUEUES.replace("loans: {", "loans: {whisper: A call about loans., ")
SAMPLE = sample("config").joinpath("asterisk/extensions_agi.conf").read_text()
"""The file that a site's admin takes lines of, as it is."""
TRIES, TRIES_OF_SAMPLE = "IVRCORE_TRIES}} > {}]", 20
"""How often it asks again; other runs on the same machine make a start take longer than that."""


BANK = PLAN.replace('  "5000"', '  welcome: {start: welcome}\n  "5000"')
BANK = BANK.replace("say: [loan]", "say: [call forwarding]").replace("main:\n", "main:\n    accept: 0.7\n")


class AgiSite(HotlineLab):
    """A site whose Asterisk has the sample's dialplan beside our generated files."""

    def __init__(
        self, folder: Path, parts: Mapping[str, str], more: str, patience: int, plan: str, phones: int
    ) -> None:
        self.agi_port = free_port()
        agi = f"{{port: {self.agi_port}, secret_file: secrets/agi, numbers: [welcome], away: 5s}}"
        aeap = f"{{port: {free_port()}, token_file: secrets/aeap}}"
        super().__init__(
            folder,
            agents=phones,
            config=site(**{"fastagi": agi, "aeap": aeap, "queues": WHISPERING} | dict(parts)),
            dialplans={"bank.yaml": plan},
            registering=True,
            bare=NUMBERS + more + SAMPLE.replace(TRIES.format(TRIES_OF_SAMPLE), TRIES.format(patience)),
            extra={"aeap.conf": f'#include "{folder}/site/asterisk/aeap_ivrcore.conf"\n'},
        )

    def _write_site(self, *parts: object) -> None:
        for name in ("agi", "aeap"):
            secret = self.site / "secrets" / name
            secret.touch(mode=0o600)
            secret.write_text(SECRET)
        super()._write_site(*parts)  # type: ignore[arg-type]
        (self.site / "asterisk/extensions_ivrcore.conf").touch()  # a site without ARI has none to include

    def begin(self) -> AgiSite:
        self.start()
        self.serve()
        self.pbx.rx("dialplan set global AGISIGHUP no")  # a site may have it so
        self.pbx.rx(f"dialplan set global IVRCORE agi://127.0.0.1:{self.agi_port}/{SECRET}")
        return self

    def complaints(self) -> list[str]:
        """What Asterisk says of the sample."""
        lines = self.pbx.log.read_text().splitlines()
        return [line for line in lines if "ivrcore-sample" in line and re.search(r"ERROR|WARN", line)]


@contextmanager
def running(
    folder: Path,
    *,
    more: str = "",
    prepare: Callable[[AgiSite], None] = lambda _: None,
    patience: int = TRIES_OF_SAMPLE,
    plan: str = BANK,
    phones: int = 4,
    **parts: str,
) -> Iterator[AgiSite]:
    """A site and its Asterisk, checked in the end.

    ``parts`` are of its configuration, ``more`` contexts are Asterisk's; ``prepare`` comes before the start.
    ``patience`` is how often the sample asks again, ``plan`` the dialplan in which callers by AGI begin at
    `welcome`, ``phones`` how many there are.
    """
    lab = AgiSite(folder, parts, more, patience, plan, phones)
    try:
        prepare(lab)
        yield lab.begin()
        check(lab)
        assert lab.complaints() == []
    finally:
        lab.close()
