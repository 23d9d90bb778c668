"""ivrcore: a plugin-based telephony / IVR server for Asterisk."""
