"""Where a signature begins at the end of a stretch of text: delimiters, closings with a name, lines of phones, footers.

Everything here asks the last lines only, so the cost does not depend on the length of the text. A line is taken off
only when all below it is taken off too, and sentences stay: losing words is worse than showing a signature.
"""

import re
from collections.abc import Sequence

from parser.quotes.closings import CLOSING_WITH_NAME, DASHED_NAME, SIGNED, STRONG_CLOSING, WEAK_CLOSING
from parser.quotes.programs import appended_line
from parser.quotes.words import DISCLAIMER, LIST_FOOTER

# A signature, a footer and a disclaimer: nobody has more layers than this.
_MAX_ROUNDS = 60
_MAX_LINES = 15
_MAX_BARE_LINES = 9
_MAX_LINE = 100
_MAX_CLOSING_LINES = 7
_MAX_NAME_LINE = 70
_DELIMITER = re.compile(r"^(?P<exact>-- |--\xa0)$|^(?:--|—|——|__|--\s?\*{2})$")
_ORNAMENT = re.compile(r"^[\s\-*#~=_+·•—–\u1427\u200b\ufeff]{1,400}$")
_BOX = re.compile(r"^\s{0,4}([-_=*~+―─━—–＝～・◆◇■□☆★※+])\1{4,200}\s*$")
_FOOTER_RULE = re.compile(r"^\s*[_-]{10,200}\s*$")
# Six words or more with a full stop, or a question: a sentence of the text.
_SENTENCE = re.compile(r"^(?:\S+\s+){5,60}\S*[a-zà-öø-ÿ][.!?]\s*$|[?？]\s*$|[。！]\s*$")
# A line that begins like this is the way to reach a person.
_CONTACT = re.compile(
    r"^\W{0,3}(?:(?:tel|phone|mobile|mob|cell|fax|e-?mail|mail|web|skype|telegram|whatsapp|wechat|qq|line id|"
    r"telefon|tél|tfno|telefono|teléfono|handy|тел|моб|電話|电话|手机|手機|微信|邮箱|郵箱|传真|網站|网站|携帯|전화|휴대)"
    r" ?(?:[:：.+(]|\d)|www\.|https?://).{0,60}$",
    re.I,
)
_NAME = re.compile(r"^[^\W\d_][\w'’.-]{0,20}(?: [^\W\d_][\w'’.-]{0,20}){1,3}$")
# A telephone number, a web page, an address, a firm: the lines of a visiting card.
_REACHED = re.compile(
    r"^(?:\w{1,9}\.?\s?[:：]?\s?)?\+?\(?\d[\d ()/.-]{7,20}$|(?:^|\s)(?:www\.|https?://)\S|\S@\S"
    r"|\b(?:Ltd|Limited|Inc|LLC|Corp|GmbH|AG|KG|S\.?A\.?S?|S\.?L|S\.?r\.?l|B\.?V|A/S|ApS|AB|Oy|"
    r"sp\. z o\.o|Lda|Ltda|A\.Ş)\b"
    r"|公司|株式会社|주식회사|ООО",
)
# What customers write below "Thanks" that is no signature.
_FACT = re.compile(
    r"^\W{0,3}p\.?\s?s\b|\b(?:uid|txid|tx|hash|order|ticket|case|amount|usdt|usdc|btc|eth|trx|account|wallet|id)\b|订单|訂單|"
    r"金额|金額|账户|賬戶|帳戶|账号|帳號",
    re.I,
)
# How people continue below "Thanks"; no name begins like this.
_STARTING = (
    "please pls kindly waiting awaiting still hoping looking urgent asap i i'm i'll we my your it this "
    "but and also no not yes could when why what how is are was need send check call reply answer fix "
    "bitte dringend warte ich mein meine por espero quedo aguardo je j'attends j'espère attendo aspetto "
    "жду прошу срочно мой czekam proszę bekliyorum lütfen acil mohon tolong segera graag ik jeg venter "
    "jag väntar snälla"
)
_STARTERS = frozenset(_STARTING.split())
_CASELESS = re.compile("[\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN_BEHIND = re.compile(r"[ (（/|]{1,3}[A-Z][a-z.]{0,20}(?: [A-Z][a-z.]{0,20}){0,2}[)）]?$")
_FIRMS = ("公司", "部", "集团", "集團", "经理", "經理", "敬上", "谨上", "謹上", "株式会社", "中心", "上")
_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘"
    "杜戴夏锺鐘钟汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文安佐山木中小"
    "大松井清斎斉岡渡伊加吉藤前後森池橋阿长長原福西岩村三上野坂織今内和川平"
)
# "Ana Petrova | Sales Manager": what stands between the parts of a line of a card.
_CELL = re.compile(r"\s[|·•]\s")
_DAY = re.compile(r"^(?:\d{4}\s?[年./-]\s?\d{1,2}\s?[月./-]\s?\d{1,2}\s?日?|\d{4}년 ?\d{1,2}월 ?\d{1,2}일)$")
_LETTERED = re.compile(r"[^\W\d_]")


def own_end(lines: Sequence[str], first: int, end: int, closings: bool = True) -> int:
    """The end of what is written in lines[first:end]; from there to `end` stands the signature.

    `closings=False` leaves "Regards, Ana" in the text and takes only what a program appended.
    """
    for _ in range(_MAX_ROUNDS):
        while end > first and not lines[end - 1].strip():
            end -= 1
        before = end
        for rule in _APPENDED + (_WRITTEN if closings else ()):
            end = rule(lines, first, end)
            if end < before:
                break
        if end == before:
            break
    return end


def _ornament(lines: Sequence[str], first: int, end: int) -> int:
    """Whether a last line says nothing, such as "***" or the invisible dot of a tracker."""
    last = lines[end - 1] if end > first else ""
    telling = len(last.strip()) >= 2 or "\u1427" in last or "\ufeff" in last or "\u200b" in last
    return end - 1 if last and telling and _ORNAMENT.match(last) else end


def _boxed(lines: Sequence[str], first: int, end: int) -> int:
    """A card between two rules, as Japanese programs draw it, with a way to reach the person in it."""
    if end <= first or not _BOX.match(lines[end - 1][:300]):
        return end
    for at in range(end - 2, max(first, end - _MAX_LINES), -1):
        if len(lines[at]) > _MAX_LINE or _SENTENCE.search(lines[at]):
            return end
        if _BOX.match(lines[at]):
            if lines[at - 1].strip():
                return end
            card = [line.strip() for line in lines[at + 1 : end - 1]]
            return at if any(_CONTACT.match(line) or _REACHED.search(line) for line in card) else end
    return end


def _footer(lines: Sequence[str], first: int, end: int) -> int:
    """What a mailing list puts below a rule."""
    for at in range(end - 2, max(first - 1, end - 12), -1):
        if _FOOTER_RULE.match(lines[at][:300]) and any(LIST_FOOTER.search(line[:300]) for line in lines[at + 1 : end]):
            return at
    return end


def _delimited(lines: Sequence[str], first: int, end: int) -> int:
    """Below "-- ", at most 15 short lines; below a bare "--" fewer, and none of them a sentence."""
    for at in range(end - 1, max(first - 1, end - _MAX_LINES - 2), -1):
        found = _DELIMITER.match(lines[at].rstrip("\r")) if len(lines[at]) < 10 else None
        if found is None:
            if len(lines[at]) > _MAX_LINE:
                return end
            continue
        below = [line for line in lines[at + 1 : end] if line.strip()]
        if found["exact"]:
            return at
        announced = at > first and lines[at - 1].rstrip().endswith((":", "："))
        ruled = any(not _LETTERED.search(line) and len(line.strip()) < 7 for line in below)
        if len(below) <= _MAX_BARE_LINES and not announced and not ruled and not any(map(_SENTENCE.search, below)):
            return at
        return end
    return end


def _disclaimer(lines: Sequence[str], first: int, end: int) -> int:
    """The last paragraph where a server or a lawyer wrote it."""
    at = end
    while at > first and lines[at - 1].strip() and end - at < 30:
        at -= 1
    if at == end or (at > first and lines[at - 1].strip()):
        return end
    paragraph = " ".join(line.strip()[:300] for line in lines[at : min(end, at + 4)])[:400]
    return at if DISCLAIMER.search(paragraph) and at > first else end


def _card(lines: Sequence[str], first: int, end: int) -> int:
    """The visiting card that NetEase's programs make of a table: short lines between lines of only "|"."""
    if end <= first or lines[end - 1].strip() != "|":
        return end
    at = top = end
    bars = 0
    while at > first and end - at < 16 and len(lines[at - 1]) <= 80 and lines[at - 1].strip():
        at -= 1
        if not lines[at].strip("| \t\xa0"):
            top = at
            bars += 1
    # Where the writer's words stand directly above, what is in the table must be a card's.
    apart = top == at or all(is_name_line(line.strip()) for line in lines[top:end] if line.strip("| \t\xa0"))
    return top if bars >= 3 and apart else end


def _visiting(lines: Sequence[str], first: int, end: int) -> int:
    """A last paragraph of a name, a firm and ways to reach the person, below a whole sentence."""
    at = end
    while at > first and lines[at - 1].strip() and end - at <= _MAX_CLOSING_LINES + 1:
        at -= 1
    if not 2 <= end - at <= _MAX_CLOSING_LINES + 1 or at - 1 <= first:
        return end
    card = [part.strip(" *_") for line in lines[at:end] for part in _CELL.split(line[: 3 * _MAX_LINE])]
    above = next((line.strip() for line in reversed(lines[max(first, at - 3) : at]) if line.strip()), "")
    if above[-1:] not in (".", "!", "?", "。", "！", "？") or not all(map(is_name_line, card)):
        return end
    chinese = len(card[0]) <= 4 and _HAN.match(card[0]) is not None and _is_caseless_name(card[0], [card[0]])
    ways = sum(_REACHED.search(line) is not None for line in card[1:])
    if chinese and card[-1].endswith("公司"):
        return at
    return at if len(card) >= 3 and ways >= 2 and (chinese or _NAME.match(card[0])) else end


def _closing(lines: Sequence[str], first: int, end: int) -> int:
    """ "Best regards" and the name and address lines below it; "Thanks" only with a name; a name after a dash."""
    if end <= first:
        return end
    last = lines[end - 1].strip()
    if len(last) <= 60 and DASHED_NAME.match(last) and end - 1 > first:
        above = lines[end - 2].strip()
        before = above or lines[max(first, end - 3)].strip()
        if before.endswith((":", "：")):
            return end
        if not above or (above[:1] not in "-*•" and not above[:1].isdigit() and STRONG_CLOSING.match(above[:100])):
            return end - 1
    names = 0
    doubtful = False
    # Chinese letters end with the date, below the name.
    dated = last[:1].isdigit() and len(last) <= 20 and _DAY.match(last) is not None
    for at in range(end - 1 - dated, max(first - 1, end - 2 * _MAX_CLOSING_LINES), -1):
        line = lines[at].strip()
        if not line:
            continue
        if len(line) > _MAX_LINE:
            return end
        if _closes(line, names, doubtful):
            return _thanks_above(lines, first, at) if SIGNED.match(line) else at
        names += 1
        doubtful = doubtful or not is_name_line(line)
        # Below "Regards" one or two words are a name, however they are written.
        if names > _MAX_CLOSING_LINES or (doubtful and (names > 1 or len(line) > 20 or len(line.split()) > 2)):
            return end
    return end


def _thanks_above(lines: Sequence[str], first: int, at: int) -> int:
    """The "감사합니다." above "김철수 드림", which is the name below it; `at` itself where there is none."""
    above = at - 1 if at > first and lines[at - 1].strip() else at - 2
    return above if above > first and WEAK_CLOSING.match(lines[above].strip()[:_MAX_LINE]) else at


def _closes(line: str, names: int, doubtful: bool) -> bool:
    """Whether a line is a closing, where `names` short lines stand below it that may or may not be a name."""
    if STRONG_CLOSING.match(line):
        return names > 0 or len(line.rstrip(",.! ")) > 5 or not line.isascii()
    if WEAK_CLOSING.match(line):
        return 0 < names <= 4 and not doubtful
    found = None if doubtful else CLOSING_WITH_NAME.match(line)
    return found is not None and _is_signed(found["name"], found["strong"] is not None)


def _is_signed(name: str, strong: bool) -> bool:
    """Whether the words behind a closing on its line are a name: "Спасибо за помощь" is none, nor is "谢谢，请尽快"."""
    words = name.split()
    if words[0].lower() in _STARTERS or any(sign.isdigit() for sign in name):
        return False
    if _CASELESS.search(name):
        return _is_caseless_name(name, words) and (strong or _HAN.match(name) is not None)
    return all(word[:1].isupper() for word in words)


def foxmail_name(lines: Sequence[str], at: int) -> int:
    """Where the name begins that Foxmail puts above a header block: a gap, a name, a line of one blank."""
    if at < 5 or lines[at - 1] not in (" ", "\xa0") or lines[at - 3].strip() or lines[at - 4].strip():
        return at
    name = lines[at - 2].strip()
    return at - 2 if name and is_name_line(name) and not name.endswith((".", "。")) else at


def is_name_line(line: str) -> bool:
    """A name, a title, a firm, a telephone number or an address; not a sentence, an item of a list or a fact."""
    if len(line) > _MAX_NAME_LINE or line[:2] in ("- ", "* ", "• ", "> ") or line[-1:] in ":：?？;；":
        return False
    if _SENTENCE.search(line) or _FACT.search(line):
        return False
    if _CONTACT.match(line):
        return True
    words = line.split()
    if words and words[0].strip("!,…").lower() in _STARTERS:
        return False
    if not _LETTERED.search(line):
        # A telephone number; a bare amount or a code is something that they tell us.
        return sum(sign.isdigit() for sign in line) >= 7 and line[:1] in "+(0"
    if _CASELESS.search(line):
        return _is_caseless_name(line, words)
    # A name has capital letters; "and sorry for the trouble" has none, nor has "my number is 5".
    low = sum(word[:1].islower() and "@" not in word and "." not in word for word in words)
    capital = sum(word[:1].isupper() for word in words)
    if "@" in line or "://" in line or any(sign.isdigit() for sign in line):
        return low <= 1 and (capital > 0 or len(words) == 1) and len(words) <= 14
    return len(words) <= 8 and capital > 0 and low <= capital


def _is_caseless_name(line: str, words: list[str]) -> bool:
    """In scripts without capital letters a name is short; a Chinese one begins with a surname."""
    # A Chinese name often has its Latin spelling behind it.
    bare = _LATIN_BEHIND.sub("", line.rstrip("。.，,!！")) if _HAN.match(line) else line.rstrip("。.，,!！")
    if any(sign.isdigit() for sign in bare):
        return False
    if _HAN.match(bare):
        return (len(bare) <= 4 and bare[0] in _SURNAMES) or (len(bare) <= 25 and bare.endswith(_FIRMS))
    return len(bare) <= 12 and len(words) == 1


_APPENDED = (_boxed, _ornament, _footer, _delimited, appended_line, _disclaimer, _card)
_WRITTEN = (_closing, _visiting)
