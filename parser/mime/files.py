"""Attachments: names that are safe to show and to save under, and a look at what the bytes really are.

Nothing is executed; a few magic bytes tell a program that calls itself a picture, and an archive is judged by the names
in it, which its directory lists.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from parser.mail import Attachment
from parser.mime.archives import entries, is_archive, names_within, tar_names

_MAX_NAME_BYTES = 200


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RUNS_WHEN_OPENED = _words(
    """
    exe dll scr com pif cpl msi msp mst bat cmd ps1 psm1 vbs vbe vb js jse mjs wsf wsh ws hta lnk url desktop reg inf
    scf jar jnlp class app command sh bash csh py pyw pl rb php asp aspx jsp html htm xhtml shtml mht mhtml svg svgz xml
    xsl docm dotm xlsm xltm xlam xll pptm potm ppam ppsm sldm iso img vhd vhdx one chm hlp appx msix apk dmg pkg deb rpm
    application gadget theme library-ms search-ms settingcontent-ms swf ade adp mdb accdb
    """
)
"""Extensions of what can act when a person opens it: programs, scripts, links, pages, documents with macros.

The old office formats (doc, xls, ppt) are judged by their bytes: most of them are harmless and still sent a lot."""

_RUNS_BY_TYPE = _words(
    """
    text/html application/xhtml+xml image/svg+xml text/javascript application/javascript application/x-javascript
    application/x-msdownload application/x-dosexec application/x-sh application/hta application/java-archive
    application/x-ms-shortcut application/vnd.microsoft.portable-executable text/vbscript text/xml application/xml
    """
)
_MAGIC = (
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "link"),
    (b"#!", "script"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x00\x05\x16\x07", "resources"),
)
_AMP = "text/x-amp-html"
_APPLE = "application/applefile"
"""AppleDouble (RFC 1740): the icon and the like of the file beside it, under that file's name."""
_EXPECTED = {
    "image/png": {"png"}, "image/jpeg": {"jpeg"}, "image/jpg": {"jpeg"}, "image/gif": {"gif"},
    "application/pdf": {"pdf"},
    "png": {"png"}, "jpg": {"jpeg"}, "jpeg": {"jpeg"}, "gif": {"gif"}, "pdf": {"pdf"},
    "docx": {"zip", "ole"}, "xlsx": {"zip", "ole"}, "pptx": {"zip", "ole"}, "zip": {"zip"},
}  # fmt: skip
"""What the bytes must look like for a media type or an extension; other labels promise nothing."""

# Pictures that programs save under the wrong extension: harmless, and too common to hold the mail.
_PICTURES = {"png", "jpeg", "gif", "bmp"}
_PAGE_START = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|svg|iframe|\?xml[^>]{0,200}>\s*<svg)", re.I
)
_SCRIPTS_IN_OFFICE = (b"vbaProject.bin", b"_VBA_PROJECT", b"macrosheets/", b"V\x00B\x00A\x00")
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"

# Control, format (bidi, zero width), private and unassigned-looking characters have no place in a name.
_UNSAFE = re.compile(
    '[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\ufff0-\uffff<>:"/\\\\|?*]'
)
# Names of devices in Windows, which also drops blanks and points before it compares, and reads "²" as a digit.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$|clock\$)[ .]*(\.|:|$)", re.I)
# What Windows' tables for older programs turn into a slash or a backslash, and what looks like one.
_SLASHES = re.compile("[\u2044\u2215\u2216\u29f5\u29f8\u29f9\u2571\u2572\ufe68\uff0f\uff3c]")
_UP_OR_ROOT = re.compile(r"(?:^|/)\.{1,2}/|^/|^[A-Za-z]:")
MAX_ARCHIVES = 3
"""Down to this depth, archives in archives are looked into."""
_EXTENSION_OF = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/heic": "heic",
    "image/bmp": "bmp",
    "application/pdf": "pdf", "application/zip": "zip", "text/plain": "txt", "text/html": "html", "text/csv": "csv",
    "text/calendar": "ics", "message/rfc822": "eml", "text/rfc822-headers": "txt", "message/delivery-status": "txt",
    "message/disposition-notification": "txt", "application/json": "json", "application/ms-tnef": "dat",
    "application/pgp-signature": "asc", "application/pkcs7-signature": "p7s", "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "audio/mpeg": "mp3", "audio/wav": "wav", "video/mp4": "mp4", "application/xml": "xml", "text/xml": "xml",
}  # fmt: skip


_TYPE_OF = {extension: content_type for content_type, extension in reversed(_EXTENSION_OF.items())} | {
    "jpeg": "image/jpeg"
}


_UNTOLD = "application/octet-stream"
_TYPE_OF_KIND = {
    "png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "bmp": "image/bmp", "pdf": "application/pdf",
    "zip": "application/zip",
}  # fmt: skip
"""The media type for what the first bytes say, for files that have neither a name nor a type."""


def type_of(name: str) -> str:
    """The media type for the extension of a file that came without a label."""
    return _TYPE_OF.get(name.rpartition(".")[2].lower(), _UNTOLD)


def attachment(
    content: bytes,
    content_type: str,
    name: str | None,
    number: int,
    inline: bool = False,
    content_id: str | None = None,
) -> Attachment:
    """The attachment with its digest, a safe name (numbered from 1 where it had none) and a verdict on danger."""
    looks = _TYPE_OF_KIND.get(sniff(content)) if not name and content_type == _UNTOLD else None
    safe = safe_name(name or f"attachment-{number}", looks or content_type)
    return Attachment(
        name=name or None,
        safe_name=safe,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=inline,
        content_id=content_id or None,
        dangerous=is_dangerous(content, content_type, safe),
        content=content,
    )


def safe_name(name: str, content_type: str = "") -> str:
    """The name without path, control and direction characters, at most 200 bytes of UTF-8, its extension kept."""
    path = name.replace("\\", "/")
    if _SLASHES.search(path):
        # A person's "deposit／withdrawal" keeps both words, a path keeps its last part.
        as_read = unicodedata.normalize("NFKC", _SLASHES.sub("/", path))
        path = as_read if _UP_OR_ROOT.search(as_read) else _SLASHES.sub("_", path)
    last = path.rstrip("/").rpartition("/")[2]
    plain = " ".join(_UNSAFE.sub("", last[-2_000:]).split())
    # A leading dot hides a file, a dash is an option, a tilde a home folder; Windows drops a dot at the end.
    plain = plain.lstrip(".-~ ").rstrip(". ")
    if not plain:
        plain = "attachment"
    if _RESERVED.match(unicodedata.normalize("NFKC", plain)) or _RESERVED.match(plain):
        plain = "_" + plain
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, extension = plain, _EXTENSION_OF.get(content_type, "")
    room = _MAX_NAME_BYTES - len(extension.encode()) - 1
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") or "attachment"
    return f"{stem}.{extension}" if extension else stem


def is_dangerous(content: bytes, content_type: str, name: str) -> bool:
    """Whether it runs when opened, or its bytes differ from its label."""
    name = unicodedata.normalize("NFKC", name)
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    kind = sniff(content)
    if kind in ("program", "link", "script") or content.startswith(_EICAR):
        return True
    # The third form of a newsletter (AMP) is a page that nothing opens; a name that ends in .html is looked at below.
    if kind == "page" and content_type != _AMP:
        return True
    if kind in ("ole", "zip") and any(mark in content for mark in _SCRIPTS_IN_OFFICE):
        return True
    if extension in _RUNS_WHEN_OPENED or content_type in _RUNS_BY_TYPE:
        return True
    if (
        kind == "zip"
        and is_archive(content)
        and (_is_bomb(content) or _has_bad_names(names_within(content, MAX_ARCHIVES)))
    ):
        return True
    if kind in ("", "gzip", "bzip2", "xz") and _has_bad_names(tar_names(content)):
        return True
    if _hides_extension(name):
        return True
    if kind == "resources" and content_type == _APPLE:
        return False
    return any(_disagrees(kind, label) for label in (content_type, extension) if content)


def _hides_extension(name: str) -> bool:
    """ "invoice.exe.pdf" and its kin: an acting extension hidden before a harmless one."""
    return any(inner in ("exe", "scr", "js", "vbs", "lnk", "bat", "cmd") for inner in name.lower().split(".")[1:-1])


def _is_bomb(content: bytes) -> bool:
    return any(one.is_bomb() for one in entries(content))


def _has_bad_names(names: Iterable[str]) -> bool:
    """Whether a file in an archive runs when opened, leaves its folder or is named like a device."""
    for name in names:
        # Programs that unpack archives may fold what looks like a dot or a slash into one.
        path = unicodedata.normalize("NFKC", _SLASHES.sub("/", name.replace("\\", "/")))
        safe = safe_name(path)
        if "../" in path or path == ".." or _UP_OR_ROOT.search(path) or _hides_extension(safe):
            return True
        if any(_RESERVED.match(part) for part in path.split("/")):
            return True
        if safe.rpartition(".")[2].lower() in _RUNS_WHEN_OPENED - _TEXT_IN_ARCHIVES:
            return True
    return False


# Common among documents, and opened by a program of its own once unpacked.
_TEXT_IN_ARCHIVES = frozenset(["xml"])


def sniff(content: bytes) -> str:
    """What the first bytes say: one of the words of `_MAGIC`, "page" for HTML and SVG, or ""."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind if magic != b"MZ" or len(content) > 64 else ""
    return "page" if _PAGE_START.match(content[:1_024]) else ""


def _disagrees(kind: str, label: str) -> bool:
    """Whether the bytes are of another kind than the label says."""
    expected = _EXPECTED.get(label)
    return expected is not None and kind not in expected and not (expected & _PICTURES and kind in _PICTURES)
