"""Free TCP ports on the loopback address; always 127.0.0.1, because `localhost` does not resolve everywhere."""

import socket
import sys
from collections.abc import Iterable

from embedded.errors import NoFreePort

LOOPBACK = "127.0.0.1"
_claims: dict[int, socket.socket] = {}


def free_port(*, preferred: Iterable[int] = ()) -> int:
    """Return the first preferred port nobody listens on; without preferences, one the kernel picks.

    A preferred port is claimed for as long as this process lives: web servers share a port with whoever binds it in
    the same way, so of two installations that start at once each would answer the other's requests. Between a kernel's
    pick and its use another process may take the port; callers retry when their server cannot bind. Raises NoFreePort
    when all preferred ports are taken.
    """
    tried = list(preferred)
    for port in tried:
        if is_free(port) and _claim(port):
            return port
    if tried:
        raise NoFreePort(f"Ports {tried[0]} to {tried[-1]} on {LOOPBACK} are all taken.")
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _claim(port: int) -> bool:
    """Claim a port among our own launchers, by a name that Linux forgets when the process ends."""
    if port in _claims or not sys.platform.startswith("linux"):
        return True
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0tributary-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port now, on loopback and on the wildcard address alike."""
    if is_listening(port):
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Tell whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0
