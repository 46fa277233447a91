"""Outcomes of runs: from events alone."""

from __future__ import annotations

from engine.events import AnyEvent, CallReturned, ProcessExited, RunEnded
from engine.understand.outcome import Outcome, Outcomes


def outcomes(*events: AnyEvent) -> list[Outcome]:
    seen = Outcomes()
    for event in events:
        seen.see(event)
    return seen.found()


def received(count: int | None, stream: str = "1>", error: str | None = None, eof: bool = False) -> CallReturned:
    return CallReturned(
        t=0,
        began=0,
        process="server",
        call=1,
        op="recv",
        moved="received",
        stream=stream,
        count=count,
        error=error,
        eof=eof,
    )


def test_the_sizes_of_the_receives_in_order_by_stream() -> None:
    found = outcomes(received(12), received(3), received(7, "2>"), received(1), received(0, eof=True))
    assert found == [
        Outcome(process="server", stream="1>", receives=(12, 3, 1)),
        Outcome(process="server", stream="2>", receives=(7,)),
    ]


def test_two_runs_that_went_alike_have_equal_outcomes() -> None:
    assert set(outcomes(received(15), received(0, eof=True))) == set(outcomes(received(15)))


def test_an_empty_datagram_is_one() -> None:
    assert outcomes(received(0), received(5)) == [Outcome(process="server", stream="1>", receives=(0, 5))]


def test_a_receive_that_failed_is_the_error_of_its_stream() -> None:
    found = outcomes(received(4), received(None, error="BlockingIOError"), received(None, error="ConnectionResetError"))
    assert found == [Outcome(process="server", stream="1>", receives=(4,), error="ConnectionResetError")]


def test_a_process_that_failed_says_by_what() -> None:
    crashed = ProcessExited(t=0, process="server", code=1, error="UnicodeDecodeError: 'utf-8' codec …")
    assert outcomes(received(4), crashed) == [
        Outcome(process="server", stream="1>", receives=(4,), error="UnicodeDecodeError")
    ]
    assert outcomes(crashed) == [Outcome(process="server", error="UnicodeDecodeError")]
    assert outcomes(ProcessExited(t=0, process="server", code=3)) == [Outcome(process="server", error="exit 3")]
    assert outcomes(ProcessExited(t=0, process="server", signal="SIGKILL")) == [
        Outcome(process="server", error="SIGKILL")
    ]


def test_a_process_that_was_stopped_or_interrupted_did_not_fail() -> None:
    stopped = ProcessExited(t=0, process="server", signal="SIGTERM", stopped=True)
    assert outcomes(received(4), stopped, ProcessExited(t=0, process="client", signal="SIGINT")) == outcomes(
        received(4)
    )


def test_a_run_that_failed_says_why() -> None:
    assert outcomes(RunEnded(t=0, why="failed")) == [Outcome(error="failed")]
    assert outcomes(RunEnded(t=0, why="finished")) == []
