"""What several requests say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

Value = StrictInt | StrictFloat | StrictBool | StrictStr | list[StrictStr]
Values = Annotated[dict[str, Value], Field(max_length=100)]


class LessonChoice(BaseModel):
    """What to run: parameters that are not named keep their defaults, and no variant is the first."""

    model_config = ConfigDict(extra="forbid")

    lesson: str
    parameters: Values = {}
    variant: str = ""
