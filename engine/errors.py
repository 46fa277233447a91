"""Every error a user may meet: one class each. The words are in the catalogs, never here.

An error says whose fault it is by its class and HTTP status: 4xx is the caller's, 5xx is ours or
the machine's. The edge (`web.problems`, `web.cli`) maps it once, to JSON or to a line of text.
"""

from __future__ import annotations

Argument = str | int | float | bool


class EngineError(Exception):
    """An error with a sentence in the catalogs.

    `key` names the sentence, `arguments` fill it, `field` is the parameter it is about (None when
    it is about none), `status` is the HTTP status. (`arguments` and not `args`, which every
    Python exception has already, as a tuple.)
    """

    status: int = 400

    def __init__(self, key: str, *, field: str | None = None, **arguments: Argument) -> None:
        super().__init__(key, arguments)
        self.key = key
        self.arguments: dict[str, Argument] = arguments
        self.field = field


class BadParameter(EngineError):
    """A value a parameter cannot take. The sentence gets the parameter's name as `{field}`."""

    def __init__(self, field: str, key: str, **arguments: Argument) -> None:
        super().__init__(key, field=field, **arguments)
        self.arguments = {"field": field, **arguments}


class UnknownParameter(BadParameter):
    """The lesson has no parameter of this name."""

    def __init__(self, field: str, lesson: str) -> None:
        super().__init__(field, "error.unknown_parameter", lesson=lesson)


class UnknownVariant(EngineError):
    """The lesson has no variant of this name."""

    def __init__(self, variant: str, lesson: str) -> None:
        super().__init__("error.unknown_variant", variant=variant, lesson=lesson)


class PortTaken(EngineError):
    """Somebody listens on `port` already; `free` is a port nobody listens on."""

    status = 409

    def __init__(self, field: str, port: int, free: int) -> None:
        super().__init__("error.port_taken", field=field, port=port, free=free)


class UnknownLesson(EngineError):
    """There is no lesson with this id."""

    status = 404

    def __init__(self, lesson: str) -> None:
        super().__init__("error.unknown_lesson", lesson=lesson)


class CannotReadLessons(EngineError):
    """There is no folder of this name to take lessons from, or it cannot be read; `reason` is the system's own text."""

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__("error.cannot_read_lessons", folder=folder, reason=reason)


class NotAFolderOfLessons(EngineError):
    """The folder is a lesson itself; the one it is in was meant."""

    def __init__(self, folder: str) -> None:
        super().__init__("error.not_a_folder_of_lessons", folder=folder)


class UnknownRun(EngineError):
    """There is no run with this id, neither now nor among the recordings that are kept."""

    status = 404

    def __init__(self, run: str) -> None:
        super().__init__("error.unknown_run", run=run)


class RunOfOtherLesson(EngineError):
    """The run is of another lesson than the one it is to be shown in."""

    def __init__(self, run: str, lesson: str) -> None:
        super().__init__("error.run_of_other_lesson", run=run, lesson=lesson)


class UnknownChunk(EngineError):
    """The recording has no closed chunk of this number."""

    status = 404

    def __init__(self, run: str, number: int) -> None:
        super().__init__("error.unknown_chunk", run=run, number=number)


class RunEnded(EngineError):
    """The run is over, or is being stopped: it takes no more commands."""

    status = 409

    def __init__(self, run: str) -> None:
        super().__init__("error.run_ended", run=run)


class UnknownProcess(EngineError):
    """The run has started no process of this name itself."""

    status = 404

    def __init__(self, process: str) -> None:
        super().__init__("error.unknown_process", process=process)


class ProcessNotStarted(EngineError):
    """The process waits for the moment at which it is to be started."""

    status = 409

    def __init__(self, process: str) -> None:
        super().__init__("error.process_not_started", process=process)


class ProcessEnded(EngineError):
    """The process lives no more."""

    status = 409

    def __init__(self, process: str) -> None:
        super().__init__("error.process_ended", process=process)


class NotHeld(EngineError):
    """No thread of the process stands before a call, so none can be let through."""

    status = 409

    def __init__(self, process: str) -> None:
        super().__init__("error.not_held", process=process)


class NotReading(EngineError):
    """The process has left so much of its input unread that no more is kept for it."""

    status = 409

    def __init__(self, process: str) -> None:
        super().__init__("error.not_reading", process=process)


class InputClosed(EngineError):
    """The input of the process was ended, or it has closed it."""

    status = 409

    def __init__(self, process: str) -> None:
        super().__init__("error.input_closed", process=process)


class UnknownProgram(EngineError):
    """The lesson has no program of this name."""

    status = 404

    def __init__(self, program: str) -> None:
        super().__init__("error.unknown_program", program=program)


class NoMoreProcesses(EngineError):
    """The lesson does not let more processes of this program be started."""

    status = 409

    def __init__(self, program: str) -> None:
        super().__init__("error.no_more_processes", program=program)


class TooManyProcesses(EngineError):
    """As many processes live as a run may have at once."""

    status = 409

    def __init__(self, most: int) -> None:
        super().__init__("error.too_many_processes", most=most)


class UnknownRepeat(EngineError):
    """There is no repeat with this id, or no longer."""

    status = 404

    def __init__(self, repeat: str) -> None:
        super().__init__("error.unknown_repeat", repeat=repeat)


class CannotPrint(EngineError):
    """Standard output takes no more; `reason` is the system's own text."""

    status = 500

    def __init__(self, reason: str) -> None:
        super().__init__("error.cannot_print", reason=reason)


class CannotStart(EngineError):
    """The machine refused to start a program; `reason` is the system's own text."""

    status = 500

    def __init__(self, program: str, reason: str) -> None:
        super().__init__("error.cannot_start", program=program, reason=reason)


class CannotRecord(EngineError):
    """Nothing can be written into the folder for recordings; `reason` is the system's own text."""

    status = 500

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__("error.cannot_record", folder=folder, reason=reason)


class NotARecording(EngineError):
    """The folder holds no recording, or one of a schema this version does not read."""

    status = 500

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__("error.not_a_recording", folder=folder, reason=reason)


class NoFreePort(EngineError):
    """Somebody listens on each of the ports `first` … `last`."""

    status = 500

    def __init__(self, first: int, last: int) -> None:
        super().__init__("error.no_free_port", first=first, last=last)


class Refused(EngineError):
    """A request without the token, or from a host or page that is not ours."""

    status = 403


class BadRequest(EngineError):
    """The body or the query of a request is not what the schema says."""

    status = 422

    def __init__(self, where: str, reason: str) -> None:
        super().__init__("error.bad_request", where=where, reason=reason)


class NoSuchPage(EngineError):
    """Nothing has this address."""

    status = 404

    def __init__(self, path: str) -> None:
        super().__init__("error.no_such_page", path=path)


class MethodNotAllowed(EngineError):
    """The address exists, but not for this method."""

    status = 405

    def __init__(self, path: str, method: str) -> None:
        super().__init__("error.method_not_allowed", path=path, method=method)


class InternalError(EngineError):
    """A mistake of ours; the terminal has the traceback."""

    status = 500

    def __init__(self) -> None:
        super().__init__("error.internal")
