"""Gives back the links that a border service has put its own address around.

https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexplorer.example%2Ftx%2F0x12&data=…
https://urldefense.com/v3/__https://explorer.example/*/tx/12__;Iw!!key$            "*" stands for what "Iw" encodes
https://secure-web.cisco.com/1a2b/https%3A%2F%2Fexplorer.example%2Ftx%2F0x12

Only hosts of the services count: a link of anybody else that carries a second one stays, as it may lead anywhere.
Services that keep the target to themselves (Mimecast, Hornetsecurity) cannot be undone without asking them.
"""

import base64
import binascii
import re
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import quote, unquote

_MAX_URL = 4_000
_MAX_LAYERS = 4
# A link up to a sign that no program leaves unescaped in one.
_LINK = re.compile(r"https?://[^\s<>\"'|\\^`{}\u3000-\u303f\uff00-\uffef]{8,4000}", re.I)
_HOST = re.compile(r"https?://(?:[^/?#@]{0,100}@)?([\w.-]{1,253})(?::\d{1,5})?[/?]", re.I)
_WEB = re.compile(r"(?:https?|ftp)://?[^/\s]", re.I)
_UNSAFE = "".join(map(chr, range(0x21, 0x7F))).translate({ord(sign): None for sign in "\"'<>\\^`{|}"})

_PROOFPOINT_3 = re.compile(r"/v3/__(.{1,4000}?)(?:__;([\w+/=-]{0,2000})!|__(?:;|$)|$)", re.S)
_LENGTHS = {sign: at for at, sign in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 2)}
_STARRED = re.compile(r"\*(\*.)?")
_CHECK_POINT = re.compile(r"/v2/(?:r\d{2}/)?___(.{1,4000}?)___(?:\.|$)", re.S)
_PATH = re.compile(r"/((?:https?|ftp)(?::|%3a)(?:/|%2f){1,2}.{1,4000})$", re.I | re.S)


def _parameter(*names: str) -> Callable[[str], str]:
    """Reads the target from one of these parameters, which may hold an "&" of its own only encoded."""
    pattern = re.compile(rf"[?&;](?:{'|'.join(names)})=([^&]{{1,4000}})", re.I)

    def read(link: str) -> str:
        found = pattern.search(link)
        return unquote(found[1]) if found else ""

    return read


def _proofpoint(link: str) -> str:
    """The three forms of URL Defense."""
    if "/v3/" in link:
        return _proofpoint_3(link)
    found = _parameter("u")(link)
    if "/v2/" in link:
        found = unquote(found.translate({ord("-"): "%", ord("_"): "/"}))
    return found


def _proofpoint_3(link: str) -> str:
    """The third form: "*" is one character of those that the Base64 holds, "**C" four of them."""
    found = _PROOFPOINT_3.search(link)
    if found is None:
        return ""
    target, letters = found[1], found[2] or ""
    try:
        content = base64.urlsafe_b64decode(letters.replace("+", "-").replace("/", "_") + "=" * (-len(letters) % 4))
        left = list(content.decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        left = []
    if not left:
        return target

    def put(star: re.Match[str]) -> str:
        count = _LENGTHS.get(star[1][1], 1) if star[1] else 1
        signs, left[:count] = "".join(left[:count]), []
        return signs or star[0]

    return _STARRED.sub(put, target)


def _base64_parameter(link: str) -> str:
    """A target in Base64, as Sophos writes it."""
    found = _parameter("u")(link)
    try:
        return base64.b64decode(found + "=" * (-len(found) % 4), altchars=b"-_").decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _path(link: str) -> str:
    """A target that is the end of the path."""
    found = _PATH.search(link, 8)
    if found is None:
        return ""
    target = found[1]
    return unquote(target) if "%3a" in target[:8].lower() or "%2f" in target[:14].lower() else target


def _check_point(link: str) -> str:
    found = _CHECK_POINT.search(link)
    return found[1] if found else ""


def _amazon(link: str) -> str:
    """Amazon's counter of clicks, behind whose target stand its own numbers."""
    return re.sub(r"/\d/[0-9a-f-]{20,100}(?:/.{0,100})?$", "", _path(link))


_URL = _parameter("url")
# The last labels of each service's hosts, and how to read its links; those with a "/" are a path, too.
_SERVICES: dict[str, Callable[[str], str]] = {
    "safelinks.protection.outlook.com": _URL,
    "safelinks.protection.partner.outlook.cn": _URL,
    "safelinks.protection.office365.us": _URL,
    "statics.teams.cdn.office.net": _URL,
    "urldefense.proofpoint.com": _proofpoint,
    "urldefense.com": _proofpoint,
    "urldefense.us": _proofpoint,
    "linkprotect.cudasvc.com": _parameter("a"),
    "clicktime.symantec.com": _parameter("u", "url"),
    "clicktime.cloud.postoffice.net": _parameter("u"),
    "secure-web.cisco.com": _path,
    "protection.sophos.com": _base64_parameter,
    "trendmicro.com": _URL,
    "fireeye.com": _parameter("u"),
    "protect.checkpoint.com": _check_point,
    "url-protection.com": _parameter("o", "u"),
    "link.edgepilot.com": _parameter("u"),
    "mimecast.com": _parameter("url", "u"),
    "mimecastprotect.com": _parameter("url", "u"),
    "urlsand.esvalabs.com": _parameter("u"),
    "urlsand.com": _parameter("u"),
    "linklock.titanhq.com": _URL,
    "awstrack.me": _amazon,
    "mail.qq.com": _parameter("gourl"),
    "security.feishu.cn": _parameter("target"),
    "link.zhihu.com": _parameter("target"),
    "slack-redir.net": _URL,
    "l.facebook.com": _parameter("u"),
    "lm.facebook.com": _parameter("u"),
    "vk.com": _parameter("to"),
}
# Google's own hosts in all countries; only its page that leads on.
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:[a-z]{2,3}|com?\.[a-z]{2})")
_GOOGLE_PAGE = re.compile(r"https?://[^/]{1,60}/url\?", re.I)
_GOOGLE_TARGET = _parameter("q", "url")
# One of these is in any text that holds such a link.
_SIGNS = (
    *("safelinks", "urldefense", "cudasvc.", "clicktime.", "secure-web.", "protection.", "trendmicro.", "fireeye."),
    *("checkpoint.", "/url?", "edgepilot.", "mimecast", "urlsand.", "titanhq.", "awstrack.", "gourl=", "feishu."),
    *("zhihu.", "slack-redir.", "l.facebook.", "lm.facebook.", "vk.com/away"),
)


def restored(text: str, *, html: bool = False) -> str:
    """The text with the targets in place of such links; linear. In the source of a page (`html`) "&" is "&amp;"."""
    if "://" not in text and "%2F" not in text:
        return text
    low = text.lower()
    if not any(sign in low for sign in _SIGNS):
        return text

    def put(link: re.Match[str]) -> str:
        written = unescape(link[0]) if html and "&" in link[0] else link[0]
        target, rest = _split_end(written)
        found = target_of(target)
        if found == target:
            return link[0]
        return escape(found + rest, quote=True) if html else found + rest

    return _LINK.sub(put, text)


def _split_end(link: str) -> tuple[str, str]:
    """The link, and the punctuation of the sentence around it."""
    end = len(link.rstrip(".,;:!?)]*~"))
    return link[:end], link[end:]


def target_of(link: str) -> str:
    """Where a link leads behind the services that rewrote it; the link itself where none did."""
    for _ in range(_MAX_LAYERS):
        found = _inner(link)
        if not found:
            break
        link = found
    return link


def _inner(link: str) -> str:
    """The target of one service's link; "" where it is none, or what it holds is no web address."""
    host = _HOST.match(link)
    if host is None:
        return ""
    read = _reader(host[1].lower().rstrip("."), link)
    target = read(link[:_MAX_URL]).strip() if read else ""
    if not _WEB.match(target):
        return ""
    # Proofpoint's third form and Cisco lose one of two slashes.
    scheme, _, rest = target.partition(":")
    return quote(f"{scheme.lower()}://{rest.lstrip('/')}", safe=_UNSAFE + _foreign(target))


def _foreign(target: str) -> str:
    """The letters of other scripts stay as they are."""
    return "".join({sign for sign in target if sign > "\x7f" and sign.isalnum()})


def _reader(host: str, link: str) -> Callable[[str], str] | None:
    """How to read a link of this host; None where it belongs to nobody who rewrites links."""
    labels = host.split(".")
    for at in range(max(0, len(labels) - 5), len(labels) - 1):
        if read := _SERVICES.get(".".join(labels[at:])):
            return read
    if _GOOGLE.fullmatch(host) and _GOOGLE_PAGE.match(link):
        return _GOOGLE_TARGET
    return None
