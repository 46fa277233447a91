"""Runs test modules of the standard library and writes every test's outcome as JSON.

    python unittest_outcomes.py OUT.json test.test_socket [test.test_ssl …]

Plain Python 3.9+, run by the interpreter under test, with or without the probe.
"""

import importlib.util
import json
import sys
import unittest
import warnings

from test import support

LEFT_OUT = ("VSOCK",)  # hangs where the kernel has no VSOCK


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def addSuccess(self, test):
        self.outcomes.setdefault(test.id(), "passed")

    def addFailure(self, test, err):
        self.outcomes[test.id()] = "failed"
        self.explain(test, err)

    def addError(self, test, err):
        self.outcomes[test.id()] = "failed"
        self.explain(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.outcomes[test.id()] = "failed"
            self.explain(test, err)

    def addSkip(self, test, reason):
        self.outcomes[test.id()] = "skipped"

    def addExpectedFailure(self, test, err):
        self.outcomes[test.id()] = "failed as expected"

    def explain(self, test, err):
        print(test.id(), self._exc_info_to_string(err, test), file=sys.stderr, flush=True)


def main():
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


def run(suite, result):
    """Through the suites, so that the fixtures of modules and classes are run, but without what is left out."""
    remove(suite)
    suite.run(result)


def remove(suite):
    suite._tests = [it for it in suite._tests if not any(name in it.__class__.__name__ for name in LEFT_OUT)]
    for it in suite._tests:
        if isinstance(it, unittest.TestSuite):
            remove(it)


if __name__ == "__main__":
    main()
