"""Large providers: where their servers are, and what they want of a mail program. As they document it in 2025."""

from __future__ import annotations

from mailtui.setup.provider import Provider

_APP_PASSWORD = "it wants an app password, not the one of the web page"  # noqa: S105 - a sentence
_TOKEN = "it lets no password in: a program must fetch OAuth 2 tokens, such as oama"  # noqa: S105 - a sentence
_ALLOW = "mail programs must be allowed in its settings first (POP3/IMAP)"
_CLOSED = "it lets no mail program in: there is no IMAP and no POP3"
_CODE = "it wants an authorization code instead of the password; its settings make one (POP3/IMAP/SMTP)"


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "Gmail",
        "gmail.com googlemail.com google.com",
        "imap.gmail.com",
        "smtp.gmail.com",
        "pop.gmail.com",
        mx="google.com googlemail.com",
        note=_APP_PASSWORD,
        link="https://myaccount.google.com/apppasswords",
        save_sent=False,
    ),
    Provider(
        "Outlook",
        "outlook.com hotmail.com live.com msn.com windowslive.com passport.com outlook.* hotmail.* live.*",
        "outlook.office365.com",
        "smtp-mail.outlook.com:587",
        "outlook.office365.com",
        note=_TOKEN,
        link="https://github.com/pdobsan/oama",
        token=True,
        save_sent=False,
    ),
    Provider(
        "Microsoft 365",
        "office365.com onmicrosoft.com",
        "outlook.office365.com",
        "smtp.office365.com:587",
        "outlook.office365.com",
        mx="mail.protection.outlook.com mx.microsoft",
        note=_TOKEN,
        link="https://github.com/pdobsan/oama",
        token=True,
        save_sent=False,
    ),
    Provider(
        "Yahoo Japan",
        "yahoo.co.jp ybb.ne.jp",
        "imap.mail.yahoo.co.jp",
        "smtp.mail.yahoo.co.jp",
        "pop.mail.yahoo.co.jp",
        note=_ALLOW,
        local_part=True,
    ),
    Provider(
        "Yahoo",
        "yahoo.com ymail.com myyahoo.com rocketmail.com cox.net yahoo.*",
        "imap.mail.yahoo.com",
        "smtp.mail.yahoo.com",
        "pop.mail.yahoo.com",
        mx="am0.yahoodns.net",
        note=_APP_PASSWORD,
        link="https://login.yahoo.com/account/security",
    ),
    Provider(
        "AOL",
        "aol.com aim.com netscape.net compuserve.com cs.com wmconnect.com verizon.net aol.*",
        "imap.aol.com",
        "smtp.aol.com",
        "pop.aol.com",
        mx="gm0.yahoodns.net",
        note=_APP_PASSWORD,
        link="https://login.aol.com/account/security",
    ),
    Provider(
        "AT&T",
        "att.net ameritech.net bellsouth.net currently.com flash.net pacbell.net prodigy.net sbcglobal.net swbell.net",
        "imap.mail.att.net",
        "smtp.mail.att.net",
        "inbound.att.net",
        note="it wants a secure mail key instead of the password; the profile on att.com makes one",
    ),
    Provider(
        "iCloud",
        "icloud.com me.com mac.com",
        "imap.mail.me.com",
        "smtp.mail.me.com:587",
        mx="mail.icloud.com",
        note="it wants an app-specific password",
        link="https://account.apple.com/account/manage",
    ),
    Provider(
        "Fastmail",
        "fastmail.com fastmail.fm fastmail.net fastmail.org sent.com mailbolt.com pobox.com",
        "imap.fastmail.com",
        "smtp.fastmail.com",
        "pop.fastmail.com",
        mx="messagingengine.com",
        note=_APP_PASSWORD,
        link="https://app.fastmail.com/settings/security",
    ),
    Provider(
        "GMX",
        "gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.biz gmx.org gmx.info",
        "imap.gmx.net",
        "mail.gmx.net",
        "pop.gmx.net",
        mx="gmx.net",
        note=_ALLOW,
    ),
    Provider(
        "GMX",
        "gmx.com gmx.us gmx.co.uk gmx.es gmx.fr gmx.ca gmx.it gmx.pt gmx.se gmx.ie gmx.com.br",
        "imap.gmx.com",
        "mail.gmx.com",
        "pop.gmx.com",
        note=_ALLOW,
    ),
    Provider("WEB.DE", "web.de", "imap.web.de", "smtp.web.de", "pop3.web.de", note=_ALLOW, local_part=True),
    Provider(
        "Posteo",
        "posteo.de posteo.net posteo.eu posteo.org posteo.me posteo.*",
        "posteo.de",
        "posteo.de",
        "posteo.de",
    ),
    Provider(
        "mailbox.org",
        "mailbox.org",
        "imap.mailbox.org",
        "smtp.mailbox.org",
        "pop3.mailbox.org",
        mx="mailbox.org",
    ),
    Provider(
        "Telekom",
        "t-online.de magenta.de",
        "secureimap.t-online.de",
        "securesmtp.t-online.de",
        "securepop.t-online.de",
        note="it wants the password for mail programs, which has to be set in its customer centre",
    ),
    Provider(
        "freenet",
        "freenet.de",
        "mx.freenet.de",
        "mx.freenet.de:587",
        "mx.freenet.de",
    ),
    Provider("STRATO", "strato.de", "imap.strato.de", "smtp.strato.de", "pop3.strato.de", mx="rzone.de"),
    Provider("IONOS", "ionos.de online.de", "imap.ionos.de", "smtp.ionos.de", "pop.ionos.de", mx="kundenserver.de"),
    Provider("IONOS", "ionos.com", "imap.ionos.com", "smtp.ionos.com", "pop.ionos.com", mx="ionos.com 1and1.com"),
    Provider(
        "Zoho",
        "zoho.eu zohomail.eu",
        "imap.zoho.eu",
        "smtp.zoho.eu",
        "pop.zoho.eu",
        mx="zoho.eu",
        note="IMAP must be allowed in its settings; with two-factor login it wants an app password",
        link="https://accounts.zoho.eu/home#security/app_password",
    ),
    Provider(
        "Zoho",
        "zoho.com zohomail.com",
        "imap.zoho.com",
        "smtp.zoho.com",
        "pop.zoho.com",
        mx="zoho.com",
        note="IMAP must be allowed in its settings; with two-factor login it wants an app password",
        link="https://accounts.zoho.com/home#security/app_password",
    ),
    Provider(
        "Yandex",
        "yandex.ru yandex.com yandex.net yandex.by yandex.kz yandex.ua ya.ru narod.ru",
        "imap.yandex.com",
        "smtp.yandex.com",
        "pop.yandex.com",
        mx="yandex.net yandex.ru",
        note="it wants an app password, and mail programs must be allowed in its settings",
        link="https://id.yandex.com/security/app-passwords",
    ),
    Provider(
        "Mail.ru",
        "mail.ru inbox.ru list.ru bk.ru internet.ru",
        "imap.mail.ru",
        "smtp.mail.ru",
        "pop.mail.ru",
        mx="mail.ru",
        note=_APP_PASSWORD,
        link="https://account.mail.ru/user/2-step-auth/passwords",
    ),
    Provider("Rambler", "rambler.ru lenta.ru ro.ru", "imap.rambler.ru", "smtp.rambler.ru", "pop.rambler.ru"),
    Provider("UKR.NET", "ukr.net", "imap.ukr.net", "smtp.ukr.net", note=_APP_PASSWORD),
    Provider("QQ Mail", "qq.com foxmail.com vip.qq.com", "imap.qq.com", "smtp.qq.com", "pop.qq.com", note=_CODE),
    Provider("163", "163.com", "imap.163.com", "smtp.163.com", "pop.163.com", note=_CODE),
    Provider("126", "126.com", "imap.126.com", "smtp.126.com", "pop.126.com", note=_CODE),
    Provider("yeah.net", "yeah.net", "imap.yeah.net", "smtp.yeah.net", "pop.yeah.net", note=_CODE),
    Provider("Naver", "naver.com", "imap.naver.com", "smtp.naver.com", "pop.naver.com", note=_ALLOW),
    Provider(
        "Proton",
        "proton.me protonmail.com protonmail.ch pm.me",
        "127.0.0.1:1143",
        "127.0.0.1:1025",
        mx="protonmail.ch",
        note="it needs Proton Mail Bridge running on this computer; the password is the one that Bridge shows",
        link="https://proton.me/mail/bridge",
        save_sent=False,
    ),
    Provider("Free", "free.fr", "imap.free.fr", "smtp.free.fr", "pop.free.fr", local_part=True),
    Provider("Orange", "orange.fr wanadoo.fr", "imap.orange.fr", "smtp.orange.fr", "pop.orange.fr"),
    Provider("SFR", "sfr.fr neuf.fr club-internet.fr", "imap.sfr.fr", "smtp.sfr.fr", "pop.sfr.fr"),
    Provider(
        "La Poste",
        "laposte.net",
        "imap.laposte.net",
        "smtp.laposte.net",
        "pop.laposte.net",
        local_part=True,
    ),
    Provider(
        "Libero",
        "libero.it iol.it blu.it inwind.it giallo.it",
        "imapmail.libero.it",
        "smtp.libero.it",
        "popmail.libero.it",
    ),
    Provider(
        "Seznam",
        "seznam.cz email.cz post.cz spoluzaci.cz",
        "imap.seznam.cz",
        "smtp.seznam.cz",
        "pop3.seznam.cz",
    ),
    Provider("WP", "wp.pl", "imap.wp.pl", "smtp.wp.pl", "pop3.wp.pl", note=_ALLOW, local_part=True),
    Provider(
        "o2",
        "o2.pl go2.pl tlen.pl prokonto.pl",
        "poczta.o2.pl",
        "poczta.o2.pl",
        "poczta.o2.pl",
        note=_ALLOW,
        local_part=True,
    ),
    Provider(
        "Onet",
        "onet.pl onet.eu poczta.onet.pl poczta.onet.eu op.pl vp.pl autograf.pl buziaczek.pl amorki.pl spoko.pl",
        "imap.poczta.onet.pl",
        "smtp.poczta.onet.pl",
        "pop3.poczta.onet.pl",
        note=_ALLOW,
    ),
    Provider(
        "Comcast",
        "comcast.net xfinity.com",
        "imap.comcast.net",
        "smtp.comcast.net",
        "mail.comcast.net",
        note="access by other programs must be allowed in the settings of Xfinity Email",
    ),
    Provider(
        "BT",
        "btinternet.com btopenworld.com talk21.com",
        "mail.btinternet.com",
        "mail.btinternet.com",
        "mail.btinternet.com",
    ),
    Provider("Virgin Media", "virginmedia.com", "imap.virginmedia.com", "smtp.virginmedia.com", "pop3.virginmedia.com"),
    Provider("Bluewin", "bluewin.ch bluemail.ch", "imaps.bluewin.ch", "smtpauths.bluewin.ch", "pop3s.bluewin.ch"),
    Provider(
        "Ziggo",
        "ziggo.nl ziggomail.com casema.nl upcmail.nl chello.nl home.nl quicknet.nl",
        "imap.ziggo.nl",
        "smtp.ziggo.nl:587",
        "pop.ziggo.nl",
    ),
    Provider(
        "KPN",
        "kpnmail.nl kpnplanet.nl planet.nl hetnet.nl xs4all.nl telfort.nl",
        "imap.kpnmail.nl",
        "smtp.kpnmail.nl",
        "pop.kpnmail.nl",
    ),
    Provider("Migadu", "migadu.com", "imap.migadu.com", "smtp.migadu.com", "pop.migadu.com", mx="migadu.com"),
    Provider("Purelymail", "purelymail.com", "imap.purelymail.com", "smtp.purelymail.com", mx="purelymail.com"),
    Provider("Runbox", "runbox.com", "mail.runbox.com", "mail.runbox.com", "mail.runbox.com", mx="runbox.com"),
    Provider("Mailfence", "mailfence.com", "imap.mailfence.com", "smtp.mailfence.com", mx="mailfence.com"),
    Provider("StartMail", "startmail.com", "imap.startmail.com", "smtp.startmail.com", mx="startmail.com"),
    Provider("Kolab Now", "kolabnow.com", "imap.kolabnow.com", "smtp.kolabnow.com", mx="kolabnow.com"),
    Provider("Disroot", "disroot.org", "disroot.org", "disroot.org", "disroot.org", local_part=True),
    Provider(
        "Riseup",
        "riseup.net",
        "mail.riseup.net",
        "mail.riseup.net",
        "mail.riseup.net",
        mx="riseup.net",
        local_part=True,
    ),
    Provider("OVH", "ovh.net", "ssl0.ovh.net", "ssl0.ovh.net", "ssl0.ovh.net", mx="mail.ovh.net"),
    Provider("Gandi", "gandi.net", "mail.gandi.net", "mail.gandi.net", "mail.gandi.net", mx="mail.gandi.net"),
    Provider(
        "Infomaniak",
        "ik.me ikmail.com etik.com",
        "mail.infomaniak.com",
        "mail.infomaniak.com",
        "mail.infomaniak.com",
        mx="infomaniak.ch",
    ),
    Provider("Hostinger", "", "imap.hostinger.com", "smtp.hostinger.com", "pop.hostinger.com", mx="hostinger.com"),
    Provider(
        "Private Email",
        "",
        "mail.privateemail.com",
        "mail.privateemail.com",
        "mail.privateemail.com",
        mx="privateemail.com",
    ),
    Provider("HEY", "hey.com", mx="hey.com", note=_CLOSED, closed=True),
    Provider(
        "Tuta",
        "tuta.com tutanota.com tutanota.de tutamail.com tuta.io keemail.me",
        mx="tutanota.de",
        note=_CLOSED,
        closed=True,
    ),
)

_EXACT = {domain: one for one in reversed(PROVIDERS) for domain in one.domains.split() if "*" not in domain}
_WILD = [(domain[:-1], one) for one in PROVIDERS for domain in one.domains.split() if domain.endswith("*")]
_EXCHANGERS = [(suffix, one) for one in PROVIDERS for suffix in one.mx.split()]


def by_domain(domain: str) -> Provider | None:
    """The provider whose addresses end like this. Countries' domains of the very large ones (`yahoo.com.br`) count, but
    nothing below them: `live.example.org` is somebody else's."""
    found = _EXACT.get(domain)
    if found is None and domain.endswith(".onmicrosoft.com"):
        found = _EXACT["onmicrosoft.com"]
    if found is not None:
        return found
    return next((one for start, one in _WILD if domain.startswith(start) and _is_ending(domain[len(start) :])), None)


def _is_ending(rest: str) -> bool:
    """`de`, `co.uk`, `com.br`: what follows a name under a country."""
    *second, country = rest.split(".")
    return len(country) == 2 and country.isalpha() and second in ([], ["co"], ["com"])


def by_exchanger(host: str) -> Provider | None:
    """The provider that this mail exchanger belongs to."""
    return next((one for suffix, one in _EXCHANGERS if host == suffix or host.endswith(f".{suffix}")), None)
