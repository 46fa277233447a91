from collections.abc import Callable
from types import ModuleType
from typing import Any

from .ring import Ring

RING_VERSION: int

class Method:
    def __init__(
        self,
        wrapper: Callable[..., Any],
        original: Callable[..., Any],
        known: str,
        ring: Ring,
        layout: ModuleType,
        op: int,
        sends: bool,
        in_full: Callable[..., None],
        failed: Callable[..., None],
    ) -> None: ...
    def __call__(self, *args: Any, **named: Any) -> Any: ...
