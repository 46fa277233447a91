"""What a run can observe, from root down to the least of users."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from engine.capture_helper import COUNT
from engine.errors import CannotStart
from engine.events import AnyEvent, CallReturned, RunStarted, SegmentCaptured, SocketSampled, decoder
from engine.observers import Observing, may_capture
from engine.packet_sockets import PacketSockets
from engine.playground import Playground
from tests.conftest import missing

ROOT = Path(__file__).parent.parent
LESSONS = sorted(path.parent.name for path in (ROOT / "engine" / "scenarios").glob("*/scenario.toml"))
NOBODY = 65534


async def run_to_end(here: Playground, lesson: str, port: int, seconds: float = 4) -> list[AnyEvent]:
    """The events of a lesson; one that does not end by itself is stopped after a while."""
    run = await here.start_run(lesson, {"PORT": port})
    try:
        await asyncio.wait_for(run.wait(), seconds)
    except TimeoutError:
        await run.stop()
        await run.wait()
    await here.close()
    return [decoder.decode(line) for line in run.recording.lines()]


def events(tmp_path: Path, lesson: str, port: int, observing: Observing) -> list[AnyEvent]:
    return asyncio.run(run_to_end(Playground(tmp_path, observing=observing), lesson, port))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_runs_where_only_the_probe_works(lesson: str, tmp_path: Path, free_port: int) -> None:
    found = events(tmp_path, lesson, free_port, Observing(portable=True))
    assert isinstance(found[0], RunStarted)
    assert (found[0].segments, found[0].segments_why) == ("absent", "ui.no_segments_portable")
    assert any(isinstance(event, CallReturned) for event in found)
    assert not any(isinstance(event, SegmentCaptured | SocketSampled) for event in found)


UNPRIVILEGED = """
import asyncio, os, sys
from pathlib import Path
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
from engine.observers import Observing, may_capture
from engine.packet_sockets import PacketSockets
from engine.playground import Playground
from tests.test_observers import run_to_end

async def main():
    here = Playground(Path(sys.argv[1]), observing=Observing({observing}))
    for event in await run_to_end(here, "sticky", int(sys.argv[2])):
        print(type(event).__name__, getattr(event, "segments", ""), getattr(event, "network", ""),
              getattr(event, "segments_why", ""), getattr(event, "data_segments_out", ""))

asyncio.run(main())
"""


def reachable_python() -> str:
    """An interpreter of this version that any user may execute; ours may lie in somebody's home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(version, path="/usr/bin:/usr/local/bin")):
        if candidate and reachable(Path(candidate).resolve()):
            return str(Path(candidate).resolve())
    missing(f"a {version} that every user may execute", version)
    raise AssertionError


def reachable(path: Path) -> bool:
    return path.stat().st_mode & 0o001 != 0 and all(parent.stat().st_mode & 0o001 for parent in path.parents)


def run_as_nobody(request: pytest.FixtureRequest, port: int, observing: str) -> list[list[str]]:
    """The events of sticky, run by another user: name, segments, network, why and data segments of each."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; run as one, every run is this test")
    home = folder_of(NOBODY, request)
    program = UNPRIVILEGED.format(nobody=NOBODY, observing=observing)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}", "TMPDIR": str(home)}
    done = subprocess.run(
        [reachable_python(), "-c", program, str(home), str(port)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ") for line in done.stdout.splitlines()]
    assert (lines[0][0], lines[-1][0]) == ("RunStarted", "RunEnded")
    return lines


def test_an_unprivileged_user_gets_a_private_loopback_and_its_segments(
    request: pytest.FixtureRequest, free_port: int
) -> None:
    lines = run_as_nobody(request, free_port, "mtu=1500, max_segments=1")
    _, segments, network, why, _ = lines[0]
    if network == "private":
        assert segments == "measured"
        assert sum(line[0] == "SegmentCaptured" for line in lines) >= 8
    else:  # an administrator may forbid user namespaces: then the run says so, and runs
        assert (segments, why) == ("derived", "ui.no_segments_not_permitted")


def test_without_any_right_the_kernel_still_counts_the_segments(request: pytest.FixtureRequest, free_port: int) -> None:
    lines = run_as_nobody(request, free_port, "network='machine'")
    assert lines[0][1:4] == ["derived", "machine", "ui.no_segments_not_permitted"]
    counted = [int(line[4]) for line in lines if line[0] == "SocketSampled" and line[4] not in ("", "None")]
    assert max(counted) == 2


def folder_of(user: int, request: pytest.FixtureRequest) -> Path:
    """A folder of that user's own, outside pytest's private ones; removed after the test."""
    folder = Path(tempfile.mkdtemp(prefix="unprivileged-", dir="/tmp"))
    request.addfinalizer(lambda: shutil.rmtree(folder))
    os.chown(folder, user, user)
    return folder


def test_packet_sockets_from_the_helper_serve_one_run_after_the_other(tmp_path: Path, free_port: int) -> None:
    """The helper as root would run it; `env` stands in the place of `sudo`."""
    if not may_capture():
        missing("CAP_NET_RAW", "nothing to install, run as root")
    packets = PacketSockets.from_helper(("env",))
    for number in range(2 * COUNT):
        found = events(tmp_path / str(number), "sticky", free_port, Observing(packets=packets))
        assert isinstance(found[0], RunStarted)
        assert found[0].segments == "measured"
        assert sum(isinstance(event, SegmentCaptured) for event in found) >= 8
    packets.close()


def test_a_helper_that_may_not_open_them_is_said() -> None:
    with pytest.raises(CannotStart):
        PacketSockets.from_helper(("false",))
