"""`speech: keep:`, what is kept of failed turns; and whether a dialplan ever asks callers for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.model import KeepConfig, is_yes
from ivrcore.config.rules import NO_CONSENT
from ivrcore.config.secret import decode_key, read_secret
from ivrcore.expressions.syntax import Expression, Literal
from ivrcore.expressions.text import Template
from ivrcore.problems import quoted
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivrcore.config.model import Config
    from ivrcore.dialplan.model import Plan
    from ivrcore.dialplan.step import Refers
    from ivrcore.fields import Fields
    from ivrcore.location import Location
    from ivrcore.problems import Problems
    from ivrcore.yamltree import Node

_VARIABLE = re.compile(r"[^\W\d]\w{0,39}")
EVERYBODY = "yes"
HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0
MEGABYTE = 1_000_000


def read_keep(parent: Fields, folder: Path, env: Mapping[str, str]) -> KeepConfig | None:
    """Read ``keep:``; None where nothing is to be kept, or what is written is not enough for it."""
    fields = parent.within("keep", "'keep'")
    if fields is None:
        return None
    consent = fields.text("consent", required=True)
    if consent and not _VARIABLE.fullmatch(consent):
        hint = "a variable that dialplans set to yes once a caller agreed"
        fields.bad(fields.location, f"'consent' cannot be {quoted(consent)}", hint)
    key = decode_key(read_secret(fields, "key", folder, env), fields)
    result = KeepConfig(
        consent="" if consent == EVERYBODY else consent,
        key=key,
        folder=folder / fields.text("folder", "var/kept"),
        longest=fields.seconds("longest", 30 * DAY, least=HOUR, most=YEAR),
        room=fields.integer("megabytes", 200, least=10, most=1_000_000) * MEGABYTE,
    )
    fields.finish(keys.KEEP)
    return result if consent and key else None


def check_folder(config: Config, top: Fields) -> None:
    """Report a folder that other things of the site lie in: nobody but the server may enter it."""
    keep = config.speech.keep
    if keep is None:
        return
    others = {
        "the configuration": config.folder,
        "the journal": config.journal.path,
        "dialplans": config.dialplans,
        "prompts": config.prompts,
        "announcements": config.announcements,
        "the cache": config.cache,
        "messages": config.messages,
    }
    closed = keep.folder.resolve()
    inside = [what for what, path in others.items() if path.resolve().is_relative_to(closed)]
    if inside:
        message = f"utterances cannot be kept in {keep.folder}: {_list(inside)} would be closed to others"
        top.bad(_place(top, "speech", "keep", "folder"), message, "a folder of their own, such as var/kept")


def _list(names: Sequence[str]) -> str:
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])


def _place(top: Fields, *keys: str) -> Location:
    """Give where the innermost of these keys is written, each within the one before."""
    node: Node | None = top.node
    place = top.location
    for key in keys:
        entry = node.get(key) if isinstance(node, MapNode) else None
        if entry is None:
            break
        node, place = entry.value, entry.location
    return place


def check_consent(
    keep: KeepConfig | None, plans: Iterable[Plan], place: Location, problems: Problems
) -> None:
    """Report a variable that no dialplan sets to a yes: nobody is ever asked, and nothing is ever kept."""
    if keep is None or not keep.consent:
        return
    for plan in plans:
        if is_yes(plan.variables.get(keep.consent)) or any(
            _may_agree(refers, keep.consent) for block in plan.blocks.values() for refers in block.refers
        ):
            return
    message = f"no dialplan sets {quoted(keep.consent)} to yes, so no caller ever agrees to be kept"
    problems.report(NO_CONSENT, place, message, f"ask callers, then: set: {{{keep.consent}: yes}}")


def _may_agree(refers: Refers, consent: str) -> bool:
    """Whether a step may set the variable to a yes: not if it is written out that it is another value."""
    if all(name.text != consent for name in refers.sets):
        return False
    match dict(refers.hides).get(consent):
        case Expression(root=Literal(value)):
            return value is True or value == "yes"
        case Template(slotted=False, text=text):
            return text == "yes"
    return True
