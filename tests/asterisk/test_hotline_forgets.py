"""Old personal values are removed beside a server with calls, which go on, and whose own values stay."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from ivrcore.config import load_config
from ivrcore.journal import forgetting
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Keys, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn
from tests.asterisk.hotlines import PLAN, happened, site
from tests.unit.history.history_site import append
from tests.unit.journal.test_forgetting import arrived, closed, put_down

pytestmark = pytest.mark.asterisk

OLD = 2_000
JOURNAL = "{path: var/journal.db, key_file: secrets/journal.key, forget_after: 1d}"


def there(lab: HotlineLab) -> set[str]:
    with closing(sqlite3.connect(lab.journal)) as connection:
        return {one for (one,) in connection.execute("SELECT id FROM subject")}


def test_given_old_values_beside_calls_then_they_go_and_the_calls_go_on(tmp_path: Path) -> None:
    plan = PLAN.replace("timeout: 1s", "timeout: 60s")
    with HotlineLab(
        tmp_path / "lab", config=site(journal=JOURNAL), dialplans={"bank.yaml": plan}, registering=True
    ) as lab:
        lab.journal.parent.mkdir(exist_ok=True)
        long_ago = time.time() - 1.5 * 86_400.0  # not so long that the clock is in doubt
        old = [f"old-{number}" for number in range(OLD)]
        append(
            lab.journal,
            [event for one in old for event in (arrived(long_ago, one, f"s-{one}"), closed(long_ago, one))],
        )
        put_down(
            lab.journal,
            {f"s-{one}": {"caller_number": one} for one in old},
            load_config(lab.site).journal.key,
        )
        lab.serve()
        lab.phones.call("5000", [Wait(0.3), Keys("2"), Stay(120)], deadline=120)
        lab.wait_for("one waits", lambda: happened(lab, events.ContactQueued))
        lab.phones.call("5000", [Stay(120)], deadline=120)
        lab.wait_for("one is in the menu", lambda: len(happened(lab, events.MenuEntered)) == 2)
        live = {one.subject for one in happened(lab, events.ContactArrived)} - {f"s-{one}" for one in old}
        assert len(live) == 2
        assert len(there(lab)) == OLD + 2
        done = subprocess.run(
            [sys.executable, "-m", "ivrcore", "journal", "forget", str(lab.site)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == f"the personal values of {OLD:,} subjects were removed\n", done.stderr
        assert there(lab) == live
        assert lab.probe("readyz") == 200
        lab.signal_server(signal.SIGKILL)
        lab.serve()
        lab.wait_for("both are taken up", lambda: len(happened(lab, events.ContactAdopted)) == 2)
        assert {one.where for one in happened(lab, events.ContactAdopted)} == {
            AdoptedIn.QUEUE,
            AdoptedIn.DIALPLAN,
        }
        assert len(happened(lab, events.ContactClosed)) == OLD
        assert forgetting.MARK in _marks(lab)
        lab.pbx.hang_up_all()


def _marks(lab: HotlineLab) -> set[str]:
    with closing(sqlite3.connect(lab.journal)) as connection:
        return {one for (one,) in connection.execute("SELECT name FROM mark")}
