"""Standard streams that are closed, full, or left by their reader."""

import os
import subprocess
import sys

import pytest


def shell(line, tmp_path):
    """Runs a line of bash in which $MULTIGAN is the command, alone with the core."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MULTIGAN_")}
    environ |= {"MULTIGAN": f"{sys.executable} -m multigan", "MULTIGAN_PLUGINS": ""}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], env=environ, cwd=tmp_path, capture_output=True, text=True
    )


@pytest.mark.parametrize("line", ["$MULTIGAN evaluate --help | true", "$MULTIGAN evaluate --list --json | head -c 1"])
def test_a_reader_who_leaves_is_no_error(tmp_path, line):
    done = shell(line, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("line", ["$MULTIGAN evaluate --list > /dev/full", "$MULTIGAN --help > /dev/full"])
def test_a_full_stdout_is_named(tmp_path, line):
    done = shell(line, tmp_path)
    assert (done.returncode, done.stderr) == (1, "multigan: error: the disk is full (stdout); free some space\n")


@pytest.mark.parametrize("streams", ["2> /dev/full", "2>&-", ">&- 2>&-", "<&-", ">&-"])
def test_talk_that_nobody_can_read_ends_nothing(tmp_path, streams):
    assert shell(f"$MULTIGAN plugins {streams}", tmp_path).returncode == 0
    assert shell(f"$MULTIGAN run --data nowhere {streams}", tmp_path).returncode == 2


def test_progress_that_nobody_reads_ends_nothing(monkeypatch):
    from multigan.terminal.progress import work_stream

    end, begin = os.pipe()
    os.close(end)
    with open(begin, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with work_stream() as stream:
            stream.write("drawing samples, 0:05 so far\n")
            stream.flush()
