"""Blocked webhook targets: what is refused when a URL is submitted, and at each attempt."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from service.actors.webhooks.http_sender import WebhookSender
from service.webhooks import targets as webhook_targets
from service.webhooks.targets import webhook_url, why_not, why_not_there
from tests.support.outside import outside, says
from tests.support.running import HOME

KEY = b"k" * 24
LOOPBACK = (
    "Leads to a loopback address, which webhooks may not reach unless [webhooks] allow lists it."
)


def sender(*allow: str) -> WebhookSender:
    networks = [ip_network(network) for network in allow]
    return WebhookSender([KEY], lambda: networks, 5.0)


SPELLED = """
http://127.0.0.1/                       loopback
http://127.9.9.9:6379/                  loopback
http://localhost/                       loopback
http://LOCALHOST./                      loopback
http://feedmill.localhost/              loopback
http://[::1]/                           loopback
http://0.0.0.0/                         unspecified
http://[::]/                            unspecified
http://10.1.2.3/                        private
http://172.31.255.255/                  private
http://192.168.0.1/                     private
http://100.64.0.1/                      private
http://100.100.100.200/                 private
http://[fd00::1]/                       private
http://[fd00:ec2::254]/                 private
http://[fec0::1]/                       private
http://169.254.169.254/latest/          link-local
http://[fe80::1]/                       link-local
http://168.63.129.16/                   metadata
http://192.0.0.192/                     reserved
http://198.18.0.1/                      reserved
http://203.0.113.7/                     reserved
http://224.0.0.1/                       multicast
http://[ff02::1]/                       multicast
http://240.0.0.1/                       reserved
http://255.255.255.255/                 reserved
http://[2001:db8::1]/                   reserved
http://[4000::1]/                       reserved
http://[::ffff:127.0.0.1]/              loopback
http://[::ffff:a9fe:a9fe]/              link-local
http://[::127.0.0.1]/                   reserved
http://[::ffff:0:127.0.0.1]/            reserved
http://[64:ff9b::7f00:1]/               loopback
http://[64:ff9b::a9fe:a9fe]/            link-local
http://[64:ff9b:1::7f00:1]/             reserved
http://[2002:7f00:1::]/                 tunnel
http://[2001:0:7f00:1::80ff:fffe]/      tunnel
http://192.88.99.1/                     tunnel
http://①②⑦.⓪.⓪.①/                       loopback
http://127。0。0。1/                       loopback
http://0x7f.0x0.0x0.0x1/                loopback
http://0x7f000001/                      loopback
"""
"""URLs whose text shows that they are blocked; each is also checked at an attempt."""

MALFORMED = """
http://2130706433/                      decimal numbers
http://017700000001/                    decimal numbers
http://0177.0.0.1/                      decimal numbers
http://127.1/                           decimal numbers
http://0/                               decimal numbers
http://127.0.0.1./                      decimal numbers
http://1.1.1.1.1/                       decimal numbers
http://user:secret@example.com/         user name
http://example.com@127.0.0.1/           user name
http://127.0.0.1%2f@example.com/        user name
http://example.com\\@127.0.0.1/          characters
http://example.com#@127.0.0.1/          fragment
http://[fe80::1%25eth0]/                valid
http://ex%61mple.com/                   valid
http://example.com:0/                   valid
http://example.com:99999/               valid
http:///path                            valid
http:example.com                        valid
http://[::1                             valid
//example.com/                          begin
/hook                                   begin
ftp://example.com/                      begin
file:///etc/passwd                      begin
gopher://127.0.0.1:6379/_FLUSHALL       begin
javascript:alert(1)                     begin
"""


def table(text: str) -> list[tuple[str, str]]:
    rows = [line.split(maxsplit=1) for line in text.strip().splitlines()]
    return [(url, word) for url, word in rows]


@pytest.mark.parametrize(("url", "what"), table(SPELLED))
def test_a_blocked_address_is_refused_by_its_text(url: str, what: str) -> None:
    why = why_not_there(webhook_url(url), ())
    assert why is not None
    assert what in why


@pytest.mark.parametrize(("url", "word"), table(MALFORMED))
def test_ambiguous_urls_are_refused(url: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        webhook_url(url)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.com", "https://example.com"),
        ("https://example.com:8443/a%41?x=%2F&y=a+b", "https://example.com:8443/a%41?x=%2F&y=a+b"),
        ("HTTP://Example.COM/A", "http://example.com/A"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:4700::1111]/", "http://[2606:4700:4700::1111]/"),
        ("http://[64:ff9b::808:808]/", "http://[64:ff9b::808:808]/"),
        ("http://receiver/", "http://receiver/"),
    ],
)
def test_an_allowed_url_is_stored_in_its_normal_form(url: str, kept: str) -> None:
    assert webhook_url(url) == kept
    assert why_not_there(kept, ()) is None


def test_allowed_networks_can_be_reached() -> None:
    allow = [ip_network("127.0.0.0/8"), ip_network("fd00::/8")]
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::1"):
        assert why_not(ip_address(address), allow) is None
    for address in ("10.0.0.1", "::1", "169.254.169.254"):
        assert why_not(ip_address(address), allow)


@pytest.mark.parametrize("url", [url for url, _ in table(SPELLED)])
async def test_a_blocked_address_is_not_connected_to(url: str) -> None:
    answer = await sender().send(url, "msg_1_1", b"{}")
    assert answer.code is None
    # not every resolver knows what is in .localhost
    assert answer.hopeless or answer.reason == "The name of the host is not known."


async def test_the_address_behind_a_name_is_checked_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups: list[str] = []

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        """A name server that gave another address before, and now gives this machine's."""
        lookups.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async with outside(says({})) as world:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        url = world.url.replace("127.0.0.1", "rebound.example")
        answer = await sender().send(url, "msg_1_1", b"{}")
        assert (answer.code, answer.hopeless) == (None, True)
        assert answer.reason == LOOPBACK
        assert (await sender("127.0.0.0/8").send(url, "msg_1_1", b"{}")).code == 200
    assert lookups == ["rebound.example"] * 2
    assert len(world.requests) == 1


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Resolve every name to these addresses."""

    def look_up(_: str, port: int, *__: Any, **___: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


async def test_of_several_addresses_the_blocked_ones_are_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with outside(says({})) as world:
        names(monkeypatch, "10.255.255.1", "169.254.169.254", "127.0.0.1")
        url = world.url.replace("127.0.0.1", "several.example")
        assert (await sender("127.0.0.0/8").send(url, "msg_1_1", b"{}")).code == 200


async def test_a_name_with_only_blocked_addresses_fails_without_another_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names(monkeypatch, "10.255.255.1", "169.254.169.254", "127.0.0.1")
    answer = await sender().send("http://several.example/", "msg_1_1", b"{}")
    assert answer.hopeless
    assert answer.reason is not None
    assert answer.reason.startswith("Leads to a private address")


async def test_an_address_that_becomes_blocked_after_the_lookup_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if an interface came up, or the configuration changed, between the two."""
    allowed = [[ip_network("127.0.0.0/8")]]  # for one check
    late = WebhookSender([KEY], lambda: allowed.pop() if allowed else [], 5.0)
    async with outside(says({})) as world:
        answer = await late.send(world.url, "msg_1_1", b"{}")
    assert (answer.reason, answer.hopeless) == (LOOPBACK, True)
    assert not world.requests
    del monkeypatch


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with outside(says({})) as proxy, outside(says({})) as world:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("all_proxy", proxy.url)
        assert (await sender("127.0.0.0/8").send(world.url, "msg_1_1", b"{}")).code == 200
    assert (len(proxy.requests), len(world.requests)) == (0, 1)


# ------------------------------------------------------------------ addresses of this machine

INTERFACES = """
import subprocess, sys
from ipaddress import ip_address
from pathlib import Path
from service.webhooks.targets import why_not

def run(*words): subprocess.run(words, check=True)
def own(text): return why_not(ip_address(text), ()) == "an address of this machine"
def addresses(): return [own(one) for one in ("8.8.4.4", "8.8.8.8", "2606:4700::1", "2606:4700::2")]

run("ip", "link", "set", "lo", "up")
assert addresses() == [False] * 4, addresses()
run("ip", "addr", "add", "8.8.4.1/24", "dev", "lo")
run("ip", "addr", "add", "8.8.4.4/24", "dev", "lo")  # not the first of its network
run("ip", "-6", "addr", "add", "2606:4700::1/128", "dev", "lo", "nodad")  # usable at once
assert addresses() == [True, False, True, False], addresses()
for version in (4, 6):
    Path(f"/proc/sys/net/ipv{version}/ip_nonlocal_bind").write_text("1")
assert addresses() == [True, False, True, False], addresses()
run("ip", "addr", "del", "8.8.4.4/24", "dev", "lo")
run("ip", "-6", "addr", "del", "2606:4700::1/128", "dev", "lo")
assert addresses() == [False] * 4, addresses()
"""


def test_addresses_of_interfaces_are_blocked_while_they_exist() -> None:
    apart = ("unshare", "--map-root-user", "--net", "--mount")
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("needs a network namespace")
    ran = subprocess.run(
        [*apart, sys.executable, "-c", INTERFACES], cwd=HOME, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


async def test_an_address_of_this_machine_can_be_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_targets, "BLOCKED", ())  # as if 127.0.0.1 were public
    assert why_not(ip_address("127.0.0.1"), ()) == "an address of this machine"
    assert why_not(ip_address("::ffff:127.0.0.1"), ()) == "an address of this machine"
    async with outside(says({})) as world:
        answer = await sender().send(world.url, "msg_1_1", b"{}")
        assert (answer.code, answer.hopeless) == (None, True)
        assert (await sender("127.0.0.1").send(world.url, "msg_1_1", b"{}")).code == 200


def test_the_documented_table_has_all_tested_urls() -> None:
    page = (HOME / "docs" / "webhooks.md").read_text()
    for url, _ in [*table(SPELLED), *table(MALFORMED)]:
        assert f"`{url}`" in page, url
