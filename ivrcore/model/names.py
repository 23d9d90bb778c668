"""The closed sets of words that events and figures use, as string enums (so that they read well in JSON)."""

from enum import IntEnum, StrEnum


class Cause(IntEnum):
    """Q.850 cause codes that we give or read (ITU-T Q.850 table 1; Asterisk's causes.h uses the same)."""

    UNALLOCATED = 1
    NORMAL = 16
    BUSY = 17
    NO_USER_RESPONSE = 18
    NO_ANSWER = 19
    REJECTED = 21
    UNREACHABLE = 27
    CONGESTION = 34
    TEMPORARY_FAILURE = 41
    UNAVAILABLE = 44
    INTERWORKING = 127


class AgentState(StrEnum):
    """What an agent is doing, as far as offering a contact is concerned."""

    LOGGED_OUT = "logged_out"
    PAUSED = "paused"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class Device(StrEnum):
    """What Asterisk says of an agent's phone, as far as contacts that are not ours are concerned."""

    UNKNOWN = "unknown"
    """It says nothing: the phone counts as usable."""
    IDLE = "idle"
    BUSY = "busy"
    """In a call that no queue gave."""
    UNREACHABLE = "unreachable"


RESTING = "resting"
"""How a ready agent is counted who missed an offer and is left alone for a while."""
OFF_QUEUE = "off_queue"
"""How a ready agent is counted who is in a call that no queue gave."""
UNREACHABLE = "unreachable"
"""How a ready agent is counted whose phone cannot be reached."""
COUNTED = (*(state.value for state in AgentState), RESTING, OFF_QUEUE, UNREACHABLE)
"""How agents are counted: each as one of these at a time."""
KEPT_AWAY = {Device.BUSY: OFF_QUEUE, Device.UNREACHABLE: UNREACHABLE}
"""What of the phone keeps a ready agent from contacts, and how the agent is counted then."""


def counted_as(state: AgentState, *, resting: bool, device: Device) -> str:
    """Give the state, with what keeps a ready agent from contacts apart from ready."""
    if state is not AgentState.READY:
        return state
    return RESTING if resting else KEPT_AWAY.get(device, state)


class Outcome(StrEnum):
    """How a contact ended, exactly one each; `QUEUED` ones are told apart by their queue visits."""

    SELF_SERVED = "self_served"
    LEFT_IN_MENU = "left_in_menu"
    QUEUED = "queued"
    REFUSED = "refused"
    FAILED = "failed"


class OfferEnd(StrEnum):
    """Why an offer ended without the agent taking the contact."""

    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    AGENT_HUNG_UP = "agent_hung_up"
    UNCONFIRMED = "unconfirmed"
    """The phone was picked up, and the key that says that the agent is there was not pressed."""
    CALLER_LEFT = "caller_left"
    AGENT_LEFT = "agent_left"
    TAKEN = "taken"
    """Several phones rang, and another agent answered first."""
    WITHDRAWN = "withdrawn"
    """The server took it back: the visit ended otherwise, or the answer came too late."""
    CUSTOMER_MISSED = "customer_missed"
    """The agent took a call-back, and the customer could not be reached."""
    FAILED = "failed"


class PhoneCode(StrEnum):
    """What agents do by codes that they dial on their own phones."""

    LOGIN = "login"
    LOGOUT = "logout"
    PAUSE = "pause"
    READY = "ready"
    WRAP_UP = "wrap_up"


class CodeAnswer(StrEnum):
    """What an agent is told who dialled a code."""

    LOGGED_IN = "logged_in"
    LOGGED_IN_ALREADY = "logged_in_already"
    LOGGED_OUT = "logged_out"
    LOGGED_OUT_LATER = "logged_out_later"
    NOT_LOGGED_IN = "not_logged_in"
    READY = "ready"
    PAUSED = "paused"
    PAUSED_FOR = "paused_for"
    PAUSED_LATER = "paused_later"
    WHICH_REASON = "which_reason"
    EXTENDED = "extended"
    NOT_IN_WRAP_UP = "not_in_wrap_up"
    TOO_LONG = "too_long"
    NO_AGENT = "no_agent"
    NO_CODE = "no_code"
    FAILED = "failed"
    ENTER_PIN = "enter_pin"
    """As an event: the agent hung up, or typed nothing."""
    WRONG_PIN = "wrong_pin"
    NO_PIN = "no_pin"
    """PINs are asked for, and the agent has none."""
    PIN_LOCKED = "pin_locked"
    """Too many wrong ones lately."""


class LeftQueue(StrEnum):
    """Why a visit ended that was neither answered nor abandoned."""

    TIMED_OUT = "timed_out"
    NOBODY_THERE = "nobody_there"
    FULL = "full"
    """As many wait already as the queue lets wait."""
    TOO_LONG = "too_long"
    """The expected wait is longer than the queue allows."""
    BY_KEY = "by_key"
    WITHDRAWN = "withdrawn"
    """A supervisor sent it back to its dialplan."""
    MOVED = "moved"
    NOT_REACHED = "not_reached"
    """A call-back whose customer could not be reached; a later try is another visit."""
    EMERGENCY = "emergency"
    """The emergency switch closes the hotline, or forwards its calls."""
    FAILED = "failed"


WITHDRAWALS = (
    LeftQueue.WITHDRAWN,
    LeftQueue.TIMED_OUT,
    LeftQueue.NOBODY_THERE,
    LeftQueue.FULL,
    LeftQueue.TOO_LONG,
    LeftQueue.BY_KEY,
)
"""As what a supervisor may have a contact leave: reasons for which a dialplan may have steps."""


class Owner(StrEnum):
    """Who is in charge of a leg: one at a time, handed over by an event."""

    SESSION = "session"
    DELIVERY = "delivery"
    SERVICE = "service"
    """A transfer or a recording, until it is over."""
    NOBODY = "nobody"


class AdoptedIn(StrEnum):
    """Where a contact was that an earlier life of the server had left."""

    DIALPLAN = "dialplan"
    QUEUE = "queue"
    OFFERED = "offered"
    """In a queue, with a phone ringing, or just picked up, for it."""
    TALK = "talk"


class By(StrEnum):
    """Who ended something."""

    CALLER = "caller"
    AGENT = "agent"
    SERVER = "server"
    UNKNOWN = "unknown"


class PromptEnd(StrEnum):
    """How a prompt ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class ChosenBy(StrEnum):
    """How the caller made a choice."""

    KEY = "key"
    SPEECH = "speech"


class EngineChange(StrEnum):
    """What became of a recogniser that is in use."""

    OUT = "out"
    """It failed, and is left out for a while."""
    TRIED = "tried"
    """One utterance is given to it again."""
    BACK = "back"


class EngineFault(StrEnum):
    """Why a recogniser was taken out."""

    RAISED = "raised"
    STALLED = "stalled"
    """It gave no answer in time, or did not keep up with what was said."""
    LATE = "late"
    """Too many of its answers took too long."""
    LIED = "lied"
    """It gave what is no hypothesis."""


class SpeechRefusal(StrEnum):
    """Why a menu does not listen though it would."""

    BUSY = "busy"
    """There is no room for another caller to be listened to: here, or where the recognisers are."""
    OUT = "out"
    """Every recogniser of the language is out of service at the moment, or could not be loaded."""
    LOADING = "loading"
    """No recogniser of the language is there yet."""


FAULTS = {
    EngineFault.RAISED: "raised an error",
    EngineFault.STALLED: "gave no answer in time",
    EngineFault.LATE: "answered too late too often",
    EngineFault.LIED: "gave what is no hypothesis",
}
"""What it did, as people are told."""


class Verdict(StrEnum):
    """What was made of an utterance."""

    ACCEPT = "accept"
    CONFIRM = "confirm"
    REJECT = "reject"


Scalar = bool | int | float | str | None
"""What a variable of a dialplan, a field of a lookup's answer or a fact in an event may hold."""


class Service(StrEnum):
    """What a dialplan may ask of the outside, while the caller waits."""

    LOOKUP = "lookup"
    IDENTIFY = "identify"
    TRANSFER = "transfer"
    CALL_BACK = "call_back"
    RECORD = "record"
    EMERGENCY = "emergency"


class Told(StrEnum):
    """How a service answered."""

    DONE = "done"
    REFUSED = "refused"
    """The service works and says no: a wrong PIN, a forbidden number, a limit that is reached."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


class OutboundRefusal(StrEnum):
    """Why the toll-fraud guard did not let a number be dialled."""

    OFF = "off"
    """The site allows no outside number."""
    NO_NUMBER = "no_number"
    DENIED = "denied"
    NOT_ALLOWED = "not_allowed"
    CALLER_ID = "caller_id"
    """The number to be shown is not one of the site's."""
    AT_ONCE = "at_once"
    PER_HOUR = "per_hour"
    PER_CALLER = "per_caller"
    PER_NUMBER = "per_number"
    """The number that is called was called often enough."""
    ANONYMOUS = "anonymous"
    """Enough was dialled for callers without a number."""


class TriesLimit(StrEnum):
    """Whose tries of a PIN were too many."""

    WHO = "who"
    """Those for one customer (or all supervisors), whoever calls."""
    CALL = "call"
    """Those of one call, whomever they were for."""
    CALLER = "caller"
    """Those from one calling number, over all calls."""
    HIDDEN = "hidden"
    """Those of all callers without a number together."""


class CallBackEnd(StrEnum):
    """How a call-back ended."""

    TALKED = "talked"
    HUNG_UP = "hung_up"
    """The customer was reached and hung up before an agent was there."""
    NOT_REACHED = "not_reached"
    """All tries were made."""
    TOO_OLD = "too_old"
    NUMBER_ERASED = "number_erased"
    """Somebody had the customer's number erased, so nobody knows any more whom to call."""
    NUMBER_UNREADABLE = "number_unreadable"
    """The number is kept, but not with the key that the configuration has now."""
    QUEUE_GONE = "queue_gone"
    """The configuration has no such queue any more."""
    REPLACED = "replaced"
    """The same caller asked for another one."""
    REFUSED = "refused"
    """The rules for outside numbers, as they are now, do not allow this one."""
    CALLED_IN = "called_in"
    """The customer called again, or waited on, and talks with an agent."""
    GOES_ON = "goes_on"
    """Who called in waits in person at its place; it is the call-back of that call from now on."""
    FAILED = "failed"


class Universal(StrEnum):
    """What a caller may say or press in every menu."""

    HELP = "help"
    REPEAT = "repeat"
    BACK = "back"
    START_OVER = "start_over"
    AGENT = "agent"


class Impatient(StrEnum):
    """Why a caller is taken to a person ahead of others."""

    WORDS = "words"
    """They said so, or swore."""
    MISHEARD = "misheard"
    """What they said was not understood, again and again."""


class EmergencyAction(StrEnum):
    """What supervisors may have the hotline do with calls."""

    OPEN = "open"
    """As usual: the emergency is over."""
    MESSAGE = "message"
    """Play a message, then go on as usual."""
    CLOSE = "close"
    """Play a message, then hang up."""
    FORWARD = "forward"
    """Play a message, if there is one, then transfer to a number."""


class PublishedBy(StrEnum):
    """The way in which a version of a dialplan took effect, or was refused."""

    START = "start"
    """It was in the site's folder when the server started."""
    SAVED = "saved"
    """A file of the site was saved, or removed."""
    RELOAD = "reload"
    API = "api"
    EDITOR = "editor"
    CLI = "cli"
    ROLLBACK = "rollback"


class Via(StrEnum):
    """By which way somebody changed what callers hear."""

    API = "api"
    FILE = "file"
    PHONE = "phone"
