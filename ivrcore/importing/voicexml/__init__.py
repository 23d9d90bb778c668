"""VoiceXML 2.1 documents as a draft of ours."""
