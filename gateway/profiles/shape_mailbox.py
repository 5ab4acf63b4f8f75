"""What may stand in [channel.mailbox]: every key, its type and its limits; and the `Mailbox` that it comes to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.profiles.mailbox import DAYS, Mailbox, SecretPlace, clock_of, days_of, host_key, window_of
from gateway.profiles.secret_shape import SecretShape
from gateway.profiles.strict import Shape
from gateway.profiles.zone_shape import Timezone

_MEGA = 1 << 20
_YEARS = timedelta(days=5 * 366)


def _host_key(line: str) -> str:
    key = host_key(line)
    if key is None:
        raise PydanticCustomError("host_key_unfit", "", {"value": line[:60]})
    return key


def _path(path: str) -> str:
    """Absolute or from the account's own folder; none of its parts leads up or hides something."""
    if not path.isprintable() or any(part == ".." for part in path.split("/")):
        raise PydanticCustomError("mailbox_path_unfit", "", {"value": path})
    return path.rstrip("/") or "/"


def _clock(text: str) -> str:
    if clock_of(text) is None:
        raise PydanticCustomError("clock_unfit", "", {"value": text})
    return text


def _days(text: str) -> str:
    if days_of(text) is None:
        raise PydanticCustomError("days_unfit", "", {"value": text})
    return text


def _window(text: str) -> str:
    if window_of(text) is None:
        raise PydanticCustomError("window_unfit", "", {"value": text})
    return text


def _cron(text: str) -> str:
    """Five fields as crontab has them; weekdays by name, because APScheduler counts them from Monday and cron from Sunday."""
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - most homes have no mailbox

    now = datetime.now(UTC)
    fields = text.split()
    try:
        trigger = CronTrigger.from_crontab(text, timezone=UTC)
        trigger.end_date = now + _YEARS
        fit = not any(sign.isdigit() for sign in fields[4]) and trigger.get_next_fire_time(None, now) is not None
    except (ValueError, IndexError):
        fit = False
    if not fit:
        raise PydanticCustomError("cron_unfit", "", {"value": text, "days": " ".join(DAYS)})
    return text


Line = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
HostKey = Annotated[str, AfterValidator(_host_key)]
Path = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_path)]
Clock = Annotated[str, AfterValidator(_clock)]
Weekdays = Annotated[str, AfterValidator(_days)]
WindowText = Annotated[str, AfterValidator(_window)]
Cron = Annotated[str, AfterValidator(_cron)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class MailboxShape(Shape):
    """A mailbox on somebody else's SFTP server."""

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:_-]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    user: Line
    key: SecretShape | None = None
    passphrase: SecretShape | None = None
    password: SecretShape | None = None
    host_keys: Annotated[list[HostKey], Field(min_length=1)]
    take_from: Path | None = None
    put_into: Path | None = None
    done: Path | None = None  # or "delete", as where nothing is said
    ignore: list[Line] = Field(default_factory=list)
    every_seconds: Annotated[Number, Field(ge=5, le=86_400)] | None = None
    cron: Cron | None = None
    timezone: Timezone | None = None
    windows: list[WindowText] = Field(default_factory=list)
    holidays: list[date] = Field(default_factory=list)
    expect_by: Clock | None = None
    expect_days: Weekdays | None = None
    largest_mb: Annotated[int, Field(ge=1, le=65_536)] = 1024
    files_per_visit: Annotated[int, Field(ge=1, le=100_000)] = 1000
    connect_seconds: Annotated[Number, Field(ge=1, le=120)] = 20.0
    reply_seconds: Annotated[Number, Field(ge=1, le=600)] = 60.0
    visit_seconds: Annotated[Number, Field(ge=10, le=86_400)] = 3600.0

    @model_validator(mode="after")
    def _whole(self) -> MailboxShape:
        """What is said once must be said once, and something must be said at all."""
        if (self.key is None) == (self.password is None):
            raise PydanticCustomError("mailbox_login", "", {})
        if self.every_seconds is not None and self.cron is not None:
            raise PydanticCustomError("mailbox_schedule", "", {})
        if self.take_from is None and self.put_into is None:
            raise PydanticCustomError("mailbox_idle", "", {})
        if self.take_from is not None and self.take_from in (self.put_into, self.done):
            raise PydanticCustomError("mailbox_folders", "", {"value": self.take_from})
        return self

    def mailbox(self, timezone: str) -> Mailbox:
        """What it comes to, in `timezone` where it names none itself."""
        usual = Mailbox(host=self.host, user=self.user, host_keys=tuple(self.host_keys))
        return Mailbox(
            host=self.host,
            port=self.port,
            user=self.user,
            key=_place(self.key),
            passphrase=_place(self.passphrase),
            password=_place(self.password),
            host_keys=tuple(self.host_keys),
            take_from=self.take_from,
            put_into=self.put_into,
            done=None if self.done == "delete" else self.done,
            ignore=tuple(self.ignore),
            every_seconds=self.every_seconds or usual.every_seconds,
            cron=self.cron,
            timezone=self.timezone or timezone,
            windows=tuple(window for text in self.windows if (window := window_of(text))),
            holidays=tuple(sorted(self.holidays)),
            expect_by=clock_of(self.expect_by) if self.expect_by else None,
            expect_days=(days_of(self.expect_days) if self.expect_days else None) or usual.expect_days,
            largest=self.largest_mb * _MEGA,
            files_per_visit=self.files_per_visit,
            connect_seconds=self.connect_seconds,
            reply_seconds=self.reply_seconds,
            visit_seconds=self.visit_seconds,
        )


def _place(secret: SecretShape | None) -> SecretPlace | None:
    return SecretPlace(env=secret.env, file=secret.file) if secret else None
