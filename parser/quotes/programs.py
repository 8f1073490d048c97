"""The line that a phone or a mail program appends to what a person wrote: "Sent from my phone"."""

import re
from collections.abc import Sequence

from parser.quotes.words import MOBILE, MOBILE_BEFORE_VERB, MOBILE_VERBS, SENT_OTHERWISE

_LINK = re.compile(r"[<(\[]?https?://[^\s<>)\]]{1,240}[>)\]]?")
_BRACKETS = str.maketrans("[]<>()", "      ")
# With the program's own link behind its name the verb is enough, in any of these languages, whatever the program is.
_SENT_BY = (
    r"(?:this (?:e-?mail|message) (?:was )?)?(?:sent|written|composed|typed) (?:from|via|with|using|through|in|by)|"
    r"envoyé (?:de|depuis|avec|via|par|à partir de|à l.aide de)|enviad[oa] (?:desde|do|da|de|a partir d[eoa]|con|com|"
    r"por|pelo|pela|através d[eoa]|usando|mediante)|enviat (?:des de|amb)|(?:diese (?:nachricht|e-?mail|"
    r"mail) wurde )?"
    r"(?:gesendet|versendet|verschickt|geschrieben|verfasst|erstellt) (?:von|aus|mit|über|via|per|durch)|"
    r"inviat[oa] (?:da|dal|dalla|con|tramite|via|usando)|(?:verzonden|verstuurd|gestuurd) (?:vanaf|vanuit|met|"
    r"via|van|"
    r"door)|skicka(?:t|des|d) (?:från|med|via|av)|sendt (?:fra|med|via|gjennom)|sent frå|отправлено (?:с|со|из|"
    r"от|через)|"
    r"посла(?:но|но) с|написано в|надіслано (?:з|із|через|за допомогою)|адпраўлена з|изпратено (?:от|с|чрез)|"
    r"wysłan[eoay] (?:z|ze|za pomocą|przez|przy użyciu)|(?:od|po)(?:esláno|oslané|slané|slano|šiljat\w) "
    r"(?:z|ze|zo|s|sa|iz|pomocí|pomocou|prostřednictvím|putem)|posla(?:to|no) (?:s|sa|iz|preko|putem|z)|"
    r"послато (?:са|из|преко)|lähetetty|saadetud|nosūtīts (?:no|ar)|išsiųsta (?:iš|naudojant|per)|trimis "
    r"(?:de pe|din|de la|cu|prin)|στάλθηκε (?:από|με|μέσω)|(?:đã )?(?:được )?gửi (?:từ|bằng|qua)|được gửi (?:từ|"
    r"bằng|qua)|di(?:kirim|hantar) "
    r"(?:dari|melalui|dengan|menggunakan|daripada)|terkirim dari|ipinadala mula sa|ส่ง(?:จาก|โดย|ผ่าน|ด้วย)|"
    r"أُ?رسلت? (?:من|عبر|بواسطة)|مرسل (?:من|عبر)|تم الإرسال (?:من|عبر|بواسطة)|ارسال شده (?:از|با)|نשלח|"
    r"נשלח (?:מ|באמצעות|דרך|עם)|"
    r"发自|發自|寄自|发送自|傳送自|(?:来|來)自|(?:从|從|由|通过|透過|使用|用)"
)
_LINKED = re.compile(rf"^[\W_]{{0,6}}(?:{_SENT_BY})[^.;!?。;；！？]{{1,45}}$", re.I)
# The verb is the last word.
_LINKED_LAST = re.compile(
    r"^[^.;!?。；！？]{1,45}?(?:から|より|で|を使って|にて)送信(?:されました|しました)?$|^[^.;!?]{1,45}"
    r"(?:에서|으로|로|을 통해) ?(?:보냄|보낸 메일|보냈습니다|보내짐|발송(?:됨)?|전송(?:됨)?)$|"
    r"^[^.;!?]{1,45}gönderil(?:di|miştir)$|"
    r"^[^.;!?]{1,45}(?:küldve|küldött üzenet|से भेजा गया)$|^[^.;!?。]{1,45}(?:发送|傳送|發送|发出|寄出)$",
    re.I,
)
# "Get Hopper for Android", with the link to get it.
_FETCHED = re.compile(
    r"^[\W_]{0,6}[^.;!?。]{2,40}\b(?:ios|android|iphone|ipad|mac|macos|windows|linux)\b[^.;!?。]{0,25}$", re.I
)
_LONGEST_NAME = 6
# A transaction, an address, or a place of coins: people write where they sent them from, with a link, too.
_COINS = re.compile(
    r"[0-9A-Za-z]{24}|scan\b|explorer|blockchair|mempool|coin|kraken|okx|bybit|metamask|ledger|trezor|phantom|"
    r"tron|exodus|"
    r"electrum|bitget|huobi|htx|mexc|bitfinex|gemini|crypto",
    re.I,
)


def appended_line(lines: Sequence[str], first: int, end: int) -> int:
    """The end of lines[first:end] without the line of a phone or a program, perhaps wrapped in two, at its end."""
    if end <= first:
        return end
    last = lines[end - 1].strip()
    if len(last) <= 250 and _is_appended(last):
        return end - 1
    if end - 2 >= first and len(last) <= 200 and len(lines[end - 2]) <= 120 and lines[end - 2].strip():
        both = f"{lines[end - 2].strip()} {last}"
        if last[:1] in "<[(" and _is_appended(both):
            return end - 2
    return end


def _is_appended(line: str) -> bool:
    """The line of a phone, its links aside."""
    bare = _LINK.sub(" ", line) if "://" in line else line
    shown = " ".join(bare.translate(_BRACKETS).split())
    if len(shown) > 160:
        return False
    tail = shown[-20:]
    found = MOBILE.match(shown) or (any(verb in tail for verb in MOBILE_VERBS) and MOBILE_BEFORE_VERB.match(shown))
    return (bool(found) or (bare != line and _is_linked(line, shown))) and SENT_OTHERWISE.search(shown) is None


def _is_linked(line: str, shown: str) -> bool:
    """ "Sent from Hopper<https://hopper.example>": a verb, a name of few words, and one link to its home."""
    links = _LINK.findall(line)
    if len(links) != 1 or _COINS.search(line) or len(shown.split()) > _LONGEST_NAME + 3:
        return False
    behind = line.rstrip().endswith(links[0]) or _LINKED_LAST.match(shown) is not None
    named = _LINKED.match(shown) or _LINKED_LAST.match(shown) or _FETCHED.match(shown)
    return behind and named is not None and any(map(str.isalpha, shown))
