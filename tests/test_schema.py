"""The published schema of the events is that of the code."""

from __future__ import annotations

import json
from pathlib import Path

from engine.events import json_schema

COPY = Path(__file__).parent.parent / "docs" / "events.schema.json"


def in_any_order(schema: object) -> object:
    """The schema with its alternatives sorted: which of them comes first differs from one msgspec to another."""
    if isinstance(schema, dict):
        return {key: in_any_order(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return sorted(map(in_any_order, schema), key=json.dumps)
    return schema


def test_the_published_schema_is_not_stale() -> None:
    published = in_any_order(json.loads(COPY.read_text()))
    assert published == in_any_order(json_schema()), "python -m engine.events > docs/events.schema.json"
