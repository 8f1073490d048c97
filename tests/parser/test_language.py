"""The language of a text, and "unknown" rather than a guess."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parser.language.detect import detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("My withdrawal has not arrived, please help me", "en"),
        ("Where is my money?", "en"),
        ("Hola, mi retiro no ha llegado. ¿Pueden ayudarme?", "es"),
        ("No puedo entrar en mi cuenta", "es"),
        ("Olá, meu saque não chegou ainda", "pt"),
        ("Não consigo entrar", "pt"),
        ("Merci beaucoup pour votre aide", "fr"),
        ("Où est mon argent ?", "fr"),
        ("Guten Tag, meine Auszahlung ist nicht angekommen", "de"),
        ("Wo ist mein Geld?", "de"),
        ("Il mio prelievo non è arrivato", "it"),
        ("Mijn opname is niet aangekomen", "nl"),
        ("Min udbetaling er ikke kommet endnu", "da"),
        ("Mitt uttag har inte kommit fram än", "sv"),
        ("Moja wypłata nie dotarła", "pl"),
        ("Para çekme işlemim gelmedi", "tr"),
        ("Tôi không thể đăng nhập vào tài khoản", "vi"),
        ("Penarikan saya belum sampai", "id"),
        ("Мой вывод средств не пришёл, помогите пожалуйста", "ru"),
        ("Где мои деньги?", "ru"),
        ("Мої гроші не прийшли", "uk"),
        ("لا أستطيع تسجيل الدخول", "ar"),
        ("نمی‌توانم وارد شوم، پشتیبانی کجاست", "fa"),
        ("המשיכה שלי לא הגיעה", "he"),
        ("ฉันถอนเงินไม่ได้", "th"),
        ("मेरा पैसा कहाँ है", "hi"),
        ("출금이 안 됩니다", "ko"),
        ("出金できません。助けてください", "ja"),
        ("我的 USDT 充值 TRC20 没有到账", "zh-Hans"),
        ("我的钱的问题", "zh-Hans"),
        ("", "unknown"),
        ("ok", "unknown"),
        ("123 456 https://example.org/abc ana@example.org", "unknown"),
        ("TXa1b2c3 0xdeadbeef00 USDT", "unknown"),
        ("👍👍", "unknown"),
    ],
)
def test_a_text_is_in_its_language(text: str, code: str) -> None:
    found = detect(text)
    assert found.code == code
    assert 0 <= found.confidence <= 1


# The same sentences of everyday support in both scripts, short ones too.
SCRIPTS = [
    ("您好，我的提现还没有到账", "您好，我的提現還沒有到賬"),
    ("请问什么时候到账？", "請問什麼時候到賬？"),
    ("钱呢", "錢呢"),
    ("我的账户被冻结了", "我的帳戶被凍結了"),
    ("充值三天了还没到", "充值三天了還沒到"),
    ("帮我查一下这笔交易", "幫我查一下這筆交易"),
    ("身份验证失败", "身份驗證失敗"),
    ("无法登录", "無法登入"),
    ("验证码收不到", "驗證碼收不到"),
    ("手机号换了怎么办", "手機號換了怎麼辦"),
    ("谢谢你们的帮助", "謝謝你們的幫助"),
    ("谢谢", "謝謝"),
    ("提错链了，能找回吗", "提錯鏈了，能找回嗎"),
    ("我要投诉", "我要投訴"),
    ("为什么扣了两次手续费", "為什麼扣了兩次手續費"),
    ("密码忘记了", "密碼忘記了"),
    ("请尽快处理", "請盡快處理"),
    ("订单显示已完成，但是没有收到币", "訂單顯示已完成，但是沒有收到幣"),
    ("网页打不开", "網頁打不開"),
    ("客服电话是多少", "客服電話是多少"),
    ("我已经等了很久", "我已經等了很久"),
    ("麻烦取消这个订单", "麻煩取消這個訂單"),
    ("怎样修改邮箱地址", "怎樣修改郵箱地址"),
    ("银行卡绑定不了", "銀行卡綁定不了"),
    ("附件是转账截图", "附件是轉賬截圖"),
    ("实名认证要多长时间", "實名認證要多長時間"),
    ("对方说没有收到", "對方說沒有收到"),
    ("系统一直报错", "系統一直報錯"),
    ("这是我的交易哈希", "這是我的交易哈希"),
    ("能不能退款给我", "能不能退款給我"),
    ("应该转到哪个地址", "應該轉到哪個地址"),
    ("合约仓位被强平了", "合約倉位被強平了"),
    ("钱包里的币不见了", "錢包裡的幣不見了"),
    ("我昨天晚上转的", "我昨天晚上轉的"),
    ("页面上写着处理中", "頁面上寫著處理中"),
    ("收款人名字写错了", "收款人名字寫錯了"),
    ("语音验证也不行", "語音驗證也不行"),
    ("谷歌验证器丢了", "谷歌驗證器丟了"),
    ("汇率怎么算的", "匯率怎麼算的"),
    ("最低提现多少", "最低提現多少"),
    ("还有别的办法吗", "還有別的辦法嗎"),
    ("已发送，请查收", "已發送，請查收"),
    ("不用了，问题解决了", "不用了，問題解決了"),
    ("我是新用户，第一次买币", "我是新用戶，第一次買幣"),
    ("请把余额退回原账户", "請把餘額退回原帳戶"),
    ("发票能开吗", "發票能開嗎"),
]


@pytest.mark.parametrize(("simplified", "traditional"), SCRIPTS)
def test_the_two_chinese_scripts_are_told_apart(simplified: str, traditional: str) -> None:
    assert detect(simplified).code == "zh-Hans"
    assert detect(traditional).code == "zh-Hant"


SHORT = {
    "en": "Still broken.|Deposit missing|My UID is 12345678.|hello?|Yes, done|Thx",
    "de": "Danke!|Bitte helfen|immer noch nichts|Guten Tag|Nein",
    "nl": "Bedankt!|Dankjewel|Nog steeds niets",
    "fr": "Merci !|Bonjour,|Oui, merci|Toujours rien",
    "es": "¡Gracias!|Hola|Sigue igual, ayuda|Buenos días",
    "pt": "Obrigado!|Obrigada|Olá|Não chegou nada|Socorro",
    "it": "Grazie!|Ciao|Ancora niente|Buongiorno",
    "sv": "Tack!|Fortfarande inget",
    "pl": "Dziękuję|Dzień dobry|Dzięki!",
    "tr": "Teşekkürler|param nerede|Merhaba",
    "id": "Terima kasih|uang saya mana|Tolong",
    "vi": "Cảm ơn|chưa nhận được",
    "ko": "네|네!|응",
    "ja": "至急確認|入金未反映|本人確認済|円が出ない|返金依頼|送金完了|入金確認|認証失敗|はい|え",
    "zh-Hans": "完了|急|好|是|谢|确认|好的|出金未到|反映情况|了解",
    "zh-Hant": "對|確認到賬|凍結了",
    "th": "ค่ะ",
    "he": "כן",
    "ar": "لا",
    "ru": "нет|где деньги",
    "unknown": "x y z|ok|Hej|Tak|no|USDT|John Smith|Foo bar|urgent",
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code in SHORT for text in SHORT[code].split("|")])
def test_a_short_reply_is_in_the_language_of_its_words(code: str, text: str) -> None:
    assert detect(text).code == code


@pytest.mark.parametrize("text", ["至急確認", "確認", "凍結", "出金"])
def test_characters_that_two_languages_have_give_no_certainty(text: str) -> None:
    assert detect(text).confidence <= 0.8


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    found = detect(text)
    assert 0 <= found.confidence <= 1
    assert found == detect(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Не могу войти в аккаунт", "ru"),
        ("Не приходит код", "ru"),
        ("نمی\u200cتوانم وارد شوم", "fa"),
        ("حساب من مسدود است", "fa"),
        ("Withdrawal failed，请处理", "zh-Hans"),
        ("Spot wallet 转不到 Futures wallet", "zh-Hans"),
        ('When I try to withdraw, the app shows "提现失败"', "en"),
        ("Jeg får ikke koden", "da"),
    ],
)
def test_short_mails_of_support_are_in_their_language(text: str, code: str) -> None:
    assert detect(text).code == code
