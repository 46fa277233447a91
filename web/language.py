"""Which language a request is answered in."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from engine.messages import LANGS, Lang


def language(request: HTTPConnection) -> Lang:
    """`?lang=`, else what the browser asks for, else English."""
    for lang in LANGS:
        if request.query_params.get("lang") == lang:
            return lang
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> Lang:
    """The first of our languages in an Accept-Language header (RFC 9110, section 12.5.4), by its weights."""
    wanted = sorted((_weighted(item) for item in header.split(",")), key=lambda item: -item[1])
    for tag, weight in wanted:
        for lang in LANGS:
            if weight > 0 and tag.split("-")[0].lower() == lang:
                return lang
    return "en"


def _weighted(item: str) -> tuple[str, float]:
    tag, _, weight = item.strip().partition(";")
    try:
        return tag.strip(), float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return tag.strip(), 0
