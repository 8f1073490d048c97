"""What mail servers write into mail from outside is cut out of it; what its writer wrote never is."""

import time
from pathlib import Path

import pytest

from parser.banners import cut_banner, pattern, untagged, without_banners
from parser.html.quote_marks import Mark
from parser.mail import Banners, ReadingContext
from parser.read import read
from pipeline.banner_file import load_banners
from pipeline.content_folder import shipped_content

SHIPPED = load_banners(shipped_content())
WORDS = "My card was not delivered."
HERE = Path(__file__).parent
BANNERS = (HERE / "banners.txt").read_text("utf-8").strip("\n").split("\n====\n")
WRITTEN = [*(HERE / "no_banners.txt").read_text("utf-8").strip("\n").split("\n====\n"), "", "\n\n"]


@pytest.mark.parametrize("gap", ["\n\n", "\n", "\n\n\n", "\n________________\n", "\r\n\r\n"])
@pytest.mark.parametrize("banner", BANNERS)
def test_a_banner_on_top_is_cut_whole(banner: str, gap: str) -> None:
    text, _, found = cut_banner(f"{banner}{gap}{WORDS}", (), SHIPPED)
    assert text.strip() == WORDS
    assert found


@pytest.mark.parametrize("text", WRITTEN)
def test_what_somebody_wrote_stays(text: str) -> None:
    assert cut_banner(text, (), SHIPPED) == (text, (), "")


def test_a_command_below_a_banner_is_no_part_of_it() -> None:
    for gap in ("\n", "\n\n", " "):
        assert cut_banner(f"{BANNERS[0]}{gap}/note\n\nHe lies.", (), SHIPPED)[0].endswith("/note\n\nHe lies.")


def test_marks_move_with_the_text() -> None:
    whole = f"{BANNERS[0]}\n\nYes.\n\n> quote"
    at = whole.index(">")
    text, (mark,), _ = cut_banner(whole, (Mark("quote", at, len(whole)),), SHIPPED)
    assert text[mark.start : mark.end] == "> quote"


@pytest.mark.parametrize(
    ("subject", "bare", "tags"),
    [
        ("[EXTERNAL] My card", "My card", ("[EXTERNAL]",)),
        ("[external]My card", "My card", ("[external]",)),
        ("Re: [EXTERNAL] My card", "Re: My card", ("[EXTERNAL]",)),
        ("RE: [EXT] FW: [EXTERNAL] card", "RE: FW: card", ("[EXT]", "[EXTERNAL]")),
        ("[External] Re: [PD-1042-F] My card", "Re: [PD-1042-F] My card", ("[External]",)),
        ("[PD-1042-F] [EXTERNAL] My card", "[PD-1042-F] My card", ("[EXTERNAL]",)),
        ("My card [EXTERNAL]", "My card", ("[EXTERNAL]",)),
        ("EXTERNAL: My card", "My card", ("EXTERNAL:",)),
        ("***Spam*** My card", "My card", ("***Spam***",)),
        ("回复: 【外部邮件】提现", "回复: 提现", ("【外部邮件】",)),
        ("[EXTERNAL]", "", ("[EXTERNAL]",)),
        ("External: my wallet", "External: my wallet", ()),
        ("[Extended] warranty", "[Extended] warranty", ()),
        ("External drive", "External drive", ()),
        (" two  blanks ", " two  blanks ", ()),
    ],
)
def test_tags_of_subjects_are_cut(subject: str, bare: str, tags: tuple[str, ...]) -> None:
    assert untagged(subject, SHIPPED) == (bare, tags)


def test_a_banner_within_a_quotation_is_cut_with_its_quote_mark() -> None:
    text = f"Yes.\n\nOn Friday Support wrote:\n\n> {BANNERS[0]}\n>\n> the letter\n{BANNERS[0]}\nBye."
    assert without_banners(text, SHIPPED) == "Yes.\n\nOn Friday Support wrote:\n\n>\n> the letter\nBye."
    assert without_banners("No banner.\n", SHIPPED) == "No banner.\n"


def test_a_mail_is_read_without_what_the_border_wrote() -> None:
    raw = f"Subject: [EXTERNAL] Karte\n\n{BANNERS[0]}\n\nMeine Karte ist nicht angekommen. Was soll ich tun?\n".encode()
    mail = read(raw, ReadingContext(banners=SHIPPED))
    assert (mail.subject, mail.new_text) == ("Karte", "Meine Karte ist nicht angekommen. Was soll ich tun?")
    assert mail.language.code == "de"
    assert [one.code for one in mail.defects] == ["border_banner", "border_tag"]
    assert read(raw).new_text.startswith("CAUTION"), "without a desk there is no border"


def test_the_language_of_sentences() -> None:
    own = Banners(tags=("<<x>>",), begins=("{this|that} {|big} mail *2 wild*", "wilde post *"))
    for text in ("This mail is from wilderness.", "that big mail wild", "Wilde Post: böse Hunde überall"):
        assert cut_banner(f"{text}\n{WORDS}", (), own)[0] == WORDS, text
    for text in ("This mail is from the wild.", "this small mail wild", "mail wild"):
        assert cut_banner(f"{text}\n{WORDS}", (), own)[2] == "", text
    for wrong in ("{a|b", "a}", "*", "{{a}}", ""):
        with pytest.raises(ValueError, match=r"brace|no words"):
            pattern(wrong)


def test_any_text_is_looked_at_in_no_time() -> None:
    texts = (
        "caution " * 50_000,
        "this email " * 50_000,
        "this email came from outside " * 20_000,
        "\n" * 500_000,
        "[ext] " * 9_000,
    )
    for text in texts:
        started = time.process_time()
        cut_banner(text, (), SHIPPED)
        assert time.process_time() - started < 1, text[:20]
