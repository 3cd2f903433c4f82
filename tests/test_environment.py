"""A run stands on what multigan says, whatever the environment and other projects' files say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from multigan.environment import OPTION_PREFIX, VARIABLES, ignore_switches, noted_switches
from multigan.errors import UsageError
from multigan.recipe import Recipe
from multigan.settings import SETTINGS
from multigan.training.configuration import resolve
from multigan.training.exactness import changes, machine

ROOT = Path(__file__).parents[1]
STANDS_ON = """
import os, sys
from multigan.backend import choose_backend, start_backend
from multigan.cli.errors import report
try:
    start_backend(choose_backend(), "cpu")
except Exception as error:
    sys.exit(report(error, False))
import keras
settings = ["backend", "floatx", "epsilon", "image_data_format", "is_nnx_enabled", "max_epochs"]
print({name: getattr(keras.config, name)() for name in settings})
print(keras.config.dtype_policy().name, keras.layers.Dense(1).dtype)
"""
EXPECTED = (
    "{'backend': 'tensorflow', 'floatx': 'float32', 'epsilon': 1e-07, 'image_data_format': 'channels_last', "
    "'is_nnx_enabled': False, 'max_epochs': None}\nfloat32 float32\n"
)


def start(home, text=None, code=STANDS_ON, **environ):
    """Starts the backend in a process whose home has a keras.json with this text."""
    (home / ".keras").mkdir()
    if text is not None:
        (home / ".keras" / "keras.json").write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")}
    return subprocess.run(
        [sys.executable, "-c", code], env={**kept, "HOME": str(home), **environ}, cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


def test_another_projects_keras_json_and_variables_change_nothing(tmp_path):
    foreign = {
        "floatx": "float16", "epsilon": 1e-3, "backend": "torch", "image_data_format": "channels_first",
        "nnx_enabled": True,
    }  # fmt: skip
    done = start(tmp_path, json.dumps(foreign), KERAS_MAX_EPOCHS="many", KERAS_NNX_ENABLED="true")
    assert (done.stdout, done.returncode) == (EXPECTED, 0), done.stderr


@pytest.mark.parametrize("text", ["[]", '{"floatx": "bfloat16"}', '{"epsilon": 1}'])
def test_a_keras_json_that_keras_refuses_is_named(tmp_path, text):
    done = start(tmp_path, text)
    path = re.escape(str(tmp_path / ".keras" / "keras.json"))
    assert done.returncode == 2, done.stderr
    assert re.search(rf"^multigan: error: {path}: Keras cannot use it \(.*\); mend or delete it", done.stderr, re.M)


def test_a_keras_json_of_no_json_and_a_home_that_is_none_are_no_hindrance(tmp_path):
    done = start(tmp_path, "{", KERAS_HOME=str(tmp_path / ".keras"))
    assert (done.stdout, done.returncode) == (EXPECTED, 0), done.stderr


def test_a_contracts_games_stand_on_the_same(tmp_path):
    code = """
from multigan.testing import Contract
game = Contract("dcgan", options={"width": 4, "size": 8}).build()
print(game.generator.output_shape, {variable.dtype for variable in game.generator.weights})
"""
    foreign = {"floatx": "float16", "epsilon": 1e-3, "backend": "tensorflow", "image_data_format": "channels_first"}
    done = start(tmp_path, json.dumps(foreign), code)
    assert done.stdout == "(None, 8, 8, 1) {'float32'}\n", done.stderr


def test_variables_that_change_what_a_seed_or_float32_means_are_taken_away():
    environ = {"JAX_ENABLE_X64": "1", "JAX_RANDOM_SEED_OFFSET": "3", "KERAS_TORCH_DEVICE": "cpu", "PATH": "/bin"}
    ignore_switches(environ)
    assert environ == {"KERAS_NNX_ENABLED": "false", "PATH": "/bin"}


def test_variables_that_change_rounding_are_told_when_a_run_goes_on_without_them(monkeypatch):
    assert noted_switches({"XLA_FLAGS": "--a", "NVIDIA_TF32_OVERRIDE": "", "PATH": "/bin"}) == "XLA_FLAGS=--a"
    monkeypatch.setenv("XLA_FLAGS", "--a")
    before = {"machine": machine("tensorflow", "cpu"), "versions": {}}
    monkeypatch.delenv("XLA_FLAGS")
    after = {"machine": machine("tensorflow", "cpu"), "versions": {}}
    assert changes(before, after) == [f"variables XLA_FLAGS=--a, now {noted_switches(os.environ)}"]
    assert changes(after, after) == []


def test_every_variable_that_the_source_or_the_docs_name_is_admitted_by_a_run():
    files = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("plugins/*/README.md")]
    for folder in ("multigan", "plugins", "benchmarks"):
        files += [path for path in ROOT.glob(f"{folder}/**/*.py") if "tests" not in path.parts]
    named = {name for path in files for name in re.findall(r"\bMULTIGAN_[A-Z][A-Z_]*\b", path.read_text("utf-8"))}
    assert set(VARIABLES) <= named
    of_settings = {f"MULTIGAN_{key.upper()}" for key in SETTINGS}
    assert {name for name in named if not name.startswith(OPTION_PREFIX)} <= {*VARIABLES, *of_settings}
    recipe = Recipe(name="r", summary="s", modality="images", game="g:G", data="digits")
    given = {"flags": {}, "options": {}, "config": {}, "datasets": {}}
    resolve("r", recipe, environ=dict.fromkeys(VARIABLES, "x"), **given)
    with pytest.raises(UsageError, match=r"MULTIGAN_CASHE is unknown; did you mean MULTIGAN_CACHE\?"):
        resolve("r", recipe, environ={"MULTIGAN_CASHE": "x"}, **given)
