"""What is taught is counted once, taken back without a trace, and follows the history."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.engine.studying import refit, study
from mailtui.mail.classify.features import read_features
from mailtui.mail.classify.spam import judge
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.intents import SORTER, Deed, Intent, Move, Redo, SetFlags, Undo
from mailtui.model.mail import Flags
from mailtui.store.arrivals import Arrivals
from mailtui.store.learning import LearningFile, due, learning_path
from mailtui.store.lessons import AD, HAM, NO_AD, SPAM, Syllabus, said_of
from mailtui.store.teaching import learned, teach
from tests.support.local_store import LocalBed, local_bed
from tests.support.teaching import contents, counted, digest, figures, ham_mail, news_mail, spam_mail

JUNK, NOT_JUNK = Flags.of(["$Junk"]), Flags.of(["$NotJunk"])


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[LocalBed]:
    with local_bed(tmp_path) as made:
        made.drop("INBOX", *range(1, 6), content=spam_mail)
        made.drop("INBOX", *range(11, 16), content=ham_mail)
        made.drop("INBOX", 21, 22, content=news_mail)
        yield made


def learn(bed: LocalBed, *, portions: int = 1_000) -> None:
    """As the engine does; stops after so many portions, as if it had been killed."""
    with contextlib.closing(Arrivals(bed.root)) as index, contextlib.closing(LearningFile(bed.root)) as file:
        while Syllabus(index.db, file).read():
            pass
        while portions > 0 and study(index, file):
            portions -= 1


def rows(bed: LocalBed, *words: str) -> tuple[int, ...]:
    return tuple(row.placement for _, row in bed.rows() if any(row.subject.endswith(word) for word in words))


def mark_spam(bed: LocalBed, *words: str) -> None:
    bed.do(*_spam(rows(bed, *words)), label="Marked as spam")


def _spam(ids: tuple[int, ...]) -> tuple[Intent, ...]:
    return Move(ids, Role.JUNK), SetFlags(ids, JUNK, NOT_JUNK)  # type: ignore[arg-type]


def mark_ham(bed: LocalBed, *words: str) -> None:
    ids = rows(bed, *words)
    bed.do(Move(ids, Role.INBOX), SetFlags(ids, NOT_JUNK, JUNK), label="Marked as not spam")  # type: ignore[arg-type]


def move(bed: LocalBed, role: Role, *words: str) -> None:
    bed.do(Move(rows(bed, *words), role), label="Moved")  # type: ignore[arg-type]


def test_spam_and_not_spam_are_counted_once(bed: LocalBed) -> None:
    mark_spam(bed, "FAST!! 1", "FAST!! 2")
    learn(bed)
    assert figures(bed.root) == (2, 0)
    before = contents(bed.root)
    learn(bed)
    assert contents(bed.root) == before
    mark_ham(bed, "FAST!! 2")
    learn(bed)
    assert figures(bed.root) == (1, 1)
    assert counted(bed.root, spam_mail(1)) is True
    assert counted(bed.root, spam_mail(2)) is False


def test_undo_leaves_no_trace_and_redo_brings_it_back(bed: LocalBed) -> None:
    learn(bed)
    nothing = contents(bed.root)
    mark_spam(bed, "FAST!! 1", "FAST!! 2", "FAST!! 3")
    learn(bed)
    something = contents(bed.root)
    assert figures(bed.root) == (3, 0)
    bed.order(Undo())
    learn(bed)
    assert contents(bed.root) == nothing
    bed.order(Redo())
    learn(bed)
    assert contents(bed.root) == something


def test_undone_before_it_was_read_nothing_is_learned(bed: LocalBed) -> None:
    mark_spam(bed, "FAST!! 1")
    bed.order(Undo())
    learn(bed)
    assert figures(bed.root) == (0, 0)
    assert contents(bed.root)["token"] == []


def test_undo_of_not_spam_goes_back_to_spam(bed: LocalBed) -> None:
    mark_spam(bed, "FAST!! 1")
    mark_ham(bed, "FAST!! 1")
    learn(bed)
    assert counted(bed.root, spam_mail(1)) is False
    bed.order(Undo())
    learn(bed)
    assert counted(bed.root, spam_mail(1)) is True


def test_filing_says_quietly_that_mail_is_wanted(bed: LocalBed) -> None:
    move(bed, Role.ARCHIVE, "garden 11", "garden 12")
    move(bed, Role.TRASH, "garden 13")
    learn(bed)
    assert figures(bed.root) == (0, 2)
    mark_spam(bed, "garden 11")
    learn(bed)
    assert counted(bed.root, ham_mail(11)) is True, "a plain word counts more"


def test_thrown_away_spam_is_no_ham(bed: LocalBed) -> None:
    mark_spam(bed, "FAST!! 1")
    move(bed, Role.TRASH, "FAST!! 1")
    learn(bed)
    assert counted(bed.root, spam_mail(1)) is True


def test_mass_filing_teaches_a_few(bed: LocalBed) -> None:
    bed.drop("INBOX", *range(100, 150), content=ham_mail)
    move(bed, Role.ARCHIVE, *(f"garden {n}" for n in range(100, 150)))
    learn(bed)
    assert figures(bed.root) == (0, 20)


def test_what_mailtui_did_by_itself_teaches_nothing(bed: LocalBed) -> None:
    bed.store.submit(Deed("Filed", (Move(rows(bed, "FAST!! 1"), Role.JUNK),), SORTER))  # type: ignore[arg-type]
    learn(bed)
    assert figures(bed.root) == (0, 0)
    mark_ham(bed, "FAST!! 1")
    learn(bed)
    assert figures(bed.root) == (0, 1), "but taking it back does"


def test_advertising_is_said_of_the_sender_and_taken_back(bed: LocalBed) -> None:
    sender = "news@mail.shop.example"

    def said() -> str:
        learn(bed)
        with contextlib.closing(LearningFile(bed.root)) as file:
            return said_of(file.db, sender, (AD, NO_AD))

    move(bed, Role.ADVERTISING, "letter 21")
    assert said() == AD
    move(bed, Role.INBOX, "letter 21")
    assert said() == NO_AD
    bed.order(Undo())
    assert said() == AD
    bed.order(Undo())
    assert said() == ""
    mark_spam(bed, "letter 22")
    learn(bed)
    with contextlib.closing(LearningFile(bed.root)) as file:
        assert said_of(file.db, sender, (SPAM, HAM)) == SPAM


@pytest.mark.parametrize("portions", range(5))
def test_killed_anywhere_it_counts_once(bed: LocalBed, portions: int) -> None:
    bed.drop("INBOX", *range(100, 130), content=spam_mail)
    mark_spam(bed, *(f"FAST!! {n}" for n in range(100, 130)))
    learn(bed, portions=portions)
    assert figures(bed.root)[0] == min(30, portions * 10)
    bed.reopen(crashed=True)
    learn(bed)
    assert figures(bed.root) == (30, 0)
    bed.order(Undo())
    learn(bed, portions=portions)
    learn(bed)
    assert contents(bed.root)["token"] == []


def test_a_lost_index_neither_forgets_nor_counts_twice(bed: LocalBed) -> None:
    mark_spam(bed, "FAST!! 1", "FAST!! 2")
    learn(bed)
    before = contents(bed.root)
    bed.reindex()
    learn(bed)
    assert contents(bed.root) == before
    bed.order(Undo())
    learn(bed)
    assert figures(bed.root) == (0, 0)
    bed.order(Redo())
    learn(bed)
    for name in os.listdir(bed.root):
        if name.startswith("index.sqlite"):
            os.rename(os.path.join(bed.root, name), os.path.join(bed.root, f"old-{name}"))
    bed.reopen(crashed=True)
    learn(bed)
    assert figures(bed.root) == (2, 0)
    mark_spam(bed, "FAST!! 3")
    learn(bed)
    assert figures(bed.root) == (3, 0)


def test_mail_that_is_gone_can_still_be_unlearned(bed: LocalBed) -> None:
    mark_spam(bed, "FAST!! 1")
    learn(bed)
    with contextlib.closing(bed.store.reader()) as reader:
        step = reader.history()[0]
    bed.path(rows(bed, "FAST!! 1")[0]).unlink()  # type: ignore[arg-type]
    bed.order(Undo(step=step.id))
    learn(bed)
    assert contents(bed.root)["token"] == []


def test_deeds_at_random_count_as_the_last_word_says(bed: LocalBed) -> None:
    """Whatever is done, undone and done again: the counts are those of the messages that count, and of no others."""
    luck = random.Random(7)
    names = [*(f"FAST!! {n}" for n in range(1, 6)), *(f"garden {n}" for n in range(11, 16))]
    for _ in range(60):
        what = luck.choice(["spam", "ham", "archive", "undo", "redo", "learn"])
        some = luck.sample(names, 2)
        with contextlib.suppress(StoreError):
            match what:
                case "spam":
                    mark_spam(bed, *some)
                case "ham":
                    mark_ham(bed, *some)
                case "archive":
                    move(bed, Role.ARCHIVE, *some)
                case "undo":
                    bed.order(Undo())
                case "redo":
                    bed.order(Redo())
                case _:
                    learn(bed, portions=luck.randint(0, 2))
    learn(bed)
    found = contents(bed.root)
    whole = {digest(data): data for n in range(1, 20) for data in (spam_mail(n), ham_mail(n))}
    fresh = Path(bed.root, "fresh")
    fresh.mkdir()
    with contextlib.closing(LearningFile(str(fresh))) as file, file.transaction() as db:
        for key, spam in found["taught"]:
            teach(db, bytes(key), read_features(whole[bytes(key)]).tokens, spam=bool(spam))  # type: ignore[call-overload]
    assert contents(fresh) == found
    assert found["taught"]


def test_it_judges_by_what_was_taught(bed: LocalBed) -> None:
    bed.drop("INBOX", *range(100, 115), content=spam_mail)
    mark_spam(bed, *(f"FAST!! {n}" for n in range(100, 115)))
    bed.drop("INBOX", *range(200, 215), content=ham_mail)
    move(bed, Role.ARCHIVE, *(f"garden {n}" for n in range(200, 215)))
    learn(bed)
    with contextlib.closing(LearningFile(bed.root)) as file:
        assert due(file.db)
        before = learned(file.db)
        assert before.weights is None
        bad, good = read_features(spam_mail(999)).tokens, read_features(ham_mail(999)).tokens
        assert judge(bad, before).score > 0.6 > 0.4 > judge(good, before).score
    refit(bed.root)
    with contextlib.closing(LearningFile(bed.root)) as file:
        assert not due(file.db)
        after = learned(file.db)
        assert after.weights is not None
        assert judge(bad, after).score > 0.6 > 0.4 > judge(good, after).score


def test_a_full_disk_is_told_and_nothing_is_half_written(bed: LocalBed) -> None:
    bed.drop("INBOX", 100, content=lambda n: spam_mail(n) + " ".join(f"word{at}" for at in range(3_000)).encode())
    mark_spam(bed, "FAST!! 100")
    with contextlib.closing(Arrivals(bed.root)) as index, contextlib.closing(LearningFile(bed.root)) as file:
        Syllabus(index.db, file).read()
        file.db.execute(f"PRAGMA max_page_count={file.db.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(StoreError, match="full"):
            study(index, file)
        file.db.execute("PRAGMA max_page_count=1000000")
        assert file.db.execute("SELECT count(*) FROM token").fetchone() == (0,)
        study(index, file)
    assert figures(bed.root) == (1, 0)


def test_a_file_of_a_newer_mailtui_is_left_alone(tmp_path: Path) -> None:
    LearningFile(str(tmp_path)).close()
    with contextlib.closing(sqlite3.connect(learning_path(str(tmp_path)))) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer"):
        LearningFile(str(tmp_path))


def test_it_is_private(tmp_path: Path) -> None:
    LearningFile(str(tmp_path)).close()
    assert os.stat(learning_path(str(tmp_path))).st_mode & 0o077 == 0
