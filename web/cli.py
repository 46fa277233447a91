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
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from engine.errors import EngineError
from engine.messages import LANGS, Lang, render
from engine.parameters import parse_value
from engine.playground import Observing, PacketSockets, Playground
from web import doctor, headless
from web.lookup import kind_of
from web.settings import PORT, default_data

T = TypeVar("T")

USAGE_ERROR = 2
INTERRUPTED = 130
"""What a shell reports for a program that ended by SIGINT."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code: 0, 2 for a mistake of the caller, 1 for one of the machine."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    lang = _language(arguments)
    options = _parser(lang).parse_args(arguments)
    try:
        return _COMMANDS[options.command](options, lang)
    except EngineError as error:
        print(render(lang, error.key, error.arguments), file=sys.stderr)
        return USAGE_ERROR if error.status < 500 else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _dashboard(options: argparse.Namespace, lang: Lang) -> int:
    from web.serve import serve  # here, since FastAPI takes longer to import than a lesson takes to run

    serve(_playground(options), options.port, options.browser, lang)
    return 0


def _list(options: argparse.Namespace, lang: Lang) -> int:
    shelf = _playground(options).shelf
    for lesson in shelf.lessons.values():
        print(f"{lesson.id:<24} {lesson.title[lang]}: {lesson.summary[lang]}")
    for broken in shelf.broken:
        where = {"folder": str(broken.folder), "message": broken.message}
        print(render(lang, "cli.broken_lesson", where), file=sys.stderr)
    return 0


def _run(options: argparse.Namespace, lang: Lang) -> int:
    asyncio.run(_run_and_close(_playground(options), options, lang))
    return 0


async def _run_and_close(playground: Playground, options: argparse.Namespace, lang: Lang) -> None:
    lesson = playground.lesson(options.lesson)
    values = {name: parse_value(kind_of(lesson, name), text) for name, text in options.set}
    print_line = headless.print_json if options.json else headless.table_printer(lang)
    try:
        await headless.run_lesson(playground, options.lesson, values, print_line, options.timeout)
    finally:
        await playground.close()


def _doctor(options: argparse.Namespace, lang: Lang) -> int:
    return doctor.report(lang, options.port)


_COMMANDS = {None: _dashboard, "list": _list, "run": _run, "doctor": _doctor}


def _playground(options: argparse.Namespace) -> Playground:
    runs = options.command in (None, "run")  # only what runs lessons is worth a password
    packets = PacketSockets.from_helper() if options.sudo and runs else None
    observing = Observing(options.network, options.mtu, options.max_segments, options.portable, packets)
    return Playground(options.data, options.scenarios, observing)


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
    options = _common_options(parser, t)
    options.add_argument("--port", type=_reader(_port, lang), metavar="PORT", help=t("port"))
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
    commands = parser.add_subparsers(dest="command", title=t("commands"), metavar="")
    for name in ("list", "doctor", "run"):
        command = commands.add_parser(name, help=t(name), description=t(name), add_help=False)
        options = _common_options(command, t)
    command.add_argument_group(t("arguments")).add_argument("lesson", metavar="LESSON", help=t("lesson"))
    options.add_argument(
        "--set", type=_reader(_setting, lang), action="append", default=[], metavar="NAME=VALUE", help=t("set")
    )
    options.add_argument("--json", action="store_true", help=t("json"))
    options.add_argument("--timeout", type=_reader(_seconds, lang), default=60.0, metavar="S", help=t("timeout"))
    return parser


def _common_options(parser: argparse.ArgumentParser, t: Callable[[str], str]) -> argparse._ArgumentGroup:
    """Options that may stand before the command and after it: their defaults are set once, outside."""
    unset = argparse.SUPPRESS
    options = parser.add_argument_group(t("options"))
    options.add_argument("-h", "--help", action="help", help=t("help"))
    options.add_argument("--lang", choices=LANGS, default=unset, help=t("lang"))
    options.add_argument("--scenarios", type=Path, action="append", default=unset, metavar="DIR", help=t("scenarios"))
    options.add_argument("--data", type=Path, default=unset, metavar="DIR", help=t("data"))
    options.add_argument("--network", choices=("auto", "machine", "private"), default=unset, help=t("network"))
    options.add_argument("--mtu", type=int, default=unset, metavar="BYTES", help=t("mtu"))
    options.add_argument("--max-segments", type=int, default=unset, metavar="N", help=t("max_segments"))
    options.add_argument("--sudo", action="store_true", default=unset, help=t("sudo"))
    options.add_argument("--portable", action="store_true", default=unset, help=t("portable"))
    return options


def _reader(read: Callable[[str], T], lang: Lang) -> Callable[[str], T]:
    """`read`, with what it cannot read said in the user's language."""

    def reader(text: str) -> T:
        try:
            return read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(render(lang, "cli.cannot_read", {"text": text})) from None

    return reader


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(text)
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < math.inf:  # not a number is in no range
        raise ValueError(text)
    return seconds


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(text)
    return name, value


if __name__ == "__main__":
    sys.exit(main())
