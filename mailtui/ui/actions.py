"""The registry of actions: name, what it does, where it works, its keys. Keymap, palette, help and footer read it;
`config.toml` names actions as they are named here."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.folder import Role

ANY, LIST, FOLDERS, READER, COMPOSER = "any", "list", "folders", "reader", "composer"
SCOPES = (ANY, LIST, FOLDERS, READER, COMPOSER)
SCOPE_TITLES = {ANY: "Everywhere", LIST: "Message list", FOLDERS: "Folders", READER: "Reader", COMPOSER: "Composer"}
PANES = (LIST, FOLDERS, READER)
MAIL = (LIST, READER)


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` as a person writes them. `hint`: the footer's word; actions with a lower `rank` stay longest."""

    name: str
    description: str
    scopes: tuple[str, ...]
    keys: tuple[str, ...]
    hint: str = ""
    rank: int = 50


GO_ROLES: dict[str, Role] = {
    "go_inbox": Role.INBOX,
    "go_starred": Role.FLAGGED,
    "go_sent": Role.SENT,
    "go_drafts": Role.DRAFTS,
    "go_archive": Role.ARCHIVE,
    "go_spam": Role.JUNK,
    "go_newsletters": Role.ADVERTISING,
    "go_trash": Role.TRASH,
}

ACTIONS: tuple[Action, ...] = (
    # moving
    Action("next", "Down one line", PANES, ("j", "down"), "", 10),
    Action("previous", "Up one line", PANES, ("k", "up"), "", 10),
    Action("page_down", "Down one page", PANES, ("pagedown", "ctrl+f"), "", 60),
    Action("page_up", "Up one page", PANES, ("pageup", "ctrl+b"), "", 60),
    Action("half_page_down", "Down half a page", PANES, ("ctrl+d",)),
    Action("half_page_up", "Up half a page", PANES, ("ctrl+u",)),
    Action("first", "To the first line; with a number before it, to that line", PANES, ("g g", "home")),
    Action("last", "To the last line; with a number before it, to that line", PANES, ("G", "end")),
    Action("scroll", "On by one page", (READER,), ("space",), "page", 15),
    Action("align_middle", "This line into the middle of the screen", (LIST,), ("z z",), "middle"),
    Action("align_top", "This line to the top of the screen", (LIST,), ("z t",), "top"),
    Action("align_bottom", "This line to the bottom of the screen", (LIST,), ("z b",), "bottom"),
    # opening and closing
    Action("open", "Open the message", (LIST,), ("enter", "o", "l", "right"), "open", 11),
    Action("open", "Open the folder", (FOLDERS,), ("enter", "o", "l", "right"), "open", 11),
    Action("back", "Take marks away, close a search, or to the folders", (LIST,), ("escape", "h", "left"), "", 40),
    Action("back", "Back to the messages", (FOLDERS,), ("escape", "h", "left"), "messages", 20),
    Action("back", "Back to the list", (READER,), ("q", "escape", "h", "left"), "back", 12),
    # folders
    Action("new_folder", "New folder", (FOLDERS,), ("n",), "new", 21),
    Action("rename_folder", "Rename the folder", (FOLDERS,), ("r",), "rename", 22),
    Action("delete_folder", "Delete the folder, after a question", (FOLDERS,), ("d", "D", "delete"), "delete", 23),
    Action("subscribe", "Subscribe to the folder, or unsubscribe", (FOLDERS,), ("s",), "subscribe", 45),
    Action("zoom", "Reader over the whole screen, and back", (READER,), ("enter", "o", "Z"), "zoom", 30),
    # messages
    Action("next_unread", "Next unread message", (LIST, READER), ("]",), "next unread", 16),
    Action("previous_unread", "Previous unread message", (LIST, READER), ("[",), "", 60),
    Action("next_message", "Next message in the list", (READER,), (">", "n"), "next", 17),
    Action("previous_message", "Previous message in the list", (READER,), ("<", "p"), "", 60),
    # threads
    Action("toggle_threads", "Threads, or messages by date", (LIST,), ("T",), "threads", 26),
    Action("toggle_fold", "Fold or unfold the thread", (LIST,), ("z a",), "fold"),
    Action("unfold", "Unfold the thread", (LIST,), ("z o",), "unfold"),
    Action("fold", "Fold the thread", (LIST,), ("z c",), "fold"),
    Action("fold_all", "Fold all threads", (LIST,), ("z M",), "fold all"),
    Action("unfold_all", "Unfold all threads", (LIST,), ("z R",), "unfold all"),
    Action(
        "conversation", "The whole conversation, with what you sent: from all folders", MAIL, ("g v",), "conversation"
    ),
    Action("type_ahead", "Jump to the next sender or subject that begins with what you type", (LIST,), ("'",)),
    Action("sort", "Another order: oldest first, sender, subject, size, unread", (LIST,), ("O",), "sort", 48),
    # what is done to messages: to the marked ones, else to the one under the cursor
    Action("archive", "Archive", MAIL, ("a", "e"), "archive", 12),
    Action("delete", "Delete: to the trash; for ever what lies there", MAIL, ("d", "#", "delete"), "delete", 13),
    Action("delete_for_ever", "Delete for ever, after a question", MAIL, ("D",)),
    Action("undo", "Undo what was done last", (ANY,), ("u", "ctrl+z"), "undo", 14),
    Action("redo", "Do again what was undone", (ANY,), ("ctrl+r",), "redo", 48),
    Action("move", "Move to a folder", MAIL, ("m",), "move", 20),
    Action("copy", "Copy to a folder", MAIL, ("C",), "copy", 46),
    Action("toggle_star", "Star, or take the star away", MAIL, ("s",), "star", 21),
    Action("toggle_read", "Read or unread", MAIL, ("U",), "read/unread", 23),
    Action("label", "Label: add words, -word takes one away", MAIL, ("L",), "label", 46),
    Action("toggle_spam", "Spam; not spam if it lies there", MAIL, ("!",), "spam", 29),
    Action("toggle_advertising", "Advertising; not advertising if it lies there", MAIL, ("N",), "advertising", 47),
    Action("unsubscribe", "Leave its list: one click, a mail, or its page", MAIL, ("X",), "leave list", 47),
    Action("why", "Why it counts as advertising or spam, or does not", MAIL, ("z w",), "why"),
    Action("senders", "This folder by sender: archive, delete or leave all of one", (ANY,), ("B",), "by sender", 43),
    Action("archive_thread", "Archive the thread", MAIL, ()),
    Action("delete_thread", "Delete the thread", MAIL, ()),
    Action("read_thread", "Mark the thread as read", MAIL, ()),
    Action("mark", "Mark the message and go on; with a number before it, so many", (LIST,), ("space", "x"), "mark", 22),
    Action("mark_range", "Mark from here to where you go", (LIST,), ("v",), "range", 49),
    Action("mark_all", "Mark all of this list", (LIST,), ("* a",), "all"),
    Action("mark_none", "Take all marks away", (LIST,), ("* n",), "none"),
    Action("mark_unread", "Mark all unread messages", (LIST,), ("* u",), "unread"),
    Action("mark_matching", "Mark what matches a search", (LIST,), ("* /",), "matching"),
    # writing
    Action("reply", "Reply", MAIL, ("r",), "reply", 12),
    Action("reply_all", "Reply to all: to the list, if it came from one", MAIL, ("R",), "reply all", 25),
    Action("reply_list", "Reply to the mailing list", MAIL, ()),
    Action("forward", "Forward, with its attachments", MAIL, ("f",), "forward", 24),
    Action("forward_attached", "Forward as an attachment", MAIL, ("F",)),
    Action("edit_as_new", "Edit as a new message", MAIL, ()),
    Action("resend", "Resend: again, unchanged, to somebody else", MAIL, ()),
    Action("compose", "Write a message", (ANY,), ("c",), "write", 20),
    Action("compose_template", "Write a message from a template", (ANY,), ()),
    Action("open_drafts", "Messages that are open for writing", (ANY,), ("g c",), "writing"),
    Action("outbox", "Outbox: what is on its way, and what is stuck", (ANY,), ("g o",), "outbox"),
    # reader
    Action("toggle_html", "Text or HTML part", (READER,), ("t",), "html", 25),
    Action("attachments", "Attachments; with a number, look at that one", (READER,), ("v",), "files", 24),
    Action("save_all", "Save all attachments", (READER,), ("S",), "save all", 31),
    Action("pipe", "Give the message to a command", (READER,), ("|",), "", 60),
    Action("unseal", "Decrypt, or check the signature, with gpg", (READER,), ("z d",)),
    Action("source", "The message as it was sent: its source", (READER,), ("z s",)),
    Action("toggle_headers", "All header fields, or the few", (READER,), ("H",), "headers", 26),
    Action("links", "Links: open or copy; with a number, open that one", (READER,), ("l",), "links", 28),
    Action("browser", "Open in the browser: nothing remote is loaded", (READER,), ("V",), "browser", 32),
    Action("pictures", "Show the pictures that came with the message, or hide them", (READER,), ("z i",), "pictures"),
    Action("full_pictures", "Its pictures in full, one after another", (READER,), ("z p",)),
    Action("remote_pictures", "Fetch its remote pictures, after a question", (READER,), ("z I",)),
    Action("show_all", "Show all of a very long message", (READER,), ("z a",)),
    Action("fold_quotes", "Fold or unfold quotes", (READER,), ("z q",), "quotes", 27),
    # everywhere
    Action("search", "Search all mail", (ANY,), ("/",), "search", 15),
    Action("ask_server", "Ask the server too: mail whose text is not here", (LIST,), ("ctrl+g",)),
    Action("save_search", "Save the search as a folder", (ANY,), ("ctrl+s",)),
    Action("search_reach", "The same search in all mail, this account, this folder", (LIST,), ("ctrl+t",)),
    Action("next_folder", "Next folder", (ANY,), ("J",), "", 35),
    Action("previous_folder", "Previous folder", (ANY,), ("K",), "", 35),
    Action("go_folder", "Go to a folder by name", (ANY,), ("g f",)),
    Action("go_inbox", "Go to the inbox", (ANY,), ("g i",), "inbox", 45),
    Action("go_all_inboxes", "Go to all inboxes as one", (ANY,), ("g u",)),
    Action("go_starred", "Go to starred mail", (ANY,), ("g s",)),
    Action("go_sent", "Go to sent mail", (ANY,), ("g t",)),
    Action("go_drafts", "Go to drafts", (ANY,), ("g d",)),
    Action("go_archive", "Go to the archive", (ANY,), ("g a",)),
    Action("go_spam", "Go to spam", (ANY,), ("g !",)),
    Action("go_newsletters", "Go to newsletters and advertising", (ANY,), ("g n",)),
    Action("go_trash", "Go to the trash", (ANY,), ("g #",)),
    Action("history", "History: what was done, and undo any of it", (ANY,), ("g h",)),
    Action("rules", "Rules: what they do, and what they did lately", (ANY,), ()),
    Action("ledger", "Pending and failed: what the servers have not done yet", (ANY,), ("g l",)),
    Action("recover", "Recover mail that was deleted for ever", (ANY,), ("g r",)),
    Action("next_pane", "Next pane", (ANY,), ("tab",), "pane", 28),
    Action("previous_pane", "Previous pane", (ANY,), ("shift+tab",)),
    Action("wider", "This pane wider", (ANY,), ("ctrl+right",)),
    Action("narrower", "This pane narrower", (ANY,), ("ctrl+left",)),
    Action("taller", "This pane taller", (ANY,), ("ctrl+down",)),
    Action("shorter", "This pane shorter", (ANY,), ("ctrl+up",)),
    Action("usual_sizes", "The panes as wide and high as usual", (ANY,), ("z 0",)),
    Action("sync_folder", "Look for new mail in this folder now", (ANY,), ("$",), "sync", 36),
    Action("sync_all", "Look for new mail everywhere now", (ANY,), ("f5",)),
    Action("repeat", "Do again what was done last, to what is here now", MAIL, (".",), "again", 44),
    Action("jump", "Jump: a letter on every line, press it to go there", (ANY,), (";",), "jump", 46),
    Action("theme", "Other colours", (ANY,), ("f2",)),
    Action("palette", "Do anything by name", (ANY,), ("ctrl+p", ":"), "commands", 19),
    Action("help", "The keys of this pane", (ANY,), ("?",), "keys", 18),
    Action("key_names", "What keys are called, and what they do: press them", (ANY,), ()),
    Action("quit", "Quit", (LIST, FOLDERS), ("q",), "quit", 38),
    Action("quit", "Quit", (ANY,), ("ctrl+q",)),
    # the composer: keys that no text field needs, and that every terminal can send
    Action("send", "Send", (COMPOSER,), ("ctrl+s", "ctrl+enter"), "send", 10),
    Action("send_later", "Send later: tomorrow 8:00, in 2 h, fri 9:00", (COMPOSER,), ("ctrl+l",), "later", 20),
    Action("close_draft", "Close and keep it as a draft", (COMPOSER,), ("escape",), "keep draft", 11),
    Action("attach", "Attach files", (COMPOSER,), ("ctrl+t",), "attach", 12),
    Action("editor", "Write the text in $VISUAL or $EDITOR", (COMPOSER,), ("ctrl+e",), "editor", 15),
    Action("copies", "Cc and Bcc", (COMPOSER,), ("ctrl+b",), "cc bcc", 14),
    Action("choose_sender", "Other sender", (COMPOSER,), ("ctrl+r",), "from", 21),
    Action("preview", "How it will go out: its parts and its size", (COMPOSER,), ("ctrl+o",), "preview", 18),
    Action("set_aside", "Back to the list; the message stays open", (COMPOSER,), ("ctrl+g",), "to the list", 13),
    Action("next_draft", "The next message that is open", (COMPOSER,), ("ctrl+n",), "next", 40),
    Action("discard_draft", "Throw it away, after a question", (COMPOSER,), ("ctrl+d",), "throw away", 17),
    Action("template", "Put in a template of config.toml", (COMPOSER,), ("f3",), "template", 50),
    Action("markdown", "Markdown: HTML goes along with the text, or not", (COMPOSER,), ("f4",), "markdown", 51),
    Action("cut_quote", "Cut the rest of the quote away", (COMPOSER,), ("f6",), "cut quote", 52),
    Action("fill", "Fill the lines of this paragraph anew, quoted ones too", (COMPOSER,), ("f7",), "fill", 53),
    Action("quote", "Quote the selected lines, or this one", (COMPOSER,), ("f8",), "quote", 54),
    Action("receipt", "Ask the server to report the delivery, or not", (COMPOSER,), ()),
    Action("commands", "Do anything by name", (COMPOSER,), ("ctrl+p", "f1"), "more", 16),
    Action("quit_writing", "Quit: what you write is kept", (COMPOSER,), ("ctrl+q",)),
)


def in_scope(scope: str) -> list[Action]:
    """Actions of one scope alone."""
    return [action for action in ACTIONS if scope in action.scopes]


def describe(name: str, scope: str) -> Action | None:
    """The action of this name where the focus is, else the one that works everywhere."""
    found = [action for action in ACTIONS if action.name == name]
    mine = (
        [action for action in found if scope in action.scopes] or [one for one in found if ANY in one.scopes] or found
    )
    return mine[0] if mine else None


def names() -> set[str]:
    return {action.name for action in ACTIONS}
