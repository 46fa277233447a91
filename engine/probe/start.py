"""Runs a program as the interpreter itself would, with the probe in place."""

from __future__ import annotations

import os
import sys
from time import monotonic_ns
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, TracebackType

HERE = os.path.dirname(os.path.abspath(__file__))


def observe(folder: str, options: list[str]) -> None:
    """Put the probe in place; its ring goes into `folder`.

    `options`: those of `hold.told`, `--parent=PID`, and after an exec `--open=FD,…`, the descriptors left open.
    """
    from . import children, hold, layout, printing, readiness, sockets
    from .layout import OP
    from .recorder import Recorder
    from .ring import Ring
    from .sites import Sites

    named = dict(option.partition("=")[::2] for option in options)
    ring = Ring(folder, hold.told(options), int(named.get("--parent", os.getppid())))
    sites = Sites(lambda *place: recorder.announce_site(*place))
    recorder: Recorder = Recorder(ring, sites)
    calls = sockets.install(recorder)
    readiness.install(recorder)
    children.install(ring, lambda: hold.words(ring), calls.left_open)
    printing.install(recorder)
    if "--open" in named:
        now = monotonic_ns()
        recorder.write(OP["exec"], now, now, 0, -1, 0, content=named["--open"].encode())

    def before_fork() -> None:
        now = monotonic_ns()
        recorder.write(OP["fork"], now, now, 0, -1, 0)
        ring.forked_at = monotonic_ns()  # later than the note of it, so that the log has them in this order
        ring.parent = os.getpid()  # a parent that ends at once, as of a daemon, is not the child's any more

    def in_child() -> None:
        ring.renew(ring.memory[layout.TOLD])
        ring.wait_in_a_crowd()
        sites.announce_all()

    os.register_at_fork(before=before_fork, after_in_child=in_child)


def run(argv: list[str]) -> None:
    """Run what `python argv…` would: `-m module args…`, `-c code args…` or `script args…`."""
    if argv[0] == "-m":
        run_module(argv[1], argv[2:])
    elif argv[0] == "-c":
        run_command(argv[1], argv[2:])
    else:
        run_script(argv[0], argv[1:])


def run_module(name: str, args: list[str]) -> None:
    import runpy

    sys.argv = ["-m", *args]
    first_on_path(os.getcwd())
    fresh_main(None)
    runpy._run_module_as_main(name)  # type: ignore[attr-defined]


def run_command(text: str, args: list[str]) -> None:
    sys.argv = ["-c", *args]
    first_on_path("")
    run_code(lambda: compile(text, "<string>", "exec", dont_inherit=True), None)


def run_script(path: str, args: list[str]) -> None:
    """Run the file at `path` as `__main__`, with `sys.argv` and `sys.path` as `python path args…` has them."""
    sys.argv = [path, *args]
    first_on_path(os.path.dirname(os.path.realpath(path)))
    path = os.path.join(os.getcwd(), path)  # as `__file__` and tracebacks name it since Python 3.9
    with open(path, "rb") as file:
        text = file.read()
    run_code(lambda: compile(text, path, "exec", dont_inherit=True), path)


def first_on_path(folder: str) -> None:
    """Put `folder` where the probe's own is on `sys.path`; with -P or -I (python(1)) there is neither."""
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path[0] = folder


def run_code(code: Callable[[], CodeType], path: str | None) -> None:
    """Execute `code()` as `__main__`; an uncaught exception is shown without the probe's own frames."""
    main = fresh_main(path)
    try:
        exec(code(), main.__dict__)
    except SystemExit:
        raise  # the interpreter gives it its own exit status
    except KeyboardInterrupt:
        show = sys.excepthook
        sys.excepthook = lambda kind, error, frames: show(kind, *shown(error, frames))
        raise  # and to this one as well: it ends by the signal
    except BaseException as error:
        sys.last_type = type(error)
        sys.last_value, sys.last_traceback = shown(error, error.__traceback__)
        sys.excepthook(type(error), error, sys.last_traceback)
        sys.exit(1)


def fresh_main(path: str | None) -> ModuleType:
    """A new `__main__`, with the names this interpreter gave to the one that started the probe."""
    ours = sys.modules["__main__"]
    main = sys.modules["__main__"] = ModuleType("__main__")
    main.__dict__.update((name, value) for name, value in vars(ours).items() if name[:2] == name[-2:] == "__")
    main.__doc__ = None
    if path is None:
        for name in ("__file__", "__cached__"):
            main.__dict__.pop(name, None)
        main.__loader__ = sys.__spec__.loader  # the built-in importer, as `python -c` has it
    else:
        main.__file__ = path
        main.__loader__ = type(ours.__loader__)("__main__", path)  # type: ignore[call-arg, misc]
    return main


def shown(error: BaseException, traceback: TracebackType | None) -> tuple[BaseException, TracebackType | None]:
    """The exception and its traceback as they are to be shown: what is printed is the exception's own."""
    own = without_probe(traceback)
    return error.with_traceback(own), own


def without_probe(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of the probe itself."""
    while traceback is not None and is_ours(traceback):
        traceback = traceback.tb_next
    frame = traceback
    while frame is not None and frame.tb_next is not None:
        if is_ours(frame.tb_next):
            frame.tb_next = frame.tb_next.tb_next
        else:
            frame = frame.tb_next
    return traceback


def is_ours(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_filename.startswith(HERE)
