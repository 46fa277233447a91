"""CPython's own tests, with and without the probe: are the outcomes the same?

    python -m tests.truth.cpython_tests [--python /usr/bin/python3 …] [module …]

Any Python from 3.9 on that has its test package can be given. Exits with 1 and names the tests
whose outcome differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from engine.folders import ring_folder
from engine.observe.ring_files import owner
from engine.observe.rings import RingReader
from engine.run import PROBE

RUNNER = Path(__file__).with_name("unittest_outcomes.py")
QUICK = (
    "test.test_socket",
    "test.test_socketserver",
    "test.test_select",
    "test.test_poll",
    "test.test_epoll",
    "test.test_selectors",
    "test.test_asyncio.test_sock_lowlevel",
    "test.test_asyncio.test_events",
    "test.test_asyncio.test_streams",
    "test.test_asyncio.test_unix_events",
    "test.test_httplib",
    "test.test_ftplib",
    "test.test_smtplib",
    "test.test_ssl",
    "test.test_multiprocessing_fork",
)
MODULES = (*(name for name in QUICK if not name.startswith("test.test_asyncio.")), "test.test_asyncio")
SECONDS = 900


class Drain(threading.Thread):
    """Reads every ring in a folder until told to stop; counts the calls."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="drain")
        self.folder = folder
        self.calls = 0
        self.lost = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        readers: dict[Path, RingReader] = {}
        while not self.stopping.is_set():
            for path in self.folder.glob("*.ring"):
                if path not in readers:
                    readers[path] = RingReader(path, "", 0)
            for path, reader in list(readers.items()):
                reader.drain(time.monotonic_ns())
                self.calls += len(reader.take(100_000))
                if not Path(f"/proc/{owner(path)[0]}").exists():
                    self._finish(readers.pop(path))
            time.sleep(0.002)
        for reader in readers.values():
            self._finish(reader)

    def _finish(self, reader: RingReader) -> None:
        self.calls += len(reader.finish())
        self.lost += reader.lost
        reader.close()


def outcomes(python: str, module: str, probe: bool) -> tuple[dict[str, str], int]:
    """The outcome of each test of `module`, and the calls the probe recorded.

    Empty when this Python has no such module.
    """
    with tempfile.TemporaryDirectory() as scratch:
        rings = ring_folder(Path(scratch))
        result = Path(scratch) / "outcomes.json"
        command = [python, *([str(PROBE), str(rings)] if probe else []), str(RUNNER), str(result), module]
        drain = Drain(rings)
        drain.start()
        try:
            with (Path(scratch) / "output").open("w+") as output:
                subprocess.run(
                    command,
                    cwd=scratch,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=SECONDS,
                    check=False,
                    env={**os.environ, "PYTHONPATH": ""},
                )
                output.seek(0)
                text = output.read()
        finally:
            drain.stopping.set()
            drain.join()
            shutil.rmtree(rings, ignore_errors=True)
        if not result.exists():
            sys.exit(f"{module} did not run to its end {'with' if probe else 'without'} the probe:\n{text[-4000:]}")
        return json.loads(result.read_text()), drain.calls


def compare(python: str, module: str) -> bool:
    """Run one module both ways and say what differs. A test that fails in one run only gets another chance in both."""
    bare, _ = outcomes(python, module, probe=False)
    seen, calls = outcomes(python, module, probe=True)
    different = differences(bare, seen)
    flaky: dict[str, str] = {}
    if different:
        again, _ = outcomes(python, module, probe=False)
        seen_again, _ = outcomes(python, module, probe=True)
        for test in list(different):
            if bare.get(test) != again.get(test) or seen_again.get(test) in (bare.get(test), again.get(test)):
                flaky[test] = different.pop(test)
    counts = ", ".join(f"{number} {what}" for what, number in sorted(Counter(bare.values()).items()))
    print(f"{module:42} {counts or 'not there'}; {calls} calls recorded; {len(different)} differ", flush=True)
    for test, how in flaky.items():
        print(f"    not the same twice: {test}: {how}")
    for test, how in different.items():
        print(f"    DIFFERS {test}: {how}")
    return not different


def differences(bare: dict[str, str], seen: dict[str, str]) -> dict[str, str]:
    return {
        test: f"{bare.get(test, 'not run')} without, {seen.get(test, 'not run')} with the probe"
        for test in sorted({*bare, *seen})
        if bare.get(test) != seen.get(test)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("modules", nargs="*", default=MODULES)
    options = parser.parse_args()
    same = True
    for python in options.python or [sys.executable]:
        version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
        print(version, python, flush=True)
        for module in options.modules:
            same = compare(python, module) and same
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
