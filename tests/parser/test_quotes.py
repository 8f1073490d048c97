"""The reply of the clients we know is cut out; a customer's own words never are."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parser.quotes.trim import trim

INTROS = [
    "On Tue, Mar 3, 2026 at 5:12 PM, Ben <ben@example.net> wrote:",
    "On 3 Mar 2026, at 17:12, Ben wrote:",
    '在 2026-03-03 17:12:00，"Ben" <ben@example.net> 写道：',
    "Ben <ben@example.net> 于2026年3月3日周二 17:12写道：",
    "Ben <ben@example.net> 於 2026年3月3日 週二 下午5:12寫道：",
    "El mar, 3 mar 2026 a las 17:12, Ben (<ben@example.net>) escribió:",
    "Am Di., 3. März 2026 um 17:12 Uhr schrieb Ben <ben@example.net>:",
    "Le mar. 3 mars 2026 à 17:12, Ben <ben@example.net> a écrit :",
    "2026年3月3日(火) 17:12 Ben <ben@example.net>:",
    "2026/03/03 17:12、Ben <ben@example.net>のメール:",
    "Den 3. mars 2026 kl. 17.12 skrev Ben <ben@example.net>:",
    "-----Original Message-----",
    "------------------ 原始邮件 ------------------",
    "-------- Ursprüngliche Nachricht --------",
    "From: Ben <ben@example.net>\nSent: Tuesday, March 3, 2026 5:12 PM\nTo: Ana\nSubject: x",
    "________________________________\nFrom: Ben <ben@example.net>\nDate: Tuesday\nSubject: x",
    "发件人: Ben\n发送时间: 2026年3月3日 17:12\n收件人: Ana\n主题: x",
    "寄件者: Ben\n寄件日期: 2026年3月3日\n收件者: Ana\n主旨: x",
    "Von: Ben\nGesendet: Dienstag, 3. März 2026 17:12\nAn: Ana\nBetreff: x",
    "De: Ben\nEnvoyé: mardi 3 mars 2026 17:12\nÀ: Ana\nObjet: x",
    "差出人: Ben\n送信日時: 2026年3月3日\n宛先: Ana\n件名: x",
]


@pytest.mark.parametrize("intro", INTROS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_the_older_mail_below_an_intro_is_no_part_of_the_reply(intro: str, mark: str) -> None:
    found = trim(f"My words.\n\n{intro}\n\n{mark}Their words.\n{mark}\n{mark}More.\n")
    assert found.new_text == "My words."
    assert "Their words." in found.quoted


@pytest.mark.parametrize(
    "text",
    [
        "On 12 May 2026 your support wrote: wait. I did.",
        "He wrote:\nplease wait",
        "From: my home\nI cannot log in.",
        "Date: 3 March\nTime: 17:12\nAddress: Main Street 1\nPlease come.",
        "- one\n- two\n-- three",
        "Sent from my desk I saw that the light is on, please look into it as soon as you can today",
        "a -- b",
        "Forwarded message: see below",
        "---------- Forwarded message ---------\nFrom: Chris <chris@example.org>\nDate: x\nTo: z\n\nThe receipt.",
        "> all\n> is quoted",
        "原始邮件 在哪里？",
        "My payment:\nFrom: TXabc\nTo: TYdef\nDate: 3 March 17:12\nAmount: 500 USDT",
        "I got this mail:\n\nFrom: Help <help@example.net>\nSent: Tuesday\nTo: me\nSubject: win\n\nSend your key.",
        "I went to Settings\n> Security",
        "If a > b:\n>_< is a face\n>:( too",
        "Best regards to your team, they helped me a lot.",
        "Please send my regards to Ben",
        "I wrote on 3.3.2026 at 17:12:\nplease help",
        "Ben said:\nwait",
        "Steps:\n- open\n- pay\n-Withdraw",
        "| a | b |\n| c | d |",
        "Please look into it.\n\nThanks,\nmy UID is 12345678",
        "Please look into it.\n\nThanks,\nplease be quick",
        "提现没到\n\n谢谢\n请尽快处理",
        "提现没到\n\n谢谢\n我的UID是12345678",
        "提现没到\n谢谢\n500 USDT",
        "I need it today.\n\nThanks\nOrder 5551",
        "Es geht nicht.\n--\nKönnen Sie mir bitte heute noch helfen, es ist dringend?",
        "从我的提现来看已经没有问题了",
        "My phone number is sent from my bank, is that right?",
        "I wrote to you on 3 March 2026 at 10:15, and nobody answered",
        "Le 3 mars 2026 à 17:12, Ben a écrit quelque chose que je ne comprends pas.",
        "At 17:12 on 3 March 2026 ana@example.org was not able to log in",
        "在2026年3月3日17:12我写道谢谢但是没有回复",
        "Codes\n```\n# a\n####\n```\nend",
        "see http://example.org/\n>>> >>> http://example.org <<<\nand click",
    ],
)
def test_the_customers_own_words_stay(text: str) -> None:
    assert trim(text).new_text == text


def test_answers_between_the_quotes_stay_with_what_they_answer() -> None:
    text = "Hi,\n> first question\nfirst answer\n> second question\nsecond answer"
    assert trim(text).new_text == text
    found = trim(f"{text}\n\nOn Tue, Mar 3, 2026 at 5:12 PM, Ben <ben@example.net> wrote:\n> the rest\n> of it")
    assert found.new_text == text
    assert found.quoted.endswith("> the rest\n> of it")


def test_a_quotation_without_intro_on_top_stays_with_the_answer_below() -> None:
    text = "> This is a quote.\n\nAnd this is some text."
    assert trim(text).new_text == text


def test_below_a_quotation_a_closing_alone_does_not_keep_it() -> None:
    found = trim("Yes.\n\nOn 3 Mar 2026, at 17:12, Ben wrote:\n> a\n> b\n\nRegards, Ana")
    assert (found.new_text, found.signature) == ("Yes.", "Regards, Ana")
    both = "Yes.\n\nOn 3 Mar 2026, at 17:12, Ben wrote:\n> a\n> b\n\nAnd this is new."
    assert trim(both).new_text == both


@pytest.mark.parametrize(
    "text", ["Hello Ben,", "Best regards,\nAna", "您好！", "谢谢", "Thanks!", "-- \nAna", "Sent from my iPhone"]
)
def test_what_is_left_is_the_reply_even_where_it_is_a_greeting_or_a_closing(text: str) -> None:
    assert trim(text).new_text == text


def test_only_a_greeting_above_a_quotation_is_the_reply() -> None:
    assert trim(f"Hello Ben,\n\n{INTROS[0]}\n\n> a\n> b").new_text == "Hello Ben,"
    assert trim(f"Best regards\nAna\n\n{INTROS[0]}\n\n> a\n> b").new_text == "Best regards\nAna"


def test_the_whole_text_is_the_reply_where_nothing_else_is_left() -> None:
    text = f"{INTROS[0]}\n\n> a\n> b\n\nSent from my iPhone"
    assert trim(text).new_text == text


def test_a_signature_goes_and_a_long_text_below_the_delimiter_stays() -> None:
    assert trim("Words.\n-- \nAna\nTel. 1").signature == "-- \nAna\nTel. 1"
    assert trim("Words.\n\nSent from my iPhone").new_text == "Words."
    assert trim("提现没到\n\n发自我的iPhone").new_text == "提现没到"
    long = "Words.\n-- \n" + "A line that is far too long for anybody's signature, so it must be what they wrote. " * 3
    assert trim(long).new_text == long.rstrip()


OWN = ["My words.", "", "> quoted", "-- ", "Ana", "> > deeper", "Sent from my iPhone", "On Tuesday", "_____", "wrote:"]
BLOCKS = st.sampled_from([*OWN, *INTROS])


@settings(max_examples=200, deadline=None)
@given(st.lists(BLOCKS, max_size=12).map("\n".join))
def test_no_line_is_lost_and_only_what_was_sent_is_given(text: str) -> None:
    found = trim(text)
    given_lines = [
        line for part in (found.new_text, found.quoted, found.signature) for line in part.split("\n") if line.strip()
    ]
    assert sorted(line.rstrip() for line in given_lines) == sorted(
        line.rstrip() for line in text.split("\n") if line.strip()
    )
    assert found.new_text.strip() or not text.strip()


@pytest.mark.parametrize("intro", ["Ben wrote:", "Ben Somebody <ben@example.net> wrote:", "Ben said:", "Ben schrieb:"])
def test_an_intro_without_a_date_counts_where_a_marked_line_follows(intro: str) -> None:
    assert trim(f"{intro}\n> Their words.\n> More.\n\nMy words.").new_text == "My words."
    assert trim(f"My words.\n\n{intro}\n> Their words.").new_text == "My words."


def test_our_own_letter_is_known_by_its_tag_line_whatever_the_client_made_of_it() -> None:
    letter = (
        "We have sent it.\n\n-- \nBen, Help\nTicket PD-1042-F · Please leave the number in the subject when you reply."
    )
    for intro in ("Zxq ben@example.net 2026-03-03:", "Zxa: Ben <ben@example.net>", "_______________"):
        found = trim(f"It is not here.\n\n{intro}\n{letter}")
        assert found.new_text == "It is not here."
        assert found.quoted.endswith("when you reply.")
    # Without any sign above the letter only its end is known; the desk compares the rest with what we sent.
    assert "Ticket PD-1042-F" not in trim(f"It is not here.\n\n{letter}").new_text
    assert trim(f"{letter}\n\nIt is not here.").new_text.endswith("It is not here.")


def test_a_letter_to_agents_is_known_by_its_mark() -> None:
    found = trim("On it.\n\nZxq <desk@example.net>:\n⟦PD-1042-F internal⟧\nThe customer wrote.\n\nMore.")
    assert found.new_text == "On it."
    text = "⟦PD-1042-F internal⟧\nThe customer wrote."
    assert trim(text).new_text == text


@settings(max_examples=200, deadline=None)
@given(st.lists(BLOCKS, max_size=12).map("\n".join))
def test_spans_are_inside_in_order_apart_and_say_the_parts(text: str) -> None:
    found = trim(text)
    for spans, part in zip(
        (found.spans.reply, found.spans.quoted, found.spans.signature),
        (found.new_text, found.quoted, found.signature),
        strict=True,
    ):
        assert "\n".join(text[start:end] for start, end in spans) == part
    every = sorted([*found.spans.reply, *found.spans.quoted, *found.spans.signature])
    assert all(0 <= start <= end <= len(text) for start, end in every)
    assert all(before[1] <= after[0] for before, after in pairwise(every))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(INTROS),
    st.lists(st.sampled_from(["My words.", "", "Yes.", "- one", "Thanks!"]), min_size=1, max_size=5),
)
def test_trimming_twice_is_the_same_as_once(intro: str, words: list[str]) -> None:
    text = "\n".join(words)
    once = trim(f"{text}\n\nRegards,\nAna\n\n{intro}\n> a\n> b").new_text
    assert trim(once).new_text == once
