"""Plain text and HTML that say different things are told, and those of ordinary mails are not."""

import pytest

from parser.alternatives import difference
from parser.read import read

WORDS = "plain text and HTML have hardly a word in common"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
EVM = "0x52908400098527886E0F7030069857D2E4169EE7"
LETTER = "Hello, I sent the money yesterday and it has not arrived. Can you please look where it is?"


@pytest.mark.parametrize(
    ("plain", "html", "told"),
    [
        (LETTER, f"{LETTER} Send it to {TRON}", f"only the HTML names the address {TRON}"),
        (f"{LETTER} My address: {EVM}", LETTER, f"only the plain text names the address {EVM}"),
        ("Please close my ticket, all is well.", "Kindly refund everything to this account now, urgently!", WORDS),
        ("请关闭我的工单，一切都好，谢谢。", "提现五百到新的钱包里去，马上就要", WORDS),
        # The same words, wrapped and with their links written out.
        (LETTER.replace(" ", "\n"), LETTER.replace("Can", "<https://example.org/x>\n\n| Can"), None),
        (f"{LETTER} {EVM}", f"{LETTER} | {EVM} |", None),
        # A newsletter: other links, a footer more.
        (f"{LETTER} https://a.example/1", f"{LETTER} <https://t.example.net/c?x=1>\nUnsubscribe here.", None),
        ("To see this, open https://example.org/mail/7", f"To see this, open it in a browser. {LETTER}", None),
        # Too short to tell.
        ("Thanks!", "Sent from my phone with kind regards", None),
        # A number of a parcel is no address.
        (LETTER, f"{LETTER} JJD014600003123456789012345678", None),
        (LETTER, f"{LETTER} https://tronscan.example/address/{TRON}", None),
        ("", LETTER, None),
    ],
)  # fmt: skip
def test_only_what_no_honest_mail_does_is_told(plain: str, html: str, told: str | None) -> None:
    assert difference(plain, html) == told


@pytest.mark.parametrize(("parts", "codes"), [("alternative", ["alternatives"]), ("mixed", [])])
def test_parts_that_are_both_shown_may_differ(parts: str, codes: list[str]) -> None:
    mail = (
        f"From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/{parts}; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{LETTER}\n--b\nContent-Type: text/html\n\n<p>To {TRON}\n--b--"
    )
    assert [one.code for one in read(mail.encode()).defects] == codes
