"""Which hosts are this machine."""

import pytest

from ivrcore.addresses import is_loopback


@pytest.mark.parametrize(
    ("host", "this"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_only_what_needs_no_network_is_this_machine(host: str, this: bool) -> None:
    assert is_loopback(host) is this
