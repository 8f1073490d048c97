"""Secrets in a text, and the text without them (promises f).

Labelled transactions, explorer links and addresses are never masked: agents need them. 64 hexadecimal digits with no
label within 40 characters are a `possible_key`, which is masked like the others and shown on request.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from parser.facts.find import facts_on
from parser.facts.labels import MASK, Page
from parser.mail import Fact, Secret
from parser.secrets.keys import keys
from parser.secrets.labels import labelled
from parser.secrets.nearby import nearby
from parser.secrets.numbers import numbers
from parser.secrets.phrases import phrases
from parser.secrets.unveiled import Unveiled, unveiled

# Class: how its mask reads in Chinese and in English. Where two secrets overlap, the class further up names both.
_MASKS = {
    "keystore": ("密钥文件", "keystore"),
    "seed_phrase": ("助记词", "seed phrase"),
    "private_key": ("私钥", "private key"),
    "authenticator_key": ("验证器密钥", "authenticator key"),
    "api_secret": ("接口密钥", "api secret"),
    "passphrase": ("口令", "passphrase"),
    "backup_code": ("备用码", "backup code"),
    "one_time_code": ("验证码", "one-time code"),
    "bank_card": ("银行卡", "bank card"),
    "card_code": ("卡安全码", "card code"),
    "card_expiry": ("卡有效期", "card expiry"),
    "identity_number": ("身份证", "identity number"),
    "passport_number": ("护照", "passport number"),
    "password": ("密码", "password"),
    "session_link": ("登录凭证", "session token"),
    "possible_key": ("疑似私钥", "possible key"),
}
CLASSES = tuple(_MASKS)
"""Every class of secret. Where two overlap, the earlier one counts."""
_RANK = {name: rank for rank, name in enumerate(CLASSES)}
_ROUNDS = 6
_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA_OR_HANGUL = re.compile(r"[\u3041-\u30fa\uac00-\ud7a3]")
_OTHER_WORD = re.compile(r"[^\W_\u4e00-\u9fff]+")


def secrets(text: str, facts: Sequence[Fact] = ()) -> tuple[Secret, ...]:
    """Every secret of a text in its order, none overlapping another; `facts` are those of the same text.

    Masked with these, the text holds no secret any more: it is read again as masked until nothing is found, because
    what a mask hides may have stood between a label and another value. Linear in the length of `text`.
    """
    return secrets_on(Page.of(text), facts)


def secrets_on(page: Page, facts: Sequence[Fact]) -> tuple[Secret, ...]:
    """The same for a `Page`."""
    plain = unveiled(page.text)
    if plain is None:
        return _settled(page, facts)
    as_read = Page.of(plain.text)
    found = (*_settled(page, facts), *_as_read(plain, _settled(as_read, facts_on(as_read))))
    return _merged(found)


def _as_read(plain: Unveiled, found: Iterable[Secret]) -> Iterator[Secret]:
    return (Secret(one.class_, plain.original(*one.span)) for one in found)


def _settled(page: Page, facts: Sequence[Fact]) -> tuple[Secret, ...]:
    """The secrets of a page, and those that show when these are masked."""
    text = page.text
    found = _once(page, facts)
    if not found:
        return ()
    for _ in range(_ROUNDS):
        masked, starts = _masked(text, found)
        again = Page.of(masked)
        more = _once(again, facts_on(again))
        if not more:
            break
        found = _merged([*found, *(_moved_back(one, starts, text, found) for one in more)])
    return found


def redact(text: str, secrets: Sequence[Secret]) -> str:
    """The text with each secret replaced by a mask such as [redacted: seed phrase] or [已屏蔽:助记词].

    The masks are in Chinese where most of the text is, else in English. `secrets` are those of this text, in any order.
    """
    return _masked(text, secrets)[0] if secrets else text


def mask(class_: str, chinese: bool) -> str:
    """The mask that replaces a secret of this class."""
    name = name_of(class_, chinese)
    return f"[已屏蔽:{name}]" if chinese else f"[redacted: {name}]"


def name_of(class_: str, chinese: bool) -> str:
    """The name of a class for people: "seed phrase", 助记词."""
    return _MASKS.get(class_, ("秘密", "secret"))[0 if chinese else 1]


def masks(text: str, secrets: Iterable[Secret]) -> tuple[tuple[Secret, str], ...]:
    """Each range to hide, in order and with overlapping ones joined, and the mask that replaces it."""
    found = _merged(secrets)
    chinese = _is_chinese(text, found)
    return tuple((one, mask(one.class_, chinese)) for one in found)


def _once(page: Page, facts: Sequence[Fact]) -> tuple[Secret, ...]:
    found = [Secret("seed_phrase", span) for span in phrases(page)]
    for class_, start, end in (*keys(page, facts), *labelled(page), *numbers(page), *nearby(page, facts)):
        if start < end:
            found.append(Secret(class_, (start, end)))
    return _merged(_allowed(found, facts))


def _allowed(found: Iterable[Secret], facts: Sequence[Fact]) -> list[Secret]:
    """Without labelled transactions, addresses, orders and UIDs: they may look like secrets."""
    kept = {
        one.span[0]: one for one in facts if one.valid and one.type in ("txid", "address", "order_id", "uid", "ticket")
    }
    out = []
    for one in found:
        fact = kept.get(one.span[0])
        harmless = fact is not None and fact.span[1] >= one.span[1] and one.class_ not in ("seed_phrase", "keystore")
        # A label that leads straight to the value outweighs the shape of an address, but not that of a transaction.
        if harmless and fact is not None and not (fact.type == "address" and one.class_ in ("private_key", "password")):
            continue
        out.append(one)
    return out


def _merged(found: Iterable[Secret]) -> tuple[Secret, ...]:
    """In order, overlapping ones joined under the class that comes first in `CLASSES`."""
    out: list[Secret] = []
    for one in sorted(found, key=lambda secret: (secret.span[0], -secret.span[1])):
        if out and one.span[0] < out[-1].span[1]:
            last = out.pop()
            class_ = min(last.class_, one.class_, key=lambda name: _RANK.get(name, 99))
            one = Secret(class_, (last.span[0], max(last.span[1], one.span[1])))
        out.append(one)
    return tuple(out)


def _is_chinese(text: str, found: Sequence[Secret]) -> bool:
    """Judged by what no mask hides, so that the masked text is judged alike; if that is nothing, by the secrets."""
    if text.isascii():
        return False
    rest, hidden, at = [], [], 0
    for one in found:
        rest.append(text[at : one.span[0]])
        hidden.append(text[slice(*one.span)])
        at = one.span[1]
    visible = MASK.sub(" ", " ".join([*rest, text[at:]]))
    return _is_mostly_chinese(visible if any(map(str.isalpha, visible)) else " ".join(hidden))


def _is_mostly_chinese(text: str) -> bool:
    """At least two characters for each word of another script, as most Chinese words have, and it is not Japanese."""
    han = len(_HAN.findall(text))
    others = sum(not word.isdigit() for word in _OTHER_WORD.findall(text))
    return han > 0 and han >= 2 * others and han >= 4 * len(_KANA_OR_HANGUL.findall(text))


def _masked(text: str, found: Sequence[Secret]) -> tuple[str, list[tuple[int, int, int]]]:
    """The text with masks, and where each piece of it comes from: (start in the result, start in the text, length).

    A mask is a piece of length 0.
    """
    found = sorted(found, key=lambda one: one.span)
    chinese = _is_chinese(text, found)
    out: list[str] = []
    pieces: list[tuple[int, int, int]] = []
    at = length = 0
    for one in found:
        start, end = one.span
        if start < at:
            continue
        kept, hidden = text[at:start], mask(one.class_, chinese)
        pieces += [(length, at, len(kept)), (length + len(kept), start, 0)]
        out += [kept, hidden]
        length += len(kept) + len(hidden)
        at = end
    pieces.append((length, at, len(text) - at))
    return "".join([*out, text[at:]]), pieces


def _moved_back(one: Secret, pieces: list[tuple[int, int, int]], text: str, found: Sequence[Secret]) -> Secret:
    """A secret of the masked text, with its span in the original text."""
    ends = {secret.span[0]: secret.span[1] for secret in found}
    start = end = 0
    for place, origin, length in pieces:
        if place <= one.span[0]:
            start = origin + min(one.span[0] - place, length)
        if place < one.span[1]:
            end = origin + min(one.span[1] - place, length) if length else ends.get(origin, origin)
    return Secret(one.class_, (start, min(max(end, start + 1), len(text))))
