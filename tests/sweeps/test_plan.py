"""What a sweep is asked for: names of runs, refusals before anything begins, and what may be added to it later."""

import os
from dataclasses import replace

import pytest

import multigan
from multigan.api.host import Host
from multigan.errors import UsageError
from multigan.sweeps import call as sweeps_call
from multigan.sweeps.afar import Cluster
from multigan.sweeps.asked import make_plan, without_values
from multigan.sweeps.plan import Plan, grown, read_plan, write_plan
from multigan.testing import call

PLAN = Plan("gan-points", {"learning_rate": (1e-3, 2e-4), "loss": ("hinge",)}, (0, 1), settings={"steps": 4})
GOOD = ["--over", "pack=1,2"]


def asked(recipe="gan-points", **changes):
    how = {"seeds": 2, "metrics": (), "count": 64, "draws": 1, "checkpoint": "latest", "flags": {}, "options": {}}
    return make_plan(Host(quiet=True), recipe, **{"over": {"pack": ["1", "2"]}, **how, **changes})


def test_every_choice_is_run_with_every_seed_the_first_seeds_first():
    plan = replace(PLAN, over={"a": (1, 2), "b": ("x", "y")})
    names = [job.name for job in plan.jobs()]
    assert names[:3] == ["a=1,b=x,seed=0", "a=1,b=y,seed=0", "a=2,b=x,seed=0"]
    assert [job.seed for job in plan.jobs()] == [0] * 4 + [1] * 4
    assert plan.job("a=2,b=y,seed=1").values == {"a": 2, "b": "y"}


def test_values_that_are_no_names_of_folders_have_names_of_their_own():
    long = "/" + "x" * 100
    names = [job.name for job in replace(PLAN, over={"data": ("a/b", "a-b", "a,b", long)}, seeds=(0,)).jobs()]
    assert len(set(names)) == 4
    assert names[1] == "data=a-b,seed=0"
    assert not [name for name in names if "/" in name or len(name) > 80 or name.count(",") > 1]


def test_a_cluster_that_the_environment_names_is_the_sweep_s_and_not_its_runs(monkeypatch):
    found = []

    def reached(cluster, plan):
        found.append((cluster, "ray" in plan.settings))
        raise UsageError("no cluster")

    monkeypatch.setattr(sweeps_call, "reached", reached)
    monkeypatch.setenv("MULTIGAN_RAY", "auto")
    monkeypatch.setenv("MULTIGAN_RAY_RESTARTS", "1")
    with pytest.raises(UsageError, match="no cluster"):
        multigan.sweep("gan-points", {"pack": [1, 2]}, ray_timeout=7)
    assert "no cluster" in call("sweep", "gan-points", *GOOD, "--ray-timeout", "7", code=2)[1]
    assert found == [(Cluster("auto", 1, 7.0), False)] * 2


def test_a_plan_is_read_as_it_was_written(tmp_path):
    write_plan(tmp_path, PLAN)
    assert read_plan(tmp_path) == PLAN


@pytest.mark.parametrize("content", ["", "recipe = 3", "a = [", "seeds = [0]\nmetrics = []\n[over]\n"])
def test_a_damaged_plan_is_named(tmp_path, content):
    (tmp_path / "sweep.toml").write_text(content)
    with pytest.raises(UsageError, match=r"sweep\.toml: damaged; put a copy of it back"):
        read_plan(tmp_path)


def test_values_and_seeds_can_be_added_to_a_sweep(tmp_path):
    more = replace(PLAN, over={"learning_rate": (5e-4, 1e-3, 2e-4), "loss": ("hinge",)}, seeds=(0, 1, 2))
    assert grown(tmp_path, replace(PLAN, cpus=3), more) == replace(more, cpus=3)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"recipe": "wgan-points"}, "a sweep with the recipe gan-points, not wgan-points"),
        ({"count": 10}, "a sweep with -n 1000, not 10"),
        ({"metrics": ("modes",)}, "a sweep with --metric of the recipe's own, not modes"),
        ({"against": "grid"}, "a sweep with --against not set, not grid"),
        ({"settings": {"steps": 5}}, "a sweep with steps 4, now 5"),
        ({"options": {"pack": 2}}, "a sweep with pack not set, now 2"),
        ({"over": {"pack": (1,)}}, "a sweep over learning_rate, loss, not pack"),
        ({"seeds": (0,)}, "a sweep with seed=1, which is left out now"),
        ({"over": {"learning_rate": (1e-3,), "loss": ("hinge",)}}, "a sweep with learning_rate=0.0002, which is left"),
    ],
)
def test_another_sweep_is_not_mixed_with_this_one(tmp_path, change, told):
    with pytest.raises(UsageError, match="choose another --out") as raised:
        grown(tmp_path, PLAN, replace(PLAN, **change))
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--over", "learning_rate=abc,1"], "--over learning_rate=abc: expected a finite number"),
        (["--over", "lerning_rate=1,2"], "no such option; did you mean learning_rate?"),
        (["--over", "stepz=1,2"], "did you mean steps?"),
        (["--over", "pack=0,1"], "--over pack=0: must be at least 1"),
        (["--over", "pack=1,1"], "--over pack: the value 1 is given twice"),
        (["--over", "learning_rate=1e-3,0.001"], "the value 0.001 is given twice"),
        (["--over", "pack=1", "--over", "pack=2"], "--over pack: given twice"),
        (["--over", "pack=1", "-o", "pack=2"], "--over pack: given for all runs, too"),
        (["--over", "steps=1,2", "--steps", "3"], "--over steps: given for all runs, too"),
        ([*GOOD, "-o", "ema=0", "-o", "ema=0.9"], "-o ema: given twice"),
        (["--over", "pack=1,"], "--over pack=1,: a value is empty"),
        (["--over", "pack"], "'pack' is not KEY=VALUE"),
        (["--over", "seed=1,2"], "choose how many: --seeds"),
        ([], "nothing to sweep over"),
        ([*GOOD, "--metric", "recall(pixels)"], "is of images, and recipe gan-points makes points"),
        ([*GOOD, "--metric", "recal(points)"], "did you mean recall(points)?"),
        ([*GOOD, "--keep-best", "modez"], "--keep-best modez: no such metric; did you mean modes?"),
        ([*GOOD, "--checkpoint", "best"], "give --keep-best METRIC"),
        ([*GOOD, "--data", "./nope"], "nope: no such file or folder"),
        ([*GOOD, "--against", "./nope"], "nope: no such file or folder"),
        ([*GOOD, "--against", "digits"], "data set digits holds images, not points"),
        (["--over", "data=ring,./nope"], "nope: no such file or folder"),
        ([*GOOD, "--seed", "2147483647", "--seeds", "2"], "the last seed=2147483648: must be at most"),
    ],
)
def test_a_bad_request_is_refused_before_anything_begins(tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    _, err = call("sweep", "gan-points", *words, code=2)
    assert told in err
    assert list(tmp_path.iterdir()) == []


def test_choices_that_do_not_go_together_are_named():
    def at_odds(value, options, values):
        raise UsageError("this and that do not go together")

    from multigan.sweeps import asked as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("multigan.training.configuration.load_object", lambda name: at_odds)
        with pytest.raises(UsageError, match=r"^pack=1: this and that do not go together"):
            module._with({"pack": 1}, Host(quiet=True), "gan-points", flags={}, options={"schedule": "x"})


def test_a_limit_of_time_is_refused(monkeypatch):
    monkeypatch.setenv("MULTIGAN_MAX_MINUTES", "3")
    with pytest.raises(UsageError, match=r"max_minutes 3 \(environment\): runs that stop at different steps"):
        asked()


def test_what_the_environment_says_of_runs_becomes_the_plans(monkeypatch):
    monkeypatch.setenv("MULTIGAN_OPTION_EMA", "0.5")
    monkeypatch.setenv("MULTIGAN_SEED", "7")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    plan = asked(flags={"batch_size": "16"})
    assert (plan.settings, plan.options, plan.seeds) == ({"batch_size": 16, "steps": 5000}, {"ema": 0.5}, (7, 8))
    left = without_values(
        {"MULTIGAN_SEED": "7", "MULTIGAN_OPTION_EMA": "1", "KERAS_BACKEND": "jax", "MULTIGAN_CACHE": "c"}
    )
    assert left == {"MULTIGAN_CACHE": "c"}


def test_a_value_with_a_comma_stands_in_quotes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out, _ = call("sweep", "gan-points", "--over", 'generator_units="8,8",16', "--seeds", 1, "--dry-run")
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["8,8", "16"]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_given_beside_a_sweep_that_goes_on(tmp_path):
    _, err = call("sweep", "--resume", tmp_path, "--steps", 4, code=2)
    assert "--steps and --resume exclude each other" in err
    _, err = call("sweep", "--resume", tmp_path, code=2)
    assert "no sweep (it has no sweep.toml)" in err


def test_a_plugin_that_is_a_file_leaves_the_gpus_to_the_runs(tmp_path, monkeypatch):
    (tmp_path / "my_sweep_gan.py").write_text(
        "from multigan import Recipe, hookimpl\n\n\n@hookimpl\ndef register_recipes():\n"
        '    yield Recipe(name="mine", summary="s", modality="points", game="my_sweep_gan:Game", data="ring")\n'
    )
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    plan = asked(recipe="my_sweep_gan.py", over={"batch_size": [8, 16]}, seeds=1, metrics=["modes"])
    assert os.environ == before
    assert plan.recipe == str(tmp_path / "my_sweep_gan.py")
    assert [job.name for job in plan.jobs()] == ["batch_size=8,seed=0", "batch_size=16,seed=0"]
