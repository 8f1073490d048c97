"""What the reader makes of a folder of mails with expected results, beside the best libraries, in the same run.

    python bench/reading.py DATA_DIR        the folder holds score.py and the sets trim, parse, bounce, bounce_detail

Peers are measured where they are installed: the dependency group `peers` of pyproject.toml.
Language is measured on ../text/langid_tatoeba.csv beside the folder, secrets by tests/parser/test_secrets.py.
"""

import contextlib
import csv
import importlib.util
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import peers

from parser.jsonview import as_json
from parser.language.detect import detect
from parser.read import read

Row = tuple[str, str, str, bool | None]
"""What was measured, the figure, what is wanted, and whether it is reached; None where nothing is wanted."""


def main() -> int:
    """Prints the table; 1 where a figure is below what is wanted."""
    if len(sys.argv) != 2:
        print((__doc__ or "").strip())
        return 2
    data = Path(sys.argv[1])
    logging.disable(logging.CRITICAL)
    score = _scorer(data)
    rows = [*_sets(score, data), *_speed(data), *_language(data), *_rivals(score, data)]
    width = max(len(row[0]) for row in rows)
    for what, figure, wanted, good in rows:
        verdict = "" if good is None else "ok" if good else "BELOW"
        print(f"{what.ljust(width)}  {figure.ljust(24)}  {wanted.ljust(22)}  {verdict}")
    return int(any(good is False for *_, good in rows))


def _scorer(data: Path) -> ModuleType:
    """The scorer that came with the mails."""
    spec = importlib.util.spec_from_file_location("score", data / "score.py")
    if spec is None or spec.loader is None or not (data / "score.py").is_file():
        sys.exit(f"{data} holds no score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _sets(score: ModuleType, data: Path) -> Iterator[Row]:
    """Each set read in this process and scored by the scorer's own rules."""
    figures: dict[str, float] = {}
    counts: dict[str, str] = {}
    for name, judge in score.SETS.items():
        cases = score.load(str(data), name)
        got = [as_json(read(Path(case["file"]).read_bytes()), case["file"]) for case in cases]
        _, table, found, _ = judge(cases, got)
        figures |= found
        counts |= {f"{name} {row[0]}": str(row[1] if name in ("bounce", "bounce_detail") else row[-1]) for row in table}
        if name == "trim":
            counts |= {"exact": table[-1][1], "lost": str(table[-1][3])}
    yield "reply trimming, exact", counts["exact"], ">= 76/82", figures["trim_exact"] >= 76 / 82
    yield "reply trimming, mean F1", f"{figures['trim_f1']:.3f}", ">= 0.970", figures["trim_f1"] >= 0.97
    yield "reply trimming, lost text", counts["lost"], "0", figures["trim_lost"] == 0
    yield "reply trimming, constraints", counts["trim ALL"], "24/24", figures["trim_constraints"] == 1
    for name, wanted, total in (("zammad", 41, 44), ("stalwart", 43, 47)):
        figure = figures[f"parse_{name}"]
        yield f"every field right, {name}", counts[f"parse {name}"], f">= {wanted}/{total}", figure >= wanted / total
    for name, least in (
        ("bounces sisimai LF", 310 / 313), ("bounces sisimai CRLF", 1.0), ("bounces sisimai CR", 1.0),
        ("bounces other", 1.0), ("auto-replies", 1.0), ("complaints", 1.0), ("ordinary left alone", 2255 / 2256),
        ("failing address right", None),
    ):  # fmt: skip
        if f"bounce {name}" in counts:
            figure = figures[name.replace(" ", "_")]
            yield name, counts[f"bounce {name}"], f">= {least:.1%}" if least else "", figure >= least if least else None
    for key, name in (("permanent", "permanent or temporary"), ("status", "status code")):
        yield f"bounce {name}", f"{figures[key]:.1%}", ">= 96.0%", figures[key] >= 0.96


def _rivals(score: ModuleType, data: Path) -> Iterator[Row]:
    """The peers' scores on the same mails by the same rules; what a peer raises is a mail not read."""
    for name, sets, reader in peers.installed():
        for one in sets:
            cases = score.load(str(data), one)
            got = [_answered(reader, Path(case["file"]).read_bytes()) for case in cases]
            _, table, _, _ = score.SETS[one](cases, got)
            for row in table:
                yield f"peer: {name}, {one} {row[0]}", "  ".join(str(cell) for cell in row[1:]), "", None


def _answered(reader: peers.Reader, mail: bytes) -> dict[str, Any]:
    try:
        return reader(mail)
    except Exception as error:
        return {"error": str(error)}


def _speed(data: Path) -> Iterator[Row]:
    """Everything that `read` does on every mail of bounce/, and the peers on the same mails."""
    mails = [path.read_bytes() for path in sorted((data / "bounce").glob("*/*.eml"))]
    for mail in mails[:50]:
        # Start-up is not measured: models and word lists are loaded at first use.
        read(mail)
    readers = {"": read, **dict(_peers())}
    took: dict[str, list[float]] = {name: [] for name in readers}
    # By turns, so that busy neighbours on the machine slow all of them alike.
    turns = list(readers.items())
    for first in range(0, len(mails), 50):
        # Whoever comes first compiles the boundaries of these mails, and the stdlib keeps them for the others.
        turns.append(turns.pop(0))
        for name, parse in turns:
            took[name] += [_timed(parse, mail) for mail in mails[first : first + 50]]
    times = sorted(took[""])
    rate = len(mails) / sum(times)
    slowest = times[int(len(times) * 0.99)] * 1_000
    rates = {name: len(mails) / sum(each) for name, each in took.items() if name}
    for name, peer in rates.items():
        yield f"peer: {name}", f"{peer:.0f} mails/s", "", None
    third = rates.get("mail-parser", 0.0) / 3
    yield "postdesk read", f"{rate:.0f} mails/s", f">= {third:.0f} (1/3 of it)" if third else "", rate >= third
    yield "postdesk read, p99", f"{slowest:.1f} ms", "<= 30 ms", slowest <= 30


def _timed(parse: Callable[[bytes], Any], mail: bytes) -> float:
    """Seconds of CPU that one mail took, whatever the neighbours on the machine do; a peer may raise."""
    began = time.process_time()
    with contextlib.suppress(Exception):
        parse(mail)
    return time.process_time() - began


def _peers() -> Iterator[tuple[str, Callable[[bytes], Any]]]:
    """The peers that are installed."""
    with contextlib.suppress(ImportError):
        import mailparser

        yield "mail-parser", mailparser.parse_from_bytes
    with contextlib.suppress(ImportError):
        from fast_mail_parser import parse_email

        yield "fast-mail-parser", parse_email
    with contextlib.suppress(ImportError):
        from email import message_from_bytes

        from flufl.bounce import scan_message

        yield "flufl.bounce", lambda mail: scan_message(message_from_bytes(mail))
    with contextlib.suppress(ImportError):
        from talon import quotations

        yield "talon, trimming alone", lambda mail: quotations.extract_from_plain(mail.decode("utf-8", "replace"))
    with contextlib.suppress(ImportError):
        from mailparser_reply import EmailReplyParser

        yield (
            "mail-parser-reply, trimming alone",
            lambda mail: EmailReplyParser(languages=["en"]).parse_reply(mail.decode("utf-8", "replace")),
        )


def _language(data: Path) -> Iterator[Row]:
    """The language of short texts: a CSV with the columns `lang` (or `language`) and `text`."""
    path = data.parent / "text" / "langid_tatoeba.csv"
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    if not lines:
        return
    code = next((name for name in lines[0] if name.lower() in ("lang", "language", "code", "label")), None)
    text = next((name for name in lines[0] if name.lower() in ("text", "sentence")), None)
    if code is None or text is None:
        return
    short = [line for line in lines if len(line[text]) < 30]
    got = [(line[code], detect(line[text]).code) for line in short]
    answered = [(want, have) for want, have in got if have != "unknown"]
    right = sum(_same(want, have) for want, have in answered)
    share, exact = len(answered) / max(1, len(got)), right / max(1, len(answered))
    yield "language under 30 characters, right", f"{exact:.3f} of {len(answered)}", ">= .986", exact >= 0.986
    for name, classify in peers.languages():
        hits = sum(_same(line[code], classify(line[text])) for line in short)
        yield f"peer: {name}, language", f"{hits / max(1, len(short)):.3f}", "", None
    yield "language under 30 characters, answered", f"{share:.1%}", ">= 98%", share >= 0.98


_ISO_639_3 = {
    "cmn": "zh", "eng": "en", "jpn": "ja", "kor": "ko", "spa": "es", "por": "pt", "fra": "fr", "deu": "de", "ita": "it",
    "nld": "nl", "dan": "da", "swe": "sv", "rus": "ru", "pol": "pl", "tur": "tr", "vie": "vi", "ind": "id", "tha": "th",
    "arb": "ar", "ara": "ar", "heb": "he", "nob": "nb", "fin": "fi", "ces": "cs", "ukr": "uk", "ell": "el", "hun": "hu",
}  # fmt: skip


def _same(wanted: str, found: str) -> bool:
    """The same language, whatever the standard and the script of the label."""
    short = _ISO_639_3.get(wanted.lower(), wanted.lower()).partition("-")[0]
    return short == found.lower().partition("-")[0]


if __name__ == "__main__":
    sys.exit(main())
