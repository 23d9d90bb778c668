"""A recogniser as a process of its own, which speaks the websocket protocol of alphacep/vosk-server.

What ``ivrcore speech serve`` runs: one model, shared by many streams, on this machine or another one. It adds
what that server lacks: a token, pages for health and metrics, a limit of streams, a voice gate, time-outs.
Knows nothing of calls, of dialplans or of Asterisk; asyncio alone, no Twisted.
"""

from ivrcore.speech_worker.run import main
from ivrcore.speech_worker.settings import Settings

__all__ = ["Settings", "main"]
