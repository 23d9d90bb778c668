"""Speech recognition for any dialplan of Asterisk, by its External Application Protocol (AEAP).

Asterisk's `SpeechCreate`, `SpeechBackground` and AGI's `SPEECH …` connect to us through `res_speech_aeap`: a
websocket with the subprotocol ``speech_to_text``. Knows nothing of sessions, legs or the REST interface.
"""
