"""What does a probed wait cost against a bare one? select, poll and epoll on few and on many descriptors.

    python -m benchmarks.readiness [--rounds 5] [--count 20000]

The program is pinned to one core; whoever reads its ring has the others. Nothing is ready but one descriptor,
and no call waits. Figures are medians of the rounds; the ratio is bare time by probed time.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from benchmarks.probe import bare, leave_a_core, under_probe

PROGRAM = Path(__file__).with_name("programs") / "waits.py"
CASES = [("select", 4), ("select", 400), ("poll", 4), ("poll", 400), ("epoll", 4), ("epoll", 400)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=20_000)
    options = parser.parse_args()
    leave_a_core()
    for kind, descriptors in CASES:
        count = options.count // (1 if descriptors < 100 or kind == "epoll" else 20)
        program = [str(PROGRAM), kind, str(descriptors), str(count)]
        pairs = [(bare(program), under_probe(program)) for _ in range(options.rounds)]
        without, probed = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = statistics.median(one / other for one, other in pairs)
        print(
            f"{kind:7} {descriptors:4} descriptors: bare {without * 1e6:7.2f} µs, "
            f"probed {probed * 1e6:7.2f} µs, {ratio:.2f} × bare"
        )


if __name__ == "__main__":
    main()
