"""`socket-playground`: the dashboard, and the same engine without a browser."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 — in a checkout nothing else checks, and the catalogs are out of reach
    sys.exit(
        f"Socket Playground needs Python 3.11 or newer, and this is {sys.version.split()[0]}.\n"
        f"Socket Playground 需要 Python 3.11 或更新的版本，当前是 {sys.version.split()[0]}。"
    )

import argparse
import asyncio
import difflib
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.lesson import SCENARIOS, LessonShelf, load_lessons
from engine.messages import LANGS, Lang, render
from engine.parameters import parse_value
from engine.playground import Observing, PacketSockets, Playground
from web import doctor, headless
from web.arguments import between, reader, seconds, setting, speak, whole
from web.lookup import kind_of
from web.settings import PORT, default_data

MTU = (68, 65536)
"""Bytes: what every link must carry (RFC 791), and what Linux gives its loopback."""
MAX_SEGMENTS = (1, 65535)
PORTS = (1, 65535)

USAGE_ERROR = 2
INTERRUPTED, TERMINATED = 130, 143
"""What a shell reports for a program that ended by SIGINT, and by SIGTERM."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code: 0, 2 for a mistake of the caller, 1 for one of the machine."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    lang = _language(arguments)
    speak(lang)
    options = _parser(lang).parse_args(arguments)
    try:
        code = _COMMANDS[options.command](options, lang)
        with headless.printing():
            sys.stdout.flush()
        return code
    except EngineError as error:
        print(render(lang, error.key, error.arguments), file=sys.stderr)
        return USAGE_ERROR if error.status < 500 else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except asyncio.CancelledError:
        return TERMINATED
    except BrokenPipeError:  # whoever read our output has gone (`| head`)
        headless.discard_output()
        return 0


def _dashboard(options: argparse.Namespace, lang: Lang) -> int:
    from web.serve import serve  # here, since FastAPI takes longer to import than a lesson takes to run

    playground = _playground(options)
    _tell_broken(playground.shelf, lang)
    serve(playground, options.port, options.browser, lang)
    return 0


def _list(options: argparse.Namespace, lang: Lang) -> int:
    shelf = load_lessons([SCENARIOS, *options.scenarios])
    with headless.printing():
        for lesson in shelf.lessons.values():
            print(f"{lesson.id:<24} {lesson.title[lang]}: {lesson.summary[lang]}")
            for variant in lesson.variants:
                print(f"  {variant.name:<22} {variant.label[lang]}")
    _tell_broken(shelf, lang)
    return 0


def _tell_broken(shelf: LessonShelf, lang: Lang) -> None:
    for broken in shelf.broken:
        where = {"folder": str(broken.folder), "message": broken.message}
        print(render(lang, "cli.broken_lesson", where), file=sys.stderr)


def _run(options: argparse.Namespace, lang: Lang) -> int:
    print_line = headless.print_json if options.json else headless.table_printer(lang)

    async def story(playground: Playground, values: dict[str, object]) -> int:
        await headless.run_lesson(playground, options.lesson, values, print_line, options.timeout, options.variant)
        return 0

    return asyncio.run(_play(options, lang, story))


def _repeat(options: argparse.Namespace, lang: Lang) -> int:
    async def story(playground: Playground, values: dict[str, object]) -> int:
        repeat = await playground.start_repeat(options.lesson, values, options.variant, options.times)
        await repeat.wait()
        headless.print_outcomes(repeat, lang)
        if repeat.error is not None:
            raise repeat.error
        return 0

    return asyncio.run(_play(options, lang, story))


async def _play(
    options: argparse.Namespace,
    lang: Lang,
    story: Callable[[Playground, dict[str, object]], Coroutine[None, None, int]],
) -> int:
    """Tells the story of a playground and closes that, whatever happens; SIGTERM ends it as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    playground = _playground(options)
    if options.lesson not in playground.shelf.lessons:  # perhaps one of the folders that could not be read
        _tell_broken(playground.shelf, lang)
        print(_no_such_lesson(options.lesson, playground.shelf, lang), file=sys.stderr)
        return USAGE_ERROR
    lesson = playground.lesson(options.lesson)
    given = {name: parse_value(kind_of(lesson, name), text) for name, text in options.set}
    values = lesson.defaults_in(lang) | given
    try:
        return await story(playground, values)
    finally:
        await playground.close()


def _no_such_lesson(lesson: str, shelf: LessonShelf, lang: Lang) -> str:
    near = difflib.get_close_matches(lesson.lower(), shelf.lessons, n=1, cutoff=0.7)
    if near:
        return render(lang, "cli.near_lesson", {"lesson": lesson, "near": near[0]})
    return render(lang, "cli.unknown_lesson", {"lesson": lesson})


def _doctor(options: argparse.Namespace, lang: Lang) -> int:
    return doctor.report(lang, options.port, lambda: _observing(options))


_COMMANDS = {None: _dashboard, "list": _list, "run": _run, "repeat": _repeat, "doctor": _doctor}


def _playground(options: argparse.Namespace) -> Playground:
    return Playground(options.data, options.scenarios, _observing(options))


def _observing(options: argparse.Namespace) -> Observing:
    """With `--sudo` this may ask for a password. Raises CannotStart."""
    packets = PacketSockets.from_helper() if options.sudo else None
    return Observing(options.network, options.mtu, options.max_segments, options.portable, packets)


def _language(arguments: Sequence[str]) -> Lang:
    """`--lang`, else what the environment says (locale(7)); read first, because the help is in that language too."""
    before = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    before.add_argument("--lang", choices=LANGS)
    try:
        chosen: Lang | None = before.parse_known_args(arguments)[0].lang
    except argparse.ArgumentError:
        chosen = None
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return chosen or ("zh" if locale.lower().startswith("zh") else "en")


def _parser(lang: Lang) -> argparse.ArgumentParser:
    def t(key: str) -> str:
        return render(lang, f"cli.help_{key}")

    parser = argparse.ArgumentParser("socket-playground", description=t("program"), add_help=False)
    options = _common_options(parser, t, lang)
    options.add_argument("--port", type=between(*PORTS, lang), metavar="PORT", help=t("port"))
    options.add_argument("--no-browser", dest="browser", action="store_false", help=t("no_browser"))
    parser.set_defaults(
        scenarios=[],
        data=default_data(),
        port=PORT,
        network="auto",
        mtu=None,
        max_segments=None,
        portable=False,
        sudo=False,
    )
    commands = parser.add_subparsers(dest="command", title=t("commands"), metavar="COMMAND")
    for name in ("list", "doctor", "run", "repeat"):
        command = commands.add_parser(name, help=t(name), description=t(name), add_help=False)
        options = _common_options(command, t, lang)
        if name in ("run", "repeat"):
            command.add_argument_group(t("arguments")).add_argument("lesson", metavar="LESSON", help=t("lesson"))
            options.add_argument(
                "--set",
                type=reader(setting, lang, "cli.not_setting"),
                action="append",
                default=[],
                metavar="NAME=VALUE",
                help=t("set"),
            )
            options.add_argument("--variant", default="", metavar="NAME", help=t("variant"))
        if name == "run":
            options.add_argument("--json", action="store_true", help=t("json"))
            options.add_argument(
                "--timeout", type=reader(seconds, lang, "cli.not_seconds"), metavar="S", help=t("timeout")
            )
        if name == "repeat":
            options.add_argument("--times", type=whole(lang), default=50, metavar="N", help=t("times"))
    return parser


def _common_options(parser: argparse.ArgumentParser, t: Callable[[str], str], lang: Lang) -> argparse._ArgumentGroup:
    """Options that may stand before the command and after it: their defaults are set once, outside."""
    unset = argparse.SUPPRESS
    options = parser.add_argument_group(t("options"))
    options.add_argument("-h", "--help", action="help", help=t("help"))
    options.add_argument("--lang", choices=LANGS, default=unset, help=t("lang"))
    options.add_argument("--scenarios", type=Path, action="append", default=unset, metavar="DIR", help=t("scenarios"))
    options.add_argument("--data", type=Path, default=unset, metavar="DIR", help=t("data"))
    options.add_argument("--network", choices=("auto", "machine", "private"), default=unset, help=t("network"))
    options.add_argument("--mtu", type=between(*MTU, lang), default=unset, metavar="BYTES", help=t("mtu"))
    options.add_argument(
        "--max-segments", type=between(*MAX_SEGMENTS, lang), default=unset, metavar="N", help=t("max_segments")
    )
    options.add_argument("--sudo", action="store_true", default=unset, help=t("sudo"))
    options.add_argument("--portable", action="store_true", default=unset, help=t("portable"))
    return options


if __name__ == "__main__":
    sys.exit(main())
