"""docs/sweep.md: its commands are understood, and its program calls what there is."""

import re
import shlex
from pathlib import Path

import pytest

import multigan
from multigan.sweeps import call as calls
from multigan.testing import call

PAGE = (Path(__file__).parents[2] / "docs" / "sweep.md").read_text()
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^    (multigan sweep .*)$", PAGE, re.MULTILINE)]


@pytest.mark.parametrize("words", [words for words in COMMANDS if "--resume" not in words], ids=" ".join)
def test_a_command_of_the_page_is_understood(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    out, _ = call(*words, "--dry-run")
    assert len(out.splitlines()) > 6


def test_what_goes_on_is_what_a_first_command_begins():
    [first, *_] = COMMANDS
    assert [words for words in COMMANDS if "--resume" in words and first[1] not in words[2]] == []


def test_the_pages_program_asks_for_what_there_is(monkeypatch):
    [block] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    asked = []

    def run_sweep(host, plan, folder, jobs, cluster):
        assert cluster is None
        asked.append(plan)
        raise KeyboardInterrupt

    monkeypatch.setattr(calls, "run_sweep", run_sweep)
    with pytest.raises(KeyboardInterrupt):
        exec(compile(block, "docs/sweep.md", "exec"), {"multigan": multigan})
    [plan] = asked
    assert len(plan.jobs()) == 12
    assert plan.options == {"ema": 0.99}
