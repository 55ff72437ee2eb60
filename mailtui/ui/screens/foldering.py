"""What is done to folders: make, rename, delete, subscribe, with the question that comes first."""

from __future__ import annotations

from collections.abc import Callable

from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import CreateMailbox, Deed, DeleteMailbox, MailboxIntent, RenameMailbox, Subscribe
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.folders import FoldersPane
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.questions import Prompt, Question
from mailtui.ui.screens.recollecting import Recollection
from mailtui.view.figures import plural
from mailtui.view.naming import full_name, is_taken, renamed
from mailtui.view.saved import is_search
from mailtui.view.tree import mailbox_label, mailbox_path
from mailtui.view.unified import ALL_INBOXES

FIXED = frozenset({Role.INBOX, Role.ALL, Role.FLAGGED, Role.IMPORTANT})
"""Folders that are the server's own."""


class Foldering:
    """Acts on the folder under the cursor of the pane."""

    def __init__(
        self, folders: FoldersPane, status: StatusPane, bridge: Bridge, ask: Ask, memory: Recollection
    ) -> None:
        self._folders = folders
        self._status = status
        self._bridge = bridge
        self._ask = ask
        self._memory = memory

    def perform(self, name: str) -> bool:
        """An action by name; False if it is none of ours."""
        ways: dict[str, Callable[[Mailbox], None]] = {
            "rename_folder": self._rename,
            "delete_folder": self._delete,
            "subscribe": self._subscribe,
        }
        if name == "new_folder":
            self._new()
            return True
        if name not in ways:
            return False
        mailbox = self._folders.tree_.current
        if mailbox is None:
            self._status.say("There is no folder under the cursor")
        elif is_search(mailbox.id):
            self._act_on_search(name, mailbox)
        elif mailbox.id == ALL_INBOXES:
            self._status.say(f"{mailbox_label(mailbox)} is no folder of a server: it is there while there are several")
        elif name != "subscribe" and mailbox.role in FIXED:
            self._status.say(f"{mailbox_label(mailbox)} belongs to the server and stays as it is")
        else:
            ways[name](mailbox)
        return True

    def _act_on_search(self, name: str, mailbox: Mailbox) -> None:
        """Saved searches are renamed and deleted like folders; the mail in them is not touched."""
        status, memory = self._status, self._memory
        label = mailbox_label(mailbox)
        if name == "rename_folder":

            def verb(typed: str) -> str:
                taken = memory.shelf.named(typed.strip())
                return f"rename to {safe_line(typed.strip())}" if typed.strip() and taken is None else ""

            def rename(typed: str | None) -> None:
                if typed and verb(typed):
                    memory.rename(mailbox.id, " ".join(safe_line(typed).split())[:80])

            self._ask(Prompt(status.painter, status.glyphs, f"Rename {label}", verb, "a name", label), rename)
        elif name == "delete_folder":
            question = Question(status.painter, status.glyphs, f"Delete the search {label}?", "No mail is deleted.")
            self._ask(question, lambda yes: memory.remove(mailbox.id) if yes else None)
        else:
            status.say(f"{label} is a search: there is nothing to subscribe to")

    def _boxes(self, account: AccountId) -> list[Mailbox]:
        nodes = self._folders.tree_.nodes
        return [node.mailbox for node in nodes if node.mailbox is not None and node.mailbox.account == account]

    def _do(self, label: str, intent: MailboxIntent) -> None:
        self._bridge.send(Deed(label, (intent,)))

    def _prompt(self, title: str, verb: Callable[[str], str], value: str, then: Callable[[str], None]) -> None:
        status = self._status
        prompt = Prompt(status.painter, status.glyphs, title, verb, "a name; / between the levels", value)
        self._ask(prompt, lambda typed: then(typed) if typed else None)

    def _new(self) -> None:
        tree = self._folders.tree_
        if not tree.nodes:
            self._status.say("There is no account to make a folder in")
            return
        account = tree.nodes[tree.cursor].account or next(node.account for node in tree.nodes if node.head)
        boxes = self._boxes(account)

        def verb(typed: str) -> str:
            name = full_name(typed, boxes)
            if not name or is_taken(name, boxes):
                return ""
            return f"create folder {safe_line(name)} in {safe_line(account)}"

        def create(typed: str) -> None:
            name = full_name(typed, boxes)
            self._do(f"Created folder {safe_line(name)}", CreateMailbox(account, name))

        self._prompt("New folder", verb, "", create)

    def _rename(self, mailbox: Mailbox) -> None:
        boxes = self._boxes(mailbox.account)

        def verb(typed: str) -> str:
            name = renamed(mailbox, typed)
            return f"rename to {safe_line(name)}" if name and not is_taken(name, boxes) else ""

        def rename(typed: str) -> None:
            name = renamed(mailbox, typed)
            self._do(f"Renamed {mailbox_path(mailbox)} to {safe_line(name)}", RenameMailbox(mailbox.id, name))

        last = "".join(char for char in mailbox.parts[-1] if char.isprintable())
        self._prompt(f"Rename {mailbox_path(mailbox)}", verb, last, rename)

    def _delete(self, mailbox: Mailbox) -> None:
        below = f"{mailbox.name}{mailbox.delimiter}" if mailbox.delimiter else None
        if below and any(box.name.startswith(below) for box in self._boxes(mailbox.account)):
            self._status.say(f"{mailbox_label(mailbox)} has folders below it: delete those first")
            return
        question = f"Delete the folder {mailbox_path(mailbox)}?"
        remark = "It is empty."
        if mailbox.total:
            remark = f"{plural(mailbox.total, 'message')} will go with it; a copy of each stays here for a while."
        status = self._status

        def delete(yes: bool | None) -> None:
            if yes:
                self._do(f"Deleted folder {mailbox_path(mailbox)}", DeleteMailbox(mailbox.id))

        self._ask(Question(status.painter, status.glyphs, question, remark), delete)

    def _subscribe(self, mailbox: Mailbox) -> None:
        on = "\\subscribed" not in mailbox.attributes
        verb = "Subscribed to" if on else "Unsubscribed from"
        self._do(f"{verb} {mailbox_path(mailbox)}", Subscribe(mailbox.id, on))
