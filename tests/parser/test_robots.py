"""A robot is told by what it says; a person may write about absences, bounces and read mails."""

import pytest

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
    ("person", "退信", "我给你们发邮件总是退信，显示550 User not found，请问正确的邮箱地址是什么？"),
]


@pytest.mark.parametrize(("kind", "subject", "text"), KINDS)
def test_a_robot_is_told_by_its_words(kind: str, subject: str, text: str) -> None:
    mail = f"From: Ann <ann@example.org>\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    assert read(mail.encode()).kind == kind


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
