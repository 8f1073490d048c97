"""What this program raises on purpose; every message is one line for an operator.

DeskError
  ConfigError     carries the key: "config.toml: desk.sla.first_reply: '8' is not a duration; …"
  MailboxError    the IMAP side is not usable now; the next run tries again
  StoreError      the database or the vault cannot be used as it is; the message says what to do
    DamagedObject   a vault object that is missing or damaged; all others can still be read
"""


class DeskError(Exception):
    """The base of all; the operator reads its `str()`."""


class ConfigError(DeskError):
    """Configuration or content that a person must correct before the program can run with it."""


class MailboxError(DeskError):
    """The mailbox cannot be used now; `permanent` when trying again soon would only lock us out."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class StoreError(DeskError):
    """The database or the vault cannot be used as it is."""


class DamagedObject(StoreError):
    """A vault object that is missing or damaged; only a backup brings it back."""
