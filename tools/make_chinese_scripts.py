"""Makes `parser/wordlists/chinese_scripts.txt`: the characters of one Chinese script only, simplified then traditional.

    pip install opencc-python-reimplemented; python tools/make_chinese_scripts.py

OpenCC (Apache-2.0) says what a character becomes in the other script. A simplified character that traditional texts use
with another meaning (后 as "empress") tells nothing and is left out: those of Big5's frequent half. So are traditional
ones that stand in GB 2312, the set of simplified everyday texts.
"""

from pathlib import Path

from opencc import OpenCC  # type: ignore[import-not-found]

OUT = Path(__file__).parent.parent / "parser" / "wordlists" / "chinese_scripts.txt"
# Frequent in simplified texts, very rare in traditional ones, though Big5 counts them among the frequent.
KEPT = "万与无个尔么从关观号听写丰礼声处灯双凤压断乱宝"


def main() -> None:
    """Writes the file and says how many characters each script has."""
    to_simplified = OpenCC("t2s")
    forms = [OpenCC(name) for name in ("s2t", "s2tw", "s2hk")]
    simplified: set[str] = set()
    traditional: set[str] = set()
    for code in range(0x4E00, 0x9FFF):
        character = chr(code)
        if not _in(character, "gb2312") or to_simplified.convert(character) != character:
            continue
        others = {form.convert(character) for form in forms} - {character}
        if not others:
            continue
        if not _frequent_in_big5(character) or character in KEPT:
            simplified.add(character)
        traditional |= {one for one in others if not _in(one, "gb2312") and to_simplified.convert(one) == character}
    OUT.write_text("".join(sorted(simplified)) + "\n" + "".join(sorted(traditional)) + "\n", encoding="utf-8")
    print(len(simplified), len(traditional))


def _in(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _frequent_in_big5(character: str) -> bool:
    return _in(character, "big5") and character.encode("big5") < b"\xc6\x7f"


if __name__ == "__main__":
    main()
