"""The choice of a source: IMAP or a Maildir."""

from mailer import maildir
from mailer.account import Account
from mailer.imap import source as imap
from mailer.secrets import Secrets
from mailer.source import Source


def connect(account: Account, secrets: Secrets) -> Source:
    """An open source for a mailbox of either kind.

    Raises MailboxError when it cannot be reached or refuses us, ConfigError when a secret is missing.
    """
    match account.kind:
        case "imap":
            return imap.connect(account, secrets)
        case "maildir":
            return maildir.connect(account)
