"""The short form of `tests.bench.chaos`: two stores and a plain client at one account, kills and cut connections."""

from __future__ import annotations

from pathlib import Path

from tests.support.chaos import storm
from tests.support.servers import MailServer


def test_two_stores_and_another_client_agree_in_the_end(mail_server: MailServer, tmp_path: Path) -> None:
    end = storm(mail_server, tmp_path, seed="7", seconds=25, start_with=60)
    assert end.wrong == [], "\n".join([*end.wrong, *end.notes])
    assert end.notes == []
    assert end.delivered > 60
    assert end.there > 30
    assert sum(times for what, times in end.did.items() if what.startswith("mailtui ")) > 5
