"""The set-up itself: the port `SettingUp` for real."""

from __future__ import annotations

import asyncio
import os
import pwd
from dataclasses import replace
from datetime import date

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import SecretKind
from mailtui.model.errors import AuthError
from mailtui.model.setting_up import Draft, Found, Place
from mailtui.setup import keeping, trying, writing
from mailtui.setup.finding import Ways, find


class FirstAccount:
    """For the config file at `path`. `ways`: how the world is asked, else the real one."""

    def __init__(self, path: str, ways: Ways | None = None) -> None:
        self.path = os.path.abspath(path)
        self._ways = ways

    def ways(self) -> tuple[SecretKind, ...]:
        return keeping.ways()

    def person(self) -> str:
        try:
            known = pwd.getpwuid(os.getuid())
        except (KeyError, OSError):
            return ""
        name = safe_line(known.pw_gecos.partition(",")[0]).strip()
        return "" if name.lower() == known.pw_name.lower() else name

    def find(self, email: str) -> Found:
        ways = self._ways = self._ways or Ways.real()
        return asyncio.run(find(email, ways))

    def check(self, draft: Draft, place: Place) -> str:
        return asyncio.run(trying.check(draft, place))

    def write(self, draft: Draft) -> str:
        if os.path.lexists(self.path):
            raise writing.there_is_one(self.path)
        draft = replace(draft, account=draft.account or writing.account_name(draft.email))
        kept = None
        if draft.way is SecretKind.KEYRING:
            if draft.password is None:
                raise AuthError("there is no password to keep", "type it")
            kept = keeping.Kept(draft.incoming.host, draft.user)
            kept.put(draft.password)
        try:
            writing.write(draft, self.path, date.today())
        except BaseException:
            if kept is not None:
                kept.take_back()
            raise
        return self.path
