"""The language of a text, and "unknown" rather than a guess."""

import pytest

from parser.language import detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("My withdrawal has not arrived, please help me", "en"),
        ("Hola, mi retiro no ha llegado. ¿Pueden ayudarme?", "es"),
        ("Olá, meu saque não chegou ainda", "pt"),
        ("Merci beaucoup pour votre aide", "fr"),
        ("Guten Tag, meine Auszahlung ist nicht angekommen", "de"),
        ("Мой вывод средств не пришёл, помогите пожалуйста", "ru"),
        ("Tôi không thể đăng nhập vào tài khoản", "vi"),
        ("لا أستطيع تسجيل الدخول", "ar"),
        ("출금이 안 됩니다", "ko"),
        ("出金できません。助けてください", "ja"),
        ("您好，我的提现还没有到账", "zh-Hans"),
        ("您好，我的提現還沒有到賬", "zh-Hant"),
        ("我的 USDT 充值 TRC20 没有到账", "zh-Hans"),
        ("我的钱的问题", "zh-Hans"),
        ("", "unknown"),
        ("ok", "unknown"),
        ("123 456 https://example.org/abc ana@example.org", "unknown"),
    ],
)
def test_a_text_is_in_its_language(text: str, code: str) -> None:
    found = detect(text)
    assert found.code == code
    assert 0 <= found.confidence <= 1
