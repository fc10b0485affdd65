"""Webhook targets: which URLs are accepted, and which addresses may be connected to.

Without these checks a client could make this machine send requests that only it can send (SSRF).
The final check is on the address that is connected to, see actors/webhooks/http_sender.py.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_CHARACTERS = 2000
MAX_HOST_CHARACTERS = 253  # no name service knows a longer one

_BLOCKED = """
0.0.0.0/8           an unspecified address
10.0.0.0/8          a private address
100.64.0.0/10       a private address
127.0.0.0/8         a loopback address
168.63.129.16/32    a metadata address
169.254.0.0/16      a link-local address
172.16.0.0/12       a private address
192.0.0.0/24        a reserved address
192.0.2.0/24        a reserved address
192.88.99.0/24      a tunnel address
192.168.0.0/16      a private address
198.18.0.0/15       a reserved address
198.51.100.0/24     a reserved address
203.0.113.0/24      a reserved address
224.0.0.0/4         a multicast address
240.0.0.0/4         a reserved address
::/128              an unspecified address
::1/128             a loopback address
2001::/32           a tunnel address
2001::/23           a reserved address
2001:db8::/32       a reserved address
2002::/16           a tunnel address
3fff::/20           a reserved address
fc00::/7            a private address
fe80::/10           a link-local address
fec0::/10           a private address
ff00::/8            a multicast address
"""
# IANA's special-purpose registries (RFC 6890), and what tunnels to them: 6to4 (2002::/16 and its
# relays), Teredo (2001::/32). 168.63.129.16 is Azure's metadata, that of others is link-local.
BLOCKED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(line.split()[0]), line.split(maxsplit=1)[1])
    for line in _BLOCKED.strip().splitlines()
)
_GLOBAL = ip_network("2000::/3")  # the allocated part of IPv6
_NAT64 = ip_network("64:ff9b::/96")  # IPv4 addresses as seen in a network with only IPv6

_IN_THE_WAY = set('\\<>"{}|^` \t\r\n\0')
"""Characters that URL parsers treat differently."""


def why_not(address: Address, allow: Sequence[Network]) -> str | None:
    """Why this address is forbidden ("a loopback address"); None if it is allowed."""
    address = _ipv4_of(address)
    if any(address in network for network in allow):
        return None
    for network, what in BLOCKED:
        if address in network:
            return what
    if isinstance(address, IPv6Address) and address not in _GLOBAL:
        return "a reserved address"
    if is_own(address):
        return "an address of this machine"
    return None


def _ipv4_of(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def is_own(address: Address) -> bool:
    """Whether an interface of this machine has the address at this moment.

    A connection to it would not pass the firewall, even if the address is public.
    """
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))  # the kernel binds only to its own addresses
    except OSError:
        return False
    if not _binds_to_any(address):
        return True
    try:
        return str(address) in _listed_addresses()
    except OSError:  # unknown: refuse the address to be safe
        return True


def _binds_to_any(address: Address) -> bool:
    """Whether the kernel binds to addresses of other machines, too, as with keepalived."""
    setting = Path(f"/proc/sys/net/ipv{address.version}/ip_nonlocal_bind")
    try:
        return setting.read_text().strip() != "0"
    except OSError:  # not Linux: there is no such setting
        return False


def _listed_addresses() -> set[str]:
    """The addresses of all interfaces as Linux lists them."""
    routes = Path("/proc/net/fib_trie").read_text()
    interfaces = Path("/proc/net/if_inet6").read_text().splitlines()
    return {
        *re.findall(r"\|-- ([\d.]+)\n\s+/32 host LOCAL", routes),
        *(str(IPv6Address(int(line.split()[0], 16))) for line in interfaces),
    }


def webhook_url(text: str) -> str:
    """The URL as it is stored and requested. Raises ValueError with a reason for the client."""
    if any(character in _IN_THE_WAY or not character.isprintable() for character in text):
        raise ValueError('Must not contain spaces, control characters or any of \\<>"{}|^`.')
    if "#" in text:
        raise ValueError("Must not have a fragment.")
    try:
        url = URL(text)
        host, port = url.raw_host, url.port
    except ValueError:
        raise ValueError("Is not a valid URL.") from None
    if url.scheme not in ("http", "https"):
        raise ValueError("Must begin with http:// or https://.")
    if "@" in url.raw_authority:
        raise ValueError("Must not contain a user name or a password.")
    if not host or len(host) > MAX_HOST_CHARACTERS or "%" in host or port == 0:
        raise ValueError("Is not a valid URL.")
    address = _address_of(host)
    if host.replace(".", "").isdigit() and host != str(address):
        raise ValueError("Must have an address as four decimal numbers.")
    # requoting keeps the meaning, but some signatures in queries cover the exact bytes
    stored = text if text.isascii() and text.startswith(f"{url.scheme}://{host}") else str(url)
    if len(stored) > MAX_URL_CHARACTERS:
        raise ValueError(f"Has {len(stored)} characters; at most {MAX_URL_CHARACTERS} are allowed.")
    return stored


def why_not_there(url: str, allow: Sequence[Network]) -> str | None:
    """Why this URL is forbidden, as a sentence with the remedy; None if it is allowed.

    This checks only the text: a name is resolved and checked at every attempt.
    """
    address = _address_of(URL(url, encoded=True).raw_host or "")
    why = None if address is None else why_not(address, allow)
    if address is None or why is None:
        return None
    return (
        f"Leads to {why}, which webhooks may not reach. The operator can allow it: "
        f'[webhooks] allow = ["{_ipv4_of(address)}"]'
    )


def _address_of(host: str) -> Address | None:
    """The address that a host stands for, in any form that resolvers accept; None for a name."""
    host = host.rstrip(".")
    if _is_local(host):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))  # decimal, octal, hexadecimal, shortened
    except OSError:
        return None


def _is_local(host: str) -> bool:
    """Whether a name always means this machine (RFC 6761, 6.3)."""
    return host.rstrip(".").rpartition(".")[2].lower() == "localhost"
