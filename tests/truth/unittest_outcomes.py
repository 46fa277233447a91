"""Runs test modules of the standard library and writes every test's outcome as JSON.

    python unittest_outcomes.py OUT.json test.test_socket [test.test_ssl …]

Plain Python 3.9+, run by the interpreter under test, with or without the probe.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import unittest
import warnings

from test import support  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    Error = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

LEFT_OUT = ("VSOCK",)  # hangs where the kernel has no VSOCK


class Outcomes(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, str] = {}

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.outcomes.setdefault(test.id(), "passed")

    def addFailure(self, test: unittest.TestCase, err: Error) -> None:  # noqa: N802
        self.outcomes[test.id()] = "failed"
        self.explain(test, err)

    def addError(self, test: unittest.TestCase, err: Error) -> None:  # noqa: N802
        self.outcomes[test.id()] = "failed"
        self.explain(test, err)

    def addSubTest(  # noqa: N802
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Error | None
    ) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.outcomes[test.id()] = "failed"
            self.explain(test, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        self.outcomes[test.id()] = "skipped"

    def addExpectedFailure(self, test: unittest.TestCase, err: Error) -> None:  # noqa: N802
        self.outcomes[test.id()] = "failed as expected"

    def explain(self, test: unittest.TestCase, err: Error) -> None:
        text = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]
        print(test.id(), text, file=sys.stderr, flush=True)


def main() -> None:
    # "network" lets tests go to the internet, but for test_socketserver it only means loopback.
    support.use_resources = ["network"] if sys.argv[2:] == ["test.test_socketserver"] else []
    support.verbose = 0
    warnings.simplefilter("default")
    result = Outcomes()
    for name in sys.argv[2:]:
        if importlib.util.find_spec(name) is not None:  # some came with later Pythons
            run(unittest.defaultTestLoader.loadTestsFromName(name), result)
    with open(sys.argv[1], "w") as file:
        json.dump(result.outcomes, file)


def run(suite: unittest.TestSuite, result: Outcomes) -> None:
    """Through the suites, so that the fixtures of modules and classes are run, but without what is left out."""
    remove(suite)
    suite.run(result)


def remove(suite: unittest.TestSuite) -> None:
    suite._tests = [it for it in suite._tests if not any(name in it.__class__.__name__ for name in LEFT_OUT)]
    for it in suite._tests:
        if isinstance(it, unittest.TestSuite):
            remove(it)


if __name__ == "__main__":
    main()
