"""A recording: what was flushed is there, in order, whatever happens to the engine."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from engine import recording
from engine.errors import CannotRecord, NotARecording
from engine.events import ProcessOutput, RunStarted, decoder
from engine.recording import Chunk, Header, Recording, prune

HEADER = Header(run="r", lesson="sticky", started_at="2026-01-01T00:00:00Z", platform="test")


def event(seq: int, text: str = "x") -> ProcessOutput:
    return ProcessOutput(seq=seq, t=seq * 10, process="server", stream="stdout", text=text)


def write(log: Recording, first: int, last: int) -> None:
    for seq in range(first, last + 1):
        log.append(event(seq))
    log.flush()


def seqs(log: Recording, after: int = 0) -> list[int]:
    return [decoder.decode(line).seq for line in log.lines(after)]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    """A new recording whose chunks hold ten events."""
    monkeypatch.setattr(recording, "CHUNK_EVENTS", 10)
    log = Recording.create(tmp_path / "r", HEADER)
    yield log
    log.close()


def test_what_was_flushed_is_on_disk_one_object_a_line(log: Recording) -> None:
    write(log, 1, 2)
    log.append(event(3, "not flushed"))
    lines = (log.folder / "00001.jsonl").read_bytes()
    assert lines == b"\n".join(log.tail[:2]) + b"\n"


def test_a_full_chunk_is_closed_and_its_name_is_the_index(log: Recording) -> None:
    write(log, 1, 23)
    assert log.chunks == [Chunk(1, 1, 10), Chunk(2, 11, 20)]
    assert (log.tail_first, log.last_seq, len(log.tail)) == (21, 23, 3)
    assert sorted(os.listdir(log.folder)) == [
        "00001.1-10.jsonl.gz",
        "00002.11-20.jsonl.gz",
        "00003.jsonl",
        "header.json",
    ]


def test_a_chunk_is_closed_by_its_size_too(log: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "CHUNK_BYTES", 1000)
    log.append(event(1, "x" * 2000))
    assert log.chunks == [Chunk(1, 1, 1)]


def test_a_closed_chunk_holds_the_encoded_lines_and_does_not_change(log: Recording) -> None:
    write(log, 1, 9)
    lines = list(log.tail)
    write(log, 10, 15)
    packed = log.chunk_path(1).read_bytes()
    assert gzip.decompress(packed).splitlines()[:9] == lines
    log.close()
    assert log.chunk_path(1).read_bytes() == packed


def test_a_chunk_that_is_not_closed_has_no_path(log: Recording) -> None:
    write(log, 1, 5)
    with pytest.raises(KeyError):
        log.chunk_path(1)


def test_closing_turns_the_tail_into_a_chunk(log: Recording) -> None:
    write(log, 1, 13)
    log.close()
    assert (log.chunks, log.tail, log.tail_first, log.closed) == ([Chunk(1, 1, 10), Chunk(2, 11, 13)], [], 14, True)
    assert not list(log.folder.glob("*.jsonl"))


def test_an_empty_recording_closes_without_a_chunk(log: Recording) -> None:
    log.close()
    assert (log.chunks, log.last_seq, seqs(log)) == ([], 0, [])


@pytest.mark.parametrize("wrong", [0, 3, 5])
def test_an_event_out_of_turn_is_an_error(log: Recording, wrong: int) -> None:
    write(log, 1, 3)
    with pytest.raises(ValueError, match="after 3"):
        log.append(event(wrong))


def test_nothing_is_appended_to_a_closed_recording(log: Recording) -> None:
    log.close()
    with pytest.raises(ValueError, match="closed"):
        log.append(event(1))


def test_lines_after_any_event_are_the_rest(log: Recording) -> None:
    write(log, 1, 25)
    for after in range(27):
        assert seqs(log, after) == list(range(after + 1, 26))


def test_memory_reaches_back_over_the_last_closed_chunk(log: Recording) -> None:
    write(log, 1, 25)
    for after in range(10, 26):
        recent = log.recent(after)
        assert recent is not None
        assert [decoder.decode(line).seq for line in recent] == list(range(after + 1, 26))
    assert log.recent(9) is None


def test_opened_again_it_is_the_same(log: Recording) -> None:
    write(log, 1, 25)
    written = list(log.lines())
    log.close()
    again = Recording.open(log.folder)
    assert list(again.lines()) == written
    assert (again.header, again.last_seq, again.last_t, again.closed) == (HEADER, 25, 250, True)


def test_the_first_event_says_what_was_run(log: Recording) -> None:
    assert log.run_started() is None
    log.append(RunStarted(seq=1, t=0, run="r", lesson="sticky", started_at="", parameters={"PORT": 8001}))
    started = log.run_started()
    assert started is not None
    assert started.parameters == {"PORT": 8001}


def test_a_torn_last_line_is_left_out(log: Recording) -> None:
    write(log, 1, 13)
    with (log.folder / "00002.jsonl").open("ab") as file:
        file.write(b'{"type":"process.output","seq":14,"t')
    again = Recording.open(log.folder)
    assert (seqs(again), again.last_seq, again.closed) == (list(range(1, 14)), 13, True)


def test_an_engine_killed_between_rename_and_remove_leaves_each_event_once(log: Recording) -> None:
    write(log, 1, 9)
    plain = (log.folder / "00001.jsonl").read_bytes()
    log.append(event(10))
    (log.folder / "00001.jsonl").write_bytes(plain + log._previous[-1] + b"\n")
    assert seqs(Recording.open(log.folder)) == list(range(1, 11))


def test_an_engine_killed_while_it_closed_a_chunk_leaves_the_plain_one(log: Recording) -> None:
    write(log, 1, 7)
    (log.folder / "closing.part").write_bytes(b"\x1f\x8b half a gzip file")
    assert seqs(Recording.open(log.folder)) == list(range(1, 8))


def test_opening_changes_nothing_on_disk(log: Recording) -> None:
    write(log, 1, 13)
    before = {path.name: path.read_bytes() for path in log.folder.iterdir()}
    Recording.open(log.folder)
    assert {path.name: path.read_bytes() for path in log.folder.iterdir()} == before


def test_after_kill_9_everything_flushed_is_there(tmp_path: Path) -> None:
    writer = """
        import sys
        from pathlib import Path
        from engine.events import ProcessOutput
        from engine.recording import Header, Recording
        log = Recording.create(Path(sys.argv[1]), Header(run="r", lesson="sticky", started_at=""))
        seq = 0
        while True:
            for _ in range(100):
                seq += 1
                log.append(ProcessOutput(seq=seq, t=seq, process="server", stream="stdout", text="x" * 40))
            log.flush()
            print(seq, flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(writer), str(tmp_path / "r")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as engine:
        assert engine.stdout is not None
        flushed = 0
        while flushed < 20_000:  # it has closed a few chunks, and is in the middle of the next
            flushed = int(engine.stdout.readline())
        engine.kill()
    found = seqs(Recording.open(tmp_path / "r"))
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= flushed


@pytest.mark.parametrize(
    "header", [None, b"", b"{}", msgspec.json.encode({**msgspec.to_builtins(HEADER), "schema": 0})]
)
def test_what_is_no_recording_is_not_opened(tmp_path: Path, header: bytes | None) -> None:
    if header is not None:
        (tmp_path / "header.json").write_bytes(header)
    with pytest.raises(NotARecording):
        Recording.open(tmp_path)


def test_pruning_keeps_the_newest_and_the_live_ones(tmp_path: Path) -> None:
    for number in range(6):
        log = Recording.create(tmp_path / str(number), HEADER)
        os.utime(log.folder, ns=(number, number))
    (tmp_path / "not a recording").mkdir()
    prune(tmp_path, keep=2, live={"1"})
    assert sorted(os.listdir(tmp_path)) == ["1", "4", "5", "not a recording"]


def test_a_snapshot_stays_as_it_was_taken(log: Recording) -> None:
    write(log, 1, 15)
    taken = log.snapshot()
    write(log, 16, 45)
    assert seqs(taken) == list(range(1, 16))
    assert (taken.last_seq, taken.closed) == (15, True)


def test_a_recording_that_cannot_be_written_any_more_is_closed_all_the_same(
    log: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(data: bytes, *args: object, **more: object) -> bytes:
        raise OSError(28, "No space left on device")

    write(log, 1, 3)
    monkeypatch.setattr("gzip.compress", full)
    with pytest.raises(OSError, match="No space"):
        log.close()
    assert log.closed
    assert seqs(log) == [1, 2, 3]


def test_a_recording_that_cannot_be_begun_leaves_no_folder_and_takes_none_away(
    log: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    for name in ("another", log.folder.name):
        with pytest.raises(CannotRecord):
            Recording.create(tmp_path / name, HEADER)
    assert list(tmp_path.iterdir()) == [log.folder]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: b"not gzip", lambda data: data[:40] + b"x" * 20]
)
def test_a_damaged_chunk_is_named(log: Recording, damage: Callable[[bytes], bytes]) -> None:
    write(log, 1, 23)
    path = log.chunk_path(1)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(NotARecording, match=re.escape(path.name)):
        list(Recording.open(log.folder).lines())


def test_an_open_chunk_that_holds_no_events_is_no_recording(log: Recording) -> None:
    write(log, 1, 3)
    (log.folder / "00001.jsonl").write_bytes(b"no event\n")
    with pytest.raises(NotARecording):
        Recording.open(log.folder)
