"""Finds links whose text names another place than the one that they lead to."""

import re
from urllib.parse import urlsplit

from parser.mime.rewritten_links import target_of

_MAX_SHOWN = 300
_NAMED_HOST = re.compile(
    r"(?:(?:https?|ftp)://)?(?:[^\s/@:]{0,100}@)?((?:[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,62})\.){1,8}"
    r"[a-z\u00a1-\uffff]{2,24})\.?(?::\d{1,5})?(?:[/?#][^\s<>]*)?",
    re.I,
)
_MAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
_FILE_ENDINGS = frozenset(
    ["pdf", "doc", "docx", "xls", "xlsx", "png", "jpg", "jpeg", "gif", "txt", "csv", "zip", "html", "htm", "md", "js",
     "py", "sh", "exe", "json", "xml"]
)  # fmt: skip


def mismatch(shown: str, target: str) -> str | None:
    """ "bank.example leads to evil.example" where the text of a link is itself an address of another place; else None.

    Only a text that is nothing but a host, a URL or a mail address promises a place. Hosts below one another are the
    same place ("example.org" and "click.example.org").
    """
    text = shown.strip().strip("<>()[]").strip()
    if not text or len(text) > _MAX_SHOWN:
        return None
    if target.lower().startswith("mailto:"):
        leads_to = target[7:].partition("?")[0].strip().lower()
        same = not _MAIL.fullmatch(text) or text.lower() == leads_to
        return None if same else f"{text.lower()} leads to {leads_to}"[:300]
    named = _NAMED_HOST.fullmatch(text)
    if named is None or (_MAIL.fullmatch(text) and "://" not in text):
        return None
    promised = named[1].lower().removeprefix("www.")
    if "/" not in text and promised.rpartition(".")[2] in _FILE_ENDINGS:
        # "invoice.pdf" is a file name.
        return None
    host = host_of(target)
    if not host or _below(host, promised) or _below(promised, host):
        return None
    return f"{promised} leads to {host}"[:300]


def host_of(url: str) -> str:
    """The host a URL leads to, in lower case without "www.", looked up behind the services that rewrite links."""
    try:
        return (urlsplit(target_of(url)[:2_000]).hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""


def _below(host: str, above: str) -> bool:
    return host == above or host.endswith("." + above)
