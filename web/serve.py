"""`socket-playground` without a command: the dashboard, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from types import FrameType

import uvicorn

from engine.messages import Lang, render
from engine.playground import Playground
from web.app import create_app
from web.ports import listen
from web.settings import Settings

GRACE = 1
"""Seconds a request may go on after Ctrl-C."""


def serve(playground: Playground, port: int, browser: bool, lang: Lang) -> None:
    """Serves the dashboard and returns after Ctrl-C, when nothing of it is left. Raises NoFreePort."""
    listener = listen(port)
    settings = Settings(port=listener.getsockname()[1])
    try:
        if settings.port != port:
            print(render(lang, "cli.port_busy", {"port": port, "free": settings.port}))
        print(render(lang, "cli.open_this", {"url": settings.url}), flush=True)
        # The listener is listening: a browser that is quicker than we are waits in its backlog.
        if browser and _has_screen():
            webbrowser.open(settings.url)
        asyncio.run(server(playground, settings).serve([listener]))
    except KeyboardInterrupt:
        pass  # uvicorn has shut down in order before it passes the signal on
    print(render(lang, "cli.stopped"))


def server(playground: Playground, settings: Settings) -> uvicorn.Server:
    """The HTTP server. On the standard loop: starting processes from uvloop is many times slower."""
    config = uvicorn.Config(
        create_app(playground, settings),
        loop="asyncio",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="on",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """Closes in order, however often Ctrl-C is pressed: in a hurry, uvicorn would skip the closing of the runs."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            super().handle_exit(sig, frame)


def _has_screen() -> bool:
    """A browser started without a screen would take over the terminal, or complain in it."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
