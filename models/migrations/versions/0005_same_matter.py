"""What customers' words on a ticket name: transactions and orders"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_fact",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_fact_ticket_id"),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "value", name="pk_ticket_fact"),
    )
    with op.batch_alter_table("ticket_fact", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_fact_value", ["value"])
