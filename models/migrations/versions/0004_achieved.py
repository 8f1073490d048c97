"""How soon first answers came"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ANSWERED = sa.text("first_reply_at IS NOT NULL")
_UNANSWERED = sa.text("first_reply_at IS NULL AND clock AND status NOT IN ('solved', 'closed')")


def upgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_reply_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("first_reply_spent", sa.Integer(), nullable=True))
        for criterion in ("category", "queue"):
            batch_op.create_index(
                f"ix_ticket_{criterion}_answered",
                [criterion, "first_reply_at", "first_reply_spent"],
                sqlite_where=_ANSWERED,
                postgresql_where=_ANSWERED,
            )
        batch_op.create_index(
            "ix_ticket_unanswered", ["queue"], sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED
        )
    # Who was answered before does not wait; how long it took is not known without the calendar.
    op.execute(
        "UPDATE ticket SET first_reply_at = (SELECT min(event.at) FROM event"
        " WHERE event.ticket_id = ticket.id AND event.kind = 'agent_answer') WHERE clock"
    )
