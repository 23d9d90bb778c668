"""Reading other systems' call flows (Asterisk's extensions.conf, VoiceXML 2.1) into dialplans of ours.

Nothing is dropped silently: every line of a source is named in a comment of the YAML that is written, and
what could not be translated is listed with its place, a stable code and a hint as well. Must not know of
calls, of a running server, or of how our own parser reads what is written here.
"""
