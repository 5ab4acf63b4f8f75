"""A time zone in a settings file, by its name."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise PydanticCustomError("timezone_unknown", "", {"value": name}) from error
    return name


Timezone = Annotated[str, AfterValidator(_timezone)]
