"""A plugin that cannot be used costs itself and nothing else."""

import json
import os
import signal
import sys

import pytest

from multigan.discovery import find_entries
from multigan.errors import UsageError
from multigan.modality import data_options
from multigan.plugins import load_plugins

GOOD = """
from multigan import Command, DataSource, Exporter, Metric, Option, Recipe, hookimpl

def recipe(name="wave", **kwargs):
    return Recipe(name=name, summary="Waves", modality="images", game="wave.game:Wave", data="digits", **kwargs)
"""


def load(name="wave", **kwargs):
    registry = load_plugins(**kwargs)
    return registry, [info for info in registry.plugins if info.name == name]


def only(name="wave", **kwargs):
    registry, infos = load(name, **kwargs)
    (info,) = infos
    return registry, info


def test_the_core_registers_its_own_through_the_same_hooks():
    registry = load_plugins(environ={"MULTIGAN_PLUGINS": ""})
    assert registry.datasets["digits"].modality == "images"
    assert {"precision(pixels)", "recall(pixels)"} <= set(registry.metrics)
    assert {"keras", "savedmodel", "onnx"} == set(registry.exporters)
    commands = "run sweep sample evaluate doctor export data new install uninstall plugins recipes"
    assert set(commands.split()) == set(registry.commands)
    assert registry.owner("dataset", "digits") == "multigan"
    assert registry.recipes == {}


def test_a_sound_plugin_registers_every_kind_of_item(site):
    site.install(
        "wave",
        GOOD
        + """
@hookimpl
def register_recipes():
    return [recipe(), recipe("small-wave")]
@hookimpl
def register_datasets():
    yield DataSource(name="sea", summary="Sea", modality="images", load="wave.data:sea")
@hookimpl
def register_metrics():
    yield Metric(name="height(pixels)", summary="Height", modality="images", compute="wave.m:height", protocol="none")
@hookimpl
def register_exporters():
    yield Exporter(name="wav", summary="Wave", export="wave.export:wav")
@hookimpl
def register_commands():
    yield Command(name="surf", summary="Surf.", command="wave.surf:surf")
@hookimpl
def run_started(run):
    pass
""",
    )
    registry, info = only()
    assert (info.status, info.reason, info.recipes) == ("ok", "", ("wave", "small-wave"))
    assert (info.package, info.version) == ("multigan-wave", "1.0")
    plugin, recipe = registry.recipe("small-wave")
    assert (plugin, recipe.name) == ("wave", "small-wave")
    assert registry.recipe("wave")[1].name == "wave"
    for kind, name in (("dataset", "sea"), ("metric", "height(pixels)"), ("exporter", "wav"), ("command", "surf")):
        assert getattr(registry, f"{kind}s")[name].name == name
        assert registry.owner(kind, name) == "wave"
    assert [i.plugin_name for i in registry.manager.hook.run_started.get_hookimpls()] == ["wave"]
    assert registry.complaints == []


BROKEN = {
    "import fails": ("import a_module_that_nobody_has", "a_module_that_nobody_has"),
    "syntax": ("def :", "SyntaxError"),
    "exits": ("import sys; sys.exit(0)", "SystemExit: 0 (site/multigan_wave.py:"),
    "raises a base exception": ("class E(BaseException): pass\nraise E('odd')", "E: odd"),
    "several lines": ("raise ValueError('one\\ntwo\\x1b[31m')", "ValueError: one two (site/multigan_wave.py:"),
    "no hook": ("x = 1", "implements no hook"),
    "hook raises": (GOOD + "@hookimpl\ndef register_recipes(): raise KeyError('k')", "KeyError: 'k'"),
    "hook raises late": (GOOD + "@hookimpl\ndef register_recipes():\n yield recipe()\n 1 / 0", "ZeroDivisionError"),
    "hook exits": (GOOD + "@hookimpl\ndef register_recipes():\n yield recipe()\n raise SystemExit", "SystemExit"),
    "returns nothing": (GOOD + "@hookimpl\ndef register_recipes(): recipe()", "register_recipes gave NoneType"),
    "returns an item": (GOOD + "@hookimpl\ndef register_recipes(): return recipe()", "register_recipes gave Recipe"),
    "wrong type": (GOOD + "@hookimpl\ndef register_datasets(): yield recipe()", "it must yield DataSource objects"),
    "a text": (GOOD + "@hookimpl\ndef register_recipes(): return 'wave'", "gave str; it must yield Recipe"),
    "twice": (GOOD + "@hookimpl\ndef register_recipes(): return [recipe(), recipe()]", "recipe wave twice"),
    "no end": (GOOD + "@hookimpl\ndef register_recipes():\n while True: yield recipe()", "recipe wave twice"),
    "misspelt": (
        GOOD + "@hookimpl\ndef register_recipe(): yield recipe()",
        "there is no hook register_recipe; did you mean register_recipes?",
    ),
    "unmarked": (GOOD + "def register_recipes(): yield recipe()", "register_recipes is not marked with @hookimpl"),
    "unknown argument": (GOOD + "@hookimpl\ndef step_finished(run, epoch): pass", "'epoch'"),
    "wrapper": (GOOD + "@hookimpl(wrapper=True)\ndef run_started(run): return (yield)", "must not be a wrapper"),
    "core's dataset": (
        GOOD + "@hookimpl\ndef register_datasets():\n"
        " yield DataSource(name='digits', summary='', modality='images', load='a:b')",
        "dataset digits is registered by multigan already",
    ),
    "core's command": (
        GOOD + "@hookimpl\ndef register_commands(): yield Command(name='run', summary='', command='a:b')",
        "command run is registered by multigan already",
    ),
    "bad option": (GOOD + "@hookimpl\ndef register_recipes():\n yield recipe(options={'x': 3})", "option 'x'"),
    "bad default": (GOOD + "Option(default=0, minimum=1, help='')", "must be at least 1"),
    "bad name": (GOOD + "@hookimpl\ndef register_recipes(): yield recipe('two words')", "'two words'"),
}


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_named_with_its_reason_and_nothing_else_is_lost(site, source, reason):
    site.install("wave", source)
    site.install("other")
    registry, info = only()
    assert info.status == "broken"
    assert reason in info.reason
    assert info.reason.isprintable()
    assert info.recipes == ()
    assert registry.owner("recipe", "other") == "other"
    assert "wave" not in registry.recipes
    assert registry.manager.get_plugin("wave") is None
    assert registry.datasets["digits"].load == "multigan.modalities.images.digits:load"
    (complaint,) = registry.complaints
    assert complaint == f"plugin wave (multigan-wave 1.0) is broken: {info.reason}; mend or uninstall it"
    with pytest.raises(UsageError, match=r"plugin wave .* is broken"):
        registry.recipe("wave")


HOOK = GOOD + "@hookimpl\ndef register_recipes():\n"  # its body begins in line 8
LINES = {
    "recipe's name": (HOOK + " x = 1\n yield recipe('two words')", "'two words': a name is letters", 5),
    "recipe's call": (
        HOOK + " yield Recipe(\n  name='wave', summary='', modality='images', game='nowhere',\n  data='digits')",
        "game 'nowhere' is no import string like 'package.module:name'",
        8,
    ),
    "wrong keyword": (HOOK + " x = 1\n yield Recipe(nmae='wave')", "unexpected keyword argument 'nmae'", 9),
    "default outside of the choices": (
        GOOD + "\n\nOption(default='x', choices=('a', 'b'), help='')",
        "an option's default=x: not one of a, b",
        8,
    ),
    "choice of another type": (
        GOOD + "Option(default='a', choices=('a', 3), help='')",
        "default's type, str; not 3",
        6,
    ),
    "choices in one text": (GOOD + "Option(default='a', choices='abc', help='')", "choices are a tuple, not 'abc'", 6),
    "no range": (GOOD + "Option(default=1, minimum=2, maximum=1, help='')", "minimum 2 is over its maximum 1", 6),
    "shared option": (
        GOOD + "from multigan import stabiliser_options\n\nstabiliser_options(beta_1=2.0)",
        "an option's default=2.0: must be at most 0.999",
        8,
    ),
    "metrics in one text": (HOOK + " yield recipe(metrics='diversity')", "metrics is 'diversity'; it must be a", 5),
    "summary": (HOOK + " yield DataSource(name='s', summary=None, modality='', load='a:b')", "summary is None", 8),
    "steps": (HOOK + " yield recipe(steps='many')", "steps is 'many'; it must be a whole number", 5),
    "no steps": (HOOK + " yield recipe(steps=0)", "steps and batch_size are at least 1", 5),
    "given": (
        HOOK + " yield recipe(options={'seed': Option(default=1, help='')})",
        "option seed is called like what multigan gives every game",
        5,
    ),
    "case": (
        HOOK + " yield recipe(options={k: Option(default=1, help='') for k in ('d', 'D')})",
        "options d and D differ in the case of letters only",
        5,
    ),
    "option of the data": (
        HOOK + " yield recipe(options={'crop': Option(default=1, help='')})",
        "recipe wave: its option crop takes the place of the data option crop that images have; call it something else",
        5,
    ),
    "option of the data, nearly": (
        HOOK + " yield recipe(options={'Size': Option(default=1, help='')})",
        "its option Size takes the place of the data option size that images have",
        5,
    ),
    "default of no option of the data": (
        HOOK + " yield recipe(data_options={'crops': 'none'})",
        "recipe wave: data_options has crops: there is no such option of images; did you mean crop?",
        5,
    ),
    "default that the option refuses": (
        HOOK + " yield recipe(data_options={'pairs': 'twins'})",
        "recipe wave: data_options pairs=twins: not one of names, sides",
        5,
    ),
    "defaults that are none": (HOOK + " yield recipe(data_options=3)", "data_options is 3; it must be a dict", 5),
    "twice": (HOOK + " yield recipe('a')\n yield Recipe(**vars(recipe('a')))", "registers recipe a twice", 9),
    "wrong type": (HOOK + " yield recipe()\n yield 3", "register_recipes gave int; it must yield Recipe objects", 9),
    "no list": (HOOK + " return 3", "register_recipes gave int; it must yield Recipe objects", 6),
    "misspelt": (GOOD + "\n@hookimpl\ndef register_recipe(): pass", "there is no hook register_recipe", 7),
    "unmarked": (GOOD + "\ndef register_recipes(): pass", "register_recipes is not marked with @hookimpl", 7),
    "argument": (
        GOOD + "@hookimpl\ndef step_finished(run, stpe): pass",
        "step_finished asks for 'stpe', which it is not given; did you mean step? (its arguments: run, step, logs)",
        6,
    ),
    "generator": (GOOD + "@hookimpl\ndef run_started(run): yield", "run_started must be a plain function", 6),
    "coroutine": (GOOD + "@hookimpl\nasync def run_started(run): pass", "run_started must be a plain function", 6),
}


@pytest.mark.parametrize(("source", "reason", "line"), LINES.values(), ids=LINES)
def test_what_is_wrong_with_a_registration_names_its_authors_line(site, source, reason, line):
    site.install("wave", source)
    _, info = only()
    assert info.status == "broken"
    assert reason in info.reason
    assert info.reason.endswith(f" (site/multigan_wave.py:{line})")


def test_what_a_plugin_imports_is_at_fault_only_where_no_line_of_its_own_is(site):
    (site.path / "helper.py").write_text("import json\ndef help(): json.loads('{')\n")
    site.install("wave", "import helper\n\nhelper.help()")
    assert only()[1].reason.endswith("(site/multigan_wave.py:3)")


def test_what_a_plugin_does_to_the_process_while_it_loads_is_undone_and_told(site, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.delenv("MULTIGAN_STEPS", raising=False)
    site.install(
        "wave",
        "import os, signal\nos.chdir('/')\nos.environ |= {'KERAS_BACKEND': 'jax', 'MULTIGAN_STEPS': '3', 'OWN': '1'}\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + GOOD + "@hookimpl\ndef register_recipes(): yield recipe()",
    )
    folder, handler = os.getcwd(), signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("OWN", "0")
    registry, info = only()
    assert info.status == "ok"
    assert (os.getcwd(), signal.getsignal(signal.SIGINT)) == (folder, handler)
    assert (os.environ["KERAS_BACKEND"], os.environ.get("MULTIGAN_STEPS"), os.environ["OWN"]) == (
        "tensorflow", None, "1",
    )  # fmt: skip
    changed = ("the current folder", "what SIGINT does", "the variable KERAS_BACKEND", "the variable MULTIGAN_STEPS")
    undone = [f"plugin wave changes {what} when it is loaded; that was undone" for what in changed]
    assert registry.complaints == undone


def test_no_recipe_of_a_first_party_plugin_hides_an_option_of_its_data():
    recipes = load_plugins(environ={}).recipes.values()
    assert recipes
    for _, recipe in recipes:
        assert not set(recipe.options) & set(data_options(recipe.modality)), recipe.name


def test_a_broken_plugin_leaves_no_item_of_any_kind_and_no_observer(site):
    site.install(
        "wave",
        GOOD
        + """
@hookimpl
def run_started(run): pass
@hookimpl
def register_datasets():
    yield DataSource(name="sea", summary="Sea", modality="images", load="wave.data:sea")
@hookimpl
def register_commands():
    raise OSError("no")
""",
    )
    registry, info = only()
    assert info.status == "broken"
    assert "sea" not in registry.datasets
    assert registry.manager.hook.run_started.get_hookimpls() == []


def test_an_entry_point_may_name_an_object_and_a_wrong_one_breaks_only_the_plugin(site):
    module = site.install(
        "wave",
        GOOD
        + """
class Hooks:
    @hookimpl
    def register_recipes(self):
        yield recipe()
hooks = Hooks()
""",
    )
    points = next(site.path.glob("*.dist-info/entry_points.txt"))
    for target, status in ((f"{module}:hooks", "ok"), (f"{module}:absent", "broken"), ("not a module", "broken")):
        points.write_text(f"[multigan]\nwave = {target}\n")
        assert only()[1].status == status, target
    points.write_text(f"[multigan]\nwithout an equals sign\nwave = {module}:hooks\n")
    assert only()[1].status == "ok"


def test_ctrl_c_while_a_plugin_is_imported_is_not_swallowed(site):
    site.install("wave", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_plugins()


def test_two_packages_with_one_plugin_name_are_both_named_and_neither_is_imported(site):
    modules = [site.install("wave", package="multigan-wave"), site.install("wave", package="wave-gan", version="3")]
    site.install("other")
    registry, infos = load()
    assert [(info.package, info.status) for info in infos] == [("multigan-wave", "conflict"), ("wave-gan", "conflict")]
    for info in infos:
        assert "multigan-wave 1.0" in info.reason
        assert "wave-gan 3" in info.reason
    assert not set(modules) & set(sys.modules)
    assert "other" in registry.recipes
    assert len(registry.complaints) == 1
    with pytest.raises(UsageError, match=r"conflict: multigan-wave 1\.0 .* and wave-gan 3 "):
        registry.recipe("wave")


def test_the_name_of_the_core_is_no_plugins(site):
    site.install("multigan", package="other-multigan")
    registry, info = only("multigan")
    assert info.status == "conflict"
    assert registry.owner("dataset", "digits") == "multigan"


def test_an_incompatible_plugin_is_not_imported(site):
    module = site.install("wave", requires=("multigan>=99",))
    registry, info = only()
    assert info.status == "incompatible"
    assert info.reason.startswith("it needs multigan>=99 and this is ")
    assert module not in sys.modules
    with pytest.raises(UsageError, match="is incompatible"):
        registry.recipe("wave")


def test_a_requirement_that_cannot_be_read_breaks_only_its_plugin(site):
    site.install("wave", requires=("multigan >>> 3",))
    assert only()[1].status == "broken"


@pytest.mark.parametrize(
    "how", [{"blocked": ("wave",)}, {"environ": {"MULTIGAN_PLUGINS": ""}}, {"environ": {"MULTIGAN_PLUGINS": "other"}}]
)
def test_a_blocked_plugin_is_not_imported_and_is_no_cause_of_complaint(site, how):
    module = site.install("wave", "raise SystemExit")
    site.install("other")
    registry, info = only(**how)
    assert info.status == "blocked"
    assert module not in sys.modules
    assert registry.complaints == []
    assert ("other" in registry.recipes) is (how != {"environ": {"MULTIGAN_PLUGINS": ""}})
    with pytest.raises(UsageError, match="plugin wave is blocked: "):
        registry.recipe("wave")


def test_names_that_block_or_admit_nothing_are_told_with_the_closest_one(site):
    site.install("wave")
    registry = load_plugins(blocked=("wavy",), environ={"MULTIGAN_PLUGINS": "wafe"})
    assert registry.notes == [
        "--no-plugin names wavy, which is not installed; did you mean wave?",
        "MULTIGAN_PLUGINS names wafe, which is not installed; did you mean wave?",
    ]


def test_the_second_plugin_with_a_recipe_of_one_name_is_broken_and_the_first_stays(site):
    for name in ("able", "baker"):
        site.install(name, GOOD + "@hookimpl\ndef register_recipes(): yield recipe('shared')")
    registry, info = only("baker")
    assert info.reason == "recipe shared is registered by able already (site/multigan_baker.py:5)"
    assert registry.recipe("shared")[0] == "able"
    assert registry.recipe("able")[1].name == "shared"


def test_no_plugin_takes_another_plugins_name_for_a_recipe(site):
    site.install("able", GOOD + "@hookimpl\ndef register_recipes(): yield recipe('wave')")
    site.install("wave")
    registry, info = only("able")
    assert info.reason == "recipe wave has the name of another plugin (site/multigan_able.py:5)"
    assert registry.recipe("wave")[0] == "wave"


def test_two_plugins_that_are_one_module_are_not_both_registered(site):
    module = site.install("able")
    site.install("baker")
    for points in site.path.glob("multigan_baker*/entry_points.txt"):
        points.write_text(f"[multigan]\nbaker = {module}\n")
    registry, info = only("baker")
    assert info.reason == "it has the same hooks object as plugin able"
    assert registry.recipe("able")[0] == "able"


def test_a_plugin_without_a_default_recipe_names_its_recipes(site):
    site.install("wave", GOOD + "@hookimpl\ndef register_recipes(): return [recipe('calm'), recipe('storm')]")
    site.install("watcher", GOOD + "@hookimpl\ndef run_started(run): pass")
    registry = load_plugins()
    with pytest.raises(UsageError, match="plugin wave has several recipes; choose one of calm, storm"):
        registry.recipe("wave")
    with pytest.raises(UsageError, match="plugin watcher has no recipe"):
        registry.recipe("watcher")
    with pytest.raises(UsageError, match=r"no plugin or recipe is called stormy; did you mean storm\?"):
        registry.recipe("stormy")


def test_what_a_plugin_prints_while_it_loads_does_not_reach_stdout(site, capsys):
    site.install("wave", GOOD + "print('loading')\n@hookimpl\ndef register_recipes():\n print('hook')\n yield recipe()")
    assert only()[1].status == "ok"
    assert capsys.readouterr() == ("", "loading\nhook\n")


def test_plugins_are_listed_by_name_whatever_the_order_on_the_path(site):
    for name in ("wave", "able", "other"):
        site.install(name)
    names = [info.name for info in load_plugins().plugins]
    assert names == sorted(names)
    assert {"able", "other", "wave"} <= {entry.name for entry in find_entries()}


TWO_MODALITIES = """
from multigan import Recipe, hookimpl

@hookimpl
def register_recipes():
    for name, modality in (("wave", "images"), ("wave-points", "points"), ("wave-a", "audio"), ("wave-b", "audio")):
        yield Recipe(name=name, summary="s", modality=modality, game="wave.game:Wave", data="digits")
"""


@pytest.mark.parametrize(
    ("asked", "modality", "chosen"),
    [
        ("wave", None, "wave"),
        ("wave", "images", "wave"),
        ("wave", "points", "wave-points"),
        ("wave", "text", "wave"),
        ("wave", "audio", "wave"),
        ("wave-points", "images", "wave-points"),
        ("wave-a", "points", "wave-a"),
    ],
)
def test_the_datas_modality_chooses_among_a_plugins_recipes_but_never_exchanges_a_named_one(
    site, asked, modality, chosen
):
    site.install("wave", TWO_MODALITIES)
    plugin, recipe = load_plugins().recipe_for(asked, modality)
    assert (plugin, recipe.name) == ("wave", chosen)


def test_a_plugin_with_several_recipes_and_none_of_its_name_is_chosen_by_the_data(site):
    site.install("wave", TWO_MODALITIES.replace('"wave", "images"', '"wave-images", "images"'))
    registry = load_plugins()
    assert registry.recipe_for("wave", "points")[1].name == "wave-points"
    for modality in (None, "audio"):
        with pytest.raises(UsageError, match="has several recipes; choose one of wave-images, wave-points"):
            registry.recipe_for("wave", modality)


def test_run_takes_the_recipe_of_the_datas_modality_and_says_so(site, multigan, tmp_path):
    site.install("wave", TWO_MODALITIES)
    (tmp_path / "own.csv").write_text("1,2\n3,4\n")
    (tmp_path / "set.toml").write_text('data = "own.csv"\n')

    def chosen(*words, **environ):
        done = multigan("run", "--plugin", "wave", "--dry-run", "--json", *words, **environ)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["recipe"], done.stderr

    assert chosen("--data", "ring") == ("wave-points", "data ring are points: training wave-points\n")
    assert chosen("--config", "set.toml")[0] == "wave-points"
    assert chosen("--config", "set.toml", MULTIGAN_DATA="digits") == ("wave", "")
    assert chosen("--config", "set.toml", "--data", "nowhere") == ("wave", "")
    assert chosen() == ("wave", "")
