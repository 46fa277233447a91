"""Lessons with values that hypothesis draws, within what each parameter allows and what a test has time for."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.parameters import Parameter
from tests.plays import SHELF, Play

LONGEST = 0.3
"""Seconds of a pause."""
MOST = 3000
"""Of whatever is counted: bytes, mostly."""
FEW = {"ACTIVE": 20, "CLIENTS": 4, "CONNECTIONS": 60, "REPEATS": 3, "REQUESTS": 6, "COUNT": 30, "REPEAT": 100}
"""Of what takes longer; and of active descriptors, since strace tells only 1024 characters of what poll returned."""
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/")
"""A file name drawn with a slash would be a path."""


def plays(lesson: str) -> st.SearchStrategy[Play]:
    """The lesson in any variant, with any values; its port is still to be given."""
    known = SHELF.lessons[lesson]
    variants = st.sampled_from([variant.name for variant in known.variants] or [""])
    values = st.fixed_dictionaries({it.name: value(it) for it in known.parameters if it.name != "PORT"})
    return st.builds(Play, st.just(lesson), variants, values)


def value(parameter: Parameter) -> st.SearchStrategy[object]:
    least, most = parameter.minimum or 0, parameter.maximum or 0
    match parameter.kind:
        case "bool":
            return st.booleans()
        case "int":
            return st.integers(int(least), int(min(most, max(least, FEW.get(parameter.name, MOST)))))
        case "number":
            return st.sampled_from(sorted({least, max(least, LONGEST / 3), max(least, LONGEST)}))
        case "text":
            return st.text(CHARACTERS, min_size=int(least), max_size=int(min(most, 40)))
        case "texts":
            texts = st.text(CHARACTERS, max_size=40)
            return st.lists(texts, min_size=int(least), max_size=int(min(most, 8)))
