"""What an address of the network says of itself. Asks nobody."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, reached without a network; a name other than localhost is not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
