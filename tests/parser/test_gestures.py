"""Reactions and a mere thanks, in every form that programs and people give them; and mail that only looks so."""

import time
from email.header import Header

import pytest

from parser.kinds.gestures import is_complaint
from parser.kinds.thanks import is_mere_thanks
from parser.read import read

NAME = "Uwe Tern"
PLAIN = "text/plain; charset=utf-8"


def gesture(text: str, content_type: str = PLAIN, more: str = "") -> str:
    fields = (
        f"From: {Header(NAME, 'utf-8').encode()} <uwe@tern.example>\r\nTo: support@example.org\r\nSubject: Re: My card"
        f"\r\nMessage-ID: <a@tern.example>\r\nMIME-Version: 1.0\r\n{more}Content-Type: {content_type}\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return read((fields + text).encode()).gesture


TAPBACKS = """
Liked “Your card was posted yesterday.”
Loved "Your card was posted"
Laughed at “haha ok”
Emphasized “Your card was posted.”
Disliked “Your card was posted.”
Liked an image
Reacted 👍 to “Your card was posted”
Gefällt „Ihre Karte wurde gestern verschickt.“
Lachte über „Ihre Karte“
A aimé « Votre carte est partie. »
A ajouté un J’aime à « Votre carte »
Le gustó “Su tarjeta salió ayer.”
Curtiu “Seu cartão foi enviado.”
Ha messo "Mi piace" a "La tua carta"
Vond “Je kaart is verstuurd” leuk
Gillade ”Ditt kort skickades”
Syntes godt om “Dit kort”
Likte «Kortet ditt er sendt»
Понравилось: «Ваша карта отправлена»
Polubiono „Twoja karta”
“Kartınız gönderildi” beğenildi
“カードは昨日発送しました”にいいね！
“카드가 발송되었습니다”를 좋아함
赞了“您的卡已寄出”
對「您的卡已寄出」按讚
Đã thích “Thẻ của bạn đã gửi”
Menyukai “Kartu Anda sudah dikirim”
ถูกใจ “ส่งบัตรแล้ว”
أعجب بـ "تم إرسال بطاقتك"
אהב את "הכרטיס נשלח"
👍 Uwe Tern reacted to your message:
❤️ Uwe Tern hat auf Ihre Nachricht reagiert:
👍 Uwe Tern a réagi à votre message :
👍 Uwe Tern ha reaccionado a tu mensaje:
👍 Uwe Tern reagiu à sua mensagem:
👍 Uwe Tern ha reagito al tuo messaggio:
👍 Uwe Tern heeft gereageerd op uw bericht:
👍 Uwe Tern さんがメッセージにリアクションしました:
👍 Uwe Tern님이 메시지에 반응했습니다:
👍 Uwe Tern 对您的邮件做出了回应:
👍 Uwe Tern отреагировал на ваше сообщение:
""".strip().splitlines()


@pytest.mark.parametrize("text", TAPBACKS)
def test_a_reaction_that_programs_write_in_words_is_one(text: str) -> None:
    assert gesture(text) == "reaction"


def test_the_link_of_gmail_does_not_count_as_a_question() -> None:
    link = "<https://www.google.com/gmail/about/?utm_source=gmail-in-product&utm_campaign=" + "x" * 150 + ">"
    assert gesture(f"❤️\r\n\r\n{NAME} さんが Gmail でリアクションしました {link}\r\n") == "reaction"
    assert gesture(f"❤️\r\n\r\n{NAME} reacted via Gmail? {link}\r\n") == ""


@pytest.mark.parametrize("text", ["谢谢，已经收到了。", "收到了，谢谢！", "我已收到，非常感谢"])
def test_that_the_answer_has_come_is_no_news(text: str) -> None:
    assert gesture(text) == "thanks"


@pytest.mark.parametrize("text", ["谢谢，还没收到。", "谢谢，卡收到了但是打不开"])
def test_what_has_not_come_is_news(text: str) -> None:
    assert gesture(text) == ""


@pytest.mark.parametrize("sentence", ["reacted via", "hat reagiert über", "通过 Gmail 做出了回应"])
def test_a_reaction_of_gmail_is_known_by_its_part_in_any_language(sentence: str) -> None:
    parts = (
        f"--g\r\nContent-Type: {PLAIN}\r\n\r\n👍\r\n\r\n{NAME} {sentence} Gmail <https://www.google.com/gmail/about>\r\n"
        '--g\r\nContent-Type: text/vnd.google.email-reaction+json\r\n\r\n{"version":1,"emoji":"👍"}\r\n'
        f"--g\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>👍</p><p>{NAME} {sentence} Gmail</p>\r\n--g--\r\n"
    )
    assert gesture(parts, 'multipart/alternative; boundary="g"') == "reaction"


@pytest.mark.parametrize("text", ["👍", "❤️", "🙏🏽", "👩‍👩‍👧", "🇩🇪"])
def test_an_emoji_in_a_part_that_is_a_reaction_is_one(text: str) -> None:
    assert gesture(text, more="Content-Disposition: reaction\r\n") == "reaction"


@pytest.mark.parametrize(
    "text",
    [
        "👍 but where is my card?",
        "👍\r\n\r\nOne more thing: the second card.",
        "It has not come.",
    ],
)
def test_a_reaction_with_words_is_none(text: str) -> None:
    assert gesture(text, more="Content-Disposition: reaction\r\n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "I liked “the new app”. When will my card come?",
        "👍 I reacted to your message: still nothing",
        "Why did you write “Your card was posted”",
        "„Ihre Karte“ gefällt mir nicht",
        "You wrote “the card was posted” but it was not",
        "I loved “Dune”, but my card is lost",
        "Questioned “Your card was posted”",
        "He said “ok” and my card is gone",
        "Uwe Tern reacted badly. Please call.",
        "客户喜欢退款",
        "👎",
        "😡😡",
    ],
)
def test_words_of_people_are_no_reaction(text: str) -> None:
    assert gesture(text) == ""


THANKS = {
    "en": ["Thank you!", "Thanks a lot, Ben", "Perfect, thank you so much for your quick help. Have a nice day!"],
    "zh-Hans": ["谢谢", "好的，谢谢！", "收到，感谢您的耐心解答，祝您工作顺利"],
    "zh-Hant": ["謝謝您", "非常感謝", "感謝您的回覆"],
    "ja": ["ありがとうございます", "了解しました。ありがとうございます。", "迅速なご対応ありがとうございました。"],
    "ko": ["감사합니다", "네 감사합니다!", "빠른 답변 감사합니다"],
    "es": ["Gracias", "Muchas gracias por su ayuda", "Perfecto, mil gracias. Un saludo"],
    "pt": ["Obrigada!", "Muito obrigado pelo retorno", "Ok, obrigado. Bom dia"],
    "fr": ["Merci beaucoup", "Merci pour votre réponse rapide. Bonne journée"],
    "de": ["Danke!", "Vielen Dank für die schnelle Hilfe!", "Alles klar, herzlichen Dank und schöne Grüße"],
    "it": ["Grazie mille", "Grazie per la disponibilità. Cordiali saluti"],
    "nl": ["Bedankt", "Hartelijk dank voor uw snelle reactie"],
    "da": ["Mange tak", "Tak for hurtigt svar"],
    "no": ["Takk", "Tusen takk for hjelpen!"],
    "sv": ["Tack så mycket!", "Tack för hjälpen"],
    "ru": ["Спасибо", "Большое спасибо за помощь!", "Благодарю вас, всего доброго"],
    "pl": ["Dziękuję", "Bardzo dziękuję za pomoc. Pozdrawiam"],
    "tr": ["Teşekkürler", "Hızlı dönüşünüz için teşekkür ederim"],
    "vi": ["Cảm ơn bạn", "Xin cảm ơn rất nhiều"],
    "id": ["Terima kasih", "Terima kasih banyak atas bantuannya"],
    "th": ["ขอบคุณครับ", "ขอบคุณสำหรับความช่วยเหลือค่ะ"],
    "ar": ["شكرا", "شكراً جزيلاً لكم"],
    "he": ["תודה", "תודה רבה על העזרה"],
    "others": ["Kiitos avusta", "Děkuji moc", "Köszönöm szépen", "Mulțumesc", "Дякую за допомогу", "Ευχαριστώ πολύ"],
}


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in THANKS.items() for text in texts])
def test_a_mere_thanks_is_one_in_every_language_of_replies(language: str, text: str) -> None:
    assert gesture(text) == "thanks", language


@pytest.mark.parametrize(
    "text",
    [
        "Thank you!\n\nUwe",
        "Dear support team,\nthank you very much for your help.\nKind regards,\nUwe Tern",
        "Thanks 🙏",
        "Thanks :)",
        "👍",
        "Vielen Dank\n\n-- \nUwe Tern\nTern GmbH\nHamburg",
        "Thank you!\n\nOn Fri, 20 Nov 2026 at 10:00, Support <support@example.org> wrote:\n> Your card was posted.",
    ],
)
def test_greetings_names_signatures_and_quotations_do_not_matter(text: str) -> None:
    assert gesture(text.replace("\n", "\r\n")) == "thanks"


@pytest.mark.parametrize(
    "text",
    [
        "Thank you, but it still does not work",
        "Thanks in advance",
        "Danke im Voraus",
        "Gracias de antemano",
        "Merci d'avance",
        "先谢谢了",
        "No thanks",
        "Yes, thank you",
        "Thanks for nothing",
        "Thanks :(",
        "Thank you 😡",
        "Have you received my mail, thanks",
        "Thank you. When will it arrive?",
        "Thanks. Please close my account",
        "Thanks, waiting",
        "Thanks. Refund",
        "Thanks\nP.S. the second card is missing too",
        "Thank you 0x12345",
        "Ok",
        "Hello",
        "I would appreciate a reply",
        "帮忙处理，谢谢",
        "请尽快处理，谢谢",
        "不用了，谢谢",
        "谢谢，但是还没到账",
        "谢谢，我再等等",
        "ありがとうございます。まだ届いていません",
        "감사합니다. 언제 되나요",
        "Danke, noch kein Geld",
        "Merci, mais rien n'a changé",
        "Gracias, pero no funciona",
        "Спасибо, но деньги не пришли",
        "Teşekkürler, bekliyorum",
        "ขอบคุณครับ แต่ยังไม่ได้",
        "شكرا لكن لم يصل",
        "",
    ],
)
def test_a_thanks_with_more_in_it_is_none(text: str) -> None:
    assert gesture(text.replace("\n", "\r\n")) == ""


def test_a_file_beside_the_thanks_is_news() -> None:
    parts = (
        f"--g\r\nContent-Type: {PLAIN}\r\n\r\nThank you!\r\n--g\r\nContent-Type: application/pdf\r\n"
        'Content-Disposition: attachment; filename="a.pdf"\r\n\r\n%PDF\r\n--g--\r\n'
    )
    assert gesture(parts, 'multipart/mixed; boundary="g"') == ""


@pytest.mark.parametrize("text", ["👎", "😡", "Disliked “Your card”"])
def test_a_reaction_may_be_a_complaint(text: str) -> None:
    assert is_complaint(text)
    assert not is_complaint("👍")


@pytest.mark.parametrize("piece", ["ขอบคุณมาก", "谢谢您的", "감사 ", "ありがとう", "thanks ", "的", "“", "liked “a” "])
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    for end in ("", "!", "x", "?", "\n9"):
        is_mere_thanks(piece * 300 + end)
        is_mere_thanks((piece * 300)[:298] + end)
        gesture((piece * 600)[:598] + end)
    assert time.process_time() - began < 2
