"""Faults that authors make, planted in small plugins: each is found, by the check that is to find it, and the sentence
leads to the mend.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from multigan import Field
from multigan.testing import ArraySource, FaultyPluginError, check_plugin

FAULTS = Path(__file__).parent / "faults"
MODULES = ("planted_games", "planted_samples")
HOOKS = """
from multigan import Option, Recipe, hookimpl

@hookimpl
def register_recipes():
    yield Recipe(name={name!r}, summary="Planted", modality="images", game="{module}:{kind}", data="digits",
                 options={options}, references=("arXiv 1406.2661",), metrics=("diversity",))
"""
RATE = '{"rate": Option(default=1e-3, minimum=0.0, help="learning rate", reference="arXiv 1412.6980")}'


@pytest.fixture
def faults(site, monkeypatch):
    """The planted modules can be imported, here and in the processes that a check begins."""
    monkeypatch.setenv("PYTHONPATH", f"{site.path}:{FAULTS}", prepend=":")
    monkeypatch.syspath_prepend(FAULTS)
    yield site
    for name in (*MODULES, "planted_sound"):
        sys.modules.pop(name, None)


def planted_names():
    """(module, class, check, message) of each planted game, without importing any of them."""
    import ast

    for module in MODULES:
        for node in ast.parse((FAULTS / f"{module}.py").read_text()).body:
            if isinstance(node, ast.ClassDef) and node.decorator_list:
                check, told = (ast.literal_eval(argument) for argument in node.decorator_list[0].args)
                bases = [base.id for base in node.bases]
                yield pytest.param(module, node.name, "SoundTranslator" in bases, check, told, id=node.name)


def pictures(translator):
    draw = np.random.default_rng(0)
    source = draw.uniform(-1, 1, (48, 4, 4, 1)).astype("float32")
    beside = {Field(name="source", kind="picture", shape=(4, 4, 1)): source} if translator else None
    return ArraySource(0.9 * source, labels=np.arange(48) % 3, beside=beside)


def found(name, **more):
    with pytest.raises(FaultyPluginError) as caught:
        check_plugin(name, first=True, **more)
    (fault,) = caught.value.faults
    return fault


def install(site, name, module, kind, translator):
    options = "{}" if translator else RATE
    site.install(name, HOOKS.format(name=name, module=module, kind=kind, options=options))


@pytest.mark.parametrize(("module", "kind", "translator", "check", "told"), planted_names())
def test_a_fault_of_a_game_is_found(faults, module, kind, translator, check, told):
    install(faults, "planted", module, kind, translator)
    fault = found("planted", data=pictures(translator))
    assert (fault.check, fault.item) == (check, "recipe planted"), fault
    assert told in fault.what
    assert fault.place.startswith("faults/planted_"), fault


@pytest.mark.parametrize(
    ("module", "kind", "translator"),
    [
        ("planted_sound", "Sound", False),
        ("planted_samples", "Labelled", False),
        ("planted_sound", "SoundTranslator", True),
    ],
)
def test_a_sound_game_has_none(faults, module, kind, translator):
    install(faults, "planted", module, kind, translator)
    check_plugin("planted", data=pictures(translator))
