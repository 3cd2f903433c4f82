"""docs/data.md says what the code does."""

import re
from pathlib import Path

import numpy as np
import pytest

from multigan.cli import main
from multigan.data import batches, data_options, open_source
from multigan.recipe import DataSource

PAGE = Path(__file__).parents[2].joinpath("docs", "data.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("modality", ["images", "points", "audio", "text", "clips"])
def test_the_table_of_options_is_the_code(modality):
    def shown(value):
        return f"`{str(value).lower() if isinstance(value, bool) else value}` " if value != "" else ""

    rows = [f"| `{n}` | {shown(o.default)}| {o.help} |" for n, o in data_options(modality).items()]
    assert "\n".join(["|---|---|---|", *rows, ""]) in PAGE


@pytest.mark.parametrize("name", ["digits", "ring", "drums", "moving-digits"])
def test_the_example_of_data_check_is_its_output(name, capsys):
    command, output = re.search(rf"    \$ multigan (data check {name}.*)\n((?:    .*\n|\n)+)", PAGE).groups()
    with pytest.raises(SystemExit):
        main(command.split())
    assert capsys.readouterr().out.splitlines() == [line[4:] for line in output.rstrip().splitlines()]


def test_the_example_of_texts_is_its_output_but_for_the_figures_of_other_pythons(capsys):
    output = re.search(r"    \$ multigan data check pydoc\n((?:    .*\n|\n)+)", PAGE)[1].rstrip()
    with pytest.raises(SystemExit):
        main(["data", "check", "pydoc"])

    def words(line):
        return re.sub(r"(?<=fingerprint).*|(?<=example).*|\d[\d,]*", "", line)

    told = [words(line) for line in capsys.readouterr().out.splitlines()]
    assert told == [words(line[4:]) for line in output.splitlines()]


def test_the_example_of_a_data_set_loads(tmp_path, monkeypatch):
    load = next(code for code in PYTHON if "def load" in code)
    (tmp_path / "stripes_example.py").write_text(load, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    named = DataSource(name="stripes", summary="", modality="images", load="stripes_example:load")
    source = open_source("stripes", "images", {}, {"stripes": named})
    assert (len(source), source.shape, source.classes) == (64, (32, 32, 1), ("narrow", "wide"))
    assert next(batches(source, 8, seed=0))["image"].dtype == np.float32


def test_the_python_example_runs(folder, monkeypatch, capsys):
    place = folder(*[f"{i}.png" for i in range(64)])
    monkeypatch.chdir(place.parent)
    exec(compile(next(code for code in PYTHON if "open_source" in code), "docs/data.md", "exec"), {})
    assert capsys.readouterr().out == "(64, 32, 32, 3)\n"
