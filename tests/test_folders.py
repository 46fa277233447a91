"""The folders of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.folders import Folders


def test_folders_of_which_one_cannot_be_made_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("engine.folders.SHARED_MEMORY", Path("/proc"))  # which takes no folders, from whomever
    with pytest.raises(OSError, match="/proc"):
        Folders.make()
    assert list(tmp_path.iterdir()) == []
