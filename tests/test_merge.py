"""The order of facts: one log from several rings."""

from __future__ import annotations

from engine.events import ProcessExited
from engine.records import CallRecord
from engine.understand.merge import PATIENCE_NS, CallStep, Fact, Merge

LONG_AFTER = 10 * PATIENCE_NS


def call(process: str, op: str, began: int, ended: int | None) -> CallRecord:
    return CallRecord(
        process=process, pid=ord(process[0]), thread=1, op=op, began=began, ended=ended, cookie=1, fd=3, file="", line=1
    )


def trace(facts: list[Fact]) -> list[str]:
    return [f"{fact.phase} {fact.record.op}" if isinstance(fact, CallStep) else type(fact).__name__ for fact in facts]


def test_a_call_during_which_nothing_happens_is_one_step() -> None:
    merge = Merge()
    merge.add_calls([call("client", "send", 10, 20), call("server", "recv", 30, 40)])
    assert trace(merge.release(LONG_AFTER)) == ["whole send", "whole recv"]


def test_a_call_that_spans_another_is_two_steps() -> None:
    merge = Merge()
    merge.add_calls([call("server", "recv", 5, 40), call("client", "send", 10, 20)])
    assert trace(merge.release(LONG_AFTER)) == ["started recv", "whole send", "returned recv"]


def test_a_recv_that_returns_before_its_send_has_returned_comes_after_the_start_of_the_send() -> None:
    merge = Merge()
    merge.add_calls([call("client", "send", 10, 50), call("server", "recv", 5, 40)])
    assert trace(merge.release(LONG_AFTER)) == ["started recv", "started send", "returned recv", "returned send"]


def test_facts_younger_than_the_patience_wait() -> None:
    merge = Merge()
    merge.add_calls([call("client", "send", 10, 20)])
    assert trace(merge.release(PATIENCE_NS)) == []
    assert trace(merge.release(PATIENCE_NS + 20)) == ["whole send"]


def test_a_call_in_flight_is_started_once_and_returned_when_its_record_comes() -> None:
    merge = Merge()
    for now in (PATIENCE_NS + 10, PATIENCE_NS + 11):
        merge.add_in_flight([call("server", "accept", 10, None)], now)
    assert trace(merge.release(PATIENCE_NS + 11)) == ["started accept"]
    merge.add_calls([call("server", "accept", 10, 90)])
    assert trace(merge.release(LONG_AFTER)) == ["returned accept"]


def test_a_call_may_turn_blocked_between_its_start_and_its_return() -> None:
    merge = Merge()
    accept = call("server", "accept", 10, None)
    merge.add_in_flight([accept], LONG_AFTER)
    merge.add_blocked(accept, 60)
    merge.add_calls([call("server", "accept", 10, 90)])
    assert trace(merge.release(LONG_AFTER)) == ["started accept", "blocked accept", "returned accept"]


def test_a_held_thread_keeps_nothing_waiting_and_its_call_starts_when_it_is_made() -> None:
    merge = Merge()
    merge.add_held(call("server", "recv", 10, None))
    merge.add_calls([call("client", "send", 20, 30)])
    assert trace(merge.release(LONG_AFTER)) == ["held recv", "whole send"]
    merge.add_calls([call("server", "recv", 2 * LONG_AFTER, 2 * LONG_AFTER + 5)])
    assert trace(merge.release(4 * LONG_AFTER)) == ["whole recv"]
    assert merge.late == 0


def test_the_events_of_the_engine_take_their_place_by_time() -> None:
    merge = Merge()
    merge.add(ProcessExited(t=25, process="client"))
    merge.add_calls([call("client", "close", 10, 20), call("server", "recv", 30, 40)])
    assert trace(merge.release(LONG_AFTER)) == ["whole close", "ProcessExited", "whole recv"]


def test_a_fact_that_comes_after_a_later_one_was_released_is_counted_not_lost() -> None:
    merge = Merge()
    merge.add_calls([call("server", "recv", 30, 40)])
    merge.release(LONG_AFTER)
    merge.add_calls([call("client", "send", 10, 20)])
    assert trace(merge.release(LONG_AFTER)) == ["whole send"]
    assert merge.late == 1


def test_finish_gives_all_that_is_left() -> None:
    merge = Merge()
    merge.add_calls([call("client", "send", 10, 20)])
    assert trace(merge.finish()) == ["whole send"]
