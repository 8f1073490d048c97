"""Templates: what operators write is checked when it is loaded, what customers write is only ever text."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import ConfigError
from desk.letters import LetterKind
from mailer import spell
from mailer.templates import Templates
from mailer.values import VALUES, samples

CONTENT = Path(__file__).parents[2] / "content" / "templates"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIPPED = Templates.load(CONTENT, "en", SHANGHAI)
CUSTOMER_LANGUAGES = ["ar", "de", "en", "es", "fr", "id", "ja", "ko", "pt", "ru", "tr", "vi", "zh-Hans", "zh-Hant"]
AGENT_LANGUAGES = ["en", "zh-Hans"]

# Words that could be structure in one of the languages a value passes through.
HOSTILE = st.lists(
    st.sampled_from(
        [
            "\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ud800", "\u202e", "\t",
            "\n\n", "> ", "- ", "# ", "**", "`", "```\n", "---\n", "| a | b |\n", "[x](http://example.org)", "<http://example.org>",
            "![x](cid:1)", "[a]: http://example.org\n", "<b>", "</p>", "<script>", "&lt;", "&", '"', "'", "\\", "<!--",
            "{{ tag }}", "{% if x %}", "{# x #}", "{0}", "%s", "\U0010fffa\U0010fff0\U0010fffb", "\U0010fff1",
            "Bcc: ", "字", " ",
        ]
    )
    | st.text(max_size=8),
    max_size=10,
).map("".join)  # fmt: skip


class Tags(HTMLParser):
    """The tags of a document, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.comments = 0
        self.words = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.tags.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        self.comments += 1

    def handle_data(self, data: str) -> None:
        self.words += data


def write(folder: Path, source: str, kind: str = "answer", language: str = "en") -> Path:
    path = folder / language / f"{kind}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


def with_every_kind(folder: Path) -> Path:
    """A folder with the shipped English templates."""
    for path in (CONTENT / "en").glob("*.md"):
        write(folder, path.read_text(encoding="utf-8"), path.stem)
    return folder


def full(kind: LetterKind, **values: Any) -> dict[str, Any]:
    return {**samples(kind)[0], **values}


ACKNOWLEDGED = full(
    LetterKind.ACKNOWLEDGEMENT,
    desk="Example Exchange",
    subject="提现没到账",
    category="",
    recipient_name="Ana",
    due=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    opens=None,
    peak=False,
    leaked=False,
)


def test_the_english_acknowledgement_reads_as_agreed() -> None:
    rendered = SHIPPED.render(LetterKind.ACKNOWLEDGEMENT, "en", ACKNOWLEDGED)
    assert rendered.subject == "[PD-1042-F] Auto: 提现没到账"
    assert rendered.text == (
        "Hello Ana,\n"
        "\n"
        "Thank you for writing to us. This is an automatic reply to let you know that your email has arrived.\n"
        "\n"
        "- Your ticket number: **PD-1042-F**\n"
        "- Files received: 2\n"
        "\n"
        "One of our team will reply to you by Friday, 20 November 2026, 17:30 (Shanghai, UTC+8) at the latest.\n"
        "\n"
        "To add anything, just reply to this email and leave the number in the subject. "
        "It will go to the same ticket.\n"
        "\n"
        "**Please never send passwords, private keys, seed phrases or verification codes by email. "
        "We will never ask you for them.**\n"
        "\n"
        "Example Exchange\n"
    )


def test_the_chinese_acknowledgement_reads_as_agreed() -> None:
    rendered = SHIPPED.render(LetterKind.ACKNOWLEDGEMENT, "zh-Hans", ACKNOWLEDGED | {"category": "充值与提现"})
    assert rendered.subject == "[PD-1042-F] 自动回复：提现没到账"
    assert rendered.text == (
        "Ana，您好！\n"
        "\n"
        "感谢您的来信，邮件我们已经收到。本邮件为系统自动回复。\n"
        "\n"
        "- 工单编号：**PD-1042-F**\n"
        "- 问题类型：充值与提现\n"
        "- 收到附件：2 个\n"
        "\n"
        "人工客服最晚会在 2026年11月20日星期五 17:30 (上海, UTC+8) 回复您。\n"
        "\n"
        "如需补充，直接回复本邮件即可。请保留主题中的工单编号，以便归入同一工单。\n"
        "\n"
        "**请勿在邮件中发送密码、私钥、助记词或验证码，我们绝不会向您索要这些信息。**\n"
        "\n"
        "Example Exchange\n"
    )


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
def test_what_is_said_about_time_is_said_where_it_is_so(language: str) -> None:
    said = {"due": datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "opens": datetime(2026, 11, 23, 1, 0, tzinfo=UTC)}
    east = timezone(timedelta(hours=8))
    due, opens = (spell.instant(at, east, language) for at in said.values())

    def text(**values: Any) -> str:
        return SHIPPED.render(LetterKind.ACKNOWLEDGEMENT, language, ACKNOWLEDGED | said | values, east).text

    whole = text(peak=True)
    assert due in whole
    assert opens in whole
    assert "(UTC+8)" in whole
    assert "Shanghai" not in whole
    without_peak = text(peak=False)
    assert set(without_peak.splitlines()) < set(whole.splitlines())
    silent = text(peak=True, opens=None, due=None)
    assert not re.search(r"\d[:.]\d\d", silent), "where nothing is promised, no time stands there"
    assert len(text(peak=False, opens=None).splitlines()) == len(without_peak.splitlines()) - 2


def test_the_page_shows_the_same_words_as_the_text() -> None:
    rendered = SHIPPED.render(LetterKind.ACKNOWLEDGEMENT, "zh-Hans", ACKNOWLEDGED)
    shown = Tags(rendered.html.partition("</title>")[2]).words
    assert re.sub(r"\s", "", shown) == re.sub(r"\s|\*\*|^- ", "", rendered.text, flags=re.MULTILINE)
    assert "<strong>PD-1042-F</strong>" in rendered.html
    assert 'lang="zh-Hans" dir="ltr"' in rendered.html
    # A fixed ground or ink would be unreadable in the other mode.
    assert not re.search(r"(?<![\w-])(?:background|color):", rendered.html)


def test_arabic_letters_run_from_right_to_left() -> None:
    assert 'lang="ar" dir="rtl"' in SHIPPED.render(LetterKind.ACKNOWLEDGEMENT, "ar", ACKNOWLEDGED).html


def test_every_language_has_its_kinds_and_no_other() -> None:
    for kind in LetterKind:
        wanted = CUSTOMER_LANGUAGES if kind.to_customer else AGENT_LANGUAGES
        assert sorted(path.parent.name for path in CONTENT.glob(f"*/{kind}.md")) == wanted
    assert list(SHIPPED.languages) == CUSTOMER_LANGUAGES


def report(language: str, **values: Any) -> str:
    rendered = SHIPPED.render(LetterKind.REPORT, language, {**full(LetterKind.REPORT), **values})
    return " ".join(rendered.text.split())


def test_a_report_counts_as_people_do() -> None:
    assert "in 1 ticket: - First answer" in report("en", tickets=1)
    assert "in 2 tickets: - First answer" in report("en", tickets=2)
    assert "when 1 earlier report was due, so it was not sent. You can still make it with" in report("en", skipped=1)
    assert "when 3 earlier reports were due, so they were not sent." in report("en", skipped=3)


@pytest.mark.parametrize(
    ("language", "nothing", "open_tickets"),
    [
        ("en", "", 0),
        ("en", "1 ticket is open; its promises were decided before.", 1),
        ("en", "2 tickets are open; their promises were decided before.", 2),
        ("zh-Hans", "仍有 1 个工单未结束", 1),
    ],
)
def test_a_report_of_nothing_announces_no_list_and_tells_what_is_open(
    language: str, nothing: str, open_tickets: int
) -> None:
    said = report(language, rows=(), causes=(), open_tickets=open_tickets)
    assert nothing in said
    assert ("open" in said or "未结束" in said) == bool(open_tickets)
    assert not re.search("[:：] *(The attached|附件)", said)


@pytest.mark.parametrize("kind", LetterKind)
def test_samples_are_complete_by_the_table(kind: LetterKind) -> None:
    for values in samples(kind):
        assert values.keys() == VALUES[kind].keys()
    assert {code for row in VALUES[kind].values() for code in row.codes} <= {
        values[name] for values in samples(kind) for name, row in VALUES[kind].items() if row.codes
    }


@pytest.mark.parametrize("path", sorted(CONTENT.glob("*/*.md")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_template_gives_clean_letters(path: Path) -> None:
    kind = LetterKind(path.stem)
    for values in samples(kind):
        rendered = SHIPPED.render(kind, path.parent.name, values)
        assert rendered.language == path.parent.name
        assert rendered.subject == " ".join(rendered.subject.split()) != ""
        assert rendered.text.endswith("\n")
        assert not re.search(r"\n{3}|\{[{%#]|None|[\U000f0000-\U0010ffff]", rendered.text + rendered.html)
        # D09: a letter of ours holds no link that nobody configured.
        assert not re.search(r"https?:|www\.|href|src=", rendered.text + rendered.html)


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
def test_an_unverified_sender_gets_fixed_words_only(language: str) -> None:
    values = ACKNOWLEDGED | {"subject": "Win a prize now", "recipient_name": "Cheap Pills", "verified": False}
    for kind in (LetterKind.ACKNOWLEDGEMENT, LetterKind.TOO_LARGE):
        rendered = SHIPPED.render(kind, language, {**full(kind), **values})
        assert "prize" not in rendered.subject + rendered.html
        assert "Pills" not in rendered.subject + rendered.html
        assert "[PD-1042-F]" in rendered.subject


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("zh-Hant", "zh-Hant"),
        ("zh-hant-TW", "zh-Hant"),
        ("es-MX", "es"),
        ("sw", "en"),
        ("unknown", "en"),
        ("", "en"),
        ("zh", "en"),
    ],
)
def test_a_language_falls_back_to_its_base_and_then_to_the_desks(wanted: str, found: str) -> None:
    assert SHIPPED.render(LetterKind.ANSWER, wanted, full(LetterKind.ANSWER)).language == found


def test_a_desk_of_another_language_falls_back_to_it_and_its_agents_to_english() -> None:
    templates = Templates.load(CONTENT, "es", SHANGHAI)
    assert templates.render(LetterKind.ANSWER, "sw", full(LetterKind.ANSWER)).language == "es"
    assert templates.render(LetterKind.REFUSAL, "sw", full(LetterKind.REFUSAL)).language == "en"


@pytest.mark.parametrize("language", AGENT_LANGUAGES)
def test_what_a_customer_wrote_stays_inside_its_quote(language: str) -> None:
    words = "My question.\n\n---\n\n- First answer due: never\r\n⟦PD-1-T internal⟧\u2028/solve"
    values = full(LetterKind.NOTIFICATION, text=words, note="")
    rendered = SHIPPED.render(LetterKind.NOTIFICATION, language, values)
    inside = [line for line in rendered.text.splitlines() if "never" in line or line == "/solve" or "PD-1-T" in line]
    assert all(line.startswith("> ") for line in inside)
    assert len(inside) == 2
    assert "> /solve" in rendered.text.splitlines()
    assert rendered.html.count("<blockquote") == rendered.html.count("</blockquote>") == 1


@pytest.mark.parametrize("kind", LetterKind)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_no_value_becomes_structure(kind: LetterKind, data: st.DataObject) -> None:
    hostile, tame = {}, {}
    for name, row in VALUES[kind].items():
        if isinstance(row.full, str) and not row.codes and name != "marker":
            hostile[name] = data.draw(HOSTILE) + "x"
            tame[name] = "x"
    language = data.draw(st.sampled_from(AGENT_LANGUAGES))
    rendered = SHIPPED.render(kind, language, full(kind, **hostile))
    expected = SHIPPED.render(kind, language, full(kind, **tame))

    assert re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", rendered.subject) is None
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", rendered.text) is None
    found, wanted = Tags(rendered.html), Tags(expected.html)
    assert found.tags == wanted.tags
    assert found.comments == 0
    assert "href" not in {name for _, attributes in found.tags for name, _ in attributes}


@given(value=HOSTILE)
@settings(max_examples=100, deadline=None)
def test_what_a_value_says_is_said_once_and_not_rendered_again(value: str) -> None:
    said = f"{{{{ tag }}}} {value} {{{{ desk }}}} & <i>"
    rendered = SHIPPED.render(LetterKind.ANSWER, "en", full(LetterKind.ANSWER, text=said))
    assert rendered.text.startswith("{{ tag }} ")
    assert (
        rendered.text.count("{{ tag }}") == Tags(rendered.html).words.count("{{ tag }}") == 1 + value.count("{{ tag }}")
    )
    assert "{{ desk }} &amp; &lt;i&gt;" in rendered.html


def test_indents_and_empty_lines_of_a_text_are_seen_on_the_page() -> None:
    rendered = SHIPPED.render(LetterKind.ANSWER, "en", full(LetterKind.ANSWER, text="a\n\n  b\t\tc"))
    assert "a<br>\n<br>\n\xa0\xa0b\xa0\xa0\xa0\xa0\xa0c" in rendered.html


def test_a_missing_value_is_named_and_a_surplus_one_let_be() -> None:
    values = full(LetterKind.ALARM, more=1)
    assert SHIPPED.render(LetterKind.ALARM, "en", values)
    del values["what"]
    with pytest.raises(ValueError, match="alarm lacks the values what"):
        SHIPPED.render(LetterKind.ALARM, "en", values)


FRONT = "---\nsubject: [{{ tag }}]\n---\n"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("Hello\n", 1, "no front matter"),
        ("---\nSubject\n---\n", 1, "no subject"),
        ("---\nsubject: [{{ tgg }}]\n---\n", 2, "'tgg' is not a value"),
        ("---\nsubject: hello\n---\n{{ text }}\n", 2, r"needs \[\{\{ tag"),
        (FRONT + "a\n{{ txet }}\n", 5, "'txet' is not a value.*use one of desk, tag"),
        (FRONT + "\n\n{% if text %}\n{% if agent %}\n{{ oops }}{% endif %}\n{% endif %}", 8, "'oops'"),
        (FRONT + "a\n{% if text %}\n", 5, "end of template"),
        (FRONT + "{{ text | shout }}", 4, "No filter named 'shout'"),
        (FRONT + "{{ text | when }}", 4, "ask with `if`"),
        (FRONT + "{{ text.upper() }}", 4, "only name values"),
        (FRONT + "{{ text.__class__ }}", 4, "'text.__class__' is not a value"),
        (FRONT + "{{ range(9) }}", 4, "only name values"),
        (FRONT + "{% set x %}{{ text }}{% endset %}{{ x }}", 4, "only name values"),
        (FRONT + "{% include 'x' %}", 4, "only name values"),
        (FRONT + "[here](https://example.org/{{ tag }})", 4, "inside a link"),
        (FRONT + "[x]: {{ text }}\n", 4, "inside a link"),
        (FRONT + "a \U0010fffa b", 4, "private-use"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(tmp_path: Path, source: str, line: int, message: str) -> None:
    path = write(tmp_path, source)
    with pytest.raises(ConfigError, match=rf"^{re.escape(str(path))}:{line}: .*{message}"):
        Templates.load(tmp_path, "en", SHANGHAI)


def test_a_field_of_a_list_that_does_not_exist_is_named(tmp_path: Path) -> None:
    write(
        with_every_kind(tmp_path), "---\nsubject: x\n---\n\n{% for item in items %}{{ item.tgg }}{% endfor %}", "breach"
    )
    with pytest.raises(ConfigError, match=r"breach\.md:5: 'item\.tgg' is not a value"):
        Templates.load(tmp_path, "en", SHANGHAI)


def test_an_instant_that_may_be_absent_must_be_asked_for(tmp_path: Path) -> None:
    source = FRONT + "by {{ due | when }}"
    write(tmp_path, source, "too_large")
    with pytest.raises(ConfigError, match=r"too_large\.md:4: .*ask with `if`"):
        Templates.load(tmp_path, "en", SHANGHAI)


@pytest.mark.parametrize("name", ["subject", "recipient_name"])
def test_an_acknowledgement_that_repeats_anybodys_words_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"{FRONT}Hello {{{{ {name} }}}}", "acknowledgement")
    with pytest.raises(ConfigError, match=f"shows {name} to anybody"):
        Templates.load(tmp_path, "en", SHANGHAI)


@pytest.mark.parametrize(
    "body", ["{{ text }}", "{{ marker }}{{ marker }}", "{{ text }}" + "\nlong" * 80 + "{{ marker }}"]
)
def test_a_notification_needs_its_marker_once_near_the_top(tmp_path: Path, body: str) -> None:
    write(tmp_path, FRONT + body, "notification")
    with pytest.raises(ConfigError, match=r"needs \{\{ marker \}\} once"):
        Templates.load(tmp_path, "en", SHANGHAI)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    write(tmp_path, FRONT, "greeting")
    with pytest.raises(ConfigError, match=r"greeting\.md:1: 'greeting' is not a kind of letter; use "):
        Templates.load(tmp_path, "en", SHANGHAI)


@pytest.mark.parametrize(("kind", "language"), [("answer", "en"), ("alarm", "en")])
def test_a_kind_that_the_desks_language_lacks_is_named(tmp_path: Path, kind: str, language: str) -> None:
    (with_every_kind(tmp_path) / "en" / f"{kind}.md").unlink()
    with pytest.raises(ConfigError, match=rf"{language}/{kind}\.md:1: is missing"):
        Templates.load(tmp_path, language, SHANGHAI)


def test_a_kind_that_a_desk_has_nowhere_comes_from_what_is_shipped(tmp_path: Path) -> None:
    folder = with_every_kind(tmp_path)
    (folder / "en" / "alarm.md").unlink()
    templates = Templates.load(tmp_path, "en", SHANGHAI, CONTENT)
    assert templates.languages == ("en",), "no language is added to those that the desk has"
    values = full(LetterKind.ALARM)
    assert templates.render(LetterKind.ALARM, "en", values) == SHIPPED.render(LetterKind.ALARM, "en", values)


def test_a_folder_that_does_not_exist_lacks_every_kind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is missing"):
        Templates.load(tmp_path / "nowhere", "en", SHANGHAI)


def test_a_template_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    write(tmp_path, FRONT).write_bytes(FRONT.encode() + "你好".encode("gbk"))
    with pytest.raises(ConfigError, match=r"answer\.md:1: is not UTF-8"):
        Templates.load(tmp_path, "en", SHANGHAI)


def test_a_line_with_only_a_tag_leaves_no_line_and_other_lines_stay(tmp_path: Path) -> None:
    body = "a{% if agent %}b{% endif %}\nc\n  {% if agent %}\nd\n{% endif %}\ne {# gone #}\n{{ text }}\n"
    write(with_every_kind(tmp_path), FRONT + body)
    rendered = Templates.load(tmp_path, "en", SHANGHAI).render(
        LetterKind.ANSWER, "en", full(LetterKind.ANSWER, text="t")
    )
    assert rendered.text == "ab\nc\nd\ne \nt\n"


@pytest.mark.parametrize(
    ("language", "zone", "written"),
    [
        ("en", "Asia/Shanghai", "Friday, 20 November 2026, 17:30 (Shanghai, UTC+8)"),
        ("en-US", "America/New_York", "Friday, November 20, 2026, 04:30 (New York, UTC-5)"),
        ("zh-Hans", "Asia/Shanghai", "2026年11月20日星期五 17:30 (上海, UTC+8)"),
        ("zh-Hant", "Asia/Taipei", "2026年11月20日 星期五 17:30 (台北, UTC+8)"),
        ("ja", "Asia/Tokyo", "2026年11月20日金曜日 18:30 (東京, UTC+9)"),
        ("ko", "Asia/Seoul", "2026년 11월 20일 금요일 18:30 (서울, UTC+9)"),
        ("es-MX", "America/Bogota", "viernes, 20 de noviembre de 2026, 04:30 (Bogotá, UTC-5)"),
        ("pt", "America/Sao_Paulo", "sexta-feira, 20 de novembro de 2026 às 06:30 (São Paulo, UTC-3)"),
        ("fr", "Europe/Paris", "vendredi 20 novembre 2026 à 10:30 (Paris, UTC+1)"),
        ("de", "UTC", "Freitag, 20. November 2026, 09:30 (UTC)"),
        ("ru", "Europe/Moscow", "пятница, 20 ноября 2026\u202fг., 12:30 (Москва, UTC+3)"),
        ("vi", "Asia/Kolkata", "15:00 Thứ Sáu, 20 tháng 11, 2026 (Kolkata, UTC+5:30)"),
        ("tr", "Europe/Istanbul", "20 Kasım 2026 Cuma 12:30 (İstanbul, UTC+3)"),
        ("id", "Asia/Jakarta", "Jumat, 20 November 2026 16.30 (Jakarta, UTC+7)"),
        ("ar", "Asia/Riyadh", "الجمعة، 20 نوفمبر 2026، 12:30 (الرياض, UTC+3)"),
        ("en", "Europe/London", "Friday, 20 November 2026, 09:30 (London, UTC)"),
        ("sw", "Etc/GMT+3", "Ijumaa, 20 Novemba 2026 06:30 (UTC-3)"),
        ("tlh-Latn", "Etc/GMT+3", "Friday, 20 November 2026, 06:30 (UTC-3)"),
    ],
)
def test_an_instant_is_local_time_with_its_zone(language: str, zone: str, written: str) -> None:
    assert spell.instant(datetime(2026, 11, 20, 9, 30, tzinfo=UTC), ZoneInfo(zone), language) == written


def test_every_customer_language_has_its_own_weekdays() -> None:
    written = {spell.instant(datetime(2026, 11, 23, tzinfo=UTC), ZoneInfo("UTC"), tag) for tag in CUSTOMER_LANGUAGES}
    assert len(written) == len(CUSTOMER_LANGUAGES)


@pytest.mark.parametrize(
    ("span", "language", "written"),
    [
        (timedelta(hours=2, minutes=30), "en", "2 hrs 30 mins"),
        (timedelta(hours=1, minutes=1), "en", "1 hr 1 min"),
        (timedelta(days=1, hours=1), "zh-Hans", "25小时"),
        (timedelta(minutes=5), "zh-Hant", "5 分鐘"),
        (timedelta(hours=2, minutes=30), "ar", "2 س 30 د"),
        (timedelta(seconds=30), "fr", "< 1\xa0min"),
        (timedelta(seconds=-30), "ja", "< 1 分"),
    ],
)
def test_a_span_is_told_to_the_minute(span: timedelta, language: str, written: str) -> None:
    assert spell.span(span, language) == written


@pytest.mark.parametrize(
    ("count", "language", "written"),
    [
        (0, "en", "0 bytes"),
        (1, "en", "1 byte"),
        (999, "zh-Hans", "999字节"),
        (1000, "en", "1 kB"),
        (81_920, "ru", "82 кБ"),
        (999_600, "en", "1 MB"),
        (1_250_000, "en", "1.2 MB"),
        (48_500_000, "fr", "48,5\u202fMo"),
        (35_000_000, "de", "35 MB"),
        (2_000_000_000, "en", "2 GB"),
    ],
)
def test_a_size_is_told_in_decimal_units(count: int, language: str, written: str) -> None:
    assert spell.size(count, language) == written


@pytest.mark.parametrize(
    ("language", "count", "share", "whole", "names"),
    [
        ("en", "1,200", "99.5%", "95%", "a, b and c"),
        ("zh-Hans", "1,200", "99.5%", "95%", "a、b 和 c"),
        ("de", "1.200", "99,5\xa0%", "95\xa0%", "a, b und c"),
        ("ar", "1,200", "99.5%", "95%", "a و b و c"),
        ("tr", "1.200", "%99,5", "%95", "a, b ve c"),
    ],
)
def test_counts_shares_and_lists_are_written_as_the_language_does(
    language: str, count: str, share: str, whole: str, names: str
) -> None:
    assert spell.number(1200, language) == count
    assert (spell.percent(99.5, language), spell.percent(95.0, language)) == (share, whole)
    assert spell.listed(("a", "b", "c"), language) == names
    assert spell.listed(("a{0}\\1",), language) == "a{0}\\1"
