"""The autoconfig file of a domain: what it tells, and what a hostile one gets."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.account import Protocol, SecretKind, Security
from mailtui.model.setting_up import Place
from mailtui.setup.autoconfig import LARGEST, AutoconfigError, read

EMAIL = "anna@example.org"


def server(kind: str = "imap", host: str = "imap.%EMAILDOMAIN%", port: str = "993", security: str = "SSL",
           user: str = "%EMAILADDRESS%", ways: tuple[str, ...] = ("password-cleartext",)) -> str:  # fmt: skip
    element = "outgoingServer" if kind == "smtp" else "incomingServer"
    how = "".join(f"<authentication>{way}</authentication>" for way in ways)
    return (
        f'<{element} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{security}</socketType>'
        f"<username>{user}</username>{how}</{element}>"
    )


def config(*servers: str, name: str = "Example &amp; Sons") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><clientConfig version="1.1"><emailProvider id="example.org">'
        f"<domain>example.org</domain><displayName>{name}</displayName>{''.join(servers)}</emailProvider></clientConfig>"
    ).encode()


def test_servers_are_read() -> None:
    found = read(
        config(
            server("pop3", "pop.example.org", "995"),
            server("imap", "imap.example.org", "143", "STARTTLS"),
            server("imap", user="%EMAILLOCALPART%"),
            server("smtp", "smtp.example.org", "587", "STARTTLS"),
        ),
        EMAIL,
    )
    assert found is not None
    assert found.incoming == (
        Place(Protocol.IMAP, "imap.example.org", 993, Security.TLS),
        Place(Protocol.POP3, "pop.example.org", 995, Security.TLS),
    )
    assert found.outgoing == Place(Protocol.SMTP, "smtp.example.org", 587, Security.STARTTLS)
    assert (found.user, found.provider, found.way) == ("anna", "Example & Sons", None)


def test_a_password_is_preferred_to_a_token_and_only_a_token_is_said() -> None:
    both = read(config(server(ways=("OAuth2",), host="oauth.example.org"), server()), EMAIL)
    assert both is not None
    assert (both.incoming[0].host, both.way) == ("imap.example.org", None)
    token = read(config(server(ways=("OAuth2",))), EMAIL)
    assert token is not None
    assert token.way is SecretKind.TOKEN_COMMAND


@pytest.mark.parametrize(
    "bad",
    [
        server(security="plain"),
        server(host=""),
        server(host="imap.example.org/../x"),
        server(host="imap example org"),
        server(host="&#x202e;gro.elpmaxe"),
        server(port="0"),
        server(port="65536"),
        server(port="９９３"),
        server(port="99999999999999999999"),
        server("exchange"),
    ],
)
def test_servers_that_are_none_are_left_out(bad: str) -> None:
    assert read(config(bad), EMAIL) is None


def test_a_strange_login_is_not_taken() -> None:
    found = read(config(server(user="a&#x9b;31m b")), EMAIL)
    assert found is not None
    assert found.user == EMAIL


def test_the_name_is_made_safe() -> None:
    found = read(config(server(), name="evil&#x9b;2J&#x202e;" + "x" * 500), EMAIL)
    assert found is not None
    assert "\x9b" not in found.provider
    assert "\u202e" not in found.provider
    assert len(found.provider) <= 60


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 9))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>not found",
        b"\xff\xfe\x00",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">' + LAUGHS + b"]><clientConfig>&l8;</clientConfig>",
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><clientConfig>&f;</clientConfig>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><clientConfig/>',
        b"<a>" * 1000,
        b"<a>" + b"x" * LARGEST + b"</a>",
        b'<?xml version="1.0" encoding="no-such"?><clientConfig/>',
    ],
)
def test_hostile_files_are_refused(data: bytes) -> None:
    with pytest.raises(AutoconfigError):
        read(data, EMAIL)


def test_many_servers_and_long_texts_are_bounded() -> None:
    many = read(config(*[server()] * 100), EMAIL)
    assert many is not None
    assert len(many.incoming) == 1
    assert read(config(server(host="a" * 5000)), EMAIL) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(AutoconfigError):
        assert read(data, EMAIL) is None


@given(st.text(max_size=60).filter(lambda text: not set(text) & set("<&")))
def test_any_host_is_a_host_or_left_out(host: str) -> None:
    with contextlib.suppress(AutoconfigError):
        found = read(config(server(host=host)), EMAIL)
        assert found is None or all(c.isascii() and (c.isalnum() or c in "-_.") for c in found.incoming[0].host)
