"""Asterisk's dialplan: extensions.conf and the files that it includes, as a draft of ours."""
