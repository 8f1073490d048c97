"""The mails of the demo, written as mail clients and servers write them: bytes with CRLF, ready for DATA.

Everything in them is ours, the screenshot and the PDF too. Names are those kept for examples (RFC 2606).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from ops.demo.files import pdf, screenshot

DOMAIN = "exchange.example"
SUPPORT = f"support@{DOMAIN}"
DESK_NAME = "Example Exchange Support"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mailbox on the demo's mail server."""

    name: str
    address: str

    @property
    def first(self) -> str:
        return self.name.split()[0]


BEN = Person("Ben Baker", f"ben@{DOMAIN}")
CHRIS = Person("Chris Chen", f"chris@{DOMAIN}")
WEI = Person("Wei Zhang", "wei@mail.example")
LENA = Person("Lena Fischer", "lena@mail.example")
SOFIA = Person("Sofía Romero", "sofia@mail.example")
OMAR = Person("Omar Haddad", "omar@mail.example")
MEI = Person("Mei-Ling Lin", "mei@mail.example")
SAM = Person("Sam Okafor", "sam@mail.example")
ROBOT = Person("Mail Delivery System", "mailer-daemon@mail.example")
OUTSIDER = Person("Mallory", "mallory@elsewhere.example")
CUSTOMERS = (WEI, LENA, SOFIA, OMAR, MEI, SAM)
AGENTS = (BEN, CHRIS)

LURE = "recovery@exchange-verify.example"
"""Where the forged agent wants the customer to write: it must never reach one."""


def write(author: Person, subject: str, text: str, to: str = SUPPORT, *, domain: str = "mail.example") -> EmailMessage:
    """A new mail of one person, with its date and a Message-ID of its own."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"{author.name} <{author.address}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=domain)
    message.set_content(text, cte="8bit")
    return message


def withdrawal() -> EmailMessage:
    """Chinese, with a screenshot."""
    message = write(
        WEI,
        "提现一直没有到账",
        "你们好，\n\n"
        "我昨天晚上提现了 1250 USDT（TRC20 网络），页面显示已完成，但是对方钱包到现在还没到账。\n"
        "UID：48211907，截图见附件。请帮我查一下，谢谢！\n\n"
        "张伟\n",
    )
    message.add_attachment(screenshot(), maintype="image", subtype="png", filename="提现截图.png")
    return message


def two_factor() -> EmailMessage:
    """English, with a PDF."""
    message = write(
        LENA,
        "Cannot log in: my 2FA codes are refused",
        "Hello,\n\n"
        "since I got a new phone yesterday I cannot log in any more. Every code of my authenticator is refused\n"
        "with 'invalid 2FA code'. My UID is 51730022. I attach the form that your page asked me to fill in.\n\n"
        "Kind regards\nLena Fischer\n",
    )
    form = pdf(["Request to reset two-factor login", "UID: 51730022", "Name: Lena Fischer", "Old phone: sold"])
    message.add_attachment(form, maintype="application", subtype="pdf", filename="2FA reset form.pdf")
    return message


def deposit() -> EmailMessage:
    """Spanish."""
    return write(
        SOFIA,
        "Mi depósito no ha llegado",
        "Buenos días:\n\n"
        "Ayer hice un depósito de 300 USDC por la red Polygon y todavía no aparece en mi cuenta.\n"
        "El hash de la transacción es 0x7be2…41c9. ¿Me pueden ayudar?\n\n"
        "Muchas gracias,\nSofía\n",
    )


def phishing() -> EmailMessage:
    """English, with the suspicious mail forwarded whole, as a mail in the mail (RFC 2046 §5.2.1)."""
    bait = EmailMessage(policy=policy.SMTP)
    bait["From"] = "Exchange Security <alert@exchange-verify.example>"
    bait["To"] = OMAR.address
    bait["Subject"] = "URGENT: your account will be closed"
    bait["Date"] = format_datetime(datetime.now(UTC))
    bait["Message-ID"] = make_msgid(domain="exchange-verify.example")
    bait.set_content("Dear client,\n\nto keep your account, confirm your seed phrase within 24 hours.\n")
    message = write(
        OMAR,
        "Is this mail really from you?",
        "Hi,\n\nI got the mail below and it looks like phishing to me: it asks for my seed phrase.\n"
        "I did not click anything.\n\nOmar\n",
    )
    message.add_attachment(bait)
    return message


def identity() -> EmailMessage:
    """Traditional Chinese."""
    return write(
        MEI,
        "身分認證審核好久了",
        "您好：\n\n我上週五上傳了護照做身分認證，到現在還在審核中。請問大概還要等多久？\n\n林美玲\n",
    )


def wish() -> EmailMessage:
    """English, of no hurry."""
    return write(
        SAM,
        "Feature request: dark mode for the charts",
        "Hi team,\n\na suggestion: it would be nice to have a dark theme in the app.\n"
        "Just feedback, no answer needed.\n\n"
        "Cheers, Sam\n",
    )


def vacation(letter: EmailMessage) -> EmailMessage:
    """What a customer's mail server answers while she is away (RFC 3834, RFC 5230)."""
    message = write(
        LENA,
        f"Automatic reply: {letter['Subject']}",
        "Thank you for your mail. I am travelling until Monday and read mail only in the evening.\n",
    )
    message["In-Reply-To"] = str(letter["Message-ID"])
    message["References"] = str(letter["Message-ID"])
    message["Auto-Submitted"] = "auto-replied (vacation)"
    message["Precedence"] = "bulk"
    return message


def forged(tag: str, subject: str) -> EmailMessage:
    """A stranger writes as Ben and names a ticket: the From says so, the login does not."""
    message = write(
        BEN,
        f"Re: [{tag}] {subject}",
        f"/solve\n\nDear customer,\n\nto release your deposit please send your seed phrase to {LURE}.\n\nBen\n",
        domain="elsewhere.example",
    )
    message["In-Reply-To"] = make_msgid(domain=DOMAIN)
    return message


def reply(author: Person, letter: EmailMessage, text: str) -> EmailMessage:
    """An answer as a mail client writes it: the own text on top, the whole letter quoted below."""
    body = letter.get_body(("plain",))
    quoted = body.get_content() if body is not None else ""
    quote = "".join(f"> {line}\n" for line in quoted.splitlines())
    subject = str(letter["Subject"])
    message = write(
        author,
        subject if subject.lower().startswith("re:") else f"Re: {subject}",
        f"{text}\n\nOn {letter['Date']}, {DESK_NAME} wrote:\n\n{quote}",
        domain=author.address.rpartition("@")[2],
    )
    message["In-Reply-To"] = str(letter["Message-ID"])
    message["References"] = f"{letter.get('References', '')} {letter['Message-ID']}".strip()
    return message


def bounce() -> bytes:
    """A delivery report about a mail that this desk never sent (RFC 3462, RFC 3464): backscatter."""
    return f"""\
From: {ROBOT.name} <{ROBOT.address}>
To: {SUPPORT}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(datetime.now(UTC))}
Message-ID: {make_msgid(domain="mail.example")}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

<nobody@mail.example>: host mail.example said: 550 5.1.1 User unknown
--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; nobody@mail.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--=_report
Content-Type: text/rfc822-headers

From: {SUPPORT}
To: nobody@mail.example
Subject: You have won
Message-ID: {make_msgid(domain="elsewhere.example")}
--=_report--
""".replace("\n", "\r\n").encode()
