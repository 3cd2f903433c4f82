"""Faults that authors make, planted in small plugins: each is found, by the check that is to find it, and the sentence
leads to the mend.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from multigan import Field, UsageError
from multigan.testing import ArraySource, FaultyPluginError, check_plugin, checks, whole

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
            marks = [ast.unparse(mark.func) for mark in getattr(node, "decorator_list", ())]
            if marks == ["planted"]:
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


@pytest.mark.parametrize(("module", "kind", "translator", "check", "told"), list(planted_names()))
def test_a_fault_of_a_game_is_found(faults, monkeypatch, module, kind, translator, check, told):
    # Their modules of hooks are all alike: no need of a process for each.
    monkeypatch.setattr(whole, "seen_by_a_process", lambda what, plugin: [])
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


def hooks():
    """The table of planted_hooks.py."""
    table: dict = {}
    exec(compile((FAULTS / "planted_hooks.py").read_text(), "planted_hooks.py", "exec"), table)
    return [pytest.param(*row, id=name) for name, row in table["HOOKS"].items()]


@pytest.mark.parametrize(("check", "told", "source"), hooks())
def test_a_fault_of_what_a_plugin_registers_is_found(faults, check, told, source):
    faults.install("planted", source)
    more = {} if "register_recipes" not in source else {"data": pictures(False)}
    fault = found("planted", **more)
    assert fault.check == check, fault
    assert told in fault.what
    assert fault.place or "multigan_planted.py:" in fault.what or check == "loads", fault


def test_all_that_is_wrong_is_told_at_once_with_the_lines(faults):
    install(faults, "planted", "planted_samples", "LatentsOfDoubles", False)
    with pytest.raises(AssertionError) as caught:
        check_plugin("planted", data=pictures(False))
    first, *lines = str(caught.value).splitlines()
    assert first == "plugin planted has 1 fault:"
    (line,) = lines
    source = (FAULTS / "planted_samples.py").read_text().splitlines()
    latents = source.index("class LatentsOfDoubles(Sound):") + 2
    assert line.startswith(f"  faults/planted_samples.py:{latents}: recipe planted: latents are float64; end with")
    assert line.endswith(" [latents_are_seeded]")


def test_a_game_that_cannot_be_built_is_told_once(faults):
    install(faults, "planted", "planted_games", "NoOptimizer", False)
    with pytest.raises(FaultyPluginError) as caught:
        check_plugin("planted", data=pictures(False))
    assert [fault.check for fault in caught.value.faults] == ["builds"]


def test_every_check_is_in_words():
    for check in checks():
        assert check.promise.endswith("."), check
        assert len(check.failure) > 60, check
    assert {check.name for check in checks()} >= {row.values[0] for row in hooks()}


def test_a_plugin_s_options_are_for_those_recipes_that_have_them(faults):
    install(faults, "planted", "planted_sound", "Sound", False)
    with pytest.raises(UsageError, match=r"no recipe of it has an option rtae; did you mean rate\?"):
        check_plugin("planted", options={"rtae": 0.1})
    with pytest.raises(UsageError, match=r"no plugin is called plnated; did you mean planted\?"):
        check_plugin("plnated")
