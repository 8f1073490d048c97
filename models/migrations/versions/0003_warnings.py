"""When agents are to be told of an event, and what letters are about"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNTOLD = "kind IN ('breach', 'step') AND told_at IS NULL"


def upgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_untold")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tell_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_event_untold",
            ["tell_at"],
            unique=False,
            sqlite_where=sa.text(_UNTOLD),
            postgresql_where=sa.text(_UNTOLD),
        )
    op.create_table(
        "letter_ticket",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_ticket_letter_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_letter_ticket_ticket_id")),
        sa.PrimaryKeyConstraint("letter_id", "ticket_id", name=op.f("pk_letter_ticket")),
    )
