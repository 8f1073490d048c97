"""Text and files inside other things: uuencoded blocks in text, a winmail.dat, an S/MIME signature."""

from collections.abc import Iterable
from dataclasses import replace

from parser.containers import rtf, smime, tnef
from parser.mail import Defect
from parser.mime import uuencode
from parser.mime.headers import decode_value
from parser.mime.leaves import MimePart, file_of
from parser.mime.structure import Part, parse

MAX_SMIME_LAYERS = 3

_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def signed_part(leaf: MimePart, defects: list[Defect]) -> Part | None:
    """The part inside an opaque S/MIME signature, not verified; None for every other part."""
    if leaf.content_type not in _SMIME and not (leaf.name or "").lower().endswith(".p7m"):
        return None
    content = smime.signed_content(leaf.content)
    if content is None:
        return None
    structure = parse(content)
    defects.extend(structure.defects)
    return structure.message


def is_encrypted(leaf: MimePart) -> bool:
    """Whether it can be read only with a key: PGP/MIME (RFC 3156) and S/MIME that is enveloped (RFC 8551 §3.3)."""
    if leaf.content_type in _SMIME or (leaf.name or "").lower().endswith(".p7m"):
        return smime.kind_of(leaf.content) == "encrypted"
    return leaf.content_type == "application/pgp-encrypted"


def without_uuencoded(leaf: MimePart) -> tuple[MimePart, list[MimePart]]:
    """A text without its uuencoded files, and those files."""
    rest, found = uuencode.extract(leaf.content) if leaf.content_type == "text/plain" else (b"", [])
    if not found:
        return leaf, []
    return replace(leaf, content=rest), [file_of(leaf, decode_value(name), content) for name, content in found]


def is_winmail(leaf: MimePart) -> bool:
    """Whether Outlook has packed text and files into the part."""
    return leaf.content_type in _TNEF or (leaf.name or "").lower() == "winmail.dat"


def unpacked(files: Iterable[MimePart], defects: list[Defect]) -> tuple[list[MimePart], list[MimePart]]:
    """The files with each winmail.dat replaced by what is in it, and the bodies found there: plain text, then HTML."""
    out: list[MimePart] = []
    bodies: list[MimePart] | None = None
    for leaf in files:
        package = tnef.unpack(leaf.content) if is_winmail(leaf) else None
        if package is None:
            out.append(leaf)
            continue
        if not package.complete:
            # It still holds what could not be read.
            out.append(leaf)
            defects.append(Defect("tnef", "the end of a winmail.dat could not be read"))
        for one in package.files:
            packed = file_of(leaf, one.name or "", one.content or b"", one.content_type)
            out.append(replace(packed, content_id=one.content_id))
        # The first body counts: a second one would belong to a package that was sent along.
        bodies = _bodies(package, leaf, defects) if bodies is None else bodies
    return out, bodies or []


def _bodies(package: tnef.Package, leaf: MimePart, defects: list[Defect]) -> list[MimePart]:
    """The bodies of a package, as Outlook stores them: plain text, HTML, RTF; without the empty ones."""
    text, html = package.text, package.html
    rich = tnef.rich(package) if not html.strip() else None
    if rich and len(rich.text) >= rtf.MAX_RTF:
        defects.append(Defect("truncated", "the RTF of a winmail.dat was cut"))
    if rich and rich.is_html:
        html = rich.text
    elif rich and not text.strip():
        text = rich.text
    return [
        MimePart(kind, "utf-8", "", None, None, words.encode("utf-8", "replace"), leaf.level)
        for words, kind in ((text, "text/plain"), (html, "text/html"))
        if words.strip()
    ]
