"""What mail programs write into their HTML around quotations and signatures, whatever the language.

The renderer asks for each element and hands the ranges on; `quotes` decides what they mean. Programs that take in the
HTML of others rename its marks, so `m_-123gmail_quote` (Gmail), `x_divRplyFwdMsg` (Outlook) and `yiv123gmail_quote`
(Yahoo) are the same marks as without the prefix.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["quote", "intro", "older", "signature"]

_SEEN = 2_000
_ATTRIBUTE = re.compile(
    r"""\b(class|id|name|type|cite|style|data-marker|data-signatureblock)\s{0,9}=\s{0,9}"""
    r"""(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'>]{1,200}))""",
    re.I,
)
_PREFIX = re.compile(r"^(?:x_|m_-?\d{1,30}|yiv\d{1,20}|ydp[0-9a-f]{6,12}|mcnt|original-?(?=divrply))+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A container whose content is the older mail.
_QUOTES = _words(
    # Gmail, Yahoo, Proton, AOL, Outlook for Mac, GMX and web.de.
    "gmail_quote gmail_quote_container gmail_extra_quote yahoo_quoted protonmail_quote aolreplacedbody"
    " olk_src_body_section quoted-content"
    # 163 and 126, Alibaba and DingTalk, Lark and Feishu.
    " isreplycontent ntes-pcmac-quote __aliyun_previous_wrap lark-mail-quote history-quote-wrapper lark-mail-doc-quote"
    # Zoho, Zimbra, Spark, Front, Tutanota, BlackBerry, Superhuman.
    " zmail_extra blockquote_zmail __quoted_text__ messagereplysection front-blockquote tutanota_quote"
    " _originalcontent sh-quoted-content"
)
# What stands directly above the older mail: "On ..., Ana wrote:".
_INTROS = _words("gmail_attr moz-cite-prefix history-quote-meta-wrapper reply-intro airmail_ext_on")
# From here to the end of the page is the older mail: Outlook, Hotmail, Zimbra, QQ Mail. The container of Outlook's
# programs for phones ("reference message") is none of them: people type inside it, above the mark of the older mail.
_OLDER = _words(
    "divrplyfwdmsg outlookmessageheader appendonsend replysplit stopspelling zwchr __divider__ __headers__"
    " original-content xm_mail_oringinal_describe"
)
# "signature" is what Outlook on the web writes, "ms-outlook-mobile-signature" what Outlook on phones writes.
_SIGNATURES = _words(
    "gmail_signature gmail_signature_prefix moz-signature applemailsignature protonmail_signature_block signature"
    " ms-outlook-mobile-signature composer_signature ntes-pcmac-signature __aliyun_signature_wrap lark-mail-signature"
    " zmail_signature __sig_post__ __sig_pre__ messagesignaturesection bloop_sign _rc_sig front-signature"
    " sh-signature zm-_id_-sgn tutanota_signature divtagdefaultsignature"
)
_NUMBERED = re.compile(
    r"^(?:(lark-mail-quote|lark-mail-doc-quote|history-quote)-[\w-]{1,80}"
    r"|(yahoo_quoted|ntes-\w{1,12}-quote)_?\w{0,80}"
    r"|(bloop_sign|applemailsignature|lark-mail-signature|sig)[_-]?\d[\w-]{0,80}"
    r"|(ntes-\w{1,12}-signature)[\w-]{0,80})$"
)
# Outlook and Foxmail draw a line above the header block of the older mail and nowhere else with this padding.
_SEPARATOR = re.compile(
    r"border:\s?none;\s?border-top:\s?(?:solid\s?)?(?:#?[0-9a-z]{3,10})\s?[\d.]{1,4}pt"
    r"(?:\s?solid)?;\s?padding:\s?3(?:\.0)?pt 0",
    re.I,
)
# Foxmail draws this line above the sender's name and the header block; in new mail no header block follows.
_FOXMAIL_RULE = re.compile(r"width:\s?210px;\s?height:\s?1px", re.I)
_QUOTE_STYLE = re.compile(r"border-left(?:-(?:width|style|color))?\s?:|border_left", re.I)


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of the text that an element of the HTML stood around, in half-open code points."""

    kind: Kind
    start: int
    end: int


def mark_of(tag: str, attributes: str) -> Kind | None:
    """What an opening tag says about the text in it: `mark_of("div", ' class="gmail_quote"')` is "quote".

    "older" reaches from there to the end of the page; None for all other elements. Only the first 2,000 characters of
    the attributes are looked at.
    """
    if not attributes or tag in ("html", "head", "body", "img", "a", "td", "tr", "table"):
        return None
    style = ""
    for found in _ATTRIBUTE.finditer(attributes[:_SEEN]):
        name = found[1].lower()
        value = (found[2] or found[3] or found[4] or "").lower()
        if name == "style":
            style = value
        elif tag == "blockquote" and (name == "cite" or (name == "type" and value == "cite")):
            return "quote"
        elif name == "data-signatureblock":
            return "signature"
        elif name in ("class", "id", "name", "data-marker") and (kind := _named(value, tag)):
            return kind
    if tag == "hr" and _FOXMAIL_RULE.search(style):
        return "older"
    if tag == "blockquote" and _QUOTE_STYLE.search(style):
        return "quote"
    if tag == "div" and style and _SEPARATOR.search(style):
        return "older"
    return None


def _named(value: str, tag: str) -> Kind | None:
    """By the names in a class, id or name attribute."""
    for full in value.split()[:20]:
        word = _PREFIX.sub("", full)
        if word in _QUOTES or (tag == "blockquote" and ("quote" in word or "cite" in word)):
            return "quote"
        if word == "quote" and tag == "div":
            return "quote"
        if word in _INTROS:
            return "intro"
        if word in _OLDER:
            return "older"
        if word in _SIGNATURES:
            return "signature"
        numbered = _NUMBERED.match(word)
        if numbered:
            return "signature" if numbered[3] or numbered[4] else "quote"
    return None
