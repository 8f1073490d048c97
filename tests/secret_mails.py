"""Mails with planted secrets and mails without, made from a seed; it knows nothing of the detector.

Keys, phrases, cards and numbers are made here by the published rules, from random numbers that belong to nobody.
"""

# ruff: noqa: E501 - the tables of templates read better in one piece.
import base64
import hashlib
import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape
from pathlib import Path

LISTS = Path(__file__).parent.parent / "parser" / "wordlists"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True)
class Planted:
    kind: str
    label_en: str
    label_zh: str
    value: str
    pieces: tuple[str, ...]
    """What must not be seen any more: each is looked for with white space made equal."""


@dataclass(frozen=True)
class Case:
    content: bytes
    planted: Planted | None
    visible: tuple[str, ...]
    """What must stay: transactions, addresses, orders."""
    about: str


def base58(content: bytes) -> str:
    number, out = int.from_bytes(content, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        out = BASE58[digit] + out
    return "1" * (len(content) - len(content.lstrip(b"\0"))) + out


def base58check(payload: bytes) -> str:
    return base58(payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4])


def phrase(rng: random.Random, count: int, name: str = "english") -> list[str]:
    entropy = rng.randbytes(count * 32 // 3 // 8)
    bits = "".join(f"{byte:08b}" for byte in entropy) + f"{hashlib.sha256(entropy).digest()[0]:08b}"
    words = (LISTS / f"{name}.txt").read_text("utf-8").split()
    return [words[int(bits[at : at + 11], 2)] for at in range(0, count * 11, 11)]


def hexes(rng: random.Random, count: int = 64) -> str:
    digits = rng.randbytes(count // 2).hex()
    return digits.upper() if rng.random() < 0.15 else digits


def luhn_number(rng: random.Random) -> str:
    start, length = rng.choice(
        [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("37", 15), ("6222", 19), ("6217", 16), ("6011", 16)]
    )
    digits = start + "".join(rng.choice(string.digits) for _ in range(length - len(start) - 1))
    total = 0
    for at, letter in enumerate(reversed(digits)):
        double = int(letter) * 2 if at % 2 == 0 else int(letter)
        total += sum(divmod(double, 10))
    return digits + str(-total % 10)


def identity(rng: random.Random) -> str:
    body = (
        rng.choice(["110105", "310115", "440305", "510107", "330106"])
        + f"{rng.randint(1950, 2007)}{rng.randint(1, 12):02}"
    )
    body += f"{rng.randint(1, 28):02}{rng.randint(1, 999):03}"
    total = sum(int(digit) * (2 ** (17 - at) % 11) for at, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def password(rng: random.Random) -> str:
    style = rng.randrange(4)
    if style == 0:
        return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(rng.randint(8, 14)))
    if style == 1:
        return (
            rng.choice(["Summer", "Dragon", "Welcome", "woaini", "qwerty", "Bitcoin"])
            + str(rng.randint(10, 9999))
            + rng.choice(["!", "", "@", "#"])
        )
    if style == 2:
        return str(rng.randint(100_000, 99_999_999))
    return "".join(rng.choice(string.ascii_letters + string.digits + "!@#$%^&*") for _ in range(10)) + "7a"


def grouped(text: str, size: int, between: str = " ") -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


def seed(rng: random.Random, chinese: bool) -> Planted:
    count = rng.choice([12, 12, 12, 15, 18, 21, 24])
    if rng.random() < 0.3:
        words = phrase(rng, count, rng.choice(["chinese_simplified", "chinese_traditional"]))
        styles = [
            " ".join,
            "、".join,
            "，".join,
            "\n".join,
            lambda all_: "\n".join(f"{n}. {w}" for n, w in enumerate(all_, 1)),
        ]
        return Planted(
            "seed",
            "seed phrase",
            rng.choice(["助记词", "助記詞"]),
            rng.choice(styles)(words),
            tuple(" ".join(words[at : at + 3]) for at in range(count - 2)),
        )
    words = phrase(rng, count)
    slip = rng.random()
    if slip < 0.15:
        at = rng.randrange(count)
        words[at] = words[at][:1] + words[at][2:] + rng.choice(["", words[at][1]])
    elif slip < 0.3:
        # Words of the list whose checksum is wrong: somebody mixed up the order.
        rng.shuffle(words)
    cased: Callable[[str], str] = rng.choice([str, str, str.title, str.upper, str.capitalize])
    words = [cased(word) for word in words]
    styles = [
        " ".join, " ".join, ", ".join, "\n".join, " - ".join, "; ".join, "，".join, "\t".join,
        lambda all_: "\n".join(f"{n}. {w}" for n, w in enumerate(all_, 1)),
        lambda all_: "\n".join(f"{n}) {w}" for n, w in enumerate(all_, 1)),
        lambda all_: " ".join(f"{n}.{w}" for n, w in enumerate(all_, 1)),
        lambda all_: " ".join(f"({n}) {w}" for n, w in enumerate(all_, 1)),
        lambda all_: "\n".join(f"- {w}" for w in all_),
        lambda all_: "\n".join(" ".join(all_[at : at + 4]) for at in range(0, len(all_), 4)),
        lambda all_: "\n".join(f"#{n} {w}" for n, w in enumerate(all_, 1)),
    ]  # fmt: skip
    return Planted(
        "seed",
        rng.choice(["seed phrase", "recovery phrase", "mnemonic", "12 words", "wallet"]),
        rng.choice(["助记词", "钱包助记词"]),
        rng.choice(styles)(words),
        tuple(" ".join(words[at : at + 3]) for at in range(count - 2)),
    )


def glued_seed(rng: random.Random, chinese: bool) -> Planted:
    words = phrase(rng, 12)
    value = "".join(word.title() for word in words) if rng.random() < 0.5 else "".join(words)
    return Planted("seed", "seed phrase", "助记词", value, (value,))


def key_hex(rng: random.Random, chinese: bool) -> Planted:
    value = rng.choice(["", "0x"]) + hexes(rng)
    return Planted(
        "private_key",
        rng.choice(["private key", "Private Key", "privkey", "my wallet private key"]),
        rng.choice(["私钥", "钱包私钥", "私鑰", "密钥"]),
        value,
        (value,),
    )


def key_unlabelled(rng: random.Random, chinese: bool) -> Planted:
    value = rng.choice(["", "0x"]) + hexes(rng)
    return Planted(
        "possible_key",
        rng.choice(["this", "what I found on the paper"]),
        rng.choice(["这个", "纸上写的"]),
        value,
        (value,),
    )


def wif(rng: random.Random, chinese: bool) -> Planted:
    value = base58check(b"\x80" + rng.randbytes(32) + rng.choice([b"", b"\x01"]))
    return Planted(
        "private_key", rng.choice(["WIF", "key", "paper wallet"]), rng.choice(["私钥", "纸钱包"]), value, (value,)
    )


def xprv(rng: random.Random, chinese: bool) -> Planted:
    value = base58check(bytes.fromhex("0488ade4") + rng.randbytes(74))
    return Planted("private_key", "extended key", "扩展私钥", value, (value,))


def solana_key(rng: random.Random, chinese: bool) -> Planted:
    if rng.random() < 0.4:
        value = "[" + ",".join(str(rng.randrange(256)) for _ in range(64)) + "]"
    else:
        value = base58(bytes([rng.randrange(1, 256)]) + rng.randbytes(63))
    return Planted("private_key", "phantom private key", "Phantom 私钥", value, (value,))


def keystore(rng: random.Random, chinese: bool) -> Planted:
    inner = {
        "cipher": "aes-128-ctr",
        "ciphertext": rng.randbytes(32).hex(),
        "cipherparams": {"iv": rng.randbytes(16).hex()},
        "kdf": "scrypt",
        "kdfparams": {"dklen": 32, "n": 262144, "p": 1, "r": 8, "salt": rng.randbytes(32).hex()},
        "mac": rng.randbytes(32).hex(),
    }
    value = json.dumps(
        {"version": 3, "address": rng.randbytes(20).hex(), rng.choice(["crypto", "Crypto"]): inner},
        indent=rng.choice([None, 2]),
    )
    return Planted(
        "keystore", "keystore", "keystore 文件", value, (inner["ciphertext"], inner["mac"], inner["kdfparams"]["salt"])
    )


def pem(rng: random.Random, chinese: bool) -> Planted:
    body = grouped(base64.b64encode(rng.randbytes(300)).decode(), 64, "\n")
    kind = rng.choice(["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
    value = f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"
    return Planted("private_key", "key file", "密钥文件", value, tuple(body.split("\n")))


def api_secret(rng: random.Random, chinese: bool) -> Planted:
    value = (
        "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(rng.choice([32, 36, 43, 64]))) + "4f"
    )
    return Planted(
        "api_secret",
        rng.choice(["API secret", "Secret Key", "api_secret", "API Secret Key"]),
        rng.choice(["API密钥", "API Secret", "Secret Key", "API 密钥"]),
        value,
        (value,),
    )


def api_passphrase(rng: random.Random, chinese: bool) -> Planted:
    value = password(rng)
    return Planted(
        "passphrase",
        rng.choice(["passphrase", "API passphrase", "Passphrase"]),
        rng.choice(["Passphrase", "API口令", "口令"]),
        value,
        (value,),
    )


def a_password(rng: random.Random, chinese: bool) -> Planted:
    value = password(rng)
    return Planted(
        "password",
        rng.choice(["password", "Password", "login password", "my pwd", "account password"]),
        rng.choice(["密码", "登录密码", "资金密码", "密碼", "交易密码"]),
        value,
        (value,),
    )


def otp(rng: random.Random, chinese: bool) -> Planted:
    value = f"{rng.randrange(1_000_000):06}"
    value = value if rng.random() < 0.8 else f"{value[:3]} {value[3:]}"
    return Planted(
        "one_time_code",
        rng.choice(["verification code", "2FA code", "OTP", "SMS code", "Google Authenticator code", "security code"]),
        rng.choice(["验证码", "短信验证码", "谷歌验证码", "动态码", "驗證碼"]),
        value,
        (value,),
    )


def backup(rng: random.Random, chinese: bool) -> Planted:
    style = rng.randrange(3)
    codes = []
    for _ in range(rng.randint(3, 10)):
        raw = (
            f"{rng.randrange(10**8):08}"
            if style == 0
            else "".join(rng.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(8)) + "27"
        )
        codes.append(raw if style < 2 else f"{raw[:5]}-{raw[5:]}")
    value = rng.choice(["\n", ", ", " "]).join(codes)
    return Planted(
        "backup_code",
        rng.choice(["backup codes", "recovery codes", "Backup codes"]),
        rng.choice(["备用码", "恢复码", "备份码"]),
        value,
        tuple(codes),
    )


def setup_key(rng: random.Random, chinese: bool) -> Planted:
    value = base64.b32encode(rng.randbytes(rng.choice([10, 20]))).decode()
    if not any(letter.isdigit() for letter in value):
        value = value[:3] + "7" + value[4:]
    value = rng.choice([value, grouped(value, 4), grouped(value.lower(), 4)])
    return Planted(
        "authenticator_key",
        rng.choice(["authenticator setup key", "2FA secret", "Google Authenticator key", "setup key"]),
        rng.choice(["谷歌验证器密钥", "谷歌密钥", "2FA密钥", "身份验证器密钥"]),
        value,
        (value,),
    )


def otpauth(rng: random.Random, chinese: bool) -> Planted:
    secret = base64.b32encode(rng.randbytes(20)).decode()
    return Planted(
        "authenticator_key",
        "QR text",
        "二维码内容",
        f"otpauth://totp/Exchange:ana?secret={secret}&issuer=Exchange",
        (secret,),
    )


def card(rng: random.Random, chinese: bool) -> Planted:
    number = luhn_number(rng)
    value = rng.choice([number, grouped(number, 4), grouped(number, 4, "-")])
    return Planted(
        "bank_card",
        rng.choice(["card number", "bank card", "I paid with", "card"]),
        rng.choice(["银行卡号", "卡号", "银行卡", "我用的卡"]),
        value,
        (value,),
    )


def identity_number(rng: random.Random, chinese: bool) -> Planted:
    value = identity(rng)
    value = value.lower() if rng.random() < 0.3 else value
    return Planted(
        "identity_number",
        rng.choice(["ID number", "my Chinese ID", "ID card"]),
        rng.choice(["身份证号", "身份证", "证件号码", "身份证号码"]),
        value,
        (value,),
    )


def passport(rng: random.Random, chinese: bool) -> Planted:
    value = rng.choice("EGDP") + f"{rng.randrange(10**8):08}"
    return Planted(
        "passport_number",
        rng.choice(["passport number", "Passport No.", "passport"]),
        rng.choice(["护照号", "护照号码", "护照"]),
        value,
        (value,),
    )


KINDS = (seed, seed, seed, seed, glued_seed, key_hex, key_hex, key_unlabelled, wif, xprv, solana_key, keystore, pem, api_secret, api_passphrase, a_password, a_password, otp, otp, backup, setup_key, otpauth, card, identity_number, passport)  # fmt: skip

HELLO_EN = ("Hi,", "Hello support,", "Dear team,", "Good morning,", "")
HELLO_ZH = ("你好，", "您好！", "客服你好：", "在吗", "")
LINES_EN = (
    "I tried to withdraw yesterday but the page only shows an error.", "My deposit has not arrived for two days now.",
    "I cannot log in since I changed my phone.", "Please help me as soon as you can, it is urgent.",
    "I was told by another agent to send you this.", "The network was congested, so I waited for ten confirmations.",
    "Your application asks me to verify again and again.", "I have attached nothing because the upload failed.",
    "Can you check what went wrong on your side?", "It worked last month without any problem.",
    "I moved to a new house and my internet is slow.", "We would like to open a corporate account for our family business.",
    "The market moved a lot while my order was pending.", "I am an old customer and always happy until today.",
)  # fmt: skip
LINES_ZH = (
    "我昨天提币一直没有到账，麻烦帮我看一下。", "充值两天了还没有到，请尽快处理。", "换了手机以后登录不上去了。", "之前的客服让我把这个发给你们。",
    "网络拥堵，我已经等了十个确认。", "系统一直提示要重新验证。", "截图上传失败，所以没有附件。", "上个月还是好好的。", "请问是哪里出了问题？",
    "我是老用户了，一直很信任你们平台。", "行情波动太大，我的委托一直没有成交。", "麻烦加急处理，谢谢！",
)  # fmt: skip
INTRO_EN = ("{label}: {value}", "{label} - {value}", "{label} is {value}", "My {label}: {value}", "Here is my {label}:\n{value}", "{label}\n\n{value}", "{label} = {value}", "{label}:\n\n{value}", "({label}: {value})", '{label}: "{value}"', "The {label} is: {value}", "{label} : {value}")  # fmt: skip
INTRO_ZH = ("{label}：{value}", "{label}:{value}", "{label}是{value}", "我的{label}：{value}", "{label}：\n{value}", "{label}为：{value}", "{label} {value}", "【{label}】{value}", "{label}是：{value}，请查收", "我的{label}是 {value}", "{label}\n{value}", "（{label}：{value}）")  # fmt: skip
FIRM = ("keystore", "possible_key", "seed", "private_key", "bank_card", "identity_number")


def harmless(rng: random.Random) -> tuple[str, str]:
    """(a line of business, what of it must stay visible)."""
    transaction, order = hexes(rng), str(rng.randrange(10**11, 10**19))
    address = base58check(rng.choice([b"\x00", b"\x05", b"\x41"]) + rng.randbytes(20))
    evm = "0x" + rng.randbytes(20).hex()
    solana_signature = base58(bytes([rng.randrange(1, 256)]) + rng.randbytes(63))
    choices = [
        (f"TXID: {transaction}", transaction), (f"tx hash 0x{transaction}", transaction), (f"交易哈希：{transaction}", transaction),
        (f"Transaction ID is {transaction}", transaction), (f"哈希值 {transaction}", transaction), (f"TxHash:\n0x{transaction}", transaction),
        (f"https://tronscan.org/#/transaction/{transaction}", transaction), (f"https://etherscan.io/tx/0x{transaction}", transaction),
        (f"see https://blockchair.com/bitcoin/transaction/{transaction}.", transaction), (f"https://solscan.io/tx/{solana_signature}", solana_signature),
        (f"signature (tx): {solana_signature}", solana_signature), (f"sha256: {transaction}", transaction),
        (f"deposit address {address}", address), (f"充值地址：{address}", address), (f"to {evm} on ERC20", evm), (f"地址{evm}", evm),
        (f"Solana address {base58(bytes([rng.randrange(1, 256)]) + rng.randbytes(31))}", "Solana"), (f"order number {order}", order), (f"订单号：{order}", order),
        (f"Order ID: {order}", order), (f"UID: {order[:8]}", order[:8]), (f"用户ID {order[:9]}", order[:9]), (f"流水号 {order}", order),
        (f"1,{order[:3]}.50 USDT (TRC20)", "USDT"), (f"错误代码：{order[:5]}", order[:5]), (f"Error code: {order[:6]}", order[:6]),
        (f"phone +86 138 {order[:4]} {order[4:8]}", order[:4]), (f"手机 138{order[:8]}", order[:8]), (f"timestamp 17{order[:11]}", order[:11]),
        (f"2026-03-0{order[0]} 12:{rng.randint(10, 59)}:00", "2026"), (f"[PD-{order[:4]}-A]", order[:4]), (f"invoice 2026-{order[:6]}", order[:6]),
        (f"tracking number {order}", order), (f"IP 192.0.2.{rng.randint(1, 250)}, app version 6.{rng.randint(1, 99)}.0", "192.0.2"),
    ]  # fmt: skip
    return rng.choice(choices)


TALK_EN = (
    "I forgot my password and the reset link does not work.", "The verification code never arrives by SMS.", "Is it safe to share my seed phrase? Of course I will not.",
    "The password: where can I change it?", "My password is not accepted.", "Your staff must never ask for a private key.", "I lost my backup codes, all of them.",
    "The code expired after 10 minutes, and I tried 5 times in 2026.", "I will never give my recovery phrase to anybody.", "Please reset my 2FA, I lost the phone.",
    "Where do I find the API key page? API key: not created yet.", "Password: forgotten", "The PIN is wrong, it says.", "Do you accept a passport or an ID card?",
    "Card payments fail: card declined by the bank.", "The secret of good coffee is fresh water, clean cups and patience, my uncle used to say.",
    "We enjoy music, travel, sport, winter snow, summer beach, family dinner, fruit salad, orange juice and a good movie.",
    "Breakfast menu: bread, butter, egg, bacon, tomato, mushroom and coffee with cream and sugar.", "The 2FA setup page shows a QR picture that my phone cannot scan.",
    "Error 502 on the security page when I change the email address.", "Please confirm that the transfer of 500000 USDT arrived.", "Verification code problem on order 88123456: the page is blank.",
    "My password manager says the site changed.", "The authenticator shows codes, but your site says invalid.", "My access token expired and the secret key page is empty.",
    "I want to change password because somebody saw me typing.", "passphrase required", "PIN code required at login", "Two passwords are confusing.",
)  # fmt: skip
TALK_ZH = (
    "我忘记密码了，重置链接也打不开。", "验证码一直收不到，试了 5 次。", "请问助记词是不是不能告诉别人？", "密码：在哪里修改？", "我的密码不对。", "客服不会索要私钥对吧？",
    "备用码丢了怎么办？", "验证码 10 分钟就过期了。", "我没有泄露助记词，只是账号被冻结了。", "谷歌验证器换手机了，怎么解绑？", "身份证照片上传失败。", "护照可以认证吗？",
    "银行卡提现失败，提示卡片不支持。", "密码错误次数太多，账号被锁了。", "私钥和助记词有什么区别？", "短信验证码在 2026 年 3 月以后就收不到了。", "密码是对的但是登录不了",
    "API密钥页面打不开，提示 40012。", "资金密码：未设置", "请问密钥在哪里生成？",
)  # fmt: skip


def body(rng: random.Random, chinese: bool, special: list[str]) -> str:
    lines = list(rng.sample(LINES_ZH if chinese else LINES_EN, rng.randint(1, 4)))
    for one in special:
        lines.insert(rng.randint(0, len(lines)), one)
    return "\n".join([rng.choice(HELLO_ZH if chinese else HELLO_EN), "", *lines])


PLACES = (
    "top",
    "middle",
    "end",
    "quote",
    "signature",
    "html paragraph",
    "html list",
    "html table",
    "html line breaks",
    "bullet",
    "long line",
    "crlf base64",
)


def as_mail(rng: random.Random, text: str, place: str) -> bytes:
    """The text as a mail; the place says how it is wrapped."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ana <ana@example.org>", "help@example.net", "help"
    mail["Date"], mail["Message-ID"] = "Mon, 02 Mar 2026 10:00:00 +0000", f"<{rng.randrange(10**12)}@example.org>"
    paragraphs = text.split("\n")
    if place == "html paragraph":
        mail.set_content("".join(f"<p>{escape(one)}</p>" for one in paragraphs), subtype="html")
    elif place == "html list":
        mail.set_content(
            "<div>" + "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in paragraphs) + "</ul></div>", subtype="html"
        )
    elif place == "html table":
        mail.set_content(
            "<table>" + "".join(f"<tr><td>{escape(one)}</td></tr>" for one in paragraphs) + "</table>", subtype="html"
        )
    elif place == "html line breaks":
        mail.set_content("<div>" + "<br>".join(escape(one) for one in paragraphs) + "</div>", subtype="html")
    elif place == "quote":
        quoted = "\n".join("> " + one for one in paragraphs)
        mail.set_content(
            f"See below.\n\nOn Mon, 2 Mar 2026 at 10:00, Ben <ben@example.net> wrote:\n{quoted}\n", cte="base64"
        )
    elif place == "signature":
        mail.set_content(f"Hello\n-- \n{text}\n", cte="quoted-printable")
    else:
        mail.set_content(text + "\n", cte="base64" if place == "crlf base64" else "quoted-printable")
    return mail.as_bytes()


def planted_case(rng: random.Random) -> Case:
    chinese = rng.random() < 0.5
    planted = rng.choice(KINDS)(rng, chinese)
    intro = rng.choice(INTRO_ZH if chinese else INTRO_EN)
    sentence = intro.format(label=planted.label_zh if chinese else planted.label_en, value=planted.value)
    if (
        planted.kind in FIRM
        and planted.kind != "possible_key"
        and rng.random() < 0.1
        and not planted.value.lower().replace("0x", "").isalnum()
    ):
        sentence = planted.value
    if planted.kind == "possible_key":
        # Nothing that tells what it is within forty characters.
        far = (
            "." * 50
            if rng.random() < 0.3
            else (
                "我在旧本子里找到一串字符想请你们帮忙看看到底是做什么用的谢谢，" * 2
                if chinese
                else "I found a string in my old notebook and would like you to tell what it could be good for:"
            )
        )
        text = body(rng, chinese, [f"{far}\n{planted.value}\n{far}"])
        visible: tuple[str, ...] = ()
    else:
        line, stays = harmless(rng)
        place_far = (
            "\n\n"
            + (LINES_ZH[0] if chinese else LINES_EN[0])
            + "\n"
            + (LINES_ZH[5] if chinese else LINES_EN[5])
            + "\n\n"
        )
        special = [sentence + place_far + line] if rng.random() < 0.5 else [sentence]
        visible = (stays,) if len(special[0]) > len(sentence) else ()
        text = body(rng, chinese, special)
    place = rng.choice(PLACES)
    if place == "bullet":
        text = text.replace("\n", "\n* ")
    elif place == "long line" and planted.kind not in (
        "seed",
        "private_key",
        "keystore",
        "backup_code",
        "possible_key",
    ):
        text = text.replace("\n", " ")
    return Case(as_mail(rng, text, place), planted, visible, f"{planted.kind} {place}: {sentence[:200]!r}")


def clean_case(rng: random.Random) -> Case:
    chinese = rng.random() < 0.5
    special, visible = [], []
    for _ in range(rng.randint(0, 3)):
        line, stays = harmless(rng)
        special.append(line)
        visible.append(stays)
    special += rng.sample(TALK_ZH if chinese else TALK_EN, rng.randint(1, 3))
    place = rng.choice([place for place in PLACES if place not in ("bullet", "long line")])
    text = body(rng, chinese, special)
    return Case(as_mail(rng, text, place), None, tuple(visible), f"clean {place}: {special!r}")


def cases(seed: int, count: int) -> list[Case]:
    """Three in five with a secret."""
    rng = random.Random(seed)
    return [planted_case(rng) if rng.random() < 0.6 else clean_case(rng) for _ in range(count)]
