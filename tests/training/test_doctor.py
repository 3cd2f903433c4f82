"""`multigan doctor` on runs whose illness is known, and on the real command line."""

import json
import shlex
import tomllib

import numpy as np
import pytest
import tomli_w
from small import FLAGS, facts_of

from multigan.errors import UsageError
from multigan.health.doctor import diagnose
from multigan.health.reference import Reference
from multigan.plugins import load_plugins
from multigan.report.page import write_report

MODES = ["east", "north", "west"]


@pytest.fixture(scope="module")
def recipes():
    return {recipe.name: recipe for _, recipe in load_plugins(environ={}).recipes.values()}


def line(step, **changes):
    health = {"discriminator/accuracy_real": 0.8, "discriminator/accuracy_generated": 0.8, "diversity": 1.0}
    health |= {"discriminator/gradient_norm": 2.0, "generator/gradient_norm": 1.0} | changes.pop("health", {})
    return {"kind": "log", "step": step, "losses": {"generator/adversarial": 0.9}, "health": health} | changes


@pytest.fixture
def run(tmp_path, recipes):
    """Writes a run of a recipe whose log has one line every 100 steps."""

    def write(recipe="dcgan", count=30, last=(), options=None, settings=None, **changes):
        known = recipes[recipe]
        values = {key: option.default for key, option in known.options.items()}
        chosen = {"data": known.data, "steps": known.steps, "batch_size": known.batch_size, "seed": 0, "recover": 0}
        chosen |= {"log_every": 100, "precision": "float32"}
        facts = facts_of() | {
            "recipe": recipe, "modality": known.modality,
            "options": {key: {"value": v, "origin": "default"} for key, v in values.items()},
            "settings": {key: {"value": v, "origin": "recipe"} for key, v in chosen.items()},
            "data": facts_of()["data"] | {"name": known.data, "count": 1797, "classes": MODES},
        }  # fmt: skip
        for table, given in (("options", options or {}), ("settings", settings or {})):
            facts[table] |= {key: {"value": value, "origin": "flag"} for key, value in given.items()}
        (tmp_path / "run.toml").write_text(tomli_w.dumps(facts))
        lines = [line(100 * n, **changes) for n in range(1, count + 1)]
        (tmp_path / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in [*lines, *last]))
        Reference(np.zeros((2, 8, 8, 1), np.float32)).save(tmp_path / "reference.npz", 2)
        return tmp_path

    return write


def test_a_healthy_run_is_told_as_that_with_what_was_looked_at(run, recipes):
    diagnosis = diagnose(run(), recipes)
    assert (diagnosis["verdict"], diagnosis["findings"]) == ("healthy", [])
    assert {"collapse", "not-finite", "divergence", "oscillation"} <= set(diagnosis["checks"])
    assert diagnosis["pending"]["missing-modes"] == "the data has no labels"


def test_a_short_run_cannot_be_judged_and_says_why(run, recipes):
    diagnosis = diagnose(run(count=5), recipes)
    assert diagnosis["verdict"] == "unknown"
    assert "10 log lines over 1,000 steps" in diagnosis["pending"]["divergence"]


def test_findings_come_by_gravity_each_with_figures_and_treatments(run, recipes):
    saturated = {"discriminator/accuracy_real": 1.0, "discriminator/accuracy_generated": 1.0, "diversity": 0.1}
    path = run(health=saturated, options={"loss": "minimax", "width": 16}, settings={"steps": 3000})
    collapse, saturation = diagnose(path, recipes)["findings"]
    assert (collapse["name"], saturation["name"]) == ("collapse", "discriminator-saturated")
    assert (collapse["since"], collapse["figures"]["diversity"][-1]) == (100, [3000, 0.1])
    first, *_ = collapse["treatments"]
    assert (first["name"], first["now"], first["value"]) == ("loss", "minimax", "non-saturating")
    assert collapse["command"] == "multigan run --plugin dcgan --steps 3000 -o width=16 -o loss=non-saturating"
    weaker = next(t for t in saturation["treatments"] if t["name"] == "critic_learning_rate")
    assert (weaker["value"], weaker["reference"]) == (5e-05, "1706.08500")


def test_a_treatment_comes_with_the_options_that_it_needs(run, recipes):
    [collapse] = diagnose(run(health={"diversity": 0.1}), recipes)["findings"]
    r1 = next(t for t in collapse["treatments"] if t["name"] == "r1")
    assert r1["command"].endswith("-o r1=1.0 -o spectral_norm=true")


def test_only_options_that_the_recipe_has_are_offered_and_every_command_would_run(run, recipes):
    from multigan.recipe import resolve_options

    everything = {"diversity": 0.1, "discriminator/accuracy_real": 1.0, "discriminator/accuracy_generated": 1.0}
    everything |= {"generator/gradient_norm": 1e-9}
    for name, recipe in recipes.items():
        if recipe.modality not in ("images", "points"):
            continue
        lost = {"shares": [0.5, 0.5, 0.0], "missing": [2]}
        for finding in diagnose(run(name, health=everything, **lost), recipes)["findings"]:
            # Translators have few of the shared options, and none that helps a generator that gets no gradient.
            assert finding["treatments"] or "r1" not in recipe.options, (name, finding["name"])
            for treatment in finding["treatments"]:
                words = shlex.split(treatment["command"])
                given = dict(words[n + 1].split("=") for n, word in enumerate(words) if word == "-o")
                resolve_options(recipe.options, given, name)
                assert treatment["value"] != treatment["now"]


def test_missing_modes_are_named_and_another_game_is_offered(run, recipes):
    if not {"gan-points", "wgan-gp-points"} <= set(recipes):
        pytest.skip("needs the plugins gan and wgan-gp")
    path = run("gan-points", shares=[0.5, 0.5, 0.0], missing=[2], settings={"data": "ring"})
    [finding] = diagnose(path, recipes)["findings"]
    assert finding["message"].startswith("1 of 3 modes are missing: west")
    assert [t["name"] for t in finding["treatments"]][:2] == ["pack", "r1"]
    assert finding["command"] == "multigan run --plugin gan-points --data ring -o pack=4"
    assert [other["recipe"] for other in finding["recipes"]] == ["wgan-gp-points"]


def test_a_run_that_failed_by_nan_and_one_that_got_over_it(run, recipes):
    end = {"kind": "end", "step": 3000, "outcome": "failed", "message": "nan at step 3001", "cause": "not-finite"}
    failed = diagnose(run(last=[end]), recipes)
    assert [finding["name"] for finding in failed["findings"]] == ["not-finite"]
    assert "recover" in [treatment["name"] for treatment in failed["findings"][0]["treatments"]]
    recovery = {"kind": "recovery", "step": 3000, "number": 1}
    assert diagnose(run(last=[recovery]), recipes)["recoveries"] == 1


def test_a_run_whose_plugin_is_gone_is_explained_from_its_own_record(run, recipes):
    [finding] = diagnose(run(health={"diversity": 0.1}), {})["findings"]
    assert finding["treatments"]


def test_what_is_no_run_is_a_usage_error(tmp_path, recipes):
    with pytest.raises(UsageError, match="no such run"):
        diagnose(tmp_path / "nowhere", recipes)


def test_the_command_explains_in_words_and_in_json_without_a_framework(run, command):
    path = run(health={"diversity": 0.1})
    done = command("doctor", path)
    assert done.returncode == 0, done.stderr
    for told in ("1. collapse, since step 100", "Options of dcgan that treat it:", "Try: multigan run --plugin dcgan"):
        assert told in done.stdout
    as_json = command("doctor", path, "--json", PYTHONPROFILEIMPORTTIME="1")
    assert json.loads(as_json.stdout)["verdict"] == "ill"
    imported = {row.rpartition("|")[2].strip().partition(".")[0] for row in as_json.stderr.splitlines()}
    assert "click" in imported
    assert not imported & {"keras", "tensorflow", "jax", "torch", "sklearn", "matplotlib"}


def test_a_real_run_of_a_few_steps_cannot_be_judged(command, tmp_path):
    assert command("run", "--plugin", "dcgan", "--steps", "20", "--run-dir", tmp_path / "run", *FLAGS).returncode == 0
    told = command("doctor", tmp_path / "run")
    assert told.returncode == 0
    assert "It cannot be judged yet." in told.stdout


def test_what_is_damaged_or_missing_is_told(run, recipes):
    path = run()
    assert diagnose(path, recipes)["notices"] == []
    with open(path / "log.jsonl", "a") as log:
        log.write("bad\n")
    (path / "checkpoints" / "step-00000020").mkdir(parents=True)
    notices = diagnose(path, recipes)["notices"]
    assert notices == [
        "log.jsonl: line 31 is damaged, and left out.", f"{path}/checkpoints/step-00000020/manifest.json: missing",
    ]  # fmt: skip
    from multigan.cli.doctor import _told

    assert f"Note: {notices[1]}." in list(_told(diagnose(path, recipes)))
    (path / "log.jsonl").unlink()
    assert "log.jsonl is missing: what was logged is lost." in diagnose(path, recipes)["notices"]
    (path / "checkpoints" / "step-00000020").rmdir()
    (path / "scores.jsonl").write_text(json.dumps({"step": 20, "metric": "recall"}))
    lost = f"{path}/checkpoints: no checkpoint is there, though the run got to step 20."
    assert lost in diagnose(path, recipes)["notices"]


UNKNOWN = "what was run is not known."
UNSEEN = "samples are drawn without the data beside them, until a resume writes it again."


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("run.toml", b"", f"run.toml is empty: {UNKNOWN}"),
        ("run.toml", b"# nothing\n", f"run.toml is empty: {UNKNOWN}"),
        ("run.toml", b"\x8a\xff", f"run.toml is damaged (it cannot be read: it is no text in UTF-8): {UNKNOWN}"),
        ("log.jsonl", b"", "log.jsonl is empty: what was logged is lost."),
        ("reference.npz", None, f"reference.npz is missing: {UNSEEN}"),
        ("reference.npz", b"", f"reference.npz is damaged: {UNSEEN}"),
        ("reference.npz", b"PK\x03\x04 and no more", f"reference.npz is damaged: {UNSEEN}"),
    ],
)
def test_a_file_that_is_empty_damaged_or_gone_is_named(run, recipes, name, content, told):
    path = run()
    (path / "checkpoints" / "step-00000100").mkdir(parents=True)
    (path / name).unlink() if content is None else (path / name).write_bytes(content)
    assert told in diagnose(path, recipes)["notices"]


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("settings", "steps", "value"), "three", "settings.steps is 'three', and should be a whole number"),
        (("settings", "steps", "value"), True, "settings.steps is true, and should be a whole number"),
        (("settings", "steps", "value"), 0, "settings.steps=0: must be at least 1"),
        (("settings", "recover", "value"), 1.5, "settings.recover is 1.5, and should be a whole number"),
        (("settings", "steps"), 3, "settings.steps has no value"),
        (("settings",), "x", "it has no table [settings]"),
        (("options", "width"), [4], "options.width has no value"),
        (("recipe",), ["dcgan"], "recipe is ['dcgan'], and should be a text"),
        (("modality",), 3, "modality is 3, and should be a text"),
        (("data", "count"), "many", "data.count is 'many', and should be a whole number"),
        (("data", "classes"), [1, "b"], "data.classes is [1, 'b'], and should be texts"),
        (("machine", "cpus"), None, "it does not tell machine.cpus"),
        (("versions",), None, "it has no table [versions]"),
    ],
)
def test_what_run_toml_tells_wrongly_or_not_at_all_is_named_and_not_used(run, recipes, place, value, told):
    path = run()
    facts = tomllib.loads((path / "run.toml").read_text())
    table = facts
    for key in place[:-1]:
        table = table[key]
    table[place[-1]] = value
    if value is None:
        del table[place[-1]]
    (path / "run.toml").write_text(tomli_w.dumps(facts))
    assert diagnose(path, recipes)["notices"] == [f"run.toml is damaged: {told}."]
    assert write_report(path).is_file()


def test_log_lines_that_are_gone_from_the_middle_or_the_end_are_told(run, recipes):
    path = run(count=10)
    lines = (path / "log.jsonl").read_text().splitlines(keepends=True)
    (path / "log.jsonl").write_text("".join(lines[:4] + lines[5:]))
    gone = "log.jsonl: {} gone, though nothing there was taken back."
    assert diagnose(path, recipes)["notices"] == [gone.format("the line of step 500 is")]
    (path / "log.jsonl").write_text("".join(lines[2:4] + lines[5:]))
    assert diagnose(path, recipes)["notices"] == [gone.format("the lines of 3 steps from 100 to 500 are")]
