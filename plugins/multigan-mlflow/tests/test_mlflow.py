"""What MLflow's own client reads of a run is what happened in it."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from multigan.runlog import read_run
from multigan.testing import call, check_plugin

# Before MLflow is imported, for it would report that it was.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
mlflow = pytest.importorskip("mlflow", reason="not installed: uv run --group observers pytest")
plugin = pytest.importorskip("multigan_mlflow", reason="not installed: uv run --group observers pytest")

pytestmark = [
    pytest.mark.extra,
    # MLflow's own, and SQLAlchemy's of MLflow.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

SMALL = ("-o", "size=8", "-o", "width=4", "--batch-size", 8, "--log-every", 2, "--sample-every", 4, "--quiet")


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    """The plugin sets those of MLflow for its process; a test's own are its own."""
    for name in [*plugin.USUAL, "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"]:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    # Two names for one thing: a tracking address that a program has set before counts for more than the variable.
    mlflow.set_tracking_uri(None)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture
def store(database, monkeypatch):
    """A client of a database in a file, which runs are sent to."""
    monkeypatch.chdir(database)  # where artifacts go
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database / 'mlflow.db'}")
    return mlflow.MlflowClient()


@pytest.fixture
def run(tmp_path):
    """As much of a run as the hooks look at."""
    for name in ("run.toml", "log.jsonl", "report.html"):
        (tmp_path / name).write_text(name)
    return SimpleNamespace(
        directory=SimpleNamespace(path=tmp_path),
        plugin="small",
        recipe=SimpleNamespace(name="small"),
        backend="jax",
        data=SimpleNamespace(name="toys"),
        settings={"steps": 9},
        options={"width": 4},
        step=0,
        findings=[],
        preview=(),
        outcome="",
    )


def history(store, name, metric):
    return {each.step: each.value for each in store.get_metric_history(name, metric)}


def only_run(store, experiment="multigan"):
    (found,) = store.search_runs([store.get_experiment_by_name(experiment).experiment_id])
    return found


def files(store, name, folder=None):
    return [each.path for each in store.list_artifacts(name, folder)]


def test_nothing_is_wrong_with_the_plugin(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "checked")
    check_plugin("mlflow")
    assert only_run(store, "checked").info.status == "FINISHED"


def test_a_run_that_was_resumed_and_scored_is_one_run_and_read_back_whole(store, tmp_path):
    path = tmp_path / "run"
    call("run", "--plugin", "dcgan", "--steps", 4, "--run-dir", path, *SMALL)
    call("run", "--resume", path, "--steps", 6, "--quiet")
    report = (path / "report.html").read_text()
    call("evaluate", path, "--metric", "recall(pixels)", "-n", 16, "--seeds", 1, "--quiet")
    found, log = only_run(store), read_run(path)
    name = found.info.run_id
    assert (found.info.run_name, found.info.status) == ("run", "FINISHED")
    assert (found.data.params["width"], found.data.params["log_every"]) == ("4", "2")
    assert (found.data.tags["recipe"], found.data.tags["data"]) == ("dcgan", "digits")
    for loss in ("discriminator/adversarial", "generator/adversarial"):
        assert history(store, name, loss) == pytest.approx({line["step"]: line["losses"][loss] for line in log.lines})
    assert history(store, name, "health/diversity").keys() == {4, 6}
    assert history(store, name, "score/recall_pixels") == {6: pytest.approx(log.scores[-1]["value"])}
    assert files(store, name, "samples") == ["samples/step-00000004.png", "samples/step-00000006.png"]
    assert sorted(files(store, name)) == ["log.jsonl", "report.html", "run.toml", "samples"]
    assert Path(store.download_artifacts(name, "report.html", str(tmp_path))).read_text() == report


@pytest.mark.parametrize(("outcome", "status"), [("interrupted", "KILLED"), ("failed", "FAILED")])
def test_how_a_run_ended_is_told(store, run, monkeypatch, outcome, status):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", outcome)
    plugin.run_started(run)
    assert only_run(store, outcome).info.status == "RUNNING"
    run.outcome, run.findings = outcome, [SimpleNamespace(name="collapse")]
    plugin.run_finished(run)
    found = only_run(store, outcome)
    assert (found.info.status, found.data.tags["findings"]) == (status, "collapse")
    assert plugin.tracked == {}


def test_a_server_that_does_not_answer_costs_the_tracking_and_not_the_run(tmp_path, monkeypatch):
    path = tmp_path / "run"
    # Nobody listens there.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    _, err = call("run", "--plugin", "dcgan", "--steps", 2, "--run-dir", path, *SMALL[:-1], code=3)
    (line,) = [line for line in err.splitlines() if line.startswith("warning: plugin ")]
    assert line.startswith("warning: plugin mlflow failed in run_started and is detached: MlflowException: ")
    assert "127.0.0.1" in line
    assert (path / "checkpoints" / "step-00000002").is_dir()
    assert not (path / "mlflow.json").exists()


def test_a_user_is_asked_where_to_and_nothing_is_sent(run, capsys):
    plugin.run_started(run)
    assert "MLFLOW_TRACKING_URI is not set, so nothing is tracked" in capsys.readouterr().out
    run.preview = (run.directory.path / "nowhere.png",)
    plugin.samples_produced(run)
    plugin.log_written(run, 2, {"losses": {}, "health": {}, "steps_per_second": 1.0})
    plugin.evaluation_finished(run, 2, {})
    plugin.run_finished(run)
    assert not (run.directory.path / "mlflow.json").exists()


def test_what_is_set_already_stays_and_nobody_else_is_told_of_a_run(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "7")
    plugin.open_client()
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "7"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
