"""Every text of a mail is masked, and a mail without secrets stays as it was."""

from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parser.facts.find import facts
from parser.kinds.enclosed import MAX_BYTES, MAX_DEPTH, scanned
from parser.mail import ParsedMail
from parser.masks import masked
from parser.masks import read as read_masked
from parser.mime.files import attachment
from parser.read import read
from parser.secrets.find import secrets

LEGAL = "legal winner thank year wave sausage worth useful legal winner thank yellow"
KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
MAILS = sorted((Path(__file__).parents[1] / "mails").glob("*.eml"))


def mail(text: str, *, subject: str = "Hello", name: str = "Ana", html: str = "", files: tuple[str, ...] = ()) -> bytes:
    message = EmailMessage()
    message["From"] = Address("".join(filter(str.isprintable, name)), addr_spec="ana@example.net")
    message["Subject"] = "".join(filter(str.isprintable, subject))
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for file in files:
        message.add_attachment(b"Nothing.", "text", "plain", filename="".join(filter(str.isprintable, file)))
    return message.as_bytes()


def texts(one: ParsedMail) -> Iterator[str]:
    yield from (one.subject, one.author.name, one.text, one.html_text or "", one.new_text, one.quoted, one.signature)
    yield from (value for name, value in one.headers if name.lower() in ("subject", "from"))
    for file in one.attachments:
        yield from (file.name or "", file.safe_name)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_without_secrets_is_the_same(path: Path) -> None:
    whole = read(path.read_bytes())
    clean = masked(whole)
    if not clean.hidden:
        assert clean == whole
    assert masked(clean).text == clean.text


PIECES = st.sampled_from(
    [LEGAL, LEGAL[:36], LEGAL[37:], KEY, "TXID: ", "private key ", "password: ", "abc123!X", "hunter2200!", "密码：",
     "\n", "\n> ", "\n\n", " ", "On Fri, 20 Nov 2026 at 10:00, Ana <ana@example.net> wrote:\n> ", "\n-- \n",
     "secret ", "order ", "好",
     "4111111111111111", "[redacted: password]", "api key = ", "Zk81bQq0Lx99aPzT"]
)  # fmt: skip
WORDS = st.lists(PIECES, max_size=10).map("".join)


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS, WORDS, WORDS, WORDS)
def test_no_text_of_a_masked_mail_holds_a_secret(text: str, subject: str, name: str, html: str, file: str) -> None:
    made = mail(text, subject=subject, name=name, html=f"<p>{html}</p>", files=(file,) if file.strip() else ())
    clean = read_masked(made)
    for shown in texts(clean):
        assert secrets(shown, facts(shown)) == (), shown
    for one in clean.secrets:
        assert clean.text[slice(*one.span)].startswith(("[redacted: ", "[已屏蔽:"))
    for fact in clean.facts:
        assert 0 <= fact.span[0] < fact.span[1] <= len(clean.text)
    again = masked(clean)
    assert list(texts(again)) == list(texts(clean))


def test_facts_and_spans_are_those_of_the_masked_text() -> None:
    clean = read_masked(mail(f"My password: hunter2200!\n\nTXID: {KEY}\n\n> older\n> words\n"))
    (txid,) = [one for one in clean.facts if one.type == "txid"]
    assert clean.text[slice(*txid.span)] == KEY
    assert "\n".join(clean.text[start:end] for start, end in clean.spans.reply) == clean.new_text
    assert clean.redacted == clean.text
    assert clean.hidden == ("password",)


def test_a_value_that_a_label_gives_away_is_masked_in_every_text() -> None:
    clean = read_masked(
        mail("Please use hunter2200! today", subject="My password: hunter2200!", files=("hunter2200!.txt",))
    )
    assert clean.new_text == "Please use [redacted: password] today"
    assert clean.subject == "My password: [redacted: password]"
    assert clean.attachments[0].name == "[redacted: password].txt"
    assert clean.attachments[0].safe_name == "[redacted password].txt"


def test_a_phrase_that_is_split_over_reply_and_quotation_is_masked() -> None:
    first, second = LEGAL[:36], LEGAL[37:]
    clean = read_masked(mail(f"my seed phrase\n{first}\n> {second}\n\nThank you"))
    assert not set(LEGAL.split()) & set(f"{clean.new_text} {clean.quoted} {clean.text}".split())
    assert clean.hidden == ("seed_phrase",)


def test_possible_keys_are_shown_where_asked_for_and_nothing_else_is() -> None:
    whole = read(mail(f"It is\n\n{KEY}\n\nand my seed phrase is {LEGAL}", subject=KEY))
    assert KEY not in masked(whole).text + masked(whole).subject
    shown = masked(whole, ("possible_key",))
    assert shown.subject == KEY
    assert shown.new_text == f"It is\n\n{KEY}\n\nand my seed phrase is [redacted: seed phrase]"


@pytest.mark.parametrize(
    ("kind", "name", "content", "found"),
    [
        ("text/plain", "a.txt", f"seed: {LEGAL}", ("seed_phrase",)),
        ("text/csv", "a.csv", LEGAL.replace(" ", ","), ("seed_phrase",)),
        ("application/octet-stream", "a", f"private key: {KEY}", ("private_key",)),
        ("text/html", "a.htm", LEGAL.replace(" ", "</li><li>").join(("<ol><li>", "</li></ol>")), ("seed_phrase",)),
        ("text/calendar", "a.ics", f"DESCRIPTION:seed {LEGAL[:30]}\r\n {LEGAL[30:]}", ("seed_phrase",)),
        ("message/rfc822", "a.eml", f"Subject: x\n\nseed: {LEGAL}", ("seed_phrase",)),
        ("application/pdf", "a.pdf", f"%PDF-1.4 seed: {LEGAL}", ()),
        ("text/plain", "a.txt", f"TXID: {KEY}", ()),
        ("text/plain", "a.txt", f"seed: {LEGAL}" + "x" * MAX_BYTES, ()),
    ],
)  # fmt: skip
def test_texts_that_a_mail_encloses_are_looked_into(kind: str, name: str, content: str, found: tuple[str, ...]) -> None:
    file = attachment(content.encode(), kind, name, 1)
    assert scanned((file,))[0].secrets == found


def test_a_text_in_utf_16_is_looked_into() -> None:
    file = attachment(f"seed: {LEGAL}".encode("utf-16"), "text/plain", "a.txt", 1)
    assert scanned((file,), MAX_DEPTH)[0].secrets == ("seed_phrase",)


def test_mails_within_mails_without_end_take_no_time_without_end() -> None:
    inner = f"Subject: x\n\nseed: {LEGAL}".encode()
    for _ in range(60):
        inner = b"Content-Type: message/rfc822\n\n" + inner
    assert isinstance(read(inner), ParsedMail)
