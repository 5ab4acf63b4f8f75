"""What every shape of the settings files has in common."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Unknown keys are refused, and "2" is not 2."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
