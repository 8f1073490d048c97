"""Makes `parser/wordlists/languages.bin` from the model of py3langid, smaller and without numpy.

    pip install py3langid; python tools/make_language_model.py

py3langid (BSD-3-Clause, after langid.py by Marco Lui and Timothy Baldwin) tells 142 languages with an automaton over
bytes: at each byte the longest known sequence that ends there names a feature, and naive Bayes weighs the features.
Here stay the sequences of Latin and Cyrillic letters and the languages that customers of ours write or that are taken
for one of them, each weight in one byte: a twentieth of the memory, and 30 ms to load where py3langid needs 700 ms.

Layout, zlib-compressed: one line of ASCII with the languages, one with a bias for each, one with the scale; then for
each sequence one byte of its length, the sequence, and a signed byte of weight for each language.
"""

import struct
import zlib
from collections import deque
from pathlib import Path

import numpy as np  # type: ignore[import-not-found]
from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-not-found]

LANGUAGES = (
    *("en", "es", "pt", "fr", "de", "it", "nl", "pl", "tr", "vi", "id", "da", "sv"),
    # Neighbours, which only catch what would be taken for another, and the Cyrillic ones.
    *("no", "fi", "cs", "hu", "ro", "hr", "ru", "uk", "bg", "sr"),
)
OUT = Path(__file__).parent.parent / "parser" / "wordlists" / "languages.bin"
# The first bytes of Latin letters with marks in UTF-8, Vietnamese ones and combining marks included, and of Cyrillic.
LEADS = frozenset([0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC8, 0xCC, 0xE1, 0xD0, 0xD1, 0xD2])


def main() -> None:
    """Writes the file and says how large it is."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    columns = [model.nb_classes.index(one) for one in LANGUAGES]
    table = np.asarray(model.nb_ptc, dtype=np.float32)[:, columns]
    bias = np.asarray(model.nb_pc, dtype=np.float32)[columns]
    sequences = _sequences(model)
    kept = {key: feature for key, feature in sequences.items() if _wanted(key)}
    weights = table[[feature if feature >= 0 else 0 for feature in kept.values()]]
    # What all languages share says nothing, so only the differences are kept.
    weights = weights - weights.mean(axis=1, keepdims=True)
    weights[[feature < 0 for feature in kept.values()]] = 0
    scale = float(np.abs(weights).max()) / 127
    head = f"{' '.join(LANGUAGES)}\n{' '.join(f'{one:.4f}' for one in bias - bias.mean())}\n{scale:.6f}\n".encode()
    body = bytearray()
    for key, row in zip(kept, np.rint(weights / scale).astype(np.int8), strict=True):
        body += struct.pack("B", len(key)) + key + row.tobytes()
    OUT.write_bytes(zlib.compress(head + bytes(body), 9))
    print(len(sequences), "sequences,", len(kept), "kept,", OUT.stat().st_size, "bytes")


def _sequences(model: LanguageIdentifier) -> dict[bytes, int]:
    """The byte sequence of each state, the shortest way to it from the start, and its feature or -1."""
    known = {0: b""}
    queue = deque([0])
    while queue:
        state = queue.popleft()
        for letter in range(256):
            following = model.tk_nextmove[model._rowbase[state] + letter]
            if following not in known:
                known[following] = known[state] + bytes([letter])
                queue.append(following)
    return {key: model.tk_output[state] for state, key in known.items() if key}


def _wanted(key: bytes) -> bool:
    """A sequence of letters that the kept languages write."""
    at = 0
    while at < len(key) and 0x80 <= key[at] < 0xC0:
        at += 1
    return all(byte < 0x80 or byte in LEADS or 0x80 <= byte < 0xC0 for byte in key[at:]) and not key.isdigit()


if __name__ == "__main__":
    main()
