"""The best checkpoint by a metric, and the end of patience."""

import pytest
from small import Collector, assert_same_run, stopper

from multigan import Metric, hookimpl
from multigan.errors import UsageError
from multigan.runs import RunDirectory
from multigan.trained.opening import best_step
from multigan.training.checkpoints import steps_saved

# What the next evaluations find; the first is the trial before the training.
VALUES = []


def told(real, generated, seed):
    assert real.shape == generated.shape == (32, 8, 8, 1)
    return VALUES.pop(0)


class Judge:
    """A plugin with metrics that say what they are told to."""

    @hookimpl
    def register_metrics(self):
        for better in ("higher", "lower", "one"):
            yield Metric(
                name=f"told-{better}", summary="s", modality="images", compute=f"{__name__}:told", protocol="p",
                better=better,
            )  # fmt: skip
        yield Metric(name="of-points", summary="s", modality="points", compute=f"{__name__}:told", protocol="p")


@pytest.fixture
def judged(train):
    def run(directory, *values, **flags):
        VALUES[:] = [0.0, *values]
        given = {"plugins": {"judge": Judge()}, "best_count": 32, **flags}
        return train(directory, **given)

    return run


def best(directory):
    from multigan.plugins import load_plugins

    registry = load_plugins(environ={})
    registry.register("judge", Judge())
    return best_step(RunDirectory(directory), registry.recipe("dcgan")[1], registry.metrics)


@pytest.mark.parametrize(("better", "step"), [("higher", 40), ("lower", 60), ("one", 20)])
def test_the_best_checkpoint_is_spared_and_found(judged, tmp_path, better, step):
    finished = judged(
        tmp_path / "one", 1.1, 3.0, -2.0, 0.5, 0.8, steps=100, keep_best=f"told-{better}", keep_checkpoints=1
    )
    assert steps_saved(tmp_path / "one" / "checkpoints") == [step, 100]
    assert best(tmp_path / "one") == step
    assert finished.run.best["step"] == step
    assert f"step {step}." in (tmp_path / "one" / "report.html").read_text()


def test_patience_ends_the_run_in_good_order(judged, tmp_path):
    display = Collector()
    finished = judged(tmp_path / "one", 1, 3, 2, 3, 9, steps=200, keep_best="told-higher", patience=2, display=display)
    assert (finished.result.outcome, finished.result.step) == ("done", 80)
    assert finished.result.reason == "no improvement of told-higher in 2 evaluations; best at step 40"
    end = list(RunDirectory(tmp_path / "one").lines())[-1]
    assert (end["kind"], end["outcome"], end["message"]) == ("end", "done", finished.result.reason)
    assert "step 60: told-higher 2, best 3 at step 40" in display.lines


def test_patience_survives_a_resume_and_changes_nothing_of_it(judged, train, tmp_path):
    judged(tmp_path / "one", 3, 2, steps=40, keep_best="told-higher", patience=3)
    VALUES[:] = [0.0, 1, 2, 9]
    resumed = train(tmp_path / "one", resume=True, steps=200, plugins={"judge": Judge()})
    assert (resumed.result.step, resumed.result.outcome) == (80, "done")
    train(tmp_path / "two", steps=80)
    assert_same_run(tmp_path / "one", tmp_path / "two", 80)


def test_a_score_that_a_kill_cost_is_made_up_for(judged, train, tmp_path):
    judged(tmp_path / "one", 5, 2, steps=40, keep_best="told-higher")
    scores = RunDirectory(tmp_path / "one").scores
    scores.write_text(scores.read_text().splitlines()[0] + "\n")
    VALUES[:] = [0.0, 7, 6]
    train(tmp_path / "one", resume=True, steps=60, plugins={"judge": Judge()})
    assert [(line["step"], line["value"]) for line in RunDirectory(tmp_path / "one").lines(scores)] == [
        (20, 5), (40, 7), (60, 6),
    ]  # fmt: skip
    assert best(tmp_path / "one") == 40


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"keep_best": "tolt-higher"}, "no such metric; did you mean told-higher"),
        ({"keep_best": "of-points"}, "measures points, and dcgan makes images"),
        ({"patience": 3}, "--patience: .* give --keep-best METRIC"),
    ],
)
def test_what_cannot_rank_is_refused_before_anything_is_written(judged, tmp_path, flags, message):
    with pytest.raises(UsageError, match=message):
        judged(tmp_path / "one", steps=20, **flags)
    assert not (tmp_path / "one").exists()


def test_an_interruption_off_the_schedule_scores_nothing_and_moves_no_end(judged, train, tmp_path):
    def scores(run):
        return [(line["step"], line["value"]) for line in RunDirectory(run).lines(RunDirectory(run).scores)]

    settings = {"steps": 200, "keep_best": "told-higher", "patience": 3}
    judged(tmp_path / "two", 5, 1, 2, 3, 9, **settings)
    judged(tmp_path / "one", 5, plugins={"judge": Judge(), "stop": stopper(33)}, **settings)
    VALUES[:] = [0.0, 1, 2, 3, 9]
    resumed = train(tmp_path / "one", resume=True, plugins={"judge": Judge()})
    assert (resumed.result.step, scores(tmp_path / "one")) == (80, scores(tmp_path / "two"))
    assert_same_run(tmp_path / "one", tmp_path / "two", 80)


def test_a_run_whose_patience_has_ended_stays_ended_until_it_has_more(judged, train, tmp_path):
    """As after a kill between the last score and the end: the run must not take another step."""
    judged(tmp_path / "one", 5, 1, 2, steps=200, keep_best="told-higher", patience=2)
    VALUES[:] = [0.0]
    again = train(tmp_path / "one", resume=True, plugins={"judge": Judge()})
    assert (again.result.outcome, again.result.step) == ("done", 60)
    assert again.result.reason == "no improvement of told-higher in 2 evaluations; best at step 20"
    assert [line["kind"] for line in RunDirectory(tmp_path / "one").lines()].count("end") == 1
    VALUES[:] = [0.0, 3]
    more = train(tmp_path / "one", resume=True, patience=3, plugins={"judge": Judge()})
    assert (more.result.outcome, more.result.step) == ("done", 80)


def test_a_score_that_is_no_number_is_never_the_best(judged, train, tmp_path):
    finished = judged(tmp_path / "one", float("nan"), 2, steps=40, keep_best="told-higher")
    assert finished.run.best == {"metric": "told-higher", "step": 40, "value": 2}
    VALUES[:] = [0.0, 1]
    assert train(tmp_path / "one", resume=True, steps=60, plugins={"judge": Judge()}).run.best["step"] == 40
    assert best(tmp_path / "one") == 40
