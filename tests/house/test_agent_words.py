"""No line of a note, and no line that only colleagues were sent, reaches a customer by accident (promises T12, T25)."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from servers.dovecot import Dovecot
from servers.house import mail
from servers.living import BEN, CHRIS, Living, about, living, somebody, text_of

NOTE = "This customer is on the fraud list."
CAUTION = (
    "CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless "
    "you recognize the sender and know the content is safe."
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("words"), dovecot) as built:
        yield built


def write(desk: Living, told: EmailMessage, text: str, *, html: str = "", agent: str = BEN, subject: str = "") -> None:
    """An agent's answer with nothing but these words, as plain text, as HTML or as both."""
    message = EmailMessage()
    message["From"], message["To"] = f"Ben Baker <{agent}>", "support@example.org"
    message["Subject"] = subject or f"Re: {told['Subject']}"
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0000"
    message["Message-ID"] = f"<{abs(hash((text, html, str(told['Message-ID']), agent, subject)))}@mail.example.org>"
    message["In-Reply-To"] = message["References"] = str(told["Message-ID"])
    if text:
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    body = message.as_bytes(policy=message.policy.clone(linesep="\r\n", max_line_length=998))
    desk.take(b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n" + body)


FORMS = {
    "Gmail's bold": (f"*/note*\n\n{NOTE}",
                     f'<div dir="ltr"><b>/note</b><div><br></div><div>{NOTE}</div></div>'),
    "Outlook": ("", f'<html><body lang=EN-GB><div class=WordSection1><p class=MsoNormal><b>/note<o:p></o:p></b></p>'
                    "<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
                    f"<p class=MsoNormal>{NOTE}<o:p></o:p></p></div></body></html>"),
    "Outlook's list": ("", f"<ul style='margin-top:0'><li class=MsoListParagraph>/note</li></ul><p>{NOTE}</p>"),
    "Outlook's number": ("", f"<ol><li>/note</li></ol><p>{NOTE}</p>"),
    "Apple's rich text": ("", '<html><body style="overflow-wrap: break-word;"><b><i><u>/note</u></i></b>'
                              f"<div><br></div><div>{NOTE}</div><br></body></html>"),
    "heading": ("", f"<h1>/note</h1><p>{NOTE}</p>"),
    "code": ("", f"<pre><code>/note</code></pre><p>{NOTE}</p>"),
    "link": ("", f'<p><a href="file:///note">/note</a></p><p>{NOTE}</p>'),
    "table": ("", f"<table><tr><td>/note</td></tr><tr><td>{NOTE}</td></tr></table>"),
    "quotation in HTML": ("", f"<blockquote>/note</blockquote><p>{NOTE}</p>"),
    "quotation of Gmail": ("", f'<div dir="ltr"><blockquote class="gmail_quote">/note</blockquote>{NOTE}</div>'),
    "letters apart": ("", f"<p>/n<b>o</b>te</p><p>{NOTE}</p>"),
    "quoted": (f"> /note\n\n{NOTE}", ""),
    "quoted, nothing between": (f"> /note\n{NOTE}", ""),
    "quoted with a bar": (f"| /note\n\n{NOTE}", ""),
    "below an intro": (f"On Fri, 20 Nov 2026 at 10:05, Support wrote:\n> /note\n\n{NOTE}", ""),
    "in the signature": (f"{NOTE}\n\n-- \nBen\n/note", ""),
    "above a rule": (f"/note\n-----Original Message-----\n{NOTE}", ""),
    "greeting": (f"Hi,\n/note {NOTE}", ""),
    "at the end": (f"{NOTE}\n\n/note", ""),
    "at the end in HTML": ("", f"<p>{NOTE}</p><p><b>/note</b></p>"),
    "Chinese": (f"／备注\n\n{NOTE}", ""),
    "Chinese key": (f"、备注\n\n{NOTE}", ""),
    "below a banner": (f"{CAUTION}\n\n/note\n\n{NOTE}", ""),
    "spoken": (f"Slash note\n\n{NOTE}", ""),
    "no slash": (f"Note:\n\n{NOTE}", ""),
    "slip": (f"/notes\n\n{NOTE}", ""),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_note_never_leaves_whatever_is_around_its_command(desk: Living, form: str) -> None:
    ana = somebody()
    _, told = desk.request(ana)
    plain, html = FORMS[form]
    write(desk, told, plain, html=html)
    assert len(desk.sink.to(ana)) == 1, desk.sink.to(ana)[-1].content.decode()
    state, route = desk.route()
    kept = [(public, text) for author, public, text in desk.messages(desk.tickets(ana)[0]) if author == "agent"]
    assert (state, route, kept) in (("done", "AgentMail", [(0, NOTE)]), ("held", "Held", [])), form


def test_a_command_in_the_subject_is_asked_about(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    write(desk, told, NOTE, subject=f"/note Re: {told['Subject']}")
    assert len(desk.sink.to(ana)) == 1
    assert "may be meant as a command" in text_of(about(desk.sink.to(BEN), tag)[-1])


def test_one_word_sends_a_held_mail_as_it_is(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "Note: the card comes by post.\n\nBen", files=[("form.pdf", "application/pdf", b"%PDF-1.4 x")])
    assert len(desk.sink.to(ana)) == 1
    asked = about(desk.sink.to(BEN), tag)[-1]
    assert "reply to this email with the one word /send" in " ".join(text_of(asked).split())
    desk.answer(asked.mail, "/send\n\nBest regards,\nBen Baker\nSupport team", message_id=f"release.{ana}")
    (_, answer) = desk.sink.to(ana)
    assert "Note: the card comes by post." in text_of(answer)
    assert [part.get_filename() for part in answer.mail.iter_attachments()] == ["form.pdf"]
    (ticket,) = desk.tickets(ana)
    assert ticket["status"] == "waiting"
    assert [one for one in desk.events(ticket) if one in ("held", "released", "agent_answer")] == [
        "held", "released", "agent_answer",
    ]  # fmt: skip
    # Once is enough.
    desk.answer(asked.mail, "send", message_id=f"again.{ana}")
    assert len(desk.sink.to(ana)) == 2
    assert "waits no longer" in text_of(about(desk.sink.to(BEN), tag)[-1])


def test_what_was_sent_inside_holds_an_answer_between_its_lines(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(
        ana, "My card was not delivered, what can I do about it now?", to="Support <support@example.org>"
    )
    lines = text_of(about(desk.sink.to(BEN), tag)[-1]).splitlines()
    priority = next(line for line in lines if "Priority" in line)
    write(
        desk,
        told,
        f"> My card was not delivered, what can I do about it now?\n\nWait.\n\n> {priority}\n\nNever mind that.",
    )
    assert len(desk.sink.to(ana)) == 1
    asked = about(desk.sink.to(BEN), tag)[-1]
    assert "only colleagues have seen" in text_of(asked)
    shown = text_of(asked).partition("These lines:")[2].partition("You wrote:")[0]
    assert priority.strip("- ") in shown
    assert "My card" not in shown, "the customer's own words are no secret"
    desk.answer(asked.mail, "/send", message_id=f"release.{ana}")
    assert "Never mind that." in text_of(desk.sink.to(ana)[-1])


@pytest.mark.parametrize(
    "form",
    ["{}", "> {}", "He said: {}", "{} That is all.", "\n\n".join(["{}", "Yes.", "Bye."])],
)
def test_a_colleagues_note_holds_an_answer_that_repeats_it(desk: Living, form: str) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "/note\n\nThis customer is on the fraud list, so please check the passport twice.")
    told_again = about(desk.sink.to(CHRIS), tag)[0]
    wrapped = "This customer is on the fraud\nlist, so please check the\npassport twice."
    write(desk, told_again.mail, f"Dear Ana,\n\n{form.format(wrapped)}", agent=CHRIS)
    assert len(desk.sink.to(ana)) == 1
    assert "fraud list" in text_of(about(desk.sink.to(CHRIS), tag)[-1])


def test_words_of_the_customer_and_of_everybody_hold_nothing(desk: Living) -> None:
    ana = somebody()
    _, told = desk.request(ana, "My card was not delivered, what can I do about it now?")
    quoted = "> My card was not delivered, what can I do about it now?"
    words = f"{quoted}\n\nWe are working on it. Reply to this email if it is not there on Monday."
    write(desk, told, words)
    assert "We are working on it." in text_of(desk.sink.to(ana)[-1])
    write(desk, told, "We are working on it. Reply to this email if it is not there on Monday.\n\nStill true.")
    assert "Still true." in text_of(desk.sink.to(ana)[-1])


def test_an_answer_to_a_note_is_a_note_and_its_writer_is_told(desk: Living) -> None:
    ana = somebody()
    tag, told = desk.request(ana)
    desk.answer(told, "/assign chris\n\nMy colleague will help you.")
    desk.answer(told, f"/note\n\n{NOTE}", message_id=f"note.{ana}")
    note = about(desk.sink.to(CHRIS), tag)[-1]
    assert "A reply to this email is a note for colleagues." in " ".join(text_of(note).split())
    sent = len(desk.sink.to(ana))
    desk.answer(note.mail, "I know, he called me twice.", agent=CHRIS, name="Chris Chen", message_id=f"back.{ana}")
    assert len(desk.sink.to(ana)) == sent
    assert desk.messages(desk.tickets(ana)[0])[-1] == ("agent", 0, "I know, he called me twice.")
    kept = about(desk.sink.to(CHRIS), tag)[-1]
    assert "Kept as a note: nothing went to the customer" in str(kept.mail["Subject"])
    assert "Nothing was sent to the customer" in text_of(kept)
    heard = about(desk.sink.to(BEN), tag)[-1]
    assert "I know, he called me twice." in text_of(heard), "who wrote the note hears the answer"
    # The same word sends the text after all.
    desk.answer(kept.mail, "/send\n\nWe will call you.", agent=CHRIS, name="Chris Chen", message_id=f"send.{ana}")
    assert "We will call you." in text_of(desk.sink.to(ana)[-1])
    assert "/send" not in text_of(desk.sink.to(ana)[-1])


def test_what_the_border_writes_into_mail_stays_behind(desk: Living) -> None:
    ana = somebody()
    desk.take(mail("[EXTERNAL] My card", f"{CAUTION}\n\nMi tarjeta no ha llegado. ¿Qué puedo hacer?", sender=ana))
    (greeting,) = desk.sink.to(ana)
    assert "EXTERNAL" not in str(greeting.mail["Subject"])
    assert "My card" in str(greeting.mail["Subject"])
    assert "CAUTION" not in text_of(greeting)
    (ticket,) = desk.tickets(ana)
    assert ticket["language"] == "es"
    assert desk.messages(ticket) == [("requester", 1, "Mi tarjeta no ha llegado. ¿Qué puedo hacer?")]
    told = desk.sink.to(BEN)[-1]
    assert "EXTERNAL" not in str(told.mail["Subject"])
    marked = [line for line in text_of(told).splitlines() if "Left out here" in line]
    assert ["[EXTERNAL]" in one or "CAUTION" in one for one in marked] == [True, True]
    # The agent's own mail server has put one into our letter, and the agent answers below it.
    quote = "\n".join(f"> {line}" for line in (CAUTION, "", *text_of(told).splitlines()))
    intro = "On Fri, 20 Nov 2026 at 10:05, Support <support@example.org> wrote:"
    write(desk, told.mail, f"{CAUTION}\n\nMañana.\n\n{intro}\n\n{CAUTION}\n\n{quote}")
    answer = text_of(desk.sink.to(ana)[-1])
    assert "Mañana." in answer
    assert "CAUTION" not in answer
    assert "wrote:" not in answer


def test_own_texts_of_the_border_are_cut(tmp_path: Path, dovecot: Dovecot) -> None:
    content = tmp_path / "content"
    content.mkdir(parents=True)
    (content / "banners.toml").write_text('tags = ["<<OUT>>"]\nbegins = ["from the wild: *"]\n')
    with living(tmp_path, dovecot) as desk:
        desk.take(mail("<<out>> [EXTERNAL] Hi", "From the wild: beware of dogs\n\nMy card?", sender="ana@example.net"))
        (greeting,) = desk.sink.to("ana@example.net")
        assert "[EXTERNAL] Hi" in str(greeting.mail["Subject"])
        assert "OUT" not in str(greeting.mail["Subject"])
        assert desk.messages(desk.tickets("ana@example.net")[0])[0][2] == "My card?"
