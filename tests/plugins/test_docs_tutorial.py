"""The plugin of docs/tutorial.md: written and edited as the page says, it trains and passes its own tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kit.test_new import install

from multigan.testing import call

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```python title="(.*?)"\n(.*?)```', PAGE, re.DOTALL))
# Of the contract what networks and losses may break; the others look at the engine.
CHECKS = "described or options_are_read or every_variable or turns_are or checkpoint or not contract"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the page's first two steps leave."""
    home = tmp_path_factory.mktemp("tutorial")
    call("new", "began", "--kind", "game", "--out", home)
    written = home / "multigan-began"
    for path, text in FILES.items():
        assert (written / path).is_file(), f"multigan new writes no {path}"
        (written / path).write_text(text, encoding="utf-8")
    return written


def environment(folder):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MULTIGAN_")}
    return kept | {"PYTHONPATH": os.pathsep.join([str(folder / "src"), *filter(None, sys.path)])}


def test_the_page_shows_what_is_written(folder):
    told = re.findall(r"^    (?:src|tests|pyproject)\S*", PAGE, re.MULTILINE)
    assert told
    assert all((folder / path.strip()).is_file() for path in told)
    assert re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1] in (folder / "pyproject.toml").read_text()


def test_its_files_are_clean(folder):
    for words in (["check"], ["format", "--diff"]):
        words = [sys.executable, "-m", "ruff", *words, "--no-cache", "--config", str(folder / "pyproject.toml"), "."]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        if "No module named ruff" in done.stderr:
            pytest.skip("ruff is not installed")
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_trains_and_its_own_tests_pass(folder, tmp_path):
    install(folder)
    code = f"""
from multigan.testing import call
call("run", "--plugin", "began", "-o", "size=8", "-o", "width=2", "--batch-size", 8, "--steps", 3, "--run-dir", "run")
call("run", "--resume", "run", "--steps", 4)
out, _ = call("plugins", "--check", "began")
import pytest, sys
words = ["-q", "-p", "no:cacheprovider", "--rootdir", {str(folder)!r}, "-c", {str(folder / "pyproject.toml")!r}]
sys.exit(pytest.main([*words, "-k", "({CHECKS}) and not wide", {str(folder / "tests")!r}]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(folder), cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert '"discriminator/k"' in (tmp_path / "run" / "log.jsonl").read_text()
