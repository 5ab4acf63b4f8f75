"""The trail becomes a tree: every event has its leaf, a checkpoint knows where it ends and how the tree grows on."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.columns import Instant
from gateway.trail.leaf import leaf_of, moment

revision = "0002"
down_revision = "0001"

_PAGE = 1000


def upgrade() -> None:
    """Expand. There were no checkpoints before: the table is made anew."""
    _give_leaves()
    with op.batch_alter_table("event") as event:
        event.alter_column("leaf", existing_type=sa.LargeBinary(), nullable=False)
    op.drop_table("checkpoint")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "checkpoint",
        sa.Column("size", number, autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("last_event", number, nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )


def _give_leaves() -> None:
    """The leaf of every event that was written without one."""
    event = sa.table(
        "event",
        *(sa.column(name) for name in ("id", "who", "what", "about", "detail")),
        sa.column("at", Instant()),
        sa.column("leaf", sa.LargeBinary()),
    )
    connection, after = op.get_bind(), 0
    columns = [event.c[name] for name in ("id", "at", "who", "what", "about", "detail")]
    while rows := connection.execute(
        sa.select(*columns).where(event.c.id > after).order_by(event.c.id).limit(_PAGE)
    ).all():
        leaves = [{"number": row.id, "made": leaf_of(row.id, moment(row.at), *row[2:])} for row in rows]
        statement = event.update().where(event.c.id == sa.bindparam("number")).values(leaf=sa.bindparam("made"))
        connection.execute(statement, leaves)
        after = rows[-1].id
