"""After the commit the mailbox is tidied: handled mail is archived, and copies of our letters are filed."""

from mailer.account import Account
from mailer.source import Source
from models import inbox, outbox
from pipeline.context import Context


def archive(context: Context, source: Source, account: Account) -> int:
    """Moves handled mails to the archive folder and files copies of letters; gives how many mails."""
    done = 0
    for (folder, uidvalidity), keys in context.store.run(inbox.to_file, account.name).items():
        if folder not in source.folders() or source.open(folder) != uidvalidity:
            # The keys mean other mails now, or nothing: there is nothing left that we could move.
            settled = frozenset(keys)
        else:
            settled = source.archive(keys)
        context.fail_point("filed on server")
        context.store.run(inbox.filed, account.name, folder, uidvalidity, settled, context.now())
        done += len(settled)
    if account.sent_folder:
        _file_copies(context, source, account)
    return done


def _file_copies(context: Context, source: Source, account: Account) -> None:
    for letter in context.store.run(outbox.to_copy, account.name):
        source.file_sent(context.vault.get(letter.digest), letter.sent_at or context.now())
        context.store.run(outbox.copied, letter.id, context.now())
