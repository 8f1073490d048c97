"""A robot is told by what it says; a person may write about absences, bounces and read mails."""

import pytest

from parser.kinds.kind import is_no_reply
from parser.read import read

KINDS = [
    ("auto_reply", "Automatic reply: Your ticket", "I am travelling this week. For anything urgent please call Sam."),
    ("auto_reply", "Out of Office Re: Your ticket", "I'm on parental leave until March and will not be reading email."),
    ("auto_reply", "AW: Ihre Anfrage", "Ich bin bis 30.11. nicht im Haus. Ihre E-Mail wird nicht weitergeleitet."),
    ("auto_reply", "Re: 工单", "我正在休假中，无法亲自回复您的邮件。假期结束后回复。"),
    ("auto_reply", "【自動返信】お問い合わせ", "11月30日まで夏季休業とさせていただきます。"),
    ("auto_reply", "Trả lời tự động: Yêu cầu", "Tôi đang nghỉ phép đến ngày 30 tháng 11."),
    ("receipt", "Gelesen: Anfrage", "Ihre Nachricht\n\n  Betreff: Anfrage\n\n wurde am Freitag gelesen."),
    ("receipt", "已读: 请求", "您的邮件\n\n  主题: 请求\n\n 已在 2026年11月20日 阅读。"),
    ("challenge", "Re: Hi", "Just this once, click the link below so I can receive your email."),
    ("complaint", "Report domain: desk.example Submitter: google.com Report-ID: 123", "see the file"),
    ("person", "Out of office", "We want to set an out of office message in your product, but it does not save."),
    ("person", "Automatic reply: wrong text", "The automatic reply that your desk sends has a typo in it."),
    (
        "person",
        "On vacation until Friday",
        "My deposit is missing. I am on vacation until Friday, but I can read mail.",
    ),
    ("person", "Re: ticket", "I am on leave until Monday, but I reply when I am back. Can you hold it?"),
    ("person", "休假期间账户被锁", "我休假期间账户被锁了，回来后登不上。"),
    ("person", "自动回复", "为什么每次都是自动回复，我要人工客服！"),
    ("person", "Read: error", "I read the article but the subject: field is still empty."),
    ("person", "spam filter", "I only accept email from senders I know, so tell me from which address you write."),
    ("person", "Ausente", "Estaré ausente hasta el lunes; no cierren el caso, volveré con los documentos."),
    ("person", "Verify your email to continue", "The button does nothing in Firefox."),
    ("person", "Challenge coin", "I won the trading challenge in May, where is the prize?"),
    ("auto_reply", "Away", "I am away from my desk until 3 May. For urgent matters contact Bob."),
    ("person", "Away", "I am away until Friday, tell me then."),
    ("challenge", "Re: 你好", "您的来信已被拦截，请点击下面的链接验证您不是机器人。"),
    (
        "challenge",
        "Re: Hi",
        "Your e-mail is on hold. Follow this link to confirm that you are a real person: https://x.example",
    ),
    (
        "challenge",
        "Re: Hi (verification)",
        "I guard my mailbox against spam. Click the link below to complete the verification.",
    ),
    (
        "challenge",
        "Re: Anfrage",
        "Ihre Nachricht wartet. Klicken Sie auf den Link, um zu bestätigen, dass Sie ein Mensch sind.",
    ),
    ("challenge", "Re: x", "Votre message est en attente. Cliquez sur le lien pour confirmer votre adresse."),
    ("challenge", "Re: x", "Ваше письмо задержано. Нажмите на ссылку, чтобы подтвердить, что вы не робот."),
    ("person", "Verification", "Please click the link below to see my papers, I uploaded them to verify my identity."),
    ("person", "Withdrawal on hold", "My withdrawal is held. The page says click here to confirm, but it fails."),
    ("person", "No mail", 'You say "click the link below to verify". I clicked, and no mail is delivered to my inbox.'),
    ("person", "Dead link", "The link in your mail is dead. Use the form below to confirm that it is delivered."),
    ("auto_reply", "[#4711] Hilfe", "Wir haben Ihre Anfrage erhalten. Ticketnummer: 4711."),
    ("auto_reply", "Your request", "We have received your request. Please do not reply to this mail."),
    ("auto_reply", "Case", "Thank you for contacting Example. A case 0012345 was opened for you."),
    ("auto_reply", "Заявка", "Ваше обращение получено и зарегистрировано под номером 4711."),
    ("auto_reply", "工单", "您好，您的请求已收到，工单号：4711。"),
    ("auto_reply", "문의", "문의가 접수되었습니다. 접수번호: 4711"),
    ("person", "Ticket 4711", 'You say "we have received your request, ticket 4711" and nobody answers.'),
    ("person", "Order", "Thank you for contacting us, here is the log that you asked for: ticket 4711."),
    ("person", "Re: Ticket", "The deposit has been received. Ticket #4711 can be closed, all good now."),
    ("person", "Fwd: Ticket", "We have received your request. Ticket ID: 4711. Do not reply."),
    ("person", "收到", "已收到您的邮件，附件是身份证照片。"),
    ("person", "退信", "我给你们发邮件总是退信，显示550 User not found，请问正确的邮箱地址是什么？"),
]


@pytest.mark.parametrize(("kind", "subject", "text"), KINDS)
def test_a_robot_is_told_by_its_words(kind: str, subject: str, text: str) -> None:
    mail = f"From: Ann <ann@example.org>\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    assert read(mail.encode()).kind == kind


ANSWERS = [
    (
        "auto_reply",
        "Automatic reply: Your ticket",
        "Is it urgent? Then call the front desk. I am on leave until 9 June.",
    ),
    ("auto_reply", "Out of Office: Your ticket", "Gone sailing! Need something before 9 June? Ask Pete."),
    (
        "auto_reply",
        "Automatische Antwort: Ticket",
        "Dringend? Bitte wenden Sie sich an die Zentrale. Ich bin abwesend.",
    ),
    (
        "auto_reply",
        "Re: Your ticket",
        "This is an automatic response. We have received your e-mail and will answer it.",
    ),
    ("auto_reply", "AW: Ticket", "Diese E-Mail wurde automatisch erzeugt. Ich melde mich im Juni."),
    ("auto_reply", "Re: 工单", "这是一封自动回复邮件。我已经收到了您的来信，10月8日上班后回复。"),
    ("auto_reply", "自动回复：工单", "邮件已经收到，我会尽快处理，谢谢！"),
    ("auto_reply", "स्वचालित उत्तर: टिकट", "मैं 9 मार्च तक कार्यालय से बाहर हूँ।"),
    ("auto_reply", "[부재중] 문의", "현재 출장 중입니다. 급한 용무는 대표번호로 연락 주시기 바랍니다."),
    ("auto_reply", "Absente jusqu'au 9 juin Re: Ticket", "En congé jusqu'au 9 juin. Vos messages ne sont pas lus."),
    (
        "auto_reply",
        "AW: Fall",
        "Ich bin bis 9. Juni im Urlaub. In dringenden Fällen hilft Ihnen gerne Herr Lang weiter.",
    ),
    ("auto_reply", "RE: Dossier", "Je suis en congés jusqu'au 10 juin. Pour toute urgence, contactez le standard."),
    ("auto_reply", "Automatische Abwesenheitsnotiz", "Unser Büro bleibt bis 6. Januar geschlossen."),
    ("auto_reply", "RE: Zaak", "Ik ben afwezig tot 12 juli. Voor spoed kunt u terecht bij mijn collega Jan."),
    ("auto_reply", "Re: 工单", "您好，我正在休假，11月30日回来后回复您。"),
    ("auto_reply", "Re: x", "休暇中です。11月30日まで不在です。戻り次第ご返信いたします。"),
    ("auto_reply", "Re: x", "휴가 중입니다. 11월 30일 복귀 후 답변드리겠습니다."),
    ("auto_reply", "AW: x", "Ich bin bis 30.11. im Urlaub und beantworte Ihre Nachricht nach meiner Rückkehr."),
    ("auto_reply", "Re: x", "Sono in ferie fino al 30 novembre. Risponderò al mio rientro."),
    ("person", "Re: 工单", "我在外出差，30号回来后回复你们。"),
    ("person", "AW: Fall", "Ich bin bis 9. Juni im Urlaub. In dringenden Fällen erreichen Sie mich auf dem Handy."),
    ("person", "Réponse automatique", "Vos réponses automatiques partent en double depuis ce matin."),
    ("person", "Automatic reply: Case 1", "I am out of the office until Monday, and my withdrawal is still pending."),
    ("person", "Réponse automatique: retrait", "Encore une réponse automatique. Mon compte est bloqué."),
    ("person", "自動返信: 出金", "また自動返信です。いつまで待てばいいのでしょうか"),
    ("person", "Re: Docs", "I will be out of office until 3 March and send my documents when I am back."),
    (
        "person",
        "Re: reply",
        "I only accept emails from people I know, so say who you are and I'll click on what you send.",
    ),
]


@pytest.mark.parametrize(("kind", "subject", "text"), ANSWERS)
def test_an_answer_to_us_that_says_it_is_a_machines_is_one_and_a_customers_is_not(
    kind: str, subject: str, text: str
) -> None:
    mail = (
        f"From: Ann <ann@example.org>\nSubject: {subject}\nIn-Reply-To: <a@desk.example>\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
    assert read(mail.encode()).kind == kind


FIELDS = [
    (
        "person",
        "From: Postmaster <postmaster@uni.example>\nSubject: Question",
        "Your host answers 'mailbox is full'. Why?",
    ),
    (
        "bounce",
        "From: Postmaster <postmaster@uni.example>\nSubject: Note",
        "<a@uni.example>: the mailbox is full 5.2.2",
    ),
    (
        "person",
        "From: a@example.org\nSubject: RE: News\nList-Unsubscribe: <https://n.example/u>",
        "Where do I trade this?",
    ),
    (
        "auto_reply",
        "From: a@example.org\nSubject: Away",
        "On leave until 3 May, back then. For urgent matters call Bob.",
    ),
    ("person", "From: a@example.org\nSubject: Off the list\nList-Unsubscribe:", "Please take me off."),
    ("list", "From: a@example.org\nSubject: News\nList-Unsubscribe: <https://n.example/u>", "Trade this."),
]


EXCHANGE = "From: Microsoft Outlook <postmaster@q.example>\nTo: desk@example.org\n"
LEVERED = "Levering til disse modtagere mislykkedes:\n\nbob@gone.example\nFandtes ikke."
FIELDS += [
    ("bounce", EXCHANGE + "Subject: Kunne ikke leveres", LEVERED),
    ("bounce", EXCHANGE + "Return-Path: <>\nIn-Reply-To: <a@desk.example>\nSubject: Kunne ikke leveres", LEVERED),
    (
        "bounce",
        "From: Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@q.example>\nSubject: Teslim edilemedi",
        "Bu alıcılara teslim edilemedi:\n\nbob@gone.example<mailto:bob@gone.example>\nbulunamadı",
    ),
    ("bounce", EXCHANGE + "Subject: غير قابل للتسليم", "فشل التسليم إلى المستلمين التاليين:\n\nbob@gone.example"),
    (
        "bounce",
        EXCHANGE + "Subject: x",
        "다음 받는 사람에게 메시지를 배달하지 못했습니다.\n\nbob@gone.example\n찾을 수 없습니다.",
    ),
    # A person at the same address, who signs, asks, answers, or has an address for answers.
    ("person", EXCHANGE + "Subject: Hej", "Tak for hjælpen.\n\nBob\nbob@gone.example"),
    ("person", EXCHANGE + "Subject: Hej", "Kender I denne adresse:\n\nbob@gone.example\n\neller ikke?"),
    ("person", EXCHANGE + "Subject: Re: Hej", LEVERED),
    ("person", EXCHANGE + "Return-Path: <postmaster@q.example>\nSubject: Hej", LEVERED),
    ("person", EXCHANGE + "Subject: Hej", "Skriv til os:\n\ndesk@example.org\n\neller ring."),
    ("person", "From: Bob <bob@q.example>\nReturn-Path: <>\nSubject: Hej", LEVERED),
]


@pytest.mark.parametrize(("kind", "fields", "text"), FIELDS)
def test_a_field_alone_makes_no_robot_of_a_person(kind: str, fields: str, text: str) -> None:
    assert read(f"{fields}\n\n{text}\n".encode()).kind == kind


def test_a_status_part_names_the_mail_it_is_about() -> None:
    mail = (
        b"From: mailer-daemon@example.org\nContent-Type: multipart/report; "
        b'report-type=delivery-status; boundary="B"\n\n'
        b"--B\nContent-Type: text/plain\n\nAddress not found\n\n--B\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; example.org\nX-Original-Message-ID: <m1@desk.example>\n\n"
        b"Final-Recipient: rfc822; ana@example.net\nAction: failed\nStatus: 5.1.1\n\n--B--\n"
    )
    report = read(mail).report
    assert report is not None
    assert report.message_id == "m1@desk.example"


@pytest.mark.parametrize(
    "local",
    [
        "no-reply", "noreply", "No.Reply", "no_reply+77", "noreply-apps", "forms-noreply", "do-not-reply",
        "donotreply2", "donotrespond", "no-response", "noresponda", "no-contestar", "nao-responda", "naoresponder",
        "nicht-antworten", "keine-antwort", "bitte-nicht-antworten", "ne-pas-repondre",
        "nepasrepondre", "non-rispondere", "nonrispondere",
        "niet-beantwoorden", "geenantwoord", "nie-odpowiadaj", "svara-inte", "ikke-svar", "alavastaa", "neodpovidejte",
        "nu-raspunde", "yanitlamayin", "unmonitored", "mailer-daemon", "postmaster", "bounces+12=a", "nobody",
    ],
)  # fmt: skip
def test_an_address_that_nobody_reads_is_known_in_many_languages(local: str) -> None:
    assert is_no_reply(f"{local}@shop.example")


@pytest.mark.parametrize(
    "local",
    ["ana", "reply", "norah", "no", "noor.eply", "antwort", "respond", "info", "support", "antworten", "nobodyelse",
     "dono", "notify", "niko.antworten", "noresponsibility", "bouncer"],
)  # fmt: skip
def test_a_person_and_a_mailbox_that_is_read_are_no_such_address(local: str) -> None:
    assert not is_no_reply(f"{local}@shop.example")
