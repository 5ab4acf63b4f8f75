"""${message}"""

import sqlalchemy as sa
from alembic import op
from gateway.ledger.columns import Instant

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Back: only for tests."""
    ${downgrades if downgrades else "pass"}
