"""Clear-signed text, whose signature is part of the text (RFC 9580 §7); nothing is verified.

-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

- -- The words, a dash at the start of a line written as "- -".
-----BEGIN PGP SIGNATURE-----
…
-----END PGP SIGNATURE-----
"""

import re

from parser.html.quote_marks import Mark

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_MESSAGE = re.compile(rf"^{_SIGNED}[ \t]*\n(?:[A-Za-z-]{{1,40}}: [^\n]{{0,1000}}\n){{0,9}}[ \t]*\n", re.M)
_START, _END = "\n-----BEGIN PGP SIGNATURE-----", "\n-----END PGP SIGNATURE-----"
_ESCAPED = re.compile(r"^- (?=-|From )", re.M)
_MAX_MESSAGES = 100


def opened(text: str) -> tuple[str, tuple[Mark, ...]]:
    """The text without the lines that open a signed message, and its signature blocks as marks; linear, total."""
    if _SIGNED not in text:
        return text, ()
    out: list[str] = []
    marks: list[Mark] = []
    length = at = 0
    while len(marks) < _MAX_MESSAGES and (head := _MESSAGE.search(text, at)):
        start = text.find(_START, head.end() - 1)
        end = text.find(_END, start) if start >= 0 else -1
        if end < 0:
            # Without its end the signature cannot be told from the text, so all of it stays text.
            break
        words = _ESCAPED.sub("", text[head.end() : start + 1])
        block = text[start + 1 : end + len(_END)]
        out += [text[at : head.start()], words, block]
        length += head.start() - at + len(words)
        marks.append(Mark("signature", length, length + len(block)))
        length += len(block)
        at = end + len(_END)
    return "".join([*out, text[at:]]), tuple(marks)


def is_encrypted(text: str) -> bool:
    """Whether a text is only an encrypted message."""
    return text.lstrip().startswith("-----BEGIN PGP MESSAGE-----")
