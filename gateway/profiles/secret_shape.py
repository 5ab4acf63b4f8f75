"""How a settings file says where a secret is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.profiles.strict import Shape


class SecretShape(Shape):
    """Where a secret is kept, never the secret."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    file: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SecretShape:
        if (self.env is None) == (self.file is None):
            raise PydanticCustomError("secret_form", "", {})
        return self
