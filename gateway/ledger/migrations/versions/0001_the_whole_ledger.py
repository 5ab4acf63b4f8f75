"""The whole ledger, as it began."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.columns import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "control_next",
        sa.Column("own_id", sa.String(length=24), nullable=False),
        sa.Column("partner_id", sa.String(length=24), nullable=False),
        sa.Column("level", sa.String(length=3), nullable=False),
        sa.Column("usage", sa.String(length=1), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("own_id", "partner_id", "level", "usage", name=op.f("pk_control_next")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_about", ["about"], unique=False)

    op.create_table(
        "id_block",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("next", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_id_block")),
    )
    op.create_table(
        "profile_version",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("partner", sa.String(length=80), nullable=False),
        sa.Column("first_used_at", Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_profile_version")),
    )
    op.create_table(
        "request",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_table(
        "schedule_tick",
        sa.Column("schedule", sa.String(length=80), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "due_at", name=op.f("pk_schedule_tick")),
    )
    op.create_table(
        "target",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("down_since", Instant(), nullable=True),
        sa.Column("probe_at", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_target")),
    )
    op.create_table(
        "transmission",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("source_key", sa.String(length=300), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("partner", sa.String(length=80), nullable=True),
        sa.Column("format", sa.String(length=10), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_transmission_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmission")),
        sa.UniqueConstraint("channel", "source_key", name=op.f("uq_transmission_channel_source_key")),
    )
    with op.batch_alter_table("transmission", schema=None) as batch_op:
        batch_op.create_index("ix_transmission_sha256", ["sha256"], unique=False)
        batch_op.create_index(
            "ix_transmission_work",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'received'"),
            postgresql_where=sa.text("state = 'received'"),
        )

    op.create_table(
        "case",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("fix", sa.Text(), nullable=True),
        sa.Column("owner", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=True),
        sa.Column("partner", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=True),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("transmission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["transmission_id"],
            ["transmission.id"],
            name=op.f("fk_case_transmission_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index("ix_case_state", ["state", "id"], unique=False)
        batch_op.create_index("ix_case_subject", ["subject"], unique=False)

    op.create_table(
        "interchange",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("transmission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("partner", sa.String(length=80), nullable=True),
        sa.Column("entity", sa.String(length=80), nullable=True),
        sa.Column("sender", sa.String(length=24), nullable=False),
        sa.Column("receiver", sa.String(length=24), nullable=False),
        sa.Column("control", sa.String(length=20), nullable=False),
        sa.Column("usage", sa.String(length=1), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("control_key", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("waived", sa.Text(), nullable=True),
        sa.Column("ta1_code", sa.String(length=1), nullable=True),
        sa.Column("ta1_note", sa.String(length=3), nullable=True),
        sa.Column("acknowledgment", sa.String(length=12), nullable=False),
        sa.Column("no_ack_reason", sa.String(length=80), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["transmission_id"],
            ["transmission.id"],
            name=op.f("fk_interchange_transmission_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interchange")),
        sa.UniqueConstraint("transmission_id", "ordinal", name=op.f("uq_interchange_transmission_id_ordinal")),
    )
    with op.batch_alter_table("interchange", schema=None) as batch_op:
        batch_op.create_index("ix_interchange_control_key", ["control_key"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("transmission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("interchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("group_ordinal", sa.Integer(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("control", sa.String(length=20), nullable=True),
        sa.Column("verdict", sa.String(length=1), nullable=True),
        sa.Column("implementation", sa.String(length=40), nullable=True),
        sa.Column("ak5_codes", sa.String(length=20), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("partner", sa.String(length=80), nullable=True),
        sa.Column("entity", sa.String(length=80), nullable=True),
        sa.Column("usage", sa.String(length=1), nullable=True),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("orders", sa.Text(), nullable=True),
        sa.Column("business_key", sa.Text(), nullable=True),
        sa.Column("duplicate_key", sa.Text(), nullable=True),
        sa.Column("content_sha", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=True),
        sa.Column("canonical", sa.LargeBinary(), nullable=True),
        sa.Column("profile_sha", sa.String(length=64), nullable=True),
        sa.Column("map_sha", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["interchange_id"],
            ["interchange.id"],
            name=op.f("fk_document_interchange_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["transmission_id"],
            ["transmission.id"],
            name=op.f("fk_document_transmission_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_interchange_id", ["interchange_id"], unique=False)
        batch_op.create_index("ix_document_number", ["number"], unique=False)
        batch_op.create_index("ix_document_transmission_id", ["transmission_id"], unique=False)
        batch_op.create_index(
            "uq_document_reserved",
            ["duplicate_key", "revision"],
            unique=True,
            sqlite_where=sa.text("state = 'translated'"),
            postgresql_where=sa.text("state = 'translated'"),
        )

    op.create_table(
        "functional_group",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("interchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("functional_id", sa.String(length=4), nullable=False),
        sa.Column("control", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("claimed", sa.String(length=12), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("ack_code", sa.String(length=1), nullable=True),
        sa.Column("acknowledgment", sa.String(length=12), nullable=False),
        sa.Column("no_ack_reason", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["interchange_id"],
            ["interchange.id"],
            name=op.f("fk_functional_group_interchange_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_functional_group")),
        sa.UniqueConstraint("interchange_id", "ordinal", name=op.f("uq_functional_group_interchange_id_ordinal")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("partner", sa.String(length=80), nullable=True),
        sa.Column("document_kind", sa.String(length=8), nullable=True),
        sa.Column("transmission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("interchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("business_key", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=36), nullable=True),
        sa.Column("acknowledgment_kind", sa.String(length=8), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("give_up_at", Instant(), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_delivery_document_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["interchange_id"],
            ["interchange.id"],
            name=op.f("fk_delivery_interchange_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["transmission_id"],
            ["transmission.id"],
            name=op.f("fk_delivery_transmission_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_delivery_idempotency_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_document_id", ["document_id"], unique=False)
        batch_op.create_index("ix_delivery_interchange_id", ["interchange_id"], unique=False)
        batch_op.create_index("ix_delivery_transmission_id", ["transmission_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_work",
            ["target", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('ready', 'retry', 'in_doubt')"),
            postgresql_where=sa.text("state IN ('ready', 'retry', 'in_doubt')"),
        )
        batch_op.create_index(
            "uq_delivery_effect",
            ["target", "business_key", "revision"],
            unique=True,
            sqlite_where=sa.text("kind = 'erp'"),
            postgresql_where=sa.text("kind = 'erp'"),
        )

    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("transmission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("interchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_finding_document_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["interchange_id"],
            ["interchange.id"],
            name=op.f("fk_finding_interchange_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["transmission_id"],
            ["transmission.id"],
            name=op.f("fk_finding_transmission_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index("ix_finding_document_id", ["document_id"], unique=False)
        batch_op.create_index("ix_finding_transmission_id", ["transmission_id"], unique=False)

    op.create_table(
        "acknowledgment_expected",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("control", sa.String(length=20), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
            name=op.f("fk_acknowledgment_expected_delivery_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgment_expected")),
    )
    op.create_table(
        "lane",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_lane_delivery_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("name", "delivery_id", name=op.f("pk_lane")),
    )
    with op.batch_alter_table("lane", schema=None) as batch_op:
        batch_op.create_index("ix_lane_delivery_id", ["delivery_id"], unique=False)


def downgrade() -> None:
    """Back: only for tests."""
    with op.batch_alter_table("lane", schema=None) as batch_op:
        batch_op.drop_index("ix_lane_delivery_id")

    op.drop_table("lane")
    op.drop_table("acknowledgment_expected")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index("ix_finding_transmission_id")
        batch_op.drop_index("ix_finding_document_id")

    op.drop_table("finding")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_delivery_effect", sqlite_where=sa.text("kind = 'erp'"), postgresql_where=sa.text("kind = 'erp'")
        )
        batch_op.drop_index(
            "ix_delivery_work",
            sqlite_where=sa.text("state IN ('ready', 'retry', 'in_doubt')"),
            postgresql_where=sa.text("state IN ('ready', 'retry', 'in_doubt')"),
        )
        batch_op.drop_index("ix_delivery_transmission_id")
        batch_op.drop_index("ix_delivery_interchange_id")
        batch_op.drop_index("ix_delivery_document_id")

    op.drop_table("delivery")
    op.drop_table("functional_group")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_document_reserved",
            sqlite_where=sa.text("state = 'translated'"),
            postgresql_where=sa.text("state = 'translated'"),
        )
        batch_op.drop_index("ix_document_transmission_id")
        batch_op.drop_index("ix_document_number")
        batch_op.drop_index("ix_document_interchange_id")

    op.drop_table("document")
    with op.batch_alter_table("interchange", schema=None) as batch_op:
        batch_op.drop_index("ix_interchange_control_key")

    op.drop_table("interchange")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("ix_case_subject")
        batch_op.drop_index("ix_case_state")

    op.drop_table("case")
    with op.batch_alter_table("transmission", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_transmission_work",
            sqlite_where=sa.text("state = 'received'"),
            postgresql_where=sa.text("state = 'received'"),
        )
        batch_op.drop_index("ix_transmission_sha256")

    op.drop_table("transmission")
    op.drop_table("target")
    op.drop_table("schedule_tick")
    op.drop_table("request")
    op.drop_table("profile_version")
    op.drop_table("id_block")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_about")

    op.drop_table("event")
    op.drop_table("control_next")
    op.drop_table("checkpoint")
    op.drop_table("blob")
