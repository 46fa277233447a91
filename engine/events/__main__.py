"""Prints the JSON Schema of one line of a recording."""

from __future__ import annotations

import json

from . import json_schema

print(json.dumps(json_schema(), indent=1))
