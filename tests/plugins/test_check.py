"""`multigan plugins --check` finds what loading a plugin does not, and names the line to mend."""

import json
import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from multigan import DataSource, MemorySource
from multigan.checking import Fault, registered_faults, seen_by_a_process
from multigan.discovery import find_entries
from multigan.modality import modalities
from multigan.plugins import load_plugins
from multigan.probe import file_faults, modality_faults, object_faults
from multigan.testing.checks import plugins as checks_of_plugins

HOOKS = """
from multigan import Command, DataSource, Exporter, Kind, Metric, Modality, Option, Recipe, hookimpl

def recipe(**kwargs):
    return dict(name="wave", summary="s", modality="images", game="wavy:Wave", data="digits") | kwargs
"""
GAME = """
from multigan import Game, Turn

class Wave(Game):
    turns = (Turn("generator"),)

    def __init__(self, data, *, seed, width=1):
        super().__init__(seed=seed)

    def optimizers(self): pass
    def latents(self, count, seed): pass
    def generator_loss(self, batch): pass
    sampler = None

class Unfinished(Game):
    turns = (Turn("generator"), Turn("critic"))

    def __init__(self, data, *, seed): pass
    def generator_loss(self, batch): pass

class Other:
    def __init__(self, data, seed): pass

def measure(real, generated, seed): return 0.0
def load(): return None
def loads(path): return None
def opened(spec, options, datasets, progress): return None

class Stream:
    def __init__(self, answers): pass
"""


def loaded(site, hooks):
    """The registry with a plugin `wave` whose hooks these are."""
    (site.path / "wavy.py").write_text(GAME)
    site.install("wave", HOOKS + hooks)
    registry = load_plugins()
    (info,) = [info for info in registry.plugins if info.name == "wave"]
    assert info.status == "ok", info.reason
    return registry


def register(what, expression):
    return f"@hookimpl\ndef register_{what}():\n    x = 1\n    yield {expression}\n"


NAMES = {
    "modality": ("recipes", "Recipe(**recipe(modality='image'))", "no modality is called image; did you mean images?"),
    "data": ("recipes", "Recipe(**recipe(data='digtis'))", "no data set is called digtis; did you mean digits?"),
    "data of another kind": (
        "recipes",
        "Recipe(**recipe(data='ring'))",
        "data ring is of points, and the recipe of im",
    ),
    "metric": ("recipes", "Recipe(**recipe(metrics=('diversty',)))", "no metric is called diversty; did you mean dive"),
    "metric of another kind": ("recipes", "Recipe(**recipe(metrics=('modes',)))", "metric modes is of points, and"),
    "pack": (
        "recipes",
        "Recipe(**recipe(batch_size=9, options={'pack': Option(default=2, help='h')}))",
        "batches of 9 do not divide by pack=2",
    ),
    "data set's modality": (
        "datasets",
        "DataSource(name='sea', summary='', modality='sounds', load='wavy:load')",
        "no modality is called sounds (known: images, points, audio, text, clips)",
    ),
    "extractor": (
        "metrics",
        "Metric(name='m', summary='', modality='images', compute='wavy:measure', protocol='', extractor='pixel')",
        "no extractor is called pixel; did you mean pixels?",
    ),
    "suffix": (
        "exporters",
        "Exporter(name='e', summary='', export='wavy:load', suffix='bin')",
        "bin begins with no dot",
    ),
}


@pytest.mark.parametrize(("what", "expression", "told"), NAMES.values(), ids=NAMES)
def test_names_that_nobody_has_are_found_without_an_import(site, what, expression, told):
    registry = loaded(site, register(what, expression))
    (fault,) = registered_faults("wave", registry)
    assert told in fault.what
    assert fault.place == "site/multigan_wave.py:9"


def test_a_family_of_metrics_may_go_without_its_extractor(site):
    registry = loaded(site, register("recipes", "Recipe(**recipe(metrics=('feature-distance', 'recall')))"))
    assert not [*registered_faults("wave", registry)]


UNFINISHED = "does not define latents, optimizers, sampler, critic_loss, as every game of its kind must"
OBJECTS = {
    "sound": ("recipes", "Recipe(**recipe())", None, ""),
    "no module": (
        "recipes",
        "Recipe(**recipe(game='wvy:Wave'))",
        "wvy:Wave cannot be imported: ModuleNotFoundError",
        9,
    ),
    "no class": ("recipes", "Recipe(**recipe(game='wavy:Wvae'))", "has no attribute 'Wvae'; did you mean Wave?", 9),
    "fails": ("recipes", "Recipe(**recipe(game='broken:Wave'))", "ZeroDivisionError", "site/broken.py:2"),
    "no game": ("recipes", "Recipe(**recipe(game='wavy:Other'))", "is no subclass of multigan.Game", "site/wavy.py:21"),
    "unfinished": (
        "recipes",
        "Recipe(**recipe(game='wavy:Unfinished'))",
        UNFINISHED,
        "site/wavy.py:15",
    ),
    "arguments": (
        "recipes",
        "Recipe(**recipe(options={'height': Option(default=1, help='h')}))",
        "does not take what it is called with: got an unexpected keyword argument 'height'",
        "site/wavy.py:4",
    ),
    "data set": (
        "datasets",
        "DataSource(name='sea', summary='', modality='images', load='wavy:loads')",
        "does not take what it is called with: missing a required argument: 'path'",
        "site/wavy.py:26",
    ),
    "metric": (
        "metrics",
        "Metric(name='m', summary='', modality='images', compute='wavy:measure', protocol='', needs=('labels',))",
        "unexpected keyword argument 'labels'",
        "site/wavy.py:24",
    ),
    "metric of a stream": (
        "metrics",
        (
            "Metric(name='m', summary='', modality='images', compute='wavy:Stream', protocol='', streams=True, "
            "needs=('answers',))"
        ),
        None,
        "",
    ),
    "modality": (
        "modalities",
        "Modality(name='seas', noun='seas', summary='', field='sea', open='wavy:opened', translate='wavy:trnslate')",
        "translate: wavy:trnslate cannot be imported: AttributeError: module 'wavy' has no attribute 'trnslate'",
        9,
    ),
    "what a modality opens": (
        "modalities",
        "Modality(name='seas', noun='seas', summary='', field='sea', open='wavy:load')",
        "open: wavy:load does not take what it is called with: too many positional arguments",
        "site/wavy.py:25",
    ),
    "a modality's kind": (
        "modalities",
        (
            "Modality(name='seas', noun='seas', summary='', field='sea', open='wavy:opened', "
            "kinds=(Kind(name='wave', parse='wavy:opned'),))"
        ),
        "parse: wavy:opned cannot be imported: AttributeError: module 'wavy' has no attribute 'opned'; did you mean op",
        9,
    ),
    "exporter": ("exporters", "Exporter(name='e', summary='', export='wavy:absent')", "no attribute 'absent'", 9),
    "exporter of an extra": (
        "exporters",
        "Exporter(name='e', summary='', export='lacking:export', extra='multigan-wave[more]')",
        None,
        "",
    ),
    "command": ("commands", "Command(name='surf', summary='', command='wavy:load')", "is a function, no click", 9),
}


@pytest.mark.parametrize(("what", "expression", "told", "place"), OBJECTS.values(), ids=OBJECTS)
def test_import_strings_that_name_nothing_fit_to_use_are_found(site, what, expression, told, place):
    (site.path / "broken.py").write_text("\n1 / 0\n")
    (site.path / "lacking.py").write_text("import a_module_that_nobody_has\n")
    registry = loaded(site, register(what, expression))
    faults = object_faults("wave", registry)
    if told is None:
        assert faults == []
        return
    (fault,) = faults
    assert told in fault.what
    if what == "commands":
        assert fault.place == "site/wavy.py:25"
    else:
        assert fault.place == (place if isinstance(place, str) else f"site/multigan_wave.py:{place}")


def test_a_framework_that_loading_imports_is_named_with_the_line_that_asks_for_it(site, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site.path), os.environ.get("PYTHONPATH", "")]))
    (site.path / "numpy.py").write_text("import pandas\n")
    (site.path / "pandas.py").write_text("")
    (site.path / "torch.py").write_text("")
    site.install(
        "wave",
        "print('loading')\ntry:\n    import a_module_that_nobody_has\nexcept ImportError:\n    pass\nimport numpy\n"
        + HOOKS
        + "@hookimpl\ndef register_recipes():\n    import torch\n    return []\n",
    )
    lines = {fault.place: fault.what.partition(";")[0] for fault in seen_by_a_process("imports", "wave")}
    assert lines == {
        "site/multigan_wave.py:6": "loading it imports numpy",
        "site/multigan_wave.py:14": "loading it imports torch",
    }


def test_the_command_tells_all_of_it_and_exits_with_2(site, multigan):
    (site.path / "wavy.py").write_text("print('noise')\n" + GAME)
    site.install("wave", HOOKS + register("recipes", "Recipe(**recipe(game='wavy:Unfinished', data='digtis'))"))
    site.install("gone", "\n1 / 0")
    done = multigan("plugins", "--check", "wave", "--check", "gone")
    assert (done.returncode, done.stderr) == (2, "")
    lines = done.stdout.splitlines()
    assert "recipe wave: no data set is called digtis; did you mean digits? (known: digits, " in lines.pop(1)
    assert lines == [
        "wave (multigan-wave 1.0): 2 faults",
        f"  site/wavy.py:16: recipe wave: wavy:Unfinished {UNFINISHED}",
        "gone (multigan-gone 1.0): 1 fault",
        "  plugin gone: it is broken: ZeroDivisionError: division by zero (site/multigan_gone.py:2)",
    ]
    (row,) = json.loads(multigan("plugins", "--check", "gone", "--json").stdout)
    assert (row["name"], row["status"]) == ("gone", "broken")
    assert list(row["faults"][0]) == ["item", "what", "place", "check"]
    assert multigan("plugins", "--check", "wvae").stderr == (
        "multigan: error: --check wvae: no plugin is called that; did you mean wave?\n"
    )


@pytest.mark.parametrize("name", sorted({entry.name for entry in find_entries()}))
def test_nothing_is_wrong_with_the_first_party_plugins(name):
    registry = load_plugins()
    assert registered_faults(name, registry) + object_faults(name, registry) == []


def test_the_code_of_every_modality_is_there_and_takes_what_it_is_called_with():
    assert [str(fault) for modality in modalities().values() for fault in modality_faults(modality)] == []


def test_a_fault_is_told_with_its_place_first():
    assert str(Fault("recipe r", "no", "a/b.py:3")) == "a/b.py:3: recipe r: no"
    assert str(Fault("recipe r", "no")) == "recipe r: no"


FILE = """
import keras

from multigan import Game, Recipe, Turn, hookimpl


class Wave(Game):
    turns = (Turn("generator"),)

    def __init__(self, data, *, seed=0):
        super().__init__(seed=seed)

    def optimizers(self): pass
    def latents(self, count, seed): pass
    def generator_loss(self, batch): pass
    sampler = None


@hookimpl
def register_recipes():
    yield Recipe(name="my-wave", summary="s", modality="images", game="my_wave:Wave", data="digits")
"""


def test_a_plugin_of_one_file_is_checked_by_its_path(multigan, tmp_path):
    (tmp_path / "my_wave.py").write_text(FILE.replace("my_wave:Wave", "my_wave:Wvae").replace('"digits"', '"digtis"'))
    done = multigan("plugins", "--check", "./my_wave.py")
    assert (done.returncode, done.stderr) == (2, "")
    head, *faults = done.stdout.splitlines()
    assert head == "./my_wave.py (one file): 2 faults"
    assert "my_wave.py:21: recipe my-wave: no data set is called digtis; did you mean digits?" in faults[0]
    assert "my_wave:Wvae cannot be imported: AttributeError" in faults[1]
    assert faults[1].endswith("did you mean Wave?")
    gone = multigan("plugins", "--check", "gone.py")
    assert (gone.returncode, gone.stderr) == (2, "multigan: error: --check gone.py: no file is there\n")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (FILE, None),
        (FILE.replace("import keras", "import kears"), "No module named 'kears' ("),
        (FILE.replace("def register_recipes", "def register_recipe"), "there is no hook register_recipe; did you mean"),
        (FILE.replace("(", "", 1), "SyntaxError"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_with_its_line(source, told, tmp_path):
    (tmp_path / "my_wave.py").write_text(source)
    faults = file_faults(str(tmp_path / "my_wave.py"))
    sys.modules.pop("my_wave", None)
    if told is None:
        assert faults == []
        return
    (fault,) = faults
    assert (fault.check, fault.item) == ("loads", "plugin my_wave.py")
    assert told in fault.what
    assert "my_wave.py:" in fault.what


def test_the_table_shows_the_hooks_of_each_plugin(site, multigan):
    site.install("wave", HOOKS + register("recipes", "Recipe(**recipe())") + "@hookimpl\ndef run_started(run): pass\n")
    (row,) = [row for row in json.loads(multigan("plugins", "--json").stdout) if row["name"] == "wave"]
    assert row["hooks"] == ["register_recipes", "run_started"]
    table = multigan("plugins").stdout
    assert table.splitlines()[0].split()[-1] == "hooks"
    assert "recipes, run_started" in table


def test_a_data_set_whose_samples_are_drawn_anew_is_found(monkeypatch):
    class Restless(MemorySource):
        def batch(self, indices, rng=None):
            noise = np.random.default_rng().normal(0, 0.01, (len(indices), 2))
            return {**super().batch(indices), self.field: self._samples[indices] + noise}

    points = np.random.default_rng(0).normal(size=(90, 2))
    item = DataSource(name="sea", summary="", modality="points", load="multigan:MemorySource")
    subject = SimpleNamespace(items=lambda kind: [item], registry=SimpleNamespace(datasets={}), package="sea")
    for kind, count in ((MemorySource, 0), (Restless, 1)):
        monkeypatch.setattr(checks_of_plugins, "open_source", lambda *_, kind=kind: kind(points, "points", name="sea"))
        faults = [*checks_of_plugins.data_sets_open(subject, None)]
        assert len(faults) == count
    assert "the same samples have another point each time, so that no run can go on; draw with" in faults[0].what
