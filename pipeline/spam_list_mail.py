"""The list of mails marked as spam, mailed to the leads on each morning on which there are new ones."""

import logging
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from desk.calendar.zones import zone
from desk.replies import spam_list
from models import marked_spam, meta
from pipeline.context import Context, post

log = logging.getLogger("postdesk")
_MORNING = time(7)
"""In the zone of the desk."""
_NAME = "spam list"


def mail(context: Context) -> int:
    """Mails the list where a morning has come and there is something to list; gives how many mails are on it."""
    if not context.trusted():
        return 0
    return context.store.run(_mail, context)


def _mail(session: Session, context: Context) -> int:
    context.store.lock(session, _NAME)
    desk, now = context.settings.desk, context.now()
    today = _day(now, desk.policy.zone)
    last = meta.get(session, _NAME)
    # A date that is still to come was noted while the clock was wrong.
    if last is not None and date.fromisoformat(last) == today:
        return 0
    meta.put(session, _NAME, str(today))
    if last is None:
        # The first morning after an upgrade or the start of a desk; what came until then is on the next list.
        return 0
    marked, count = marked_spam.untold(session, desk.policy.prefix, spam_list.LISTED)
    if not count:
        return 0
    post(session, context, spam_list.spam_list(marked, count, today, desk), None, None, None)
    marked_spam.mark_told(session, now)
    log.info("spam list mailed", extra={"count": count})
    return count


def _day(now: datetime, zone_name: str) -> date:
    """The local date whose morning came last."""
    local = now.astimezone(zone(zone_name))
    return local.date() if local.time() >= _MORNING else local.date() - timedelta(days=1)
