"""The configuration that points mailtui at the demo's servers."""

from __future__ import annotations

from mailtui.demo.server import HOST, PASSWORD, USER, Ports
from mailtui.model.account import (
    Account,
    Protocol,
    Secret,
    SecretKind,
    SecretSource,
    Security,
    ServerSettings,
    Settings,
)
from mailtui.model.ids import AccountId


def settings(ports: Ports, store_dir: str) -> Settings:
    """Settings with the one account `demo`. `store_dir`: absolute path of a folder that is thrown away afterwards."""
    secret = SecretSource(SecretKind.PLAIN, plain=Secret(PASSWORD))

    def server(protocol: Protocol, port: int) -> ServerSettings:
        return ServerSettings(protocol, HOST, port, Security.NONE, USER, secret)

    account = Account(
        AccountId("demo"),
        USER,
        "Robin Ashworth",
        imap=server(Protocol.IMAP, ports.imap),
        smtp=server(Protocol.SMTP, ports.smtp),
        poll_seconds=60,
    )
    return Settings(accounts=(account,), store=store_dir)
