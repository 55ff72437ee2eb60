"""The list of large providers."""

from __future__ import annotations

import pytest

from mailtui.model.account import Protocol, SecretKind, Security
from mailtui.model.setting_up import Place
from mailtui.setup.hosts import domain_of, is_host, is_loopback, is_public, within
from mailtui.setup.provider import Provider
from mailtui.setup.providers import PROVIDERS, by_domain, by_exchanger


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: f"{one.name}-{one.imap}")
def test_every_entry_can_be_used(provider: Provider) -> None:
    found = provider.found("anna@example.org", "in the list")
    assert found.closed == (not found.incoming)
    assert bool(found.outgoing) == bool(found.incoming)
    for place in (*found.incoming, *filter(None, [found.outgoing])):
        assert is_host(place.host)
        assert place.security is not Security.NONE or is_loopback(place.host)
    assert found.note or not found.closed
    assert found.link == "" or found.link.startswith("https://")


def test_no_domain_has_two_providers() -> None:
    domains = [domain for one in PROVIDERS for domain in one.domains.split()]
    assert len(domains) == len(set(domains))
    exchangers = [suffix for one in PROVIDERS for suffix in one.mx.split()]
    assert len(exchangers) == len(set(exchangers))


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("gmail.com", "Gmail"),
        ("hotmail.co.uk", "Outlook"),
        ("outlook.de", "Outlook"),
        ("yahoo.com.br", "Yahoo"),
        ("yahoo.co.jp", "Yahoo Japan"),
        ("contoso.onmicrosoft.com", "Microsoft 365"),
        ("proton.me", "Proton"),
        ("web.de", "WEB.DE"),
        ("yahoo.example.com", None),
        ("live.example.org", None),
        ("outlook.evil.uk", None),
        ("notgmail.com", None),
        ("sub.gmail.com", None),
        ("example.org", None),
    ],
)
def test_by_domain(domain: str, name: str | None) -> None:
    found = by_domain(domain)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("aspmx.l.google.com", "Gmail"),
        ("example-org.mail.protection.outlook.com", "Microsoft 365"),
        ("in1-smtp.messagingengine.com", "Fastmail"),
        ("mx01.kundenserver.de", "IONOS"),
        ("evilgoogle.com", None),
        ("mx.example.org", None),
    ],
)
def test_by_exchanger(host: str, name: str | None) -> None:
    found = by_exchanger(host)
    assert (found.name if found else None) == name


def test_gmail_whole() -> None:
    provider = by_domain("gmail.com")
    assert provider is not None
    found = provider.found("anna@gmail.com", "in the list")
    assert found.incoming == (
        Place(Protocol.IMAP, "imap.gmail.com", 993, Security.TLS),
        Place(Protocol.POP3, "pop.gmail.com", 995, Security.TLS),
    )
    assert found.outgoing == Place(Protocol.SMTP, "smtp.gmail.com", 465, Security.TLS)
    assert not found.save_sent
    assert "apppasswords" in found.link


def test_logins_and_tokens() -> None:
    web, live, hey = by_domain("web.de"), by_domain("live.com"), by_domain("hey.com")
    assert web is not None
    assert web.found("anna@web.de", "x").user == "anna"
    assert live is not None
    assert live.found("anna@live.com", "x").way is SecretKind.TOKEN_COMMAND
    assert hey is not None
    assert hey.found("anna@hey.com", "x").closed


def test_hosts() -> None:
    assert domain_of("Anna@Example.ORG.") == "example.org"
    assert domain_of("anna@bücher.example") == "xn--bcher-kva.example"
    assert [domain_of(bad) for bad in ("anna", "@x.org", "anna@", "anna@a..b", "a@[127.0.0.1]")] == [""] * 5
    assert is_public("example.org")
    assert not any(map(is_public, ("localhost", "a.localhost", "x.invalid", "127.0.0.1", "intranet")))
    assert within("imap.example.org", "example.org")
    assert not within("badexample.org", "example.org")
