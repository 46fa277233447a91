"""Addresses in the argument texts of calls."""

from __future__ import annotations

import ast


def address_of(args: str) -> str | None:
    """The address in the argument text of a connect or bind, written as addresses are: 127.0.0.1:8001."""
    try:
        address = ast.literal_eval(args)
    except (ValueError, SyntaxError):
        return None
    if not isinstance(address, tuple) or len(address) < 2:  # a path
        return None
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
