"""Whether the words around 64 digits or a signature speak of a transaction, or of a key.

The nearest sentence that speaks of either decides. Words of keys elsewhere in a mail ("I did a backup of my phone") say
nothing of a value that the sentence before it calls a deposit.
"""

import re

# What one says of a transaction, and what one says of a key. Money that "did not arrive" was sent by one.
_OF_TRANSFERS = re.compile(
    r"deposit|withdr[ae]w|transfer|\bsent\b|\bsend\b|arriv|confirm|received|credited|missing funds|on[- ]chain|"
    r"pending|payout|payment|"
    r"\b(?:erc|trc|bep)-?20\b|\bblock|充值|充币|充幣|提币|提幣|提现|提現|到账|到賬|到帳|转了|轉了|转出|轉出|汇款|"
    r"匯款|打款|入账|入賬|确认|確認|"
    r"链上|鏈上|链接|上链|überwies|überweis|einzahl|auszahl|abhebung|depósito|deposit[éeo]|retir[ao]|retrait|"
    r"envi[éeo]|saque|versé|virement|"
    r"prelievo|bonifico|перев[её]л|перевод|депозит|вывод|отправ|入金|出金|送金|입금|출금|송금|nạp|rút|chuyển|"
    r"yatır|çek|gönder|wpłat|wypłat|setor|tarik"
)
# The same of one that was made: whoever asks whether he may deposit has no transaction yet.
_MADE = re.compile(
    r"\bsent\b|arriv|received|credited|transferred|withdrew|deposited|pending|\bconfirm(?:ed|ations?)|missing funds|"
    r"(?:show(?:s|ed|n)?|showing|c[ao]me) up\b|still missing|status success|"
    r"\b(?:my|the|this|that|these|those|an?|one|two|first|second|last|missing|our|of)\s(?:[\w-]{1,14}\s){0,2}"
    r"(?:deposit|withdrawal|transfer|payment|payout)s?\b|"
    r"\b(?:network|via|on|over|through|网络|網絡|網路)[ :：]{0,3}(?:erc|trc|bep)-?20\b|"
    r"到账|到賬|到帳|[没沒未不只]到|转了|轉了|转出|轉出|转到|轉到|转过|轉過|打款|汇款|匯款|入账|入賬|入帳|上账|上賬|"
    r"已经?确认|确认[了过\d]|確認[了過\d]|(?:显示|顯示)(?:成功|完成)|充了|提了|"
    r"补一下|補一下|补单|補單|[笔筆次个個](?:充值|充币|充幣|提币|提幣|提现|提現|转账|轉帳)|"
    r"überwiesen|eingezahlt|ausgezahlt|meine (?:ein|aus)zahlung|mi (?:depósito|retiro)|he enviado|envié|deposité|"
    r"mon (?:dépôt|virement|retrait)|j'ai envoyé|meu (?:depósito|saque)|enviei|depositei|"
    r"ho inviato|il mio (?:deposito|prelievo)|перев[её]л|отправил|мой (?:депозит|вывод|перевод)|"
    r"(?:入金|出金|送金)(?:が|し)|(?:입금|출금|송금)(?:이|했|한)|đã (?:nạp|rút|chuyển)|gönderdim|"
    r"yatırdım|wpłaciłem|wypłata"
)
_WISHED = re.compile(
    r"\b(?:can|could|may|want|like|how) (?:i |to |do i |can i )|[可能]以?(?:不能)?(?:用来)?"
    r"(?:充值|充币|提币|提现|转账)[吗嗎么]"
)
_WALLETS = r"metamask|ledger|trezor"
_OF_KEYS_BUT_WALLETS = (
    r"\bkeys?\b|\bseed|phrase|mnemonic|\bimport(?:ed|ing)?\b|\bexport|\brestor|\brecover|backup|back up|"
    r"notebook|on paper|secret|"
    r"\bpriv(?:ate)? ?key|unlock|wallet file|"
    r"私[钥鑰匙]|密[钥鑰匙]|秘[钥鑰]|助记|助記|导入|導入|导出|導出|恢复钱包|恢复不了|无法恢复|恢復錢包|备份|備份|本子|纸上|紙上|字符|"
    r"schlüssel|\bclave|llave|chave|\bclé\b|chiave|ключ|\bсид|鍵|シード|키\b|khóa|anahtar|klucz|string of"
)
_OF_KEYS = re.compile(_OF_KEYS_BUT_WALLETS)
_OF_KEYS_OR_WALLETS = re.compile(f"{_OF_KEYS_BUT_WALLETS}|{_WALLETS}")
# A key of the writer's own that lies before him, two sentences away.
_OWN_KEY = re.compile(
    r"private ?key|\bseed\b|mnemonic|paper wallet|wallet backup|\bexport|私[钥鑰匙]|助记词|助記詞|"
    r"приватн\w{1,4} ключ|秘密鍵|개인 ?키"
)
_NOT_SHOWN = re.compile(
    r"\b(?:never|nobody|no one|without)\b|"
    r"(?:\bnot|n['’]t) (?:\w{1,12} )?(?:give|tell|share|send|show|disclose|lost|have)|"
    r"[没沒不未别別勿][有会會要能]?(?:泄|洩|告[诉訴]|透露|给|給|提供|发|發|索)|自己保管|保管好|[删刪]"
)
_POINTS_BACK = re.compile(r"\b(?:this|that|these|it|above)\b|[这這那]|以上|上面|^\W{0,3}是")
_END = re.compile(r"[!?;](?=\s|$)|\.(?=\s|$)|[。！？；]|\n\s*\n")
_REACH = 160
_BEFORE = 240
_FAR = 400


def speaks_of_transfers(low: str, start: int, end: int) -> bool:
    """Whether what stands at [start, end) of a text in lower case is a transaction by the words around it.

    A transfer that was made counts in the nearest sentence that speaks of transfers or keys; one that is only wished
    for counts in the nearest lines, if there is no word of keys within 400 characters.
    """
    if (made := transfer_was_made(low, start, end)) is not None:
        return made
    above, _, own = low[max(0, start - _REACH) : start].rpartition("\n")
    rest, _, below = low[end : end + _REACH].partition("\n")
    near = (next(filter(_has_words, lines), "") for lines in (above.split("\n")[::-1], below.split("\n")))
    around = "\n".join([own, rest, *near])
    if _OF_TRANSFERS.search(around) is None or _WISHED.search(around):
        return False
    far = max(0, start - _FAR), end + _FAR
    return _OF_KEYS_OR_WALLETS.search(low, *far) is None


def transfer_was_made(low: str, start: int, end: int) -> bool | None:
    """Whether the nearest sentence that speaks of transfers or keys says that one was made; None where none speaks."""
    if _MADE.search(low, max(0, start - _BEFORE), end + _REACH) is None:
        return None
    *earlier, before = _sentences(low, start)
    same, below = _behind(low[end : end + _REACH])
    points_back = _POINTS_BACK.search(below[:16]) is not None
    if (points_back and _OF_KEYS.search(below)) or _calls_it_a_key(same):
        return False
    if any(_OWN_KEY.search(one) and not _NOT_SHOWN.search(one) for one in earlier):
        return None
    led = before if _goes_on(low, start) else ""
    its_own = "" if _OF_KEYS.search(same) else same
    for sentence in (led, its_own, below if points_back else "", before, same, below):
        if _OF_KEYS.search(sentence):
            return False
        if _MADE.search(sentence):
            return True
    return None


def _calls_it_a_key(same: str) -> bool:
    """Whether the words right behind a value say that it is a key; a text without full stops goes on with others."""
    return _OWN_KEY.search(same[:60]) is not None or (
        _OF_KEYS.search(same) is not None and _POINTS_BACK.search(same[:16]) is not None
    )


def _sentences(low: str, start: int) -> list[str]:
    """The sentences and lines that end before a value, the nearest last; at least one, which may be empty."""
    first = max(0, start - _BEFORE)
    text = low[first:start]
    found = [line for one in _END.split(text) for line in one.split("\n") if _has_words(line)]
    # Of a sentence whose beginning is out of reach nobody knows what it denies.
    return found[1:] if first and len(found) > 1 else found or [""]


def _behind(text: str) -> tuple[str, str]:
    """(the rest of a value's own sentence on its line, the next one if there is no such rest)."""
    following = next(filter(_has_words, _END.split(text)), "").lstrip(" \t\r>\"'”’)）」,，")
    first = next(filter(_has_words, following.split("\n")), "")
    own = not following.startswith("\n") and not _END.match(text.lstrip("\"'”’)）」"))
    return (first, "") if own else ("", first)


def _goes_on(low: str, start: int) -> bool:
    """Whether the sentence before a value has not ended: it leads to it, on the same line or the one above."""
    before = low[max(0, start - 40) : start].rstrip(" \t\r\n>*-\"'“”(（「")
    return not before.endswith((".", "!", "?", ";", "。", "！", "？", "；"))


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
