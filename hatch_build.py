"""Compiles the part of the probe that is written in C, where that can be done; without it the probe is slower."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

SOURCE = "engine/probe/quick.c"


class CompileProbe(BuildHookInterface[Any]):
    """For Linux and CPython with its global lock, which quick.c relies on."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """For a wheel and for a checkout alike, the compiled file stands beside its source."""
        if self.target_name != "wheel" or not can_have_it():
            return
        try:
            compiled = compile_in_place(Path(self.root))
        except Exception as error:  # whatever compilers and their drivers raise
            self.app.display_warning(f"{SOURCE} was not compiled, the probe works without it but slower: {error}")
            return
        build_data["artifacts"].append(compiled)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def can_have_it() -> bool:
    return (
        sys.platform == "linux"
        and sys.implementation.name == "cpython"
        and not sysconfig.get_config_var("Py_GIL_DISABLED")
    )


def compile_in_place(root: Path) -> str:
    """The path of the compiled file below `root`."""
    name = Path(SOURCE).stem
    with tempfile.TemporaryDirectory() as scratch:
        command = build_ext(Distribution({"ext_modules": [Extension(name, [str(root / SOURCE)])]}))
        command.build_temp = scratch
        command.build_lib = str((root / SOURCE).parent)
        command.ensure_finalized()
        command.run()
        return str(Path(command.get_ext_fullpath(name)).relative_to(root))
