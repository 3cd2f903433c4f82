"""Plugins with one fault each in what they register. HOOKS: name -> (check, what is told, the lines of the module)."""

TOP = """
from multigan import Command, DataSource, Exporter, Metric, Option, Recipe, hookimpl

RATE = Option(default=1e-3, help="learning rate")

def recipe(**more):
    given = dict(name="planted", summary="s", modality="images", game="planted_sound:Sound", data="digits",
                 references=("arXiv 1406.2661",), metrics=("diversity",), options={"rate": RATE})
    return Recipe(**given | more)

@hookimpl
def register_recipes():
    yield recipe()
"""


def recipes(*given):
    """The module of a plugin whose recipes are made of these arguments, a text each."""
    lines = "".join(f"    yield recipe({each})\n" for each in given)
    return TOP.replace("    yield recipe()\n", lines)


def beside(hook, item, code=""):
    """The module of a plugin without recipes that registers one thing, and has code of its own."""
    return f"{TOP.partition('@hookimpl')[0]}\n@hookimpl\ndef {hook}():\n    yield {item}\n\n{code}\n"


def data_set(code):
    """The module of a plugin with a data set of points."""
    made = 'DataSource(name="sea", summary="s", modality="points", load="multigan_planted:load")'
    return beside("register_datasets", made, f"def load():\n    import numpy as np\n    {code}\n")


def metric(code):
    """The module of a plugin with a metric of points."""
    made = 'Metric(name="m", summary="s", modality="points", compute="multigan_planted:compute", protocol="p")'
    return beside(
        "register_metrics", made, f"def compute(real, generated, seed):\n    import numpy as np\n    {code}\n"
    )


def exporter(code):
    """The module of a plugin with a format."""
    made = 'Exporter(name="e", summary="s", export="multigan_planted:export", suffix=".npz")'
    return beside("register_exporters", made, f"def export(game, path, verify):\n    {code}\n")


def observer(hook, line):
    """The module of a plugin that watches a run."""
    return f"from multigan import hookimpl\n\n@hookimpl\ndef {hook}:\n    {line}\n"


HOOKS = {
    # How it loads.
    "misspelt hook": ("loads", "there is no hook register_recipe; did", TOP.replace("_recipes", "_recipe")),
    "unmarked hook": ("loads", "register_recipes is not marked with @hookimpl", TOP.replace("@hookimpl\n", "")),
    "no hook": ("loads", "it implements no hook", "x = 1\n"),
    "hook's arguments": (
        "loads",
        "step_finished asks for 'log', which it is not given; did you mean logs?",
        observer("step_finished(run, step, log)", "print(log)"),
    ),
    "two of one name": ("loads", "it registers recipe planted twice", recipes("", "summary='t'")),
    "name of another": ("loads", "recipe dcgan has the name of another plugin", recipes("name='dcgan'")),
    "option of the data": (
        "loads",
        "its option size takes the place of the data option size that images have",
        recipes("options={'size': RATE}"),
    ),
    "default out of bounds": (
        "loads",
        "an option's default=0.001: must be at least 1",
        TOP.replace("default=1e-3,", "default=1e-3, minimum=1,"),
    ),
    "import fails": (
        "loads",
        "ModuleNotFoundError: No module named 'nothing_like_it'",
        f"import nothing_like_it\n{TOP}",
    ),
    "exits": ("loads", "SystemExit", f"{TOP}\nraise SystemExit(1)\n"),
    "moves": ("loads", "changes the current folder when it is loaded", f"import os\n{TOP}\nos.chdir('/')\n"),
    "heavy": ("import_light", "loading it imports sklearn; leave that to", f"import sklearn\n{TOP}"),
    "slow": ("import_light", "seconds, for which every command waits", f"import time\n{TOP}\ntime.sleep(2.2)\n"),
    # What it names.
    "metric of nobody": (
        "names_are_known",
        "no metric is called divresity; did you mean diversity",
        recipes("metrics=('divresity',)"),
    ),
    "data of nobody": ("names_are_known", "no data set is called digit; did you mean digits?", recipes("data='digit'")),
    "data of another": (
        "names_are_known",
        "its data ring is of points, and the recipe of images",
        recipes("data='ring'"),
    ),
    "game of nobody": (
        "code_is_there",
        "planted_sound:Soudn cannot be imported: AttributeError: module 'planted_sound' has no attribute 'Soudn'",
        recipes("game='planted_sound:Soudn'"),
    ),
    "module of nobody": ("code_is_there", "No module named 'planted_sund'", recipes("game='planted_sund:Sound'")),
    "option unknown to the game": (
        "code_is_there",
        "got an unexpected keyword argument 'width'",
        recipes("options={'width': RATE}"),
    ),
    "no help": ("described", "option rate: no help", TOP.replace('help="learning rate"', 'help=" "')),
    "no summary": ("described", "no summary; say in a line what it makes", recipes("summary=''")),
    "no reference": ("described", "no reference (an arXiv id or DOI); name the paper", recipes("references=()")),
    # Data sets.
    "data with nan": (
        "data_sets_open",
        "samples are left out, such as",
        data_set("x = np.random.default_rng(0).normal(size=(90, 2)); x[3] = np.nan; return x, None, ()"),
    ),
    "data beyond numbers": (
        "data_sets_open",
        "cannot be trained on",
        data_set("return np.full((90, 2), 1e40), None, ()"),
    ),
    "data of each time": (
        "data_sets_open",
        "it is other data each time, so that no run can go on",
        data_set("return np.random.default_rng().normal(size=(90, 2)), None, ()"),
    ),
    "labels too few": (
        "data_sets_open",
        "cannot be trained on",
        data_set("return np.random.default_rng(0).normal(size=(90, 2)), np.zeros(80, int), ('a',)"),
    ),
    # Metrics and formats.
    "metric is an array": (
        "metrics_measure",
        "compute() must return a finite number",
        metric("return real.mean(axis=0)"),
    ),
    "metric is nan": ("metrics_measure", "gives nan; compute() must return a finite", metric("return float('nan')")),
    "metric fails": ("metrics_measure", "fails on samples of points: IndexError", metric("return real[0, 99]")),
    "metric draws": ("metrics_measure", "of the same samples and seed", metric("return float(np.random.rand())")),
    "format unverified": (
        "formats_are_written",
        "does not call verify(function), so that nobody knows",
        exporter("path.write_text(''); return path"),
    ),
    "format without path": (
        "formats_are_written",
        "returns None, and not the path that it wrote",
        exporter("path.write_text(''); verify(lambda z: game.generate(z))"),
    ),
    "format fails": (
        "formats_are_written",
        "cannot be written: AttributeError",
        exporter("game.weights_of('generator')"),
    ),
    # Hooks that watch.
    "observer fails": (
        "run_hooks_run",
        "failed in step_finished and is detached: KeyError: 'generator/loss'",
        observer("step_finished(logs)", "logs['generator/loss']"),
    ),
    "observer fails at the end": (
        "run_hooks_run",
        "failed in run_finished: AttributeError",
        observer("run_finished(run)", "run.directory.outcome()"),
    ),
    "observer fails at scores": (
        "run_hooks_run",
        "failed in evaluation_finished and is detached: TypeError",
        observer("evaluation_finished(run, step, scores)", "[value + 1.0 for value in scores.values()]"),
    ),
    "observer moves": (
        "run_hooks_run",
        "changes the current folder in run_started",
        observer("run_started(run)", "__import__('os').chdir('/')"),
    ),
}
