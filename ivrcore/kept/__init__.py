"""Utterances of failed turns that are kept, with the caller's consent, for who tunes menus."""
