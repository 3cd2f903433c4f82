"""MLflow for multigan: it watches every run while it is installed and MLFLOW_TRACKING_URI says where to."""

import json
import os
import re
import time

from multigan import hookimpl

__all__ = ["evaluation_finished", "log_written", "run_finished", "run_started", "samples_produced"]

# What mlflow reads when it is imported and called; a variable that is set already stays. A server that does not answer
# holds the training up for seconds, not for the ten minutes that mlflow would wait; and nobody else is told of the run.
USUAL = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
STATUS = {"done": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
# The runs in progress that are tracked, by their folder: client and MLflow's name of the run.
tracked = {}


@hookimpl
def run_started(run):
    """Begins a run of MLflow, or goes on with the one that the folder belongs to."""
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        print("mlflow: MLFLOW_TRACKING_URI is not set, so nothing is tracked; --no-plugin mlflow leaves it out")
        return
    client, name = open_client(), known(run, uri)
    if name:
        client.update_run(name, status="RUNNING")
    else:
        title = os.environ.get("MLFLOW_EXPERIMENT_NAME", "multigan")
        found = client.get_experiment_by_name(title)
        experiment = found.experiment_id if found else client.create_experiment(title)
        tags = {"plugin": run.plugin, "recipe": run.recipe.name, "backend": run.backend, "data": run.data.name}
        name = client.create_run(experiment, run_name=run.directory.path.name, tags=tags).info.run_id
        place(run).write_text(json.dumps({"uri": uri, "run": name}), encoding="utf-8")
        for key, value in {**run.settings, **run.options}.items():
            client.log_param(name, key, value)
    tracked[run.directory.path] = client, name


@hookimpl
def log_written(run, step, line):
    """Means of the losses, what was measured on samples, and the speed."""
    health = {f"health/{name}": value for name, value in line["health"].items()}
    log(run, step, line["losses"] | health | {"steps_per_second": line["steps_per_second"]})


@hookimpl
def samples_produced(run):
    """The preview, and what stands beside it, such as sounds."""
    client, name = tracked.get(run.directory.path, (None, ""))
    for path in run.preview if client else ():
        client.log_artifact(name, str(path), "samples")


@hookimpl
def evaluation_finished(run, step, scores):
    """Scores: of a run in progress, or of `multigan evaluate`, where the run was tracked."""
    log(run, step, {f"score/{name}": score["value"] for name, score in scores.items()})


@hookimpl
def run_finished(run):
    """The report, the configuration and the log; and how the run ended."""
    client, name = tracked.pop(run.directory.path, (None, ""))
    if client:
        client.set_tag(name, "findings", ", ".join(finding.name for finding in run.findings))
        client.set_terminated(name, STATUS[run.outcome])
        for file in ("run.toml", "log.jsonl", "report.html"):
            client.log_artifact(name, str(run.directory.path / file))


def log(run, step, values):
    """Sends numbers by name, with those letters that MLflow takes."""
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    client, name = tracked.get(run.directory.path) or (None, uri and known(run, uri))
    if name:
        from mlflow.entities import Metric

        now = time.time_ns() // 1_000_000
        named = {re.sub(r"[^\w\-. :/]", "_", key).strip("_"): value for key, value in values.items()}
        metrics = [Metric(key, value, now, step) for key, value in named.items()]
        (client or open_client()).log_batch(name, metrics=metrics)


def place(run):
    """Where a run's folder keeps what MLflow calls it."""
    return run.directory.path / "mlflow.json"


def known(run, uri):
    """Returns what MLflow at that address calls the run; "" where it does not know it."""
    kept = json.loads(place(run).read_text(encoding="utf-8")) if place(run).is_file() else {}
    return kept["run"] if kept.get("uri") == uri else ""


def open_client():
    """Returns what talks to the server. It is imported now: listing plugins is to stay light."""
    for name, value in USUAL.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    return MlflowClient()
