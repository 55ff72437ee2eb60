"""Habits of spam and of honest mail that are known before anything was learned: what is promised, what is asked for, how
people write to each other. Each is a token with a prior probability, which learning outweighs.

Written from general knowledge of unasked-for mail (the families that filters have published rules for since 2001), not
from a training set."""

# ruff: noqa: E501 - patterns are one line each, so that each can be read by itself

from __future__ import annotations

import re
from collections.abc import Iterator

STRENGTH = 6.0
"""Learned messages that a prior weighs as much as."""

_MONEY = r"(?:[$€£]\s?\d|\b(?:usd|us\$|dollars?|euros?|pounds?)\b)"
_KNOWN: tuple[tuple[str, float, str], ...] = (
    ("promises money", 0.88, r"\b(?:make|earn|earning|receive|extra)\s+(?:\w+\s+){0,3}(?:money|cash|income|[$€£]\d)|\bfinancial(?:ly)? (?:freedom|independen)|\bwork (?:from|at) home\b|\bhome[- ]based business\b|\bmultiple streams\b|\bget rich\b|\bbe your own boss\b"),
    ("business opportunity", 0.85, r"\bbusiness (?:opportunit|proposal|partner)|\bmlm\b|\bmultilevel\b|\bnetwork marketing\b|\bhome business\b|\bjoint venture\b|\binvestment opportunit"),
    ("an inheritance or transfer", 0.95, r"\bnext of kin\b|\bbeneficiary\b|\bmillion (?:us |united states )?dollars\b|\bforeign partner\b|\btransfer (?:of )?(?:the |this )?(?:funds?|money|sum)\b|\blate (?:president|husband|father|client)\b|\binheritance\b|\bconfidential(?:ity)? (?:business|transaction)|\bsecurity company\b"),
    ("a prize", 0.92, r"\byou(?:'ve| have)? (?:won|been (?:selected|chosen))\b|\bclaim your (?:prize|reward|gift)|\blotter(?:y|ies)\b|\bcongratulations,? (?:you|your)|\bwinner\b.{0,30}\bprize|\bgift card\b.{0,40}\b(?:claim|win|won)"),
    ("a loan or debt", 0.9, r"\bmortgage|\brefinanc|\bdebt(?:s| consolidation| free)?\b.{0,40}\b(?:eliminat|consolidat|reduc|free)|\bbad credit\b|\bcredit (?:repair|rating|history|report)\b|\blow(?:est)? (?:interest )?rates\b|\bpre-?approved\b|\blife insurance\b|\bpayday loan|\bcash advance"),
    ("pills and bodies", 0.94, r"\bviagra\b|\bcialis\b|\blevitra\b|\bpharmac(?:y|ies)\b.{0,60}\b(?:online|cheap|order|discount)|\bweight[- ]loss\b|\blose (?:\w+ ){0,3}(?:weight|pounds|inches|kilos)\b|\benlarge(?:ment|r)?\b|\berection|\bhgh\b|\bgrowth hormone\b|\bherbal\b|\bdiet pill|\bburn (?:\w+ )?fat\b|\bno prescription\b|\banti-?aging\b|\bcbd (?:oil|gumm)|\bketo\b.{0,30}\b(?:burn|gumm|diet)"),
    ("sex for sale", 0.95, r"\bxxx\b|\bporn|\bhot(?:test)? (?:girls|teens|babes|women|singles)\b|\bnaked\b|\bhardcore\b|\badult (?:site|content|entertainment|dating)\b|\bwebcams?\b.{0,40}\b(?:girls|live|sex)|\bsexy? (?:girls|dating|abenteuer)|\bsluts?\b|\bcum\b|\berotic|\b18 (?:years )?(?:or|and) (?:older|over)\b"),
    ("mass mailing for sale", 0.95, r"\b(?:million|thousand)s?(?: of)? (?:fresh |valid |targeted )?(?:e-?mail )?addresses\b|\bbulk (?:e-?)?mail|\btargeted (?:e-?mail|traffic|leads)\b|\bemail marketing\b.{0,60}\b(?:software|service|list)|\bsearch engine (?:ranking|placement|submission)|\bfirst page of google\b|\bseo (?:service|expert|agency)"),
    ("stock tip", 0.92, r"\botc(?:bb)?\b|\bpenny stock|\bundervalued\b|\bstock (?:alert|pick|play|profile)|\bstrong buy\b|\bforward[- ]looking statements\b"),
    ("crypto promises", 0.9, r"\b(?:bitcoin|crypto(?:currency)?|btc|forex)\b.{0,60}\b(?:invest|profit|trading|wallet|earn|double)"),
    ("blackmail", 0.95, r"\b(?:recorded|recording) (?:you|a video)\b.{0,200}\b(?:bitcoin|btc)|\bi (?:have )?hacked\b|\byour (?:webcam|camera)\b.{0,200}\bbitcoin"),
    ("an account in danger", 0.88, r"\b(?:verify|confirm|update|validate|restore|reactivate) your (?:\w+ ){0,2}(?:account|identity|information|details|password|mailbox|wallet)\b|\baccount (?:has been|is|will be|was) (?:\w+ )?(?:suspended|limited|locked|restricted|deactivated|closed|terminated|disabled)\b|\bunusual (?:sign-?in|activity|login)|\bmailbox (?:is |has |quota )?(?:\w+ )?(?:full|exceeded|storage)"),
    ("guarantees", 0.86, r"\bmoney[- ]back\b|\b100% (?:free|guarantee|satisf|natural|legal|safe|pure)|\brisk[- ]free\b|\bno (?:risk|obligation|hidden|strings|cost|investment|experience (?:is )?(?:needed|required))\b|\bsatisfaction guaranteed\b|\bguaranteed to\b|\bfully guaranteed\b|\bnothing to lose\b"),
    ("hurry", 0.8, r"\bact (?:now|fast|today)\b|\blimited[- ](?:time|offer|supply)\b|\border (?:now|today)\b|\bdon'?t (?:miss|delay|wait|hesitate)\b|\bwhile supplies last\b|\bcall (?:now|today|toll|us now|1-?8)|\btoll[- ]?free\b|\burgent(?:ly)?\b.{0,40}\b(?:reply|response|assist|business|attention)|\boffer (?:expires|ends|is limited)\b|\bsign up (?:now|today)\b"),
    ("click here", 0.74, r"\bclick (?:here|below|on the link|the link|this link)\b|\bvisit (?:our|my) (?:web ?)?site\b|\bgo to\b.{0,20}\bhttp"),
    ("free offers", 0.78, r"\bfree (?:trial|sample|gift|offer|access|quote|info(?:rmation)?|membership|vacation|consultation|report|dvd|phone|bonus|tour|preview)\b|\babsolutely free\b|\bfor free!|\bfree!|\bcompletely free\b|\bbonus(?:es)?\b"),
    ("defends itself", 0.9, r"\bnot (?:considered )?(?:a )?spam\b|\bunsolicited\b|\bs\. ?1618\b|\bcan-spam\b|\bone[- ]time (?:mailing|email|message)\b|\bopt(?:ed)?[- ]?in\b|\bthis is not\b.{0,30}\bspam|\bcomplies? with\b|\bin compliance\b|\bthis (?:email|message|mailing) (?:is|was) (?:being )?sent (?:to you )?(?:in|as|because)"),
    ("asks to be removed by mail", 0.86, r"\bremove\b.{0,40}\bsubject\b|\bsubject\b.{0,40}\bremove\b|\b(?:be )?removed? from (?:our|this|the|future|any) (?:\w+ ){0,2}(?:list|mailing|database|offers?|e?-?mails?)|\bto be (?:removed|taken off)\b|\bremoval instructions\b|\bwish to be removed\b|\bremove (?:me|yourself)\b|\bopt[- ]?out\b"),
    ("dear nobody", 0.85, r"^\W{0,9}(?:dear (?:friend|sir|madam|customer|user|beneficiary|account|valued|internet|home ?owner|client|winner|e-?mail|fellow|member|reader)|attention\b|attn\b|greetings?\b|hello friend|hi there!)"),
    ("prices", 0.68, r"\b(?:only|just|for)\s+[$€£]\s?\d|\b\d+% (?:off|discount|savings?)\b|\bsave (?:up to |over )?(?:\d+%|[$€£])|\b(?:low|lowest|cheap|best|special|discount(?:ed)?|wholesale) prices?\b|\bretail (?:price|value)\b"),
    ("sums of money", 0.72, r"[$€£]\s?\d{1,3}[,.]\d{3}\b|\bmillion\b"),
    ("certificates and degrees", 0.93, r"\buniversity (?:diploma|degree)|\bdiplomas?\b.{0,60}\b(?:no|without|obtain)|\bbachelor'?s?,? master|\breplica\b|\brolex\b|\bcable descrambler|\bspy (?:on|software)|\bcopy dvd"),
    ("an order form", 0.84, r"\bmoney order\b|\bcredit card (?:number|info|#)|\bexp(?:iration)?\.? date\b|\bmake (?:checks?|cheques?) payable\b|\bship(?:ping)? (?:&|and) handling\b|\ball major credit cards\b|\bprint (?:this|out|the) (?:form|order)"),
    ("marked as the law asks", 0.93, r"^\W{0,3}(?:adv|adlt)\s?:|\[adv?\]|未承諾広告|\[?광\s?고\]|\(광고\)"),
    ("a gap that nobody filled", 0.9, r"[~%{\[<$]{1,2}(?:first|last|full|f|l|to|your|customer)?[_ -]?name[~%}\]>$]{1,2}|%%?(?:rnd|random|rand)\w*%?|\bdear\s?,$"),
    ("gambling", 0.92, r"\b(?:online|internet) (?:casino|poker|gambling|betting)|\b(?:casinos?|poker|blackjack|roulette|slots?)\b.{0,80}\b(?:bonus|play|win|real money|deposit)|\bsports? ?book\b"),
    ("smoke and drink", 0.85, r"\b(?:cheap|low|discount(?:ed)?|tax[- ]free|duty[- ]free)(?:er)? (?:\w+ ){0,2}(?:smok(?:es|ing)|cigarettes?|cigars?|tobacco|vapes?)\b"),
    ("money out of sight", 0.92, r"\b(?:offshore|secret|anonymous|numbered)\b.{0,60}\b(?:accounts?|banks?|banking|atm|debit card|trust)\b|\btax haven"),
    ("free calls", 0.8, r"\b(?:long[- ]distance|free minutes|calling (?:card|plan)|cents (?:per|a) minute)\b"),
    ("wants partners", 0.75, r"\b(?:look(?:ing)?[- ](?:out )?for|seek(?:ing)?|become (?:a|our)) (?:new |business |serious |reliable )*(?:partners?|agents?|distributors?|resellers?|affiliates?)\b|\bproposal (?:for|of) cooperation\b"),
    ("the same in other tongues", 0.9, r"\bsexabenteuer|\bseitenspr(?:ung|ünge)|\bpotenzmittel|\b(?:sofort)?kredit ohne schufa|\bsie haben gewonnen|\bnebenverdienst|\bgeld verdienen|\bha(?:s|n)? (?:sido )?(?:ganado|seleccionad[oa] como ganador)|\bherencia\b.{0,80}\b(?:fondos|millones)|\bgan(?:a|e) dinero|\bpréstamos? (?:urgente|rápido|sin)|\bvous avez gagné|\bprêt (?:entre particuliers|rapide)|\bgagne[rz] de l'argent|\bganhe dinheiro|\bempréstimo (?:fácil|rápido)|\bhai vinto\b|\bguadagna(?:re)? (?:soldi|da casa)|\bзаработ(?:ок|ай|ать)\b.{0,40}\b(?:дом|интернет)|出会い(?:系|の)|无抵押|代开发票|發票代開|대출"),
    ("quotes someone", 0.08, r"^(?:on|am|le|el|il|op)\b.{4,200}(?:wrote|writes|schrieb|écrit|escribió|scrive|schreef)\s?:|\bwrote:\s*$|^>+ ?\S|-----original message-----"),
    ("ends with a signature", 0.22, r"^-- $"),
    ("a patch or a program", 0.08, r"^(?:diff |index: |@@ |\+\+\+ |--- a/|#include|\s{0,20}def \w+\(|traceback)|\$ (?:ls|cd|make|sudo|apt|rpm|grep|git)\b|\b(?:segfault|stack trace|compiler|kernel|patch(?:es)?|cvs|bugzilla|rpm -|commit [0-9a-f]{7})\b"),
    ("a mailing list's foot", 0.2, r"^_{20,}\s*$|\bmailman/listinfo\b|\blist maintainer\b|\byahoogroups\.com|\bgooglegroups\.com"),
    ("thinks aloud", 0.15, r"\b(?:i think|i guess|i'm not sure|afaik|imho|imo|btw|as far as i (?:know|can)|i don't know|i suppose|i wonder|fwiw|ymmv|i believe that|it seems to me|i was wondering|my guess)\b"),
    ("speaks of plans", 0.25, r"\b(?:see you|let's meet|talk to you|let me know (?:if|what|when|how)|i'll be|we could|shall we|i attached|as discussed|the meeting)\b"),
)  # fmt: skip

_HABITS = tuple((name, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for name, _, pattern in _KNOWN)
PRIORS: dict[str, float] = {f"habit:{name}": chance for name, chance, _ in _KNOWN} | {
    "thread:an answer": 0.12,
    "field:list-post": 0.25,
    "field:list-archive": 0.25,
    "field:x-mailman-version": 0.25,
    "field:user-agent": 0.2,
    "html:hidden": 0.6,
    "html:words split by comments": 0.95,
    "link:host is a number": 0.92,
    "link:user in front": 0.95,
    "odd:no message id": 0.75,
    "odd:no date": 0.7,
    "odd:sent to its own sender": 0.85,
    "odd:answers go elsewhere": 0.6,
    "subject:ALL CAPITALS": 0.8,
    "subject:!!": 0.85,
    "subject:!": 0.65,
    "subject:wide gap": 0.95,
    "subject:letters at random": 0.9,
    "subject:$": 0.85,
    "subject:%": 0.75,
    "subject:re": 0.25,
    "body:!!": 0.75,
    "from:figures in the address": 0.7,
    "type:text/html": 0.75,
    "to:nobody": 0.65,
    "way:a doubtful name": 0.8,
    "way:an unknown host": 0.8,
    "way:big mail house, not through it": 0.85,
    "way:through the sender's house": 0.35,
    "way:not through the sender's house": 0.6,
    "to:undisclosed": 0.8,
    "id:of the sender": 0.4,
    "id:of a host without a domain": 0.65,
    "server:x-spam-flag yes": 0.95,
    "server:x-spam-status yes": 0.93,
    "server:x-spam yes": 0.93,
    "server:x-bogosity yes": 0.95,
    "server:x-spam-status no": 0.35,
    "server:dmarc fail": 0.9,
    "server:dmarc pass": 0.4,
    "server:spf fail": 0.8,
    "server:dkim pass": 0.42,
    "links:none to the sender's domain": 0.6,
}


def habits(subject: str, text: str) -> Iterator[str]:
    """Tokens of the habits that are seen in a message. Linear: `text` is read once per habit."""
    for name, pattern in _HABITS:
        if pattern.search(text) or pattern.search(subject):
            yield f"habit:{name}"
