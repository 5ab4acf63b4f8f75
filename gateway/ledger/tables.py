"""Every table of the ledger. Ids are handed out (see `write.py`), so that rows refer to each other before they are written."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy import text as sql

from gateway.ledger.columns import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# 64-bit everywhere; SQLite's own integer key is 64-bit and is the row itself.
Id = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=False)


def _of(name: str, *, null: bool = False) -> Column[int]:
    """A reference to a row of the table `name`, checked at the commit: rows of one commit come in any order."""
    reference = ForeignKey(f"{name}.id", deferrable=True, initially="DEFERRED")
    return Column(f"{name}_id", Id, reference, nullable=null)


def _work() -> tuple[Column[object], ...]:
    """State lives where the thing lives: what the claim needs to know of a row."""
    return (
        Column("due_at", Instant, nullable=False),
        Column("attempts", Integer, nullable=False, default=0),
        Column("owner", String(64)),
        Column("token", Integer, nullable=False, default=0),
        Column("lease_until", Instant),
    )


# The next free id per table, handed out in blocks: one UPDATE per thousand rows.
id_block = Table("id_block", metadata, Column("name", String(40), primary_key=True), Column("next", Id, nullable=False))

blob = Table(
    "blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("kept_at", Instant, nullable=False),
)

transmission = Table(
    "transmission",
    metadata,
    _id(),
    Column("direction", String(3), nullable=False),
    Column("channel", String(80), nullable=False),
    Column("source_key", String(300), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), ForeignKey("blob.sha256"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("partner", String(80)),
    Column("format", String(10)),
    Column("received_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("state", String(12), nullable=False),
    Column("reason", String(80)),
    Column("answer", LargeBinary),
    *_work(),
    Unique("channel", "source_key"),
    Index(
        "ix_transmission_work",
        "due_at",
        "id",
        sqlite_where=sql("state = 'received'"),
        postgresql_where=sql("state = 'received'"),
    ),
    Index("ix_transmission_sha256", "sha256"),
)

interchange = Table(
    "interchange",
    metadata,
    _id(),
    _of("transmission"),
    Column("ordinal", Integer, nullable=False),
    Column("partner", String(80)),
    Column("entity", String(80)),
    Column("sender", String(24), nullable=False),
    Column("receiver", String(24), nullable=False),
    Column("control", String(20), nullable=False),
    Column("usage", String(1), nullable=False),
    Column("version", String(8), nullable=False),
    Column("control_key", String(120), nullable=False),
    Column("sha256", String(64)),
    Column("state", String(12), nullable=False),
    Column("reason", String(80)),
    Column("waived", Text),
    Column("ta1_code", String(1)),
    Column("ta1_note", String(3)),
    Column("acknowledgment", String(12), nullable=False),
    Column("no_ack_reason", String(80)),
    Column("settled_at", Instant),
    Unique("transmission_id", "ordinal"),
    Index("ix_interchange_control_key", "control_key"),
)

functional_group = Table(
    "functional_group",
    metadata,
    _id(),
    _of("interchange"),
    Column("ordinal", Integer, nullable=False),
    Column("functional_id", String(4), nullable=False),
    Column("control", String(20), nullable=False),
    Column("version", String(20), nullable=False),
    Column("claimed", String(12)),
    Column("counted", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("ack_code", String(1)),
    Column("acknowledgment", String(12), nullable=False),
    Column("no_ack_reason", String(80)),
    Unique("interchange_id", "ordinal"),
)

# One row per thing read: a transaction set (or, later, a CSV document), with its canonical document where it has one.
document = Table(
    "document",
    metadata,
    _id(),
    _of("transmission"),
    _of("interchange", null=True),
    Column("group_ordinal", Integer),
    Column("ordinal", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("control", String(20)),
    Column("verdict", String(1)),
    Column("implementation", String(40)),
    Column("ak5_codes", String(20)),
    Column("segments", Integer),
    Column("partner", String(80)),
    Column("entity", String(80)),
    Column("usage", String(1)),
    Column("number", String(80)),
    Column("orders", Text),
    Column("business_key", Text),
    Column("duplicate_key", Text),
    Column("content_sha", String(64)),
    Column("revision", Integer, nullable=False, default=1),
    Column("value", String(40)),
    Column("canonical", LargeBinary),
    Column("profile_sha", String(64)),
    Column("map_sha", String(64)),
    Column("version", Integer, nullable=False, default=1),
    Column("state", String(12), nullable=False),
    Column("reason", String(80)),
    Index("ix_document_transmission_id", "transmission_id"),
    Index("ix_document_interchange_id", "interchange_id"),
    Index("ix_document_number", "number"),
    # A business key is reserved by the one document that was accepted under it.
    Index(
        "uq_document_reserved",
        "duplicate_key",
        "revision",
        unique=True,
        sqlite_where=sql("state = 'translated'"),
        postgresql_where=sql("state = 'translated'"),
    ),
)

finding = Table(
    "finding",
    metadata,
    _id(),
    _of("transmission"),
    _of("interchange", null=True),
    _of("document", null=True),
    Column("code", String(80), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_finding_transmission_id", "transmission_id"),
    Index("ix_finding_document_id", "document_id"),
)

delivery = Table(
    "delivery",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False),  # erp | acknowledgment | document
    Column("target", String(80), nullable=False),  # an ERP's name, or a channel's
    Column("partner", String(80)),
    Column("document_kind", String(8)),
    _of("transmission", null=True),
    _of("interchange", null=True),
    _of("document", null=True),
    Column("business_key", Text),
    Column("revision", Integer, nullable=False, default=1),
    Column("idempotency_key", String(36), unique=True),
    Column("acknowledgment_kind", String(8)),
    Column("name", String(255)),
    Column("content", LargeBinary),
    Column("sha256", String(64)),
    Column("state", String(12), nullable=False),
    Column("doubtful", Boolean, nullable=False, default=False),
    Column("give_up_at", Instant),
    Column("reference", String(200)),
    Column("last_error", Text),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    *_work(),
    Index(
        "uq_delivery_effect",
        "target",
        "business_key",
        "revision",
        unique=True,
        sqlite_where=sql("kind = 'erp'"),
        postgresql_where=sql("kind = 'erp'"),
    ),
    Index(
        "ix_delivery_work",
        "target",
        "due_at",
        "id",
        sqlite_where=sql("state IN ('ready', 'retry', 'in_doubt')"),
        postgresql_where=sql("state IN ('ready', 'retry', 'in_doubt')"),
    ),
    Index("ix_delivery_transmission_id", "transmission_id"),
    Index("ix_delivery_interchange_id", "interchange_id"),
    Index("ix_delivery_document_id", "document_id"),
)

# Ordered effects: a delivery waits while an older one stands in a lane of its own; a finished one leaves its lanes.
lane = Table(
    "lane",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("delivery_id", Id, ForeignKey("delivery.id", deferrable=True, initially="DEFERRED"), primary_key=True),
    Index("ix_lane_delivery_id", "delivery_id"),
)

target = Table(
    "target",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("down_since", Instant),
    Column("probe_at", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("why", Text),
)

control_next = Table(
    "control_next",
    metadata,
    Column("own_id", String(24), primary_key=True),
    Column("partner_id", String(24), primary_key=True),
    Column("level", String(3), primary_key=True),
    Column("usage", String(1), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

acknowledgment_expected = Table(
    "acknowledgment_expected",
    metadata,
    _id(),
    _of("delivery"),
    Column("kind", String(8), nullable=False),
    Column("control", String(20), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(24), nullable=False),
)

case = Table(
    "case",
    metadata,
    _id(),
    Column("subject", String(120), nullable=False),  # "document 17": what it is about, and what the verbs act on
    Column("reason", String(80), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("location", Text),
    Column("fix", Text),
    Column("owner", String(8), nullable=False),
    Column("value", String(40)),
    Column("partner", String(80)),
    Column("kind", String(8)),
    Column("number", String(80)),
    _of("transmission", null=True),
    Column("state", String(20), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("outcome", Text),
    Index("ix_case_state", "state", "id"),
    Index("ix_case_subject", "subject"),
)

event = Table(
    "event",
    metadata,
    _id(),
    Column("at", Instant, nullable=False),
    Column("who", String(80), nullable=False),
    Column("what", String(80), nullable=False),
    Column("about", String(120), nullable=False),
    Column("detail", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Index("ix_event_about", "about"),
)

# A signed state of the trail: `size` events, the last of them `last_event`. `peaks` (of the newest alone) let the tree grow on.
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Id, primary_key=True, autoincrement=False),
    Column("root", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("last_event", Id, nullable=False),
    Column("peaks", LargeBinary),
)

schedule_tick = Table(
    "schedule_tick",
    metadata,
    Column("schedule", String(80), primary_key=True),
    Column("due_at", Instant, primary_key=True),
    Column("state", String(12), nullable=False),
)

profile_version = Table(
    "profile_version",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("partner", String(80), nullable=False),
    Column("first_used_at", Instant, nullable=False),
    Column("content", Text, nullable=False),
)

# A request over the control socket that was answered: asked again under its id, it gets the same answer.
request = Table(
    "request",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("verb", String(40), nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
