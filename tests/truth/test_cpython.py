"""CPython's own tests have the same outcomes with and without the probe.

`python -m tests.truth.cpython_tests --python …` does the same for any other Python, and runs all of test_asyncio.
"""

from __future__ import annotations

import importlib.util
import sys

import pytest

from tests.conftest import missing
from tests.truth.cpython_tests import QUICK, compare


@pytest.mark.parametrize("module", QUICK)
def test_outcomes_are_the_same(module: str) -> None:
    if importlib.util.find_spec("test.test_socket") is None:
        missing("CPython's test package", "libpython3-testsuite")
    assert compare(sys.executable, module)
