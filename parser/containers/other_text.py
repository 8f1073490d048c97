"""The words of a mail without text/plain and text/html: invitations, RTF, and the text formats of a few programs.

Such a part is a file beside other text (RFC 8621 §4.1.4), and stays one: it is shown so that nobody must open it.
"""

import re

from parser.containers import invitations, rtf
from parser.mime.charsets import decode
from parser.mime.leaves import MimePart

MAX_SOURCE = 3_000_000

_ENRICHED = ("text/enriched", "text/richtext")
_ENRICHED_TAG = re.compile(r"<param>[^<]{0,200}</param>|(?<!<)<(?!<)/?[A-Za-z-]{1,40}>", re.I)
_RTF = ("text/rtf", "application/rtf", "application/x-rtf", "application/msrtf")
# A third of a long mail: its words were cut up on the way and are nobody's file.
_WORDS = ("text/", "message/partial")
_NO_WORDS = ("text/css", "text/javascript", "text/vcard", "text/x-vcard", "text/directory", "text/x-amp-html")


def words_of(leaves: list[MimePart]) -> str:
    """The text of the first part that has any; "" if none has."""
    return next((found for leaf in leaves if (found := _words(leaf)).strip()), "")


def _words(leaf: MimePart) -> str:
    content = leaf.content[:MAX_SOURCE]
    if leaf.content_type == "text/calendar":
        return invitations.as_text(decode(content, leaf.charset or "utf-8").text)
    if leaf.disposition == "attachment":
        return ""
    if leaf.content_type in _ENRICHED:
        return _ENRICHED_TAG.sub("", decode(content, leaf.charset).text).replace("<<", "<")
    if leaf.content_type in _RTF:
        found = rtf.read(content)
        return "" if found.is_html else found.text
    if leaf.content_type.startswith(_WORDS) and leaf.content_type not in _NO_WORDS and not leaf.name:
        return decode(content, leaf.charset).text
    return ""
