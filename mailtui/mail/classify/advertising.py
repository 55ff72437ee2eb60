"""Whether a message is advertising or a newsletter: points that anybody can add up, and what never is any."""

# ruff: noqa: E501 - patterns are one line each, so that each can be read by itself

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailtui.mail.classify.features import Features, Shape
from mailtui.mail.classify.lists import is_answer, mailing_list
from mailtui.mail.trust import domain_of, organisation

ENOUGH = 5.0
"""Points from which a message is filed as advertising."""
TAKES_PART = "a list that you take part in"
_READ = 20_000
_I = re.IGNORECASE | re.MULTILINE


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the person. Addresses and list ids in lower case."""

    mine: frozenset[str] = frozenset()
    written: Mapping[str, int] = field(default_factory=dict)
    """How often the person wrote to an address."""
    posted: frozenset[str] = frozenset()
    """Addresses of lists to which the person wrote, or their ids."""
    answered: bool = False
    """Whether the message answers one of the person's own."""
    seen: Mapping[str, int] = field(default_factory=dict)
    """How much mail came from an address."""
    wanted: frozenset[str] = frozenset()
    """Senders and lists that the person called no advertising."""
    unwanted: frozenset[str] = frozenset()
    """Senders and lists that the person called advertising."""


@dataclass(frozen=True, slots=True)
class Score:
    """`points` against ENOUGH; `reasons` strongest first; `veto` says why it is none whatever the points are."""

    points: float
    reasons: tuple[str, ...] = ()
    veto: str = ""

    @property
    def advertising(self) -> bool:
        return not self.veto and self.points >= ENOUGH


_UNSUBSCRIBE = re.compile(
    r"\bun-?subscri|\bunsub\b|\bopt[- ]?out\b|\bmanage (?:your )?(?:\w+ )?(?:preferences|subscriptions?)\b"
    r"|\b(?:e-?mail|subscription|notification|communication) (?:preferences|settings)\b"
    r"|\b(?:no longer|not|stop) (?:wish |want |like |prefer )?(?:to )?(?:receiv(?:e|ing)|get|getting) (?:\w+ ){0,5}(?:e-?mails?|newsletters?|mailings?|messages?|updates?|offers?|information)"
    r"|\b(?:be )?removed? (?:your(?:self| name| address)? )?from (?:our|this|the|future) (?:\w+ ){0,2}(?:list|mailing|newsletter|e-?mail)"
    r"|\babbestell|\babmelde[nl]|\baustragen\b|\bnewsletter abmelden"
    r"|\bse? d[ée](?:sabonner|sinscrire)|\bd[ée]sabonne|\bd[ée]sinscri"
    r"|\bdarse? de baja\b|\bcancelar (?:la |su |tu )?suscripci|\bcancelar (?:a )?(?:inscri|assinatura)|\bdescadastr"
    r"|\bannulla(?:re)? (?:l')?iscrizione|\bdisiscri|\bcancellati\b|\bafmelden\b|\buitschrijven\b"
    r"|\bwypisz|\brezygn|\bzrezygn|\bavregistrera|\bavprenumerera|\bafmeld\b|\bavmeld\b|\bperuuta tilaus"
    r"|\bотписат|\bотказаться от (?:рассылки|подписки)|\bodhlásit|\bleiratkoz|\bdezabon"
    r"|配信(?:停止|解除)|購読(?:解除|停止)|メルマガ|退订|取消订阅|取消訂閱|수신\s?거부|구독\s?취소|abonelikten ç[ıi]k",
    _I,
)
_BROWSER = re.compile(
    r"\b(?:view|read|see|open|trouble|problems?|can'?t|cannot)\b.{0,50}\b(?:browser|online|web ?page|web version|on the web)\b"
    r"|\bim browser (?:an|öffnen)|\bonline[- ]?(?:version|ansicht)|\bwebversion|\bversion en ligne|\bver en (?:el |tu )?navegador"
    r"|\bvisualizza nel browser|\bbekijk (?:de )?(?:online|web)",
    _I,
)
_SIGNED_UP = re.compile(
    r"\b(?:you (?:are|were|have|'re) ?(?:receiving|received|getting|been sent|subscribed|sent|on)|you(?:'ve| have)? (?:received|get|receive)|(?:sent|delivered|mailed|was sent) to (?:you|\S{3,60}@))\b[^.]{0,80}\b(?:because|as (?:a|an|you|part)|since|subscri|sign(?:ed)?[- ]?up|register|member|customer|opted|requested|by)\b"
    r"|\bsubscribed (?:to|as|with)\b|\bthis (?:e-?mail|message|newsletter|mailing) (?:was|is|has been) (?:being )?sent\b"
    r"|\bsie erhalten diese[nms]? |\bvous recevez ce|\brecibes? este|\bricevi questa|\bu ontvangt deze",
    _I,
)
_PUBLISHED = re.compile(
    r"\bnewsletter|\bto subscribe\b|\bsubscribe (?:to|at|here|now)\b|\bsubscription (?:info|center|page)|\bforward (?:this|it) (?:\w+ ){0,3}to (?:a |your )?friend|\badvertise(?:ment|ments|rs?|\b)"
    r"|\bin this (?:issue|edition|week|month)|\bthis (?:week|month)'?s (?:issue|edition|deals|offers|top|best)|\beditor(?:ial)?\b|\bsponsor|\bvol(?:ume)?\.? ?\d+",
    _I,
)
_SHOP = re.compile(
    r"\b(?:shop|buy|order|save|register|book|learn more|get it|download|upgrade|sign up|start) (?:now|today|online|here|and save|at)\b|\b\d{1,3}\s?% (?:off|rabatt|de r[ée]duction|de descuento|discount|korting|sconto)"
    r"|\bfree (?:shipping|delivery|trial|gift)|\b(?:special|exclusive|limited|great|latest|hot) (?:offers?|deals?|prices?|savings?|price)|\b(?:sale|deals?|coupons?|voucher|promo(?:tion)?s?|bargains?|discounts?|angebote?|rabatte?|soldes|rebajas|saldi|aanbieding(?:en)?)\b"
    r"|\bnew (?:arrivals?|collection|products?|features?|release)|\bwebinar|\bintroducing\b|\bannounc(?:e|ing)\b|\bdon'?t miss\b|\bclick here\b|\bonly [$€£]\s?\d|セール|クーポン|优惠|促销|скидк|распродаж",
    _I,
)
_LEGAL = re.compile(
    r"\ball rights reserved\b|\bprivacy (?:policy|statement)\b|©|\(c\) ?(?:19|20)\d\d|\bcopyright\b.{0,20}\b(?:19|20)\d\d|\btrademarks?\b|\bterms (?:and|of|&)|\bimpressum\b|\bdatenschutz",
    _I,
)
_SENDER = re.compile(
    r"(?:^|[._+-])(?:news(?:letters?)?|offers?|deals?|promo(?:tion)?s?|marketing|mailing(?:s|list)?|e-?news|campaigns?|sales?|shop|store|lists?|listmanager"
    r"|updates?|digest|announce(?:ments?)?|specials?|bulletin|weekly|daily|events?|subscriptions?|members?(?:hip)?|email|mailer|e?lists?-admin|bounces?|editor|champion|journal)(?=$|[._+@\d-])"
    r"|(?:newsletter|_news|news_|listmanager|mailinglist|donotuse|sweeps)",
    re.IGNORECASE,
)
_NOREPLY = re.compile(
    r"^(?:no-?_?reply|do-?not-?reply|noreply|replies|reply|info|hello|hi|team|contact|bounce|\d|\S*\d{6})",
    re.IGNORECASE,
)
_MAIL_HOST = re.compile(
    r"(?:^|\.)(?:e?news|e?mail(?:ing|er)?s?|lists?|em\d*|e|m|mkt|marketing|info|campaign|newsletters?|reply|eblast|dms|click|go|t|ums?mail\d*|updates?|offers?|bounce)\.|lists?\.|eblast|imakenews",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\bnews\b|newsletter|\bdaily\b|\bweekly\b|\bdeals?\b|\boffers?\b|\bteam\b|\bshop\b|\bstore\b|\beditor|\bstaff\b|\bmailing list\b|\bannounce|\bclub\b|\btips\b|of the day\b|\binc\b|\.com\b|\bdigest\b",
    re.IGNORECASE,
)
_HOUSES = (
    "x-mailgun", "x-sg-", "x-mc-", "x-mandrill", "x-campaign", "x-mailchimp", "x-rpcampaign", "x-sfmc", "x-job", "x-klaviyo",
    "x-hs-", "x-cmail", "x-csa-complaints", "x-mailer-recptid", "x-listmember", "x-list-unsubscribe", "x-emarsys", "x-sib-", "x-mj-",
    "x-ses-configuration", "x-mail-id", "x-mailingid", "x-mailing-id", "x-newsletter", "x-responsys", "x-elnk",
    "x-binding", "x-et-", "x-accounttype", "x-cid", "x-campaignid", "x-campaign-id", "x-customer", "x-exacttarget", "x-virtual-mta",
    "x-feedback-id", "x-marketo", "x-mktmailid", "x-mktarchive", "x-pm-message-stream", "x-unsubscription", "x-lsv-listid",
    "x-messageid", "x-dynmail", "x-xpt-", "x-drip", "x-getresponse", "x-aweber", "x-intercom-bin", "x-braze", "x-iterable",
)  # fmt: skip
_RETURNS = re.compile(
    r"^(?:owner-|bounce|.*-(?:request|admin|owner|bounces?|return)[-+@]|[^@]*=[^@]*@|.*(?:listserv|majordomo|\d{7}))|\bowner-|listserv\.",
    re.IGNORECASE,
)
_TO_MANY = re.compile(
    r"^(?:.*[-_.])?(?:announce\w*|news(?:letter)?|list|subscribers?|members?|everyone|readers)(?:[-_.@].*)?@|@(?:listserv|lists?)\.|undisclosed",
    re.IGNORECASE,
)
_ISSUE = re.compile(
    r"\bdigest\b|\bnewsletter|\bheadlines\b|\bissue\b|\bvol(?:ume)?\b|\bweekly\b|\bdaily\b|\bsweepstake|\bpress release|\brelease:|\bof the (?:day|week|month)\b|\bupdate\b|\bannounc"
    r"|\b\d{1,2}\.? ?(?:jan|feb|mar|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zäé]*\.?(?: \d{2,4})?\b|\bwoche\b|\blettre d'info",
    re.IGNORECASE,
)
_TRACKED = re.compile(
    r"(?:^|\.)(?:click|links?|track(?:ing)?|clicks?|email|go|t|r|url\d*|lnk|ct|redir(?:ect)?|trk|mandrillapp|list-manage\d*|sendgrid|hubspot(?:links)?|rs6|exacttarget|click\d*|m\d)\.",
    re.IGNORECASE,
)
_BUSINESS = re.compile(
    r"\b(?:receipts?|invoice|order (?:#|no\b|number|confirm|status|update|has|is|received)|your order\b|order of\b|shipp(?:ed|ing confirmation)|(?:has|have|was) (?:been )?(?:shipped|dispatched)|out for delivery|tracking (?:number|#|id)|deliver(?:y (?:update|notice|confirm)|ed\b)|package|parcel"
    r"|payment (?:received|confirm|due|failed|of|to)|you(?:'ve)? (?:paid|sent)|refund|purchase confirm|booking (?:confirm|ref)|reservation|itinerary|boarding pass|e-?tickets?|your tickets?|appointment|confirmation (?:number|code|#)|ticket #?\d"
    r"|(?:verification|security|login|access|one[- ]time|confirmation|authentication|sign-?in) (?:code|pin|passcode|password)|code is\b|\botp\b|2fa\b|two[- ]factor|(?:reset|change|forgot(?:ten)?) (?:your )?password|password (?:reset|change)|verify your (?:e-?mail|account|address)|confirm your (?:e-?mail|account|address|registration|subscription)|activate your account|sign-?in (?:attempt|from)|new (?:login|sign-?in|device)|security alert"
    r"|(?:account|bank|credit card|monthly|e-?) ?statement|direct debit|renewal notice|contract|policy (?:number|document)|your bill\b|bill is|payslip|statement is|support (?:case|request|ticket)|case #?\d|\[?ticket"
    r"|rechnung|bestell(?:ung|bestätigung)|auftrags?(?:bestätigung|nummer)|versand(?:bestätigung|t)|sendungs(?:nummer|verfolgung)|buchungsbestätigung|lieferung|zahlung(?:seingang|sbestätigung| )|kontoauszug|zugangscode|bestätigungscode|passwort zurück|quittung|beleg|mahnung|termin(?:bestätigung|erinnerung)"
    r"|facture|re[çc]u de|votre commande|confirmation de (?:commande|réservation|paiement)|votre colis|livraison|mot de passe|code de (?:vérification|confirmation)|factura|su pedido|tu pedido|pedido confirmado|env[ií]o|recibo|c[óo]digo de (?:verificaci|seguridad|acceso)|contraseña"
    r"|fattura|ordine|ricevuta|spedizione|codice di (?:verifica|accesso)|bestelling|bevestiging van|factuur|bezorg|zamówieni|faktur|potwierdzeni|kvittering|ordrebekr|заказ|счёт|код подтверждения|чек"
    r"|ご注文|注文確認|発送|領収書|請求書|認証コード|予約確認|订单|验证码|发货|發票|주문|인증번호|배송)",
    re.IGNORECASE,
)
_OFFER_SUBJECT = re.compile(
    r"\d+\s?%|\boff\b|\bsale\b|\bdeals?\b|\bsave\b|\bfree\b|\bdiscount|\bcoupon|\bvoucher|\brabatt|\bnewsletter|\boffer|\bgutschein|\bsoldes|!\s*$",
    re.IGNORECASE,
)
_INVITED = frozenset(("attached:text/calendar", "attached:.ics"))
_PERSONAL = frozenset(("multipart/signed", "multipart/encrypted", "multipart/report", "text/calendar"))


def _head_points(features: Features) -> Iterator[tuple[float, str]]:
    found = features.fields
    if "list-unsubscribe" in found:
        yield 2.5, "List-Unsubscribe"
    if "one-click" in features.first("list-unsubscribe-post").lower():
        yield 2.5, "one-click unsubscribe"
    if features.envelope.list_id:
        yield 0.8, "List-Id"
    if features.first("precedence").lower().strip() in {"bulk", "list", "junk"}:
        yield 1.0, f"Precedence: {features.first('precedence').strip().lower()}"
    if features.first("auto-submitted").lower().startswith("auto-gen"):
        yield 0.5, "sent by a program"
    if "feedback-id" in found:
        yield 1.5, "Feedback-ID"
    path = features.first("return-path").strip("<> ").lower()
    if any(_RETURNS.search(one) for one in (path, features.first("sender").lower(), features.sender)):
        yield 1.0, "bounces go to a program"
    if any(_TO_MANY.search(one.addr) for one in features.envelope.to[:3]):
        yield 0.8, "addressed to a list"
    house = next((name for name in found if name.startswith(_HOUSES)), "")
    if house:
        yield 1.5, f"sent by a mailing service ({house})"


def _sender_points(features: Features, known: Known) -> Iterator[tuple[float, str]]:
    local, _, domain = features.sender.rpartition("@")
    name = features.envelope.from_[0].name if features.envelope.from_ else ""
    if _SENDER.search(local):
        yield 1.5, f"sender calls itself {local[:30]}"
    elif _NOREPLY.match(local):
        yield 0.8, "no person as sender"
    if _MAIL_HOST.search(domain):
        yield 1.0, f"sent from {domain[:40]}"
    if _NAME.search(name):
        yield 1.0, "sender's name"
    count = known.seen.get(features.sender, 0)
    if count >= 3:
        yield min(2.0, 0.5 + count / 10), f"0 answers to {count} mails of this sender"


def _body_points(features: Features) -> Iterator[tuple[float, str]]:
    text, shape = features.text[:_READ] + "\n" + features.text[-4_000:], features.shape
    subject = features.envelope.subject[:400]
    if _UNSUBSCRIBE.search(text):
        yield 2.5, "says how to unsubscribe"
    if _BROWSER.search(text[:3_000]):
        yield 1.5, "offers itself for the browser"
    if _SIGNED_UP.search(text):
        yield 1.5, "says why one gets it"
    if _PUBLISHED.search(text) or _PUBLISHED.search(subject):
        yield 1.0, "words of a newsletter"
    if _ISSUE.search(subject):
        yield 1.0, "subject of a newsletter"
    offers = {match[0].lower()[:20] for match in _SHOP.finditer(f"{subject}\n{text[:8_000]}")}
    if offers:
        yield min(1.5, 0.5 * len(offers)), "words of offers"
    if _LEGAL.search(text):
        yield 0.7, "small print"
    yield from _shape_points(shape)


def _shape_points(shape: Shape) -> Iterator[tuple[float, str]]:
    if shape.html:
        yield 0.5, "HTML"
    if shape.images >= 3:
        yield (1.5 if shape.images >= 10 else 1.0), f"{shape.images} pictures"
    if shape.links >= 8:
        yield (1.7 if shape.links >= 25 else 1.0), f"{shape.links} links"
    elif shape.links >= 4:
        yield 0.5, f"{shape.links} links"
    if shape.tables >= 4:
        yield 0.5, "laid out in tables"
    if shape.beacons:
        yield 0.7, "invisible pictures"
    if any(_TRACKED.search(host) for host in shape.hosts) or shape.longest_link > 120:
        yield 0.7, "tracking links"


def veto(features: Features, known: Known) -> str:
    """Why a message is never filed as advertising; "" if nothing speaks for it."""
    sender, envelope = features.sender, features.envelope
    if known.answered:
        return "answers your mail"
    if sender in known.mine:
        return "from yourself"
    if known.written.get(sender):
        return f"you wrote to {sender} {known.written[sender]}×"
    found = mailing_list(features)
    if found and (
        found.id in known.posted or known.posted & {one.addr.lower() for one in (*envelope.to, *envelope.cc)}
    ):
        return TAKES_PART
    if found and found.talk:
        return "a list where people talk"
    return _business(features)


def _business(features: Features) -> str:
    """Why a message is no advertising whoever sent it: also a shop that one never wants to hear of sends receipts."""
    envelope = features.envelope
    if is_answer(features):
        return "an answer in a conversation"
    if any(token.partition(":")[2] in _PERSONAL for token in features.tokens if token.startswith("type:")):
        return "signed, encrypted or a report"
    if not _INVITED.isdisjoint(features.tokens):
        return "an invitation"
    match = _BUSINESS.search(envelope.subject[:400])
    if match and not _OFFER_SUBJECT.search(envelope.subject[:400]):
        return f"about business of yours ({match[0][:30].strip().lower()})"
    return ""


def advertising(features: Features, known: Known | None = None) -> Score:
    """The score of a message. Linear in the bounded text of `features`, never raises."""
    known = known or Known()
    found = mailing_list(features)
    names = {features.sender, found.id if found else "", organisation(domain_of(features.sender))} - {""}
    if names & known.wanted:
        return Score(0.0, veto="you said that this sender is no advertising")
    if {features.sender, found.id if found else ""} & known.unwanted - {""}:
        why = "answers your mail" if known.answered else _business(features)
        return Score(ENOUGH * 2, ("you said that this sender is advertising",), why)
    points = sorted(
        (*_head_points(features), *_sender_points(features, known), *_body_points(features)),
        key=lambda one: (-one[0], one[1]),
    )
    return Score(round(sum(one for one, _ in points), 2), tuple(text for _, text in points), veto(features, known))
