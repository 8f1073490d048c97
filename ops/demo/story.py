"""The script of the demo: customers write, an agent answers from an ordinary mailbox, a stranger tries to cheat."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from desk.errors import DeskError
from ops.demo import mails as demo_mails
from ops.demo.mails import (
    BEN,
    CHRIS,
    CUSTOMERS,
    LENA,
    LURE,
    MEI,
    OMAR,
    OUTSIDER,
    ROBOT,
    SAM,
    SOFIA,
    SUPPORT,
    WEI,
    Person,
)
from ops.demo.screen import Screen
from ops.demo.stage import Stage, mails, send

PATIENCE = 12.0
LONGEST = 40.0
"""Seconds for the whole story, however slow the machine."""
_ANSWER = "Wei 您好：\n\n您的提现已在链上确认，请刷新钱包查看。给您带来不便，敬请谅解。"
_ADVICE = "Hello Lena,\n\nyour two-factor login has been reset. Please log in and set it up on your new phone."
_NOTE = "This domain was registered yesterday. I have asked for it to be taken down."
_THANKS = "Thank you, that worked! One question: can I use a hardware key instead?"


class NotSeen(DeskError):
    """The story cannot go on, because what it waits for did not come."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, held against what lies in the mailboxes."""

    promise: str
    kept: bool


class Story:
    """The script, in order; afterwards `checks` looks into everybody's mailbox."""

    def __init__(self, stage: Stage, screen: Screen, pace: float = 1.0) -> None:
        """`pace` is the seconds between two mails."""
        self._servers, self._screen, self._pace = stage.servers, screen, pace
        self._end = time.monotonic() + LONGEST
        self._arrived = 0
        self._asked = {
            WEI: demo_mails.withdrawal(),
            LENA: demo_mails.two_factor(),
            SOFIA: demo_mails.deposit(),
            OMAR: demo_mails.phishing(),
            MEI: demo_mails.identity(),
            SAM: demo_mails.wish(),
        }

    def tell(self) -> None:
        """All scenes. Raises NotSeen when one of them waits in vain."""
        self._customers_write()
        self._machines_write()
        self._agents_answer()
        self._stranger_writes()
        self._all_is_quiet()

    def _customers_write(self) -> None:
        for person, how in (
            (WEI, "writes in Chinese, with a screenshot"),
            (LENA, "writes in English, with a PDF"),
            (SOFIA, "writes in Spanish"),
            (OMAR, "forwards a phishing mail, whole, inside a mail"),
            (MEI, "writes in traditional Chinese"),
            (SAM, "has a wish"),
        ):
            self._mail(person, self._asked[person], f"{person.first} {how}")
            if person is SOFIA:
                again = "Wei's mail program sends the first mail once more"
                self._in_vain(WEI, self._asked[WEI], again, "it is a duplicate")

    def _machines_write(self) -> None:
        """Neither may open a ticket, nor get an answer: that is how mail loops begin."""
        line = "A mail server reports the failure of a mail that we never sent"
        self._in_vain(ROBOT, demo_mails.bounce(), line, "it names no letter of ours", machine=True)
        letter = self._letter(LENA, lambda mail: _answers(mail, self._asked[LENA]), "our acknowledgement to Lena")
        line = "Lena's vacation notice answers our acknowledgement"
        self._in_vain(LENA, demo_mails.vacation(letter), line, "a machine wrote it", machine=True)

    def _agents_answer(self) -> None:
        notification = self._notified(BEN, WEI)
        self._mail(
            BEN, demo_mails.reply(BEN, notification, f"/solve\n\n{_ANSWER}"), "Ben answers Wei, with /solve on top"
        )
        self._letter(WEI, lambda mail: "确认" in _text(mail), "Ben's answer to Wei")
        notification = self._notified(BEN, OMAR)
        note = demo_mails.reply(BEN, notification, f"/note\n/assign chris\n\n{_NOTE}")
        self._mail(BEN, note, "Ben leaves a /note for Chris, for colleagues only")
        notification = self._notified(BEN, LENA)
        self._mail(BEN, demo_mails.reply(BEN, notification, _ADVICE), "Ben answers Lena")
        answer = self._letter(LENA, lambda mail: "has been reset" in _text(mail), "Ben's answer to Lena")
        self._mail(LENA, demo_mails.reply(LENA, answer, _THANKS), "Lena answers, in the same thread")

    def _stranger_writes(self) -> None:
        tag = self._tag(SOFIA)
        forged = demo_mails.forged(tag, str(self._asked[SOFIA]["Subject"]))
        self._mail(OUTSIDER, forged, f"A stranger writes as Ben, names {tag}, and asks for a seed phrase")
        self._letter(BEN, lambda mail: "Not done" in str(mail["Subject"]), "our warning to Ben")

    def _all_is_quiet(self) -> None:
        def quiet() -> bool:
            taken = self._screen.count("inbox", "done", "held")
            return taken >= self._arrived and not self._screen.count("letters", "queued", "claimed")

        if not self._screen.until(quiet, self._left()):
            raise NotSeen("not everything was handled in time")
        self._screen.pause(1.0)

    # What the people do.

    def _mail(self, login: Person, content: EmailMessage | bytes, line: str, *, machine: bool = False) -> None:
        send(self._servers, login, content, null_sender=machine)
        self._arrived += 1
        self._screen.say("agent" if login is BEN else "FAIL" if login is OUTSIDER else "in", line)
        self._screen.pause(self._pace)

    def _in_vain(
        self, login: Person, content: EmailMessage | bytes, line: str, why: str, *, machine: bool = False
    ) -> None:
        """Hands over a mail to which nothing may happen, and says so once that is true."""
        before = len(self._screen.tickets), len(self._screen.letters)
        self._mail(login, content, line, machine=machine)
        self._screen.until(lambda: self._screen.count("inbox", "done", "held") >= self._arrived, self._left())
        if (len(self._screen.tickets), len(self._screen.letters)) == before:
            self._screen.say("", f"no ticket, no letter: {why}")

    def _letter(self, person: Person, wanted: Callable[[EmailMessage], bool], what: str) -> EmailMessage:
        """The mail that somebody waits for. Raises NotSeen when it does not come."""

        def look() -> EmailMessage | None:
            return next((mail for mail in mails(self._servers, person.address) if wanted(mail)), None)

        found: EmailMessage | None = self._screen.until(look, self._left())
        if found is None:
            raise NotSeen(f"{what} did not come")
        return found

    def _notified(self, agent: Person, customer: Person) -> EmailMessage:
        tag = self._tag(customer)
        return self._letter(agent, lambda mail: f"[{tag}]" in str(mail["Subject"]), f"{agent.first}'s notification")

    def _tag(self, customer: Person) -> str:
        def look() -> str:
            return next((row["tag"] for row in self._screen.tickets if row["requester"] == customer.address), "")

        found: str = self._screen.until(look, self._left())
        if not found:
            raise NotSeen(f"{customer.first}'s ticket was not opened")
        return found

    def _left(self) -> float:
        return min(PATIENCE, max(self._end - time.monotonic(), 0.0))

    # What must be true now.

    def checks(self) -> Iterator[Check]:
        """Looks into the mailboxes over IMAP, as their owners would."""
        boxes = {person: mails(self._servers, person.address) for person in (*CUSTOMERS, BEN, CHRIS, ROBOT, OUTSIDER)}
        owners = [row["requester"] for row in self._screen.tickets]
        yield Check("every mail was taken in", self._screen.count("inbox", "done", "held") == self._arrived)
        yield Check(
            "six requests are six tickets: none for the duplicate, the bounce, the vacation notice, the stranger",
            sorted(owners) == sorted(person.address for person in CUSTOMERS),
        )
        yield Check("Wei's mail came twice and is one ticket", owners.count(WEI.address) == 1)
        yield Check(
            "every customer has exactly one acknowledgement, in the thread of their own mail",
            all(len([mail for mail in boxes[one] if _is_greeting(mail, self._asked[one])]) == 1 for one in CUSTOMERS),
        )
        answers = [mail for mail in boxes[WEI] if "确认" in _text(mail)]
        yield Check(
            "Ben's answer reached Wei once, in the thread of Wei's own mail",
            len(answers) == 1 and _answers(answers[0], self._asked[WEI]),
        )
        yield Check(
            "it comes from the desk: without Ben's address, the quoted notification and the command",
            all(
                answer["From"].addresses[0].addr_spec == SUPPORT
                and not any(secret in bytes(answer) for secret in (BEN.address.encode(), b"/solve"))
                and "internal⟧" not in _text(answer)
                for answer in answers
            ),
        )
        yield Check("/solve solved the ticket", self._status(WEI) == "solved")
        yield Check(
            "Lena's second mail joined her ticket and opened it again",
            self._status(LENA) == "open" and any("hardware key" in _text(mail) for mail in boxes[BEN]),
        )
        customers = [_text(mail) for one in CUSTOMERS for mail in boxes[one]]
        yield Check("Ben's note stayed inside", not any(_NOTE in text for text in customers))
        yield Check("nothing of the stranger's reached a customer", not any(LURE in text for text in customers))
        warnings = [mail for mail in boxes[BEN] if "Not done" in str(mail["Subject"])]
        yield Check(
            "Ben was warned, without the stranger's words",
            len(warnings) == 1 and not any(LURE in _text(mail) for mail in warnings),
        )
        yield Check("neither the machine nor the stranger got a letter", not boxes[ROBOT] and not boxes[OUTSIDER])
        files = {one.get_filename() for mail in boxes[BEN] for one in mail.iter_attachments()}
        yield Check("Ben got the screenshot and the PDF", {"提现截图.png", "2FA reset form.pdf"} <= files)

    def _status(self, customer: Person) -> str:
        return next((row["status"] for row in self._screen.tickets if row["requester"] == customer.address), "")


def _answers(letter: EmailMessage, asked: EmailMessage) -> bool:
    """Whether a mail client shows the letter in the thread of what was asked (RFC 5322 §3.6.4)."""
    return str(asked["Message-ID"]) in f"{letter.get('References', '')} {letter.get('In-Reply-To', '')}".split()


def _is_greeting(letter: EmailMessage, asked: EmailMessage) -> bool:
    automatic = str(letter.get("Auto-Submitted", "no")).lower() != "no"
    return automatic and _answers(letter, asked)


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
