"""The verbs that every dialplan has, in the order of the reference. Plugins add others on the same foo"""

from ivrcore.dialplan.step import Step
from ivrcore.dialplan.verbs.branch import Branch, If
from ivrcore.dialplan.verbs.collect import Collect, Identify
from ivrcore.dialplan.verbs.confirm import Confirm
from ivrcore.dialplan.verbs.go import Answer, Do, EnterMenu, Goto, HangUp, Return
from ivrcore.dialplan.verbs.queue import Queue
from ivrcore.dialplan.verbs.say import Play, Say

CORE: tuple[type[Step], ...] = (
    Say,
    Play,
    EnterMenu,
    Goto,
    Do,
    Return,
    If,
    Branch,
    Collect,
    Confirm,
    Identify,
    Queue,
    HangUp,
    Answer,
)
