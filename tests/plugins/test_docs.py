"""The pages about hooks and about the command line say what the code does."""

import inspect
import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from multigan import hookspecs
from multigan.cli import cli, reference
from multigan.cli.errors import INTERRUPTED
from multigan.commands import COMMANDS
from multigan.errors import DataError, RunFailedError, UsageError
from multigan.plugins import KINDS, Registry
from multigan.recipe import DataInfo, load_object
from multigan.runs import RunDirectory
from multigan.training.run import Run

DOCS = Path(__file__).parents[2] / "docs"
HOOKS = [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "multigan_spec")]

# Hook, what it is called with beside the run, and the file that its example writes.
RUN_EXAMPLES = [
    ("run_started", {}, "started.txt", "blobs on jax, from step 3\n"),
    ("step_finished", {"step": 100, "logs": {"b": 2.0, "a": 0.5}}, "losses.txt", "100: a 0.500, b 2.000\n"),
    ("samples_produced", {"step": 3, "samples": np.ones((4, 8, 8, 1))}, "contrast.txt", "3: 0.0000\n"),
    (
        "log_written",
        {"step": 3, "line": {"health": {"recall": 0.5, "diversity": 1.0}}},
        "health.txt",
        "3: diversity 1.000, recall 0.500; findings: none\n",
    ),
    (
        "evaluation_finished",
        {"step": 3, "scores": {"recall(pixels)": {"value": 0.5, "deviation": 0.01}}},
        "best.txt",
        "3 recall(pixels): 0.5000 +- 0.0100\n",
    ),
    ("checkpoint_saved", {"step": 3, "path": Path("step-00000003")}, "newest.txt", "3 step-00000003\n"),
    ("run_finished", {"error": ValueError("x")}, "outcome.txt", "ended by ValueError after 3 steps\n"),
]


def sections():
    """Heading -> the Python blocks below it, in their order."""
    parts = re.split(r"^### `(\w+)`$", (DOCS / "hooks.md").read_text(), flags=re.MULTILINE)
    return {
        name: re.findall(r"```python\n(.*?)```", body, re.DOTALL)
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def example(name):
    module = ModuleType(f"example_{name}")
    exec(compile(sections()[name][1], f"hooks.md, {name}", "exec"), vars(module))
    return module


def test_the_page_has_every_hook_and_no_other():
    assert list(sections()) == HOOKS
    assert re.findall(r"^### ", (DOCS / "hooks.md").read_text(), re.MULTILINE) == ["### "] * len(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hooks_signature_on_the_page_is_the_codes(name):
    signature = inspect.signature(getattr(hookspecs, name))
    arguments = ", ".join(f"{p.name}: {p.annotation}" for p in signature.parameters.values())
    assert sections()[name][0].strip() == f"def {name}({arguments}) -> {signature.return_annotation}"


@pytest.mark.parametrize("name", KINDS)
def test_a_register_hooks_example_registers_something(name):
    registry = Registry()
    registry.register("example", example(name))
    kind, _ = KINDS[name]
    assert len(getattr(registry, "modalities" if kind == "modality" else f"{kind}s")) == 1


@pytest.mark.parametrize(("name", "arguments", "file", "written"), RUN_EXAMPLES)
def test_a_run_hooks_example_does_what_it_says(tmp_path, name, arguments, file, written):
    recipes = Registry()
    recipes.register("blobs", example("register_recipes"))
    run = Run(
        directory=RunDirectory(tmp_path),
        plugin="blobs",
        recipe=recipes.recipe("blobs")[1],
        options={},
        settings={},
        data=DataInfo(name="digits", shape=(8, 8, 1)),
        backend="jax",
        device="cpu",
        game=None,
        steps=10,
        step=3,
    )
    registry = Registry()
    registry.register("example", example(name))
    getattr(registry.manager.hook, name)(run=run, **arguments)
    assert (tmp_path / file).read_text() == written


def test_every_hook_has_an_example_that_is_run():
    assert [*KINDS, *(name for name, *_ in RUN_EXAMPLES)] == HOOKS


def test_the_page_tells_every_attribute_of_a_run():
    page = (DOCS / "hooks.md").read_text()
    table = page[page.index("| attribute |") : page.index("### `run_started`")]
    told = [name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    properties = [name for name, value in vars(Run).items() if isinstance(value, property)]
    assert sorted(told) == sorted([*properties, *(field.name for field in fields(Run))])


def test_the_generated_parts_of_the_command_lines_page_are_up_to_date():
    page = (DOCS / "cli.md").read_text()
    assert page == reference.renew(page), "run python -m multigan.cli.reference docs/cli.md"


def test_a_page_without_the_place_for_a_generated_part_is_refused():
    with pytest.raises(ValueError, match="commands"):
        reference.renew("# The command line\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_summary_is_the_first_line_of_its_help(name):
    path, summary = COMMANDS[name]
    assert inspect.cleandoc(load_object(path).help).splitlines()[0] == summary


def test_the_exit_codes_on_the_page_are_the_codes():
    page = (DOCS / "cli.md").read_text()
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == ["0", "1", "2", "3", "130"]
    assert (RunFailedError.exit_code, UsageError.exit_code, DataError.exit_code, INTERRUPTED) == (1, 2, 2, 130)


def test_every_setting_on_the_page_is_a_flag_of_run():
    flags = {flag for parameter in cli.get_command(None, "run").params for flag in parameter.opts}
    page = (DOCS / "cli.md").read_text()
    told = re.findall(r"^\| `(--[\w-]+)`.*`MULTIGAN_", page, re.MULTILINE)
    assert told
    assert set(told) <= flags
