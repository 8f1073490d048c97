"""Secrets in the forms that strangers give them are hidden to the last character."""

import collections

import pytest
from secret_forms import cases

from parser.facts.find import facts
from parser.mime.archives import entries, inflated
from parser.secrets.find import redact, secrets

TRANSACTION = "9fc76417374aa880d4449a1f7f31ec597f00b1f6f3dd2d66f4c9c6c445836d8b"


def masked(text: str) -> str:
    return redact(text, secrets(text, facts(text)))


def measure(seed: int, count: int) -> None:
    """At least 995 of 1,000 cases leave nothing of their secret."""
    missed: collections.Counter[str] = collections.Counter()
    for case in cases(seed, count):
        spans = [one.span for one in secrets(case.text, facts(case.text))]
        if not all(any(a <= start and end <= b for a, b in spans) for start, end in case.hidden):
            missed[case.about] += 1
    assert missed.total() <= 0.005 * count, missed


@pytest.mark.parametrize("seed", [7, 41])
def test_of_a_thousand_secrets_in_odd_forms_nothing_is_left(seed: int) -> None:
    measure(seed, 500)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(200, 220))
def test_of_forty_thousand_secrets_in_odd_forms_nothing_is_left(seed: int) -> None:
    measure(seed, 2_000)


@pytest.mark.parametrize(
    "text",
    [
        f"My deposit of 500 USDT has not arrived.\n\n{TRANSACTION}\n\nThanks",
        f"I sent 0.5 ETH yesterday: 0x{TRANSACTION}, please credit it",
        f"充值两天了还没有到账\n{TRANSACTION}",
        f"Meine Einzahlung fehlt: {TRANSACTION}",
        f"I did a backup of my phone before.\nTwo deposits, only one arrived.\n{TRANSACTION}\nMy ledger is fine.",
        f"I will not tell anybody my private key. This payment ({TRANSACTION}) is stuck.",
        f"API密钥我删掉了。\n昨天转了 450 USDT 过来，一直没到\n{TRANSACTION}",
        f"之前导入过通讯录。\n{TRANSACTION}\n这笔充币什么时候入账",
    ],
)
def test_a_transaction_without_a_label_is_one_where_the_words_speak_of_a_transfer(text: str) -> None:
    assert masked(text) == text
    assert [one.value.removeprefix("0x") for one in facts(text) if one.type == "txid"] == [TRANSACTION]


@pytest.mark.parametrize(
    "text",
    [
        f"what is this?\n{TRANSACTION}",
        f"I want to deposit, please import 0x{TRANSACTION}",
        f"我在旧本子里找到的，可以充值吗\n{TRANSACTION}",
        f"My deposit has not arrived. I have this in my notebook:\n{TRANSACTION}",
        f"My deposit is pending.\n{TRANSACTION}\nThis is the key of the wallet that sent it.",
        f"I exported my private key. It is old. The payment arrived in May.\n{TRANSACTION}",
        f"Grandfather left me this: {TRANSACTION}. Can I transfer it to my account?",
    ],
)
def test_sixty_four_digits_stay_a_possible_key_where_the_words_do_not_say_so(text: str) -> None:
    assert TRANSACTION not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Error code: 712258", "promo code 482913", "order 482913 needs a verification code",
        "验证码一直收不到，订单 482913",
        "My iPhone13 does not accept the password", "login with Chrome128 fails", "密码错误，错误代码 482913",
        "The password must have at least min8chars", "account ana1988 has the wrong password, order AB12345",
        "request id 7c9e6679-7425-40de-944b-e07fc1f90ae7 of your API fails",
        "API order 5d6e7f80-91a2-4bc4-8506-192a3b4c5d6e",
        "果汁要削皮，打汁机打三分钟就能喝掉了，步骤很简单",
        "First I opened the app, then I clicked the button, then nothing happened.",
    ],
)  # fmt: skip
def test_business_beside_the_words_of_secrets_is_shown(text: str) -> None:
    assert masked(text) == text


def test_what_is_unpacked_is_never_more_than_asked_for() -> None:
    import zlib

    assert inflated(zlib.compress(b"a" * 1_000_000), 1_000) == b"a" * 1_000
    assert inflated(b"no deflate", 1_000) is None
    assert entries(b"PK\x05\x06" + b"\xff" * 18) == ()
