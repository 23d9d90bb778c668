"""What callers say, as streams of audio."""
