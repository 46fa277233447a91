"""The published schema of the events is that of the code."""

from __future__ import annotations

import json
from pathlib import Path

from engine.events import json_schema

COPY = Path(__file__).parent.parent / "docs" / "events.schema.json"


def test_the_published_schema_is_not_stale() -> None:
    assert json.loads(COPY.read_text()) == json_schema(), "python -m engine.events > docs/events.schema.json"
