"""The HTTP side: API with token, health, metrics, status page."""
