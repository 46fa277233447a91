"""Puts the dashboard together."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from engine.playground import Playground
from web import problems
from web.live import Broadcasts
from web.rendering import Pages
from web.routes.api import api_router
from web.routes.commands import commands_router
from web.routes.compare import compare_router
from web.routes.live import live_router
from web.routes.pages import pages_router
from web.routes.repeats import repeats_router
from web.routes.struct_table import struct_router
from web.security import Security
from web.settings import Settings

# Modules are refused under any other type, and some systems' tables say text/plain.
mimetypes.add_type("text/javascript", ".js")


def create_app(playground: Playground, settings: Settings) -> FastAPI:
    """The dashboard of a playground. When it shuts down it stops every run."""
    pages = Pages(settings)
    broadcasts = Broadcasts()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await broadcasts.close()
            await playground.close()

    app = FastAPI(
        title="Socket Playground", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=lifespan
    )
    app.include_router(pages_router(playground, pages))
    app.include_router(compare_router(playground, pages))
    app.include_router(api_router(playground))
    app.include_router(commands_router(playground))
    app.include_router(repeats_router(playground))
    app.include_router(struct_router())
    app.include_router(live_router(playground, broadcasts))
    app.mount("/static", StaticFiles(directory=settings.static))
    app.add_middleware(Security, settings=settings, refuse=pages.problem)
    problems.install(app, pages.problem)
    return app
