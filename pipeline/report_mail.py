"""Reports: made from the database in small steps, and mailed when they are due, each once."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from desk.facts import Desk
from desk.letters import AttachmentRef, Draft, LetterKind
from desk.reports import html as report_html
from desk.reports import values as report_values
from desk.reports.collect import Collector
from desk.reports.plan import Due, ReportPlan, latest, periods_between
from desk.reports.report import Period, SlaReport, local_date
from models import cases, meta
from models.store import Store
from models.vault import Vault
from pipeline import spam_list_mail
from pipeline.context import Context, post

log = logging.getLogger("postdesk")
LOOK = timedelta(minutes=1)
"""How often to look whether a report is due."""


def make(store: Store, desk: Desk, period: Period, now: datetime) -> SlaReport:
    """The report of a period, as it is known now. Reads a few hundred tickets at a time."""
    collector = Collector(period, desk.sla_policies, now)
    for case in cases.cases(store, period.begin, period.end, desk.policy.prefix):
        collector.add(case)
    return collector.report()


def mail(context: Context) -> int:
    """Mails what is due by now and was not mailed yet; gives how many reports.

    After a time without a daemon only the report of the latest period is mailed, and it says how many were left out.
    Nothing is mailed while the clock is in doubt.
    """
    if not context.trusted():
        return 0
    zone, now, mailed = context.settings.desk.policy.zone, context.now(), 0
    for plan in context.settings.reports:
        due = latest(plan, zone, now)
        if context.store.run(_wanted, context.store, plan, due, now):
            report = make(context.store, context.settings.desk, due.period, now)
            mailed += context.store.run(_post, context, plan, due, report, now)
    spam_list_mail.mail(context)
    return mailed


def _wanted(session: Session, store: Store, plan: ReportPlan, due: Due, now: datetime) -> bool:
    """Whether this report became due after the plan was first seen, and was not mailed; locks out other workers.

    If what was mailed last is still to come, the clock was wrong then.
    """
    store.lock(session, f"report {plan.name}")
    last = _last_mailed(session, plan)
    if last is None:
        _note(session, plan, due)
        return False
    return last < due.period.first or last > local_date(now, due.period.zone)


def _last_mailed(session: Session, plan: ReportPlan) -> date | None:
    """The first date of the period that was mailed last; None where the plan is new, also if only its period is."""
    value = meta.get(session, f"report {plan.name} {plan.every}")
    return None if value is None else date.fromisoformat(value)


def _note(session: Session, plan: ReportPlan, due: Due) -> None:
    meta.put(session, f"report {plan.name} {plan.every}", str(due.period.first))


def _post(session: Session, context: Context, plan: ReportPlan, due: Due, report: SlaReport, now: datetime) -> bool:
    """Queues the letters of one report and notes that, in one transaction; false where another worker was first."""
    if not _wanted(session, context.store, plan, due, now):
        return False
    last = _last_mailed(session, plan)
    skipped = 0 if last is None else periods_between(plan.every, last, due.period.first)
    desk = context.settings.desk
    letters = _letters(plan, report, skipped, desk, _files(report, desk.policy.name, context.vault))
    post(session, context, letters, None, None, None)
    _note(session, plan, due)
    log.info("report mailed", extra={"reason": f"{plan.name}: {due.period.first} to {due.period.last}"})
    return True


def _letters(
    plan: ReportPlan, report: SlaReport, skipped: int, desk: Desk, files: tuple[AttachmentRef, ...]
) -> Sequence[Draft]:
    """The letters of one report, one for each address; `skipped` periods were left out before it."""
    period = report.period
    return tuple(
        Draft(
            kind=LetterKind.REPORT,
            key=f"report:{plan.name}:{plan.every}:{period.first}",
            recipient=address,
            recipient_name=agent.name if agent else "",
            language=agent.language if agent else desk.policy.language,
            mailbox=desk.mailboxes[0].name,
            values={
                "name": plan.name,
                "first": str(period.first),
                "last": str(period.last),
                "zone": period.zone,
                "tickets": report.tickets,
                "open_tickets": report.open_tickets,
                "rows": tuple(_promised(report)),
                "causes": tuple({"code": code, "count": count} for code, count in report.causes),
                "skipped": skipped,
            },
            attachments=files,
        )
        for address, agent in ((one, desk.agent(one)) for one in plan.to or tuple(one.address for one in desk.leads))
    )


def _promised(report: SlaReport) -> Sequence[dict[str, Any]]:
    return [
        {
            "metric": row.metric,
            "attainment": row.attainment,
            "kept": row.kept,
            "broken": row.broken,
            "open": row.open,
            "void": row.void,
            "p50": row.p50,
            "p90": row.p90,
        }
        for row in report.of("overall")
    ]


def _files(report: SlaReport, desk_name: str, vault: Vault) -> tuple[AttachmentRef, ...]:
    """The page and the tables, in the vault."""
    period = report.period
    stem = f"sla-{period.first}-to-{period.last}"
    contents = (
        (f"{stem}.html", "text/html", report_html.page(report, desk_name)),
        (f"{stem}.csv", "text/csv", report_values.BOM + report_values.table(report, "rows")),
        (f"{stem}-breaches.csv", "text/csv", report_values.BOM + report_values.table(report, "breaches")),
    )
    files = ((name, kind, content.encode()) for name, kind, content in contents)
    return tuple(
        AttachmentRef(name, kind, len(content), vault.put(content), utf8=True) for name, kind, content in files
    )
