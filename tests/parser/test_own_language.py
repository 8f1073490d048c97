"""The language is that of what the person wrote, whatever stays in the reply beside it."""

import pytest

from parser.quotes.trim import trim
from parser.read import read

HEAD = (
    "From: Ana <ana@example.org>\nTo: help@example.net\nSubject: x\nMIME-Version: 1.0\n"
    "Content-Type: text/{}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
)
INTRO = "On Thu, Nov 19, 2026 at 6:40 PM Desk <support@desk.example> wrote:\n"
ENGLISH = "Please send us the hash of the transaction and the network that you have chosen for it.\n"
BLOCK = "From: Desk <support@desk.example>\nSent: Thursday, November 19, 2026 6:40 PM\nTo: Ana\nSubject: x\n\n"
FORWARD = "---------- Forwarded message ---------\n"

MAILS = {
    "interleaved, zh-Hans": f"> {ENGLISH}\n请看截图\n\n> {ENGLISH}\n我不记得了\n",
    "interleaved below an intro, es": f"Hola:\n\n{INTRO}> {ENGLISH}\nLa mandé ayer.\n> {ENGLISH}\nNo lo sé.\n",
    "interleaved, de": f"> {ENGLISH}Das habe ich schon geschickt\n> {ENGLISH}Keine Ahnung, welches Netz\n> Regards",
    "interleaved, ru": f"> {ENGLISH}> {ENGLISH}\nПеревод был вчера вечером.\n\n> {ENGLISH}\nСеть TRC20.\n",
    "forward with a comment, tr": f"Bu sizin mesajınız mı?\n\n{FORWARD}{BLOCK}{ENGLISH}{ENGLISH}",
    "shown below a colon, pt": f"Recebi esta mensagem ontem, é de vocês:\n\n{BLOCK}{ENGLISH}{ENGLISH}",
    "answer below a marked mail, fr": f"{BLOCK}> {ENGLISH}> {ENGLISH}\nJe ne comprends pas votre question.\n",
    "answer below a marked mail without a date, sv": f"-----Original Message-----\nFrom: Desk <d@desk.example>\n"
    f"\n> {ENGLISH}> {ENGLISH}\nJag förstår inte vad ni menar med det.\n",
    "a form with an address, nl": "From: ana@example.org\nTo: desk@desk.example\nDate: 19-11-2026\nDie heb ik gisteren "
    "verstuurd maar er kwam geen antwoord.\n",
    "questions shown, it": f"Queste sono le vostre domande:\n> {ENGLISH}> {ENGLISH}\nNon ho ancora la risposta.",
    "nothing but a quotation, unknown": f"{INTRO}> {ENGLISH}> {ENGLISH}",
    "nothing but marked lines, unknown": f"> {ENGLISH}> {ENGLISH}",
    "a forward without a word, unknown": f"{FORWARD}{BLOCK}{ENGLISH}",
    "a header block on top, unknown": f"{BLOCK}{ENGLISH}",
}
HTML = {
    "interleaved, nl": f"<div>Hieronder mijn antwoorden.</div><blockquote type=cite><p>{ENGLISH}</p></blockquote>"
    f"<p>Dat weet ik niet meer.</p><blockquote type=cite><p>{ENGLISH}</p></blockquote><p>Gisteren rond drie uur.</p>",
}


@pytest.mark.parametrize("name", MAILS)
def test_quotations_in_the_reply_have_no_say(name: str) -> None:
    assert read((HEAD.format("plain") + MAILS[name]).encode()).language.code == name.rpartition(", ")[2].split()[-1]


@pytest.mark.parametrize("name", HTML)
def test_quotations_of_html_have_no_say(name: str) -> None:
    assert read((HEAD.format("html") + HTML[name]).encode()).language.code == name.rpartition(", ")[2]


def test_what_stays_beside_the_persons_words_is_known() -> None:
    found = trim(f"> {ENGLISH}\n请看截图\n\n> {ENGLISH}\n我不记得了\n")
    assert ENGLISH.strip() in found.new_text
    assert found.own == "请看截图\n我不记得了"
