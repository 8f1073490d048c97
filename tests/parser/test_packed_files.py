"""Archives, office documents and PDF: their secrets are told, dangerous names withhold them, and bombs stay packed."""

import io
import time
import zipfile
import zlib

import pytest

from parser.kinds.enclosed import scanned
from parser.mail import Attachment
from parser.masks import read
from parser.mime.files import attachment, safe_name

LEGAL = "legal winner thank year wave sausage worth useful legal winner thank yellow"
CONTENT_TYPES = "<Types/>"


def zipped(**files: str | bytes) -> bytes:
    """An archive; in the names "__" is a point and "SL" a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", ".").replace("SL", "/"), content)
    return out.getvalue()


def looked_at(content: bytes, name: str = "papers.zip") -> Attachment:
    return scanned((attachment(content, "application/octet-stream", name, 1),))[0]


def document(*runs: str) -> bytes:
    """A Word document with one run of text for each part."""
    text = "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs)
    page = f"<w:document><w:body><w:p>{text}</w:p></w:body></w:document>"
    return zipped(**{"[Content_Types]__xml": CONTENT_TYPES, "wordSLdocument__xml": page})


def sheet(*cells: str) -> bytes:
    """An Excel sheet with one row for each cell, whose words are shared strings."""
    strings = "".join(f"<si><t>{cell}</t></si>" for cell in cells)
    rows = "".join(f'<row><c r="A{at}" t="s"><v>{at}</v></c></row>' for at in range(len(cells)))
    name = "worksheet"
    return zipped(**{
        "[Content_Types]__xml": CONTENT_TYPES, "xlSLsharedStrings__xml": f"<sst>{strings}</sst>",
        "xlSLworksheetsSLsheet1__xml": f"<{name}><sheetData>{rows}</sheetData></{name}>",
    })  # fmt: skip


def pdf(shown: bytes) -> bytes:
    """A PDF with one deflated page."""
    stream = zlib.compress(b"BT /F1 12 Tf 50 700 Td " + shown + b" ET")
    head = b"<< /Filter /FlateDecode /Length %d >>" % len(stream)
    return b"%PDF-1.4\n4 0 obj\n" + head + b"\nstream\n" + stream + b"\nendstream\nendobj\n%%EOF"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (zipped(notes__txt=LEGAL), ("seed_phrase",)),
        (zipped(inner__zip=zipped(deep__txt="password: Hunter2!x")), ("password",)),
        (zipped(**{LEGAL.replace(" ", "-") + "__txt": "x"}), ("seed_phrase",)),
        (zipped(mail__eml=f"Subject: x\n\n{LEGAL}\n"), ("seed_phrase",)),
        (document("my words: ", *(word + " " for word in LEGAL.split())), ("seed_phrase",)),
        (sheet(*LEGAL.split()), ("seed_phrase",)),
        (zipped(words__docx=document(LEGAL)), ("seed_phrase",)),
        (pdf(f"({LEGAL}) Tj".encode()), ("seed_phrase",)),
        (pdf(b" 0 -20 Td ".join(f"({word}) Tj".encode() for word in LEGAL.split())), ("seed_phrase",)),
        (pdf(b"[(pass) -20 (word: Hun) 5 (ter2!x)] TJ"), ("password",)),
        (zipped(readme__txt="hello"), ()),
        (document("My deposit has not arrived."), ()),
        (pdf(b"(Your deposit of 500 USDT) Tj"), ()),
    ],
)
def test_the_secrets_inside_are_told(content: bytes, found: tuple[str, ...]) -> None:
    assert looked_at(content).secrets == found


@pytest.mark.parametrize(
    "content",
    [
        zipped(invoice__exe=b"MZ"), zipped(invoice__pdf__js="x"), zipped(inner__zip=zipped(run__bat="x")),
        zipped(__SL__SL__SLetcSLcron="x"), zipped(**{"..SL..SLetcSLpasswd": "x"}), zipped(page__html="<p>"),
    ],
)  # fmt: skip
def test_an_archive_with_a_dangerous_name_is_dangerous(content: bytes) -> None:
    assert looked_at(content).dangerous


def test_an_archive_of_documents_and_an_office_document_are_not_dangerous() -> None:
    assert not looked_at(zipped(photo__png=b"\x89PNG\r\n\x1a\n", list__csv="a,b")).dangerous
    assert not looked_at(document("hello"), "letter.docx").dangerous
    assert not looked_at(sheet("hello"), "list.xlsx").dangerous


def test_a_bomb_is_dangerous_and_is_not_unpacked() -> None:
    bomb = zipped(big__txt=b"a" * 100_000_000)
    start = time.process_time()
    assert looked_at(bomb).dangerous
    assert time.process_time() - start < 2


def test_many_nested_archives_are_read_within_a_limit_together() -> None:
    inner = zipped(**{f"f{at}__txt": b"a b " * 250_000 for at in range(20)})
    start = time.process_time()
    looked_at(zipped(**{f"z{at}__zip": inner for at in range(20)}))
    assert time.process_time() - start < 5


@pytest.mark.parametrize("cut", [10, 40, 100, -30])
def test_a_damaged_archive_is_read_as_far_as_it_goes(cut: int) -> None:
    assert looked_at(document(LEGAL)[:cut]).secrets in ((), ("seed_phrase",))
    assert looked_at(pdf(f"({LEGAL}) Tj".encode())[:cut], "x.pdf").secrets in ((), ("seed_phrase",))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("CON", "_CON.txt"), ("con .txt", "_con.txt"), ("COM¹.log", "_COM¹.log"), ("ＣＯＮ.txt", "_ＣＯＮ.txt"),
        ("..／..／etc／passwd", "passwd.txt"), ("..＼x.txt", "x.txt"),
        ("充值／提现.png", "充值_提现.png"), ("a⁄b", "a_b.txt"),
        ("console.txt", "console.txt"),
    ],
)  # fmt: skip
def test_a_name_is_no_device_and_no_path(name: str, safe: str) -> None:
    assert safe_name(name, "text/plain") == safe


def test_a_message_id_with_a_secret_is_replaced_alike_wherever_it_stands() -> None:
    identifier = f"<{LEGAL.replace(' ', '.')}@postbox.example>"
    first = read(f"From: a@b.example\nMessage-ID: {identifier}\n\nhi\n".encode())
    answer = read(f"From: a@b.example\nIn-Reply-To: {identifier}\nReferences: {identifier}\n\nhi\n".encode())
    assert (first.message_id or "").endswith("@masked.invalid")
    assert answer.in_reply_to == answer.references == (first.message_id,)
    assert first.hidden == ("seed_phrase",)
    usual = "CAF9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4@mail.example"
    assert read(f"From: a@b.example\nMessage-ID: <{usual}>\n\nhi\n".encode()).message_id == usual
