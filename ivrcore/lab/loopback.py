"""HTTP to the lab's own servers: through no proxy that the environment names, which cannot reach them."""

from urllib.request import ProxyHandler, build_opener

LOOPBACK = build_opener(ProxyHandler({}))
