"""What a mail is about, on sentences of our own in the languages of the first desk."""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.categories import UNCLASSIFIED, Categories
from desk.classify import classify
from desk.errors import ConfigError

FILE = Path(__file__).parents[2] / "content" / "categories.toml"
DATA: Mapping[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
CATEGORIES = Categories.of(DATA)

# Written before the words of the file were weighed against them; subject and text are one here.
SENTENCES = [
    ("security", "我的账户今天凌晨被人登录，里面的 USDT 全部被转走，不是我操作的！"),
    ("security", "收到一封自称官方的邮件，让我点链接重新验证，像是钓鱼邮件"),
    ("security", "我不小心把助记词发给了一个冒充客服的人，请马上冻结账户"),
    ("security", "有陌生设备登录了我的账号，我该怎么办"),
    ("security", "我被騙了，對方自稱貴公司客服，要我把錢轉到安全帳戶"),
    ("security", "Someone logged in from Brazil and sent my coins out. It was not me, please freeze everything."),
    ("security", "I think I entered my seed phrase on a fake website, what should I do?"),
    ("security", "Is this text message from you? It asks me to call a number and looks like phishing"),
    ("security", "Security researcher here: I found a vulnerability in your web app and want to report it"),
    ("security", "Me robaron los fondos de mi cuenta, yo no autoricé esa transferencia"),
    ("deposit_withdrawal", "充值了500 USDT，链上已确认，但是三个小时了还没到账"),
    ("deposit_withdrawal", "提现一直显示处理中，什么时候能到"),
    ("deposit_withdrawal", "我用 TRC20 充到了 ERC20 的地址，选错网络了，能找回吗"),
    ("deposit_withdrawal", "提币的时候忘记填 memo 了，对方说没收到"),
    ("deposit_withdrawal", "請問我的銀行卡入金為什麼還沒入帳？"),
    ("deposit_withdrawal", "My deposit of 0.3 BTC has 12 confirmations but is not credited yet"),
    ("deposit_withdrawal", "Withdrawal stuck on pending since yesterday, txid below"),
    ("deposit_withdrawal", "I sent XRP without the destination tag, can you help recover it?"),
    ("deposit_withdrawal", "SEPA transfer sent on Monday, the euros have not arrived"),
    ("deposit_withdrawal", "Hice un retiro hace dos días y todavía no llega a mi banco"),
    ("deposit_withdrawal", "How do I add an address to the withdrawal whitelist?"),
    ("account_login", "换了新手机，谷歌验证器打不开了，登录不了"),
    ("account_login", "一直收不到短信验证码，换了两个手机号都不行"),
    ("account_login", "忘记登录密码，重置邮件也收不到"),
    ("account_login", "我想注销账户，请告诉我怎么操作"),
    ("account_login", "帳號被鎖定，顯示登入次數過多"),
    ("account_login", "I lost my phone and with it the authenticator app, how can I sign in?"),
    ("account_login", "The password reset email never comes"),
    ("account_login", "Please change the email address of my account, I no longer have the old one"),
    ("account_login", "App crashes right after I log in on Android 14"),
    ("account_login", "No puedo iniciar sesión, dice que mi cuenta está bloqueada"),
    ("account_login", "My father died last month, how do we as heirs get access to his account?"),
    ("trading", "我的合约被强平了，但是价格根本没有到强平价"),
    ("trading", "止损单没有触发，亏了很多，请查一下订单"),
    ("trading", "C2C 卖家收了钱一直不放币"),
    ("trading", "限價單掛了兩天，價格到了還是沒有成交"),
    ("trading", "网格机器人停了以后仓位没有平掉"),
    ("trading", "My stop loss order executed far below the trigger price, explain the slippage"),
    ("trading", "I can't cancel an open order on ETH/USDT, it always says processing"),
    ("trading", "P2P seller does not release the coins although I paid"),
    ("trading", "Why was my position liquidated when the index never touched that price?"),
    ("trading", "Mi orden de compra no se ejecutó aunque el precio llegó al límite"),
    ("kyc", "身份证照片一直审核不通过，说是模糊"),
    ("kyc", "人脸识别总是失败，换了光线也不行"),
    ("kyc", "企业认证需要提供哪些材料"),
    ("kyc", "護照已經上傳三天，實名認證還在審核中"),
    ("kyc", "My passport was rejected twice without saying what is wrong with the photo"),
    ("kyc", "The selfie check fails every time with 'liveness not detected'"),
    ("kyc", "What documents do you accept as proof of address in Germany?"),
    ("kyc", "¿Cuánto tarda la verificación de identidad? Subí mi DNI el lunes"),
    ("api", "调用下单接口返回 50113 签名错误，时间戳已经同步了"),
    ("api", "websocket 每隔几分钟就断线，请问需要发送心跳吗"),
    ("api", "API key 怎么绑定 IP 白名单"),
    ("api", "I get 'Invalid signature' from the REST endpoint since this morning"),
    ("api", "What is the rate limit for the candles endpoint?"),
    ("api", "Python SDK: the websocket channel stops sending the order book after an hour"),
    ("api", "La API devuelve error 401 aunque mi clave es correcta"),
    ("fees", "提币手续费为什么涨了这么多"),
    ("fees", "请问 VIP2 的挂单费率是多少"),
    ("fees", "資金費率是怎麼計算的，昨天扣了我三次"),
    ("fees", "Which maker and taker fee applies to my tier?"),
    ("fees", "I was charged a higher fee than shown on the page"),
    ("fees", "My referral rebate for October is missing"),
    ("fees", "¿Qué comisión cobran por retirar USDT?"),
    ("products", "活期赚币的年化收益是怎么算的，可以随时赎回吗"),
    ("products", "双币赢到期以后会怎么结算"),
    ("products", "How long is the unbonding time for ETH staking?"),
    ("products", "Is the Earn product available in Canada?"),
    ("products", "質押的獎勵什麼時候發放"),
    ("products", "I met all the conditions of the welcome campaign but got no bonus"),
    ("complaint", "我已经发了五封邮件，没有一个人回复我，这是什么服务态度"),
    ("complaint", "我要投诉你们的客服，态度非常恶劣"),
    ("complaint", "账户被冻结两个星期，没有任何说明，再不解决我就找律师和监管部门"),
    ("complaint", "This is my third mail and nobody answers. Unacceptable."),
    ("complaint", "I want to make a formal complaint about how your agent treated me"),
    ("complaint", "Llevo tres semanas esperando y nadie responde. Quiero presentar una queja"),
    ("feedback", "建议 App 增加夜间模式，谢谢"),
    ("feedback", "希望你们尽快上线这个代币，社区很活跃"),
    ("feedback", "Would be great to have a widget for the watchlist"),
    ("feedback", "Just wanted to say thank you, great job with the new interface"),
    ("feedback", "The chart is not usable with a screen reader, please improve accessibility"),
    ("feedback", "Sugerencia: podrían añadir un modo oscuro"),
    ("other", "专业代开发票，点数优惠，欢迎来电"),
    ("other", "您好，我是记者，想就行业话题采访贵公司"),
    ("other", "We can bring your website to the first page of Google, ask for our SEO prices"),
    ("other", "Please find attached my CV for the position of marketing manager"),
    ("other", "Sponsorship proposal for our blockchain conference in Lisbon"),
    ("other", "Please unsubscribe me from your newsletter"),
    ("other", "Ofrecemos servicios de marketing con influencers, ¿hablamos de una colaboración?"),
]
FLOOR = 0.95

# Written after the words were settled, and judged once before anything was changed for them: 0.72 reached
# their team, 0.20 another. That, not the floors here, is what to expect of such short mails.
LATER = [
    ("security", "您好，昨晚我的账户突然出现三笔我不知道的提现，总共少了两万U，请立刻处理"),
    ("security", "有个网站和你们长得一模一样，我在上面输入了密码，现在很担心"),
    ("security", "Hi, I got an alert about a new device in Turkey but I live in Spain. Please block my account."),
    ("security", "Your employee on Telegram asked me to send 200 USDT to unlock my funds. Is that real?"),
    ("deposit_withdrawal", "你好，我从币安转了 1000U 过来，用的是 TRC20，哈希如下，两个小时了账户里看不到"),
    ("deposit_withdrawal", "提现被退回了，钱也没有回到账户"),
    ("deposit_withdrawal", "老师好，最少要充多少才能入账？我充了 5U"),
    ("deposit_withdrawal", "I made a deposit this morning over the Arbitrum network. The explorer shows success."),
    ("deposit_withdrawal", "How long does it take until a bank withdrawal reaches me?"),
    ("deposit_withdrawal", "Envié USDT por una red equivocada, ¿se puede recuperar?"),
    ("account_login", "手机换号了，旧号码已经停用，现在登录时验证码发到旧号码"),
    ("account_login", "谷歌验证码一直提示错误，时间也校准过"),
    ("account_login", "Hello, my account is locked after too many attempts. When can I try again?"),
    ("account_login", "I would like to have my account and all data deleted please"),
    ("account_login", "I don't get the e-mail with the confirmation code when I register"),
    ("account_login", "Perdí mi teléfono y no tengo el autenticador"),
    ("trading", "昨天晚上系统卡顿，我的仓位平不掉，结果爆仓了，要求核查"),
    ("trading", "对方已付款但没有点确认，订单快超时了，C2C"),
    ("trading", "下架的币还能卖吗"),
    ("trading", "My futures position was closed by ADL and I would like to understand why"),
    ("trading", "The market order was filled at a price that never appeared on the chart"),
    ("trading", "El precio de liquidación que muestra la pantalla no coincide"),
    ("kyc", "我换了护照，需要重新做认证吗"),
    ("kyc", "提交资料已经五天了还没有审核结果"),
    ("kyc", "Can I verify with a driving licence instead of a passport?"),
    ("kyc", "Our company wants to open a corporate account, which papers do you need?"),
    ("kyc", "La foto del pasaporte siempre sale rechazada"),
    ("api", "请问查询历史成交的接口一次最多返回多少条"),
    ("api", "用 Python 脚本下单提示时间戳过期"),
    ("api", "Order placement over websocket returns error 60012, request id attached"),
    ("api", "Do you publish an OpenAPI description of the v5 endpoints?"),
    ("fees", "合约吃单和挂单分别收多少"),
    ("fees", "邀请了朋友，返佣没有发"),
    ("fees", "Why is the network fee for withdrawing ETH so high?"),
    ("fees", "Please send me an invoice for the trading fees of last year"),
    ("products", "定投可以每周自动扣款吗"),
    ("products", "理财到期了，为什么没有自动赎回"),
    ("products", "What happens to my staked SOL if I redeem early?"),
    ("products", "¿Puedo usar la tarjeta cripto en México?"),
    ("complaint", "等了一周还是机器人回复，你们到底有没有人工"),
    ("complaint", "上次客服答应24小时内处理，现在三天过去了，太失望"),
    ("complaint", "I have been passed from one agent to another for two weeks. I demand an apology."),
    ("complaint", "Es la tercera vez que escribo y siguen sin contestar"),
    ("feedback", "网页版的字太小了，能不能加大一点"),
    ("feedback", "It would be nice if the app showed the average buy price"),
    ("feedback", "Keep up the good work, the new design is beautiful"),
    ("other", "诚邀贵公司参加我们在深圳举办的区块链峰会，赞助方案见附件"),
    ("other", "需要刷榜、涨粉、推广服务请联系我们"),
    ("other", "I am writing an article about exchanges for my newspaper and would like to interview your CEO"),
    ("other", "We sell high quality backlinks and web traffic"),
]
LATER_FLOOR = 0.9

VAGUE = [
    "",
    "你好",
    "在吗",
    "Hello, I have a question",
    "Please help me, it does not work",
    "Can somebody look into this today?",
    "Gracias",
    "Tôi cần giúp đỡ",
]


def judged(text: str, subject: str = "") -> str:
    return classify(subject, text, CATEGORIES).category


def changed(**tables: Any) -> dict[str, Any]:
    return {**deepcopy(dict(DATA)), **tables}


def with_kyc(**keys: Any) -> dict[str, Any]:
    return changed(category={**DATA["category"], "kyc": {**DATA["category"]["kyc"], **keys}})


@pytest.mark.parametrize(("sentences", "floor"), [(SENTENCES, FLOOR), (LATER, LATER_FLOOR)], ids=["first", "later"])
def test_most_sentences_reach_their_team(sentences: list[tuple[str, str]], floor: float) -> None:
    wrong = [(wanted, judged(text), text) for wanted, text in sentences if judged(text) != wanted]
    accuracy = 1 - len(wrong) / len(sentences)
    assert accuracy >= floor, f"{accuracy:.3f}\n" + "\n".join(map(str, wrong))


@pytest.mark.parametrize("text", VAGUE)
def test_a_mail_that_says_nothing_is_left_to_a_person(text: str) -> None:
    verdict = classify("", text, CATEGORIES)
    assert (verdict.category, verdict.priority, verdict.queue) == (UNCLASSIFIED, "P3", "support")


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("提币手续费是多少", "P3"),
        ("提币手续费是多少？顺便说一下，我的账户被盗了", "P1"),
        ("Which fee applies to my tier? If you do not answer I will call my lawyer.", "P2"),
        ("How does staking work?", "P4"),
        ("My phone was stolen and the authenticator is on it", "P1"),
    ],
)
def test_what_is_at_risk_raises_the_priority(text: str, priority: str) -> None:
    assert classify("", text, CATEGORIES).priority == priority


def test_a_raiser_never_lowers_the_priority() -> None:
    verdict = classify("", "My account was hacked and I have a lawyer", CATEGORIES)
    assert (verdict.category, verdict.priority) == ("security", "P1")


def test_a_complaint_about_stuck_money_goes_to_those_who_can_move_it() -> None:
    assert judged("我要投诉，提现三天没到账") == "deposit_withdrawal"


def test_a_latin_word_is_not_found_inside_another() -> None:
    assert classify("", "coffee", CATEGORIES).evidence == ()
    assert "fees: fee" in classify("fee", "the fee, a fee", CATEGORIES).evidence


@pytest.mark.parametrize("text", ["ＡＰＩ 接口 签名错误", "api接口签名错误", "API\u3000接 口\n签名错误"])
def test_width_case_and_spaces_do_not_matter(text: str) -> None:
    assert judged(text) == "api"


def test_accents_do_not_matter() -> None:
    assert judged("Olvidé mi contraseña") == judged("OLVIDE MI CONTRASENA") == "account_login"


def test_the_subject_weighs_more_than_the_text() -> None:
    in_subject, in_text = classify("staking", "", CATEGORIES), classify("", "staking", CATEGORIES)
    assert in_subject.confidence > in_text.confidence


def test_the_verdict_names_the_words_it_rests_on() -> None:
    assert "security: 被盗" in classify("", "账户被盗", CATEGORIES).evidence
    raised = classify("", "提币手续费、资金费率、返佣各是多少？我被盗过", CATEGORIES)
    assert raised.category == "fees"
    assert "P1: 被盗" in raised.evidence


def test_names_are_given_in_the_language_of_the_reader() -> None:
    assert CATEGORIES.label("kyc", "zh-Hant") == "身分認證"
    assert CATEGORIES.label("kyc", "zh-Hans-CN") == CATEGORIES.label("kyc", "zh-Hans") == "身份认证"
    assert CATEGORIES.label("kyc", "sw") == CATEGORIES.label("kyc", "en")
    assert CATEGORIES.label("es-MX-unknown", "en") == "es-MX-unknown"
    assert CATEGORIES.label("fees", "es-MX") == "Comisiones"


def test_every_category_has_names_in_the_languages_of_the_desk_and_says_what_to_send() -> None:
    for category in (*CATEGORIES.ids, UNCLASSIFIED):
        assert len({CATEGORIES.label(category, tag) for tag in ("en", "zh-Hans", "es")}) >= 2
    for category in set(CATEGORIES.ids) - {"other"}:
        assert CATEGORIES.required(category, "en")
        assert CATEGORIES.required(category, "zh-Hant") == CATEGORIES.required(category, "zh-Hans")
    assert CATEGORIES.required("other", "en") == CATEGORIES.required("nothing", "en") == ()


def test_what_is_asked_for_never_is_a_secret_or_a_document_by_mail() -> None:
    for category in CATEGORIES.ids:
        for item in CATEGORIES.required(category, "en"):
            if any(word in item for word in ("password", "secret", "codes", "documents")):
                assert "never" in item


def test_queues_are_each_named_once() -> None:
    assert len(set(CATEGORIES.queues)) == len(CATEGORIES.queues)
    assert {"security", "funds", "support"} <= set(CATEGORIES.queues)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({}, "policy"),
        (changed(polcy={}), "polcy"),
        (changed(policy={**DATA["policy"], "order": ["kyc"]}), "policy.order"),
        (changed(policy={**DATA["policy"], "threshold": 0}), "policy.threshold"),
        (with_kyc(priority="P9"), "category.kyc.priority"),
        (with_kyc(keywords={"10": []}), "category.kyc.keywords"),
        (with_kyc(keywords={"1": [" * "]}), "category.kyc.keywords.1.0"),
        (changed(raiser=[{"name": "x", "priority": "P1", "keywords": [""]}]), "raiser.0.keywords.0"),
    ],
)
def test_a_mistake_in_the_file_is_named(data: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        Categories.of(data)


@given(st.text(), st.text())
@settings(max_examples=60, deadline=None)
def test_any_text_gets_one_verdict_with_a_known_category(subject: str, text: str) -> None:
    verdict = classify(subject, text, CATEGORIES)
    assert verdict == classify(subject, text, CATEGORIES)
    assert verdict.category in (*CATEGORIES.ids, UNCLASSIFIED)
    assert 0 <= verdict.confidence <= 1
    assert verdict.queue in CATEGORIES.queues


@pytest.mark.parametrize("text", ["a" * 5_000_000, "提" * 5_000_000, "提现 withdraw " * 400_000, "\ufdfa" * 1_000_000])
def test_a_huge_mail_is_judged_quickly(text: str) -> None:
    start = perf_counter()
    classify(text, text, CATEGORIES)
    assert perf_counter() - start < 5


def test_what_stands_beyond_the_limit_does_not_count() -> None:
    assert judged("x " * 10_000 + "账户被盗") == UNCLASSIFIED
