"""A run that another process holds: what is advised fits what was asked for."""

import pytest

from multigan.errors import UsageError
from multigan.runs import RunDirectory


def test_a_held_run_is_waited_for_unless_something_else_is_advised(tmp_path):
    held = RunDirectory(tmp_path / "run").lock()
    try:
        with pytest.raises(UsageError, match=r"wait until it has ended, or stop it$"):
            RunDirectory(tmp_path / "run").lock()
        with pytest.raises(UsageError, match=r"choose another --run-dir$"):
            RunDirectory(tmp_path / "run").lock("choose another --run-dir")
    finally:
        held.release()
