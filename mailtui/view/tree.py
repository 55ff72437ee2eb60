"""The folder pane as a value: accounts, their mailboxes by role and name, nested; unread counts; a cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.link import LinkState
from mailtui.view.figures import short_count
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, spread
from mailtui.view.saved import MOST_COUNTED, TITLE, is_search
from mailtui.view.unified import ALL_INBOXES, unified

ROLE_ORDER = (
    Role.INBOX,
    Role.FLAGGED,
    Role.IMPORTANT,
    Role.DRAFTS,
    Role.SENT,
    Role.ARCHIVE,
    Role.ALL,
    Role.ADVERTISING,
    Role.JUNK,
    Role.TRASH,
)
_RANK: dict[Role, int] = {role: rank for rank, role in enumerate(ROLE_ORDER)}
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree. `mailbox` None: an account's head line, or a folder that only holds others."""

    account: AccountId
    label: str
    """Safe text."""
    depth: int
    mailbox: Mailbox | None = None
    head: bool = False
    muted: bool = False
    """Not subscribed to, where others are."""

    @property
    def openable(self) -> bool:
        return self.mailbox is not None and self.mailbox.selectable


def mailbox_label(mailbox: Mailbox) -> str:
    """The last part of the name as a person says it (INBOX is Inbox); safe text, never empty."""
    last = safe_line(mailbox.parts[-1][:200]).strip() or "(no name)"
    return "Inbox" if mailbox.role is Role.INBOX and last.upper() == "INBOX" else last


def mailbox_path(mailbox: Mailbox) -> str:
    """The whole name with ` / ` between its parts; safe text."""
    parts = [safe_line(part[:200]).strip() for part in mailbox.parts]
    return " / ".join((*parts[:-1], mailbox_label(mailbox)))


def build(
    mailboxes: Iterable[Mailbox], order: Sequence[AccountId] = (), searches: Iterable[Mailbox] = ()
) -> tuple[Node, ...]:
    """The tree: accounts in config order (unknown ones behind, by name); in each first the mailboxes with a role, then
    the others nested by name; below them all the saved searches."""
    groups: dict[AccountId, list[Mailbox]] = {account: [] for account in order}
    for mailbox in mailboxes:
        groups.setdefault(mailbox.account, []).append(mailbox)
    everything = unified(box for boxes in groups.values() for box in boxes)
    out: list[Node] = [Node(everything.account, everything.name, 0, everything)] if everything is not None else []
    for account, boxes in groups.items():
        out.append(Node(account, safe_line(account), 0, head=True))
        special = sorted((box for box in boxes if box.role in _RANK), key=lambda box: (_RANK[box.role], box.name))
        out.extend(Node(account, mailbox_label(box), 0, box) for box in special)
        out.extend(_nested(account, [box for box in boxes if box.role not in _RANK]))
    saved = [Node(box.account, mailbox_label(box), 0, box) for box in searches]
    out += [Node(AccountId(""), TITLE, 0, head=True), *saved] if saved else []
    known = {node.account for node in out if _subscribed(node.mailbox)}
    return tuple(
        replace(node, muted=True)
        if node.mailbox is not None and node.account in known and not _subscribed(node.mailbox)
        else node
        for node in out
    )


def _subscribed(box: Mailbox | None) -> bool:
    return box is not None and "\\subscribed" in box.attributes


def _nested(account: AccountId, boxes: Sequence[Mailbox]) -> list[Node]:
    out: list[Node] = []
    shown: set[tuple[str, ...]] = set()
    for box in sorted(boxes, key=lambda box: tuple(part.casefold() for part in box.parts)):
        parts = box.parts[1:] if len(box.parts) > 1 and box.parts[0].upper() == "INBOX" else box.parts
        for depth in range(len(parts) - 1):
            if parts[: depth + 1] not in shown:
                shown.add(parts[: depth + 1])
                label = safe_line(parts[depth][:200]).strip() or "(no name)"
                out.append(Node(account, label, min(depth, _DEEPEST)))
        shown.add(parts)
        out.append(Node(account, mailbox_label(box), min(len(parts) - 1, _DEEPEST), box))
    return out


class FolderTree:
    """The tree with its cursor and the mailbox that is open. Lines are indices into `nodes`."""

    def __init__(self, order: Sequence[AccountId] = ()) -> None:
        self.order = tuple(order)
        self.nodes: tuple[Node, ...] = build((), self.order)
        self.cursor = 0
        self.opened: MailboxId | None = None

    def update(self, mailboxes: Sequence[Mailbox], searches: Sequence[Mailbox] = ()) -> None:
        """The cursor stays on its mailbox."""
        here = self.nodes[self.cursor].mailbox if self.nodes else None
        self.nodes = build(mailboxes, self.order, searches)
        place = self.line_of(here.id) if here else None
        if place is None:
            place = self.line_of(self.opened) if self.opened is not None else None
        self.cursor = place if place is not None else self._nearest(min(self.cursor, len(self.nodes) - 1), 1)

    def line_of(self, mailbox: MailboxId | None) -> int | None:
        for line, node in enumerate(self.nodes):
            if node.mailbox is not None and node.mailbox.id == mailbox:
                return line
        return None

    def mailbox(self, mailbox: MailboxId | None) -> Mailbox | None:
        line = self.line_of(mailbox)
        return self.nodes[line].mailbox if line is not None else None

    @property
    def current(self) -> Mailbox | None:
        """The mailbox under the cursor."""
        return self.nodes[self.cursor].mailbox if self.nodes else None

    @property
    def mailboxes(self) -> list[Mailbox]:
        """Those that can be opened, in the order of the screen."""
        return [node.mailbox for node in self.nodes if node.openable and node.mailbox is not None]

    def move_by(self, steps: int) -> None:
        """Over mailboxes that can be opened; stops at the ends."""
        for _ in range(min(abs(steps), len(self.nodes))):
            following = self._nearest(self.cursor + (1 if steps > 0 else -1), 1 if steps > 0 else -1, wrap=False)
            if following == self.cursor:
                return
            self.cursor = following

    def neighbour(self, mailbox: MailboxId | None, steps: int) -> Mailbox | None:
        """The mailbox `steps` further than this one, within the ends."""
        boxes = self.mailboxes
        places = [index for index, box in enumerate(boxes) if box.id == mailbox]
        if not places:
            return boxes[0] if boxes else None
        return boxes[max(0, min(places[0] + steps, len(boxes) - 1))]

    def with_role(self, role: Role, account: AccountId | None) -> Mailbox | None:
        """The mailbox for a role, of this account if it has one."""
        candidates = [box for box in self.mailboxes if box.role is role]
        mine = [box for box in candidates if box.account == account]
        return next(iter(mine or candidates), None)

    def _nearest(self, line: int, step: int, *, wrap: bool = True) -> int:
        for candidate in range(line, len(self.nodes) if step > 0 else -1, step):
            if 0 <= candidate < len(self.nodes) and self.nodes[candidate].openable:
                return candidate
        if wrap:
            for candidate in range(line - step, -1 if step > 0 else len(self.nodes), -step):
                if 0 <= candidate < len(self.nodes) and self.nodes[candidate].openable:
                    return candidate
        return max(0, min(self.cursor, len(self.nodes) - 1))


_LINK_STYLE = {LinkState.IDLE: "good", LinkState.SYNCING: "good", LinkState.FAILED: "error", LinkState.WAITING: "warn"}


def format_node(node: Node, width: int, glyphs: Glyphs, links: Mapping[AccountId, LinkState]) -> Pieces:
    """One line, `width` cells. Styles: account, folder, folder-unread, folder-dim, count, glyph, good, warn,
    error, dim."""
    if node.head and not node.account:
        return spread((Piece(" "), Piece(node.label, "account")), (), width, glyphs.ellipsis)
    if node.head:
        link = links.get(node.account, LinkState.OFFLINE)
        mark = Piece(f"{glyphs.links[link]} ", _LINK_STYLE.get(link, "dim"))
        return spread((Piece(" "), Piece(node.label, "account")), (mark,), width, glyphs.ellipsis)
    indent = " " * (1 + 2 * min(node.depth, max(0, (width - 16) // 2)))
    box = node.mailbox
    if box is None or not box.selectable:
        return spread(
            (Piece(f"{indent}{glyphs.roles[Role.NONE]} {node.label}", "folder-dim"),), (), width, glyphs.ellipsis
        )
    number = box.total if box.role is Role.DRAFTS else box.unread
    style = "folder-unread" if box.unread and box.role not in {Role.JUNK, Role.TRASH} else "folder"
    if node.muted and style == "folder":
        style = "folder-dim"
    role = Role.INBOX if box.id == ALL_INBOXES else box.role
    sign = glyphs.search if is_search(box.id) else glyphs.roles[role]
    left = (Piece(f"{indent}{sign} ", "glyph"), Piece(node.label, style))
    words = f"{MOST_COUNTED - 1}+" if is_search(box.id) and number >= MOST_COUNTED else short_count(number)
    right = (Piece(f"{words} ", "count" if style == "folder-unread" else "dim"),) if number else ()
    return spread(left, right, width, glyphs.ellipsis)
