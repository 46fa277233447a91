"""A wheel built from the tree has all it needs: it lists and runs lessons and serves its pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, in a folder far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "files")
    return folder / "files"


def command(unpacked: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "web.cli", *words], {**os.environ, "PYTHONPATH": str(unpacked)}


def test_it_runs_a_lesson(unpacked: Path, tmp_path: Path, free_port: int) -> None:
    words, environment = command(
        unpacked, "run", "sticky", "--json", "--set", f"PORT={free_port}", "--data", str(tmp_path)
    )
    done = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert '"caption.conclusion.sticky"' in done.stdout


def test_it_serves_its_pages(unpacked: Path, tmp_path: Path, free_port: int) -> None:
    words, environment = command(unpacked, "--no-browser", "--port", str(free_port), "--data", str(tmp_path))
    with subprocess.Popen(words, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(match[0] for line in process.stdout if (match := re.search(r"http://\S+", line)))
        with httpx.Client(follow_redirects=True) as client:
            assert client.get(url).status_code == 200
            root = url.split("/?")[0]
            for path in ("/lessons/sticky", "/static/js/stage.js", "/static/css/base.css"):
                assert client.get(root + path).status_code == 200
        process.terminate()
        process.wait(timeout=20)
