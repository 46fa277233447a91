"""What a dashboard is started with."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

PORT = 8765
"""The dashboard's own default port; lessons use 8001."""


def _new_token() -> str:
    return secrets.token_urlsafe(24)


def asset_folder(name: str) -> Path:
    """The folder `templates` or `static`: inside the installed package, else at the top of a checkout."""
    packaged = Path(__file__).parent / name
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / name


def default_data() -> Path:
    """Where recordings are kept, by the XDG base directory specification."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "socket-playground"


@dataclass(frozen=True)
class Settings:
    """One dashboard: its port on loopback and the token made at its start."""

    port: int
    token: str = field(default_factory=_new_token, repr=False)
    templates: Path = field(default_factory=lambda: asset_folder("templates"))
    static: Path = field(default_factory=lambda: asset_folder("static"))

    @property
    def cookie(self) -> str:
        """Named after the port, since cookies of one host are shared by all its ports."""
        return f"socket_playground_{self.port}"

    @property
    def url(self) -> str:
        """The address to open: it carries the token."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"
