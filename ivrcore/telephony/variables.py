"""Names of Asterisk's channel variables, dialplan functions and arguments that ivrcore reads or writes."""

CONNECTED_NAME = "CONNECTEDLINE(name)"
"""The other side's name as the dialled phone shows it (set before the dial, it becomes From's)."""

CONNECTED_NUMBER = "CONNECTEDLINE(num)"
"""The other side's number as the dialled phone shows it."""

MEDIA_CONNECTION = "MEDIA_WEBSOCKET_CONNECTION_ID"
"""Where to connect for a media channel's audio: ``/media/<value>``."""

RTP_HOST, RTP_PORT = "UNICASTRTP_LOCAL_ADDRESS", "UNICASTRTP_LOCAL_PORT"
"""Where a media channel's audio is sent from, when it is sent as RTP."""

ADD_HEADER = "PJSIP_HEADER(add,{name})"
"""A SIP header of the INVITE to a dialled phone; the channel must exist and not have been dialled yet."""

HEADER_QUEUE = "X-Queue"
"""SIP header that names the queue to the agent's phone."""

HEADER_CALLED = "X-Called-Number"
"""SIP header that keeps the number the caller dialled."""

ARGUMENT_INBOUND = "inbound"
"""First argument of ``Stasis()`` for a caller; the called number follows."""

ARGUMENT_SENT = "sent"
"""Argument behind the called number of a caller whom the node's other server, which drains, did not take."""

RESULT = "IVRCORE_RESULT"
"""What came of an AGI request, for the lines behind it."""

AGAIN = "IVRCORE_AGAIN"
"""Not empty behind an AGI request that another process of ours goes on with, if it is asked again at once."""

BACK = "IVRCORE_BACK"
"""Where a caller's dialplan goes on if the AGI request dies while a phone is dialled for them."""

ARGUMENT_CODE = "code"
"""First argument for an agent's phone that dialled a code; what was dialled follows."""

NOT_SENT = "0"
"""Third argument for a call that no other phone transferred to a code."""

ARGUMENT_DIALLED = "dialled"
"""First argument for a leg that we dial; its leg id follows."""

ARGUMENT_PART = "part"
"""First argument for a snoop or media channel that belongs to a leg."""


def header(name: str) -> str:
    """The variable that adds a SIP header of this name, for `Dial.variables`."""
    return ADD_HEADER.format(name=name)
