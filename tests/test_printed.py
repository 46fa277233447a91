"""What is said of what programs print and read: a traceback is one thing, however many pieces it comes in."""

from __future__ import annotations

from engine.events import Event, ProcessInput, ProcessOutput
from engine.understand.explain import Explain

TRACEBACK = """\
Traceback (most recent call last):
  File "client.py", line 3, in <module>
    client.connect(("127.0.0.1", 1))
ConnectionRefusedError: [Errno 111] Connection refused
"""


def told(*facts: Event) -> list[tuple[str, str] | None]:
    """What is said of each: the last word of its key, and the text."""
    explain = Explain()
    captions = [event.caption for fact in facts for event in explain.take(fact)]
    return [None if it is None else (it.key.rpartition(".")[2], str(it.args.get("text", ""))) for it in captions]


def printed(text: str, process: str = "client") -> ProcessOutput:
    return ProcessOutput(t=1, process=process, stream="stderr", text=text)


def test_of_a_traceback_that_comes_line_by_line_the_heading_and_the_exception_are_told() -> None:
    pieces = [printed(line) for line in [*TRACEBACK.splitlines(keepends=True), "  indented\n"]]
    assert told(*pieces) == [
        ("output", "Traceback (most recent call last):"),
        None,
        None,
        ("output", "ConnectionRefusedError: [Errno 111] Connection refused"),
        ("output", "  indented"),
    ]


def test_of_a_traceback_that_comes_as_one_piece_the_exception_is_told() -> None:
    assert told(printed(TRACEBACK)) == [("output", "ConnectionRefusedError: [Errno 111] Connection refused")]


def test_what_another_process_prints_meanwhile_is_told() -> None:
    heading, frame = TRACEBACK.splitlines(keepends=True)[:2]
    assert told(printed(heading), printed("  so far\n", "server"), printed(frame))[1:] == [("output", "  so far"), None]


def test_an_empty_line_that_is_typed_is_told() -> None:
    lines = [ProcessInput(t=1, process="client", text=text) for text in ("\n", "  \n", "你好\n")]
    assert told(*lines) == [("input_empty", ""), ("input", "  "), ("input", "你好")]
