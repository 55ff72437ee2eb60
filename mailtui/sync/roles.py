"""Which mailbox is for what: SPECIAL-USE (RFC 6154) first, INBOX by name, else names that people's servers use."""

from __future__ import annotations

from collections.abc import Iterable

from mailtui.model.folder import RemoteMailbox, Role

_ATTRIBUTES = {
    "\\drafts": Role.DRAFTS,
    "\\sent": Role.SENT,
    "\\archive": Role.ARCHIVE,
    "\\junk": Role.JUNK,
    "\\trash": Role.TRASH,
    "\\all": Role.ALL,
    "\\flagged": Role.FLAGGED,
    "\\important": Role.IMPORTANT,
}
_NAMES = {
    Role.DRAFTS: "drafts draft entwürfe entwurf brouillons borradores bozze rascunhos concepten utkast kladder "
    "luonnokset szkice koncepty piszkozatok черновики 下書き 草稿 임시보관함",
    Role.SENT: "sent|sent items|sent messages|sent mail|gesendet|gesendete elemente|gesendete objekte|envoyés|"
    "éléments envoyés|messages envoyés|enviados|elementos enviados|inviata|posta inviata|verzonden|verzonden items|"
    "skickat|sendte|sendt|lähetetyt|wysłane|odeslané|elküldött|отправленные|送信済み|已发送|보낸편지함",
    Role.TRASH: "trash|deleted|deleted items|deleted messages|bin|papierkorb|gelöscht|gelöschte elemente|corbeille|"
    "éléments supprimés|papelera|elementos eliminados|cestino|posta eliminata|lixeira|prullenbak|verwijderde items|"
    "papperskorg|papirkurv|slettet|roskakori|kosz|koš|lomtár|корзина|удаленные|ごみ箱|已删除|휴지통",
    Role.JUNK: "junk|spam|junk e-mail|junk email|junk mail|bulk mail|unerwünscht|spamverdacht|indésirables|"
    "courrier indésirable|pourriel|correo no deseado|posta indesiderata|ongewenste e-mail|skräppost|søppelpost|"
    "roskaposti|niechciane|nevyžádaná pošta|levélszemét|спам|迷惑メール|垃圾邮件|스팸메일함",
    Role.ARCHIVE: "archive archives archiv archivio archivo arquivo archief arkiv arkisto archiwum архив "
    "アーカイブ 归档",
    Role.ADVERTISING: "advertising advertisements promotions newsletters werbung publicité publicidad promozioni",
}


def _table() -> dict[str, Role]:
    found: dict[str, Role] = {}
    for role, text in _NAMES.items():
        for name in text.split("|") if "|" in text else text.split():
            found[name] = role
    return found


_BY_NAME = _table()


def roles_of(mailboxes: Iterable[RemoteMailbox]) -> dict[str, Role]:
    """Role of every mailbox by name. A role goes to one mailbox only; a name counts only where no attribute gives the
    role, and only at the top level or directly below INBOX."""
    listed = [mailbox for mailbox in mailboxes if mailbox.selectable]
    found: dict[str, Role] = {}
    taken: set[Role] = set()
    for mailbox in listed:
        role = Role.INBOX if mailbox.name.upper() == "INBOX" else None
        for attribute in sorted(mailbox.attributes):
            role = role or _ATTRIBUTES.get(attribute)
        if role is not None and role not in taken:
            found[mailbox.name] = role
            taken.add(role)
    for mailbox in listed:
        if mailbox.name in found:
            continue
        parts = mailbox.name.split(mailbox.delimiter) if mailbox.delimiter else [mailbox.name]
        if len(parts) > 1 and (len(parts) > 2 or parts[0].upper() not in {"INBOX", "[GMAIL]", "[GOOGLE MAIL]"}):
            continue
        role = _BY_NAME.get(parts[-1].casefold())
        if role is not None and role not in taken:
            found[mailbox.name] = role
            taken.add(role)
    return found
