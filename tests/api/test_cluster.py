"""Runs that a cluster trains, without one: what is refused, what is started again, and what is told."""

import importlib.util
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from multigan.api import cluster as clusters
from multigan.api import seats
from multigan.api.cluster import _Training
from multigan.api.configuring import configure
from multigan.api.host import Host
from multigan.api.placed import ALIKE, Place
from multigan.api.seats import Cluster, Seat, _refuse_unlike, connected
from multigan.cli.workers import check_worker
from multigan.devices import cores
from multigan.errors import RunFailedError, UsageError
from multigan.testing import call
from multigan.training.configuration import Worker
from multigan.training.crew import free_port
from multigan.training.interrupts import Interrupts

# Seconds that a test waits for what must come, before it fails.
LONG = 60.0


@pytest.fixture
def installed(monkeypatch):
    """Ray and JAX are installed, or so it looks; `installed.discard(name)` takes one away."""
    names, find = {"ray", "jax"}, importlib.util.find_spec

    def found(name, package=None):
        if name in ("ray", "jax"):
            return object() if name in names else None
        return find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)
    return names


def configured(tmp_path, **flags):
    flags = {"ray": "auto", "workers": 2, "steps": 20, "batch_size": 16} | flags
    return configure(Host(quiet=True), "dcgan", flags=flags, options={}, run_dir=tmp_path / "run", environ={})


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"workers": None}, "--ray auto: give --workers N, too"),
        ({"ray": "ray://node7:10001"}, "--ray ray://node7:10001: a cluster is not trained on from outside"),
        ({"ray": "node7"}, "--ray node7: not auto or HOST:PORT"),
        ({"ray": "node7:x"}, "--ray node7:x: not auto or HOST:PORT"),
        ({"ray": ":6379"}, "--ray :6379: not auto or HOST:PORT"),
    ],
)
def test_what_is_no_cluster_for_several_workers_is_refused(installed, tmp_path, flags, told):
    with pytest.raises(UsageError) as caught:
        configured(tmp_path, **flags)
    assert str(caught.value).startswith(told)


def test_a_cluster_that_the_environment_names_is_for_runs_of_several_workers(installed, tmp_path):
    how = {"options": {}, "run_dir": tmp_path / "run", "environ": {"MULTIGAN_RAY": "auto"}}
    flags = {"steps": 20, "batch_size": 16}
    assert configure(Host(quiet=True), "dcgan", flags=flags, **how)["workers"] == 1
    assert configure(Host(quiet=True), "dcgan", flags=flags | {"workers": 2}, **how)["ray"] == "auto"


def test_a_resumed_run_names_the_numbers_of_workers_that_its_batches_allow(tmp_path):
    call("run", "--plugin", "gan-points", "--steps", 1, "--batch-size", 12, "--run-dir", tmp_path / "run", "-q")
    told = call("run", "--resume", tmp_path / "run", "--workers", 5, "--steps", 2, code=2)[1]
    assert "a batch of 12 cannot be dealt out evenly; give --workers 1, 2, 3, 4, 6 or 12" in told


def test_ray_that_is_not_installed_is_told_with_what_installs_it(installed, tmp_path):
    installed.discard("ray")
    with pytest.raises(UsageError, match=r'Ray is not installed; install it .*: pip install "multigan\[ray\]"'):
        configured(tmp_path)


def test_a_cluster_and_workers_that_something_else_starts_exclude_each_other(installed, tmp_path):
    config = replace(configured(tmp_path), worker=Worker("127.0.0.1:7000", 0))
    with pytest.raises(UsageError, match="--ray auto: Ray starts the workers by itself"):
        check_worker(config)


def connect(address):
    with connected(address):
        raise AssertionError("connected")


def false_ray(monkeypatch, init):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    ray = SimpleNamespace(is_initialized=lambda: False, init=init, shutdown=lambda: None)
    monkeypatch.setitem(sys.modules, "ray", ray)


def test_an_address_that_nobody_listens_at_is_told_at_once(monkeypatch):
    false_ray(monkeypatch, None)
    port = free_port("127.0.0.1")
    with pytest.raises(
        UsageError, match=f"--ray 127.0.0.1:{port}: no Ray cluster there .*ray start --head --port {port}"
    ):
        connect(f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("ray://node7:10001", "RAY_ADDRESS is ray://node7:10001, outside of the cluster"),
        ("node7", "--ray node7: no Ray cluster there"),
    ],
)
def test_the_address_in_the_environment_is_judged_too(monkeypatch, named, told):
    false_ray(monkeypatch, None)
    monkeypatch.setenv("RAY_ADDRESS", named)
    with pytest.raises(UsageError, match=told):
        connect("auto")


def test_a_machine_of_no_cluster_is_told_how_to_make_one(monkeypatch):
    def init(*arguments, **keywords):
        raise ConnectionError("Could not find any running Ray instance.")

    false_ray(monkeypatch, init)
    with pytest.raises(UsageError, match="--ray auto: no Ray cluster runs on this machine; begin one with `ray start"):
        connect("auto")


def test_a_cluster_that_never_answers_is_given_up(monkeypatch):
    never = threading.Event()
    false_ray(monkeypatch, lambda *arguments, **keywords: never.wait(LONG))
    monkeypatch.setattr(seats, "CONNECT", 0.1)
    with pytest.raises(UsageError, match=r"--ray auto: no Ray cluster has answered within 0.1 s"):
        connect("auto")
    never.set()


def test_what_ray_says_of_a_cluster_is_told(monkeypatch):
    def init(*arguments, **keywords):
        raise RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.50")

    false_ray(monkeypatch, init)
    with pytest.raises(UsageError, match=r"--ray auto: Version mismatch: The cluster was started with: Ray: 2.50"):
        connect("auto")


def test_what_ray_says_of_nodes_is_no_data(monkeypatch, capsys):
    def say(name):
        thread = threading.Thread(target=lambda: print(f"of {name}"), name=name)
        thread.start()
        thread.join()

    false_ray(monkeypatch, lambda *arguments, **keywords: None)
    before = sys.stdout
    with connected("auto"):
        say("ray_listen_error_messages")
        say("listener")
        print("data")
    assert sys.stdout is before
    assert capsys.readouterr() == ("of listener\ndata\n", "of ray_listen_error_messages\n")


def nodes(**resources):
    return [{"Alive": True, "Resources": resources}, {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}}]


@pytest.mark.parametrize(
    ("resources", "device", "kind"),
    [({"CPU": 8}, "", "CPU"), ({"CPU": 8, "GPU": 2}, "", "GPU"), ({"CPU": 8, "GPU": 2}, "cpu", "CPU")],
)
def test_each_worker_takes_a_gpu_where_there_are_any(installed, tmp_path, resources, device, kind):
    ray = SimpleNamespace(nodes=lambda: nodes(**resources))
    assert Cluster(ray, configured(tmp_path, device=device), Host()).kind == kind


def test_a_gpu_that_the_cluster_does_not_have_is_refused(installed, tmp_path):
    ray = SimpleNamespace(nodes=lambda: nodes(CPU=8))
    with pytest.raises(UsageError, match="--device gpu: the cluster at auto has no GPU"):
        Cluster(ray, configured(tmp_path, device="gpu"), Host())


def seat(number, **facts):
    versions = dict.fromkeys(ALIKE, "1.0") | facts.pop("versions", {})
    facts = {"host": f"node{number}", "address": "127.0.0.1", "port": 7000, "seen": True, "versions": versions} | facts
    return Seat(number, None, facts)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"seen": False}, "/data: not the same folder on node1; the run and its data must lie on storage"),
        ({"versions": {"jax": "0.9"}}, "jax 1.0 on node0, 0.9 on node1: install the same version on every node"),
    ],
)
def test_a_node_that_is_not_like_the_others_is_named(facts, told):
    with pytest.raises(UsageError) as caught:
        _refuse_unlike([seat(0), seat(1, **facts)], "/data/.multigan-1")
    assert str(caught.value).startswith(told)


class Remote:
    """A method of an actor, which tells what it was told to."""

    def __init__(self, answer=lambda *arguments: None):
        self.answer = answer

    def remote(self, *arguments):
        return lambda: self.answer(*arguments)


class False_Ray:  # noqa: N801
    """What the driver asks Ray for, where an answer is a function that gives it."""

    class exceptions:  # noqa: N801
        class RayError(Exception):
            """Any of Ray's."""

        class RayTaskError(RayError):
            """A method has raised."""

        class ActorUnavailableError(RayError):
            """It cannot be reached now."""

    @staticmethod
    def wait(asked, num_returns=1, timeout=None):
        return asked, []

    @staticmethod
    def get(asked, timeout=None):
        return asked()


@pytest.fixture
def training(installed, tmp_path, monkeypatch):
    """Trains with workers that tell what `starts` says, a dict of `number: (lines, code)` or an error each start."""
    monkeypatch.setattr(clusters, "LAST", 0.0)
    monkeypatch.setattr(clusters, "finished_of", lambda config, link: link.ended)

    def make(*starts, interrupts=None, **flags):
        told, said, left, places = [], [], list(starts), {0: SimpleNamespace()}

        class Workers:
            ray, kind = False_Ray, "CPU"

            @staticmethod
            def seats(token, stopped):
                start = left.pop(0)
                seats = [_placed(number, told, *start[number]) for number in range(2)]
                for each in seats:
                    if each.number in places:
                        each.place.__dict__.update(places[each.number].__dict__)
                return seats

            @staticmethod
            def free():
                pass

        host = Host()
        host.say = said.append
        config = configured(tmp_path, worker_timeout=1, **flags)
        run = _Training(Workers, config, host, False, None, interrupts or Interrupts())
        return SimpleNamespace(
            run=run.run, told=told, said=said, places=places, listen=lambda take: setattr(run, "listener", take)
        )

    return make


def _placed(number, told, lines, code):
    def poll(seen, seconds):
        if isinstance(code, Exception):
            raise code
        return lines[seen:], code

    place = SimpleNamespace(
        poll=Remote(poll), start=Remote(lambda *arguments: told.append(arguments[0])), send=Remote(), end=Remote()
    )
    found = seat(number)
    found.place = place
    return found


def line(text):
    return "line", text.encode()


DONE = line('{"ended": {"result": {"outcome": "done", "reason": ""}}}')
LOST = line('{"error": {"kind": "WorkerLostError", "message": "worker 1 on node1 has gone; no checkpoint yet"}}')


def begun(tmp_path):
    """What a leader tells that has begun a run, which lies there."""
    (tmp_path / "run").mkdir(exist_ok=True)
    (tmp_path / "run" / "run.toml").touch()
    return line(f'{{"directory": "{tmp_path / "run"}"}}')


GONE = False_Ray.exceptions.RayError("the actor died")


@pytest.mark.parametrize(
    ("leader", "follower", "why"),
    [
        (([], 1), ([], GONE), "worker 1 on node1 has gone with its node"),
        (([LOST], 1), ([], -9), "worker 1 on node1 was ended by SIGKILL"),
        (([], GONE), ([], 0), "worker 0 on node0 has gone with its node"),
        (([LOST], 1), ([], 0), "worker 1 on node1 has gone"),
        (([line('{"error": {"kind": "XlaRuntimeError", "message": "XlaRuntimeError: no"}}')], 1), ([], 0), "XlaRun"),
        (([line('{"ended": {"result": {"outcome": "interrupted", "reason": "SIGTERM to worker 1"}}}')], 0), ([], 0),
         "stopped by SIGTERM to worker 1"),
    ],
)  # fmt: skip
def test_a_run_that_lost_a_worker_goes_on_in_its_folder(training, tmp_path, leader, follower, why):
    first = {0: ([begun(tmp_path), *leader[0]], leader[1]), 1: follower}
    work = training(first, {0: ([DONE], 0), 1: ([], 0)})
    assert work.run() == {"result": {"outcome": "done", "reason": ""}}
    assert [told["resume"] for told in work.told] == [False, False, True, True]
    assert {told["directory"] for told in work.told} == {str(tmp_path / "run")}
    assert [said for said in work.said if "restart" in said] == work.said[-1:]
    assert why in work.said[-1]
    assert work.said[-1].endswith("; restart 1 of 3, from the last checkpoint")


def test_each_line_is_taken_once_however_often_it_is_told(training, tmp_path):
    lines = [line(f'{{"line": {{"step": {step}}}}}') for step in (10, 20)] + [DONE]
    work, heard, asked = training({0: (lines, 0), 1: ([], 0)}), [], []

    def poll(seen, seconds):
        asked.append(seen)
        if len(asked) == 2:  # the answer is lost on its way
            raise False_Ray.exceptions.ActorUnavailableError
        return (lines[:1], None) if len(asked) == 1 else (lines[seen:], 0)

    work.places[0].poll = Remote(poll)
    work.listen(heard.append)
    work.run()
    assert asked == [0, 1, 1]
    assert heard == [{"step": 10}, {"step": 20}]


def test_a_run_that_was_lost_before_it_began_is_begun_again(training, tmp_path):
    work = training({0: ([LOST], 1), 1: ([], -9)}, {0: ([DONE], 0), 1: ([], 0)})
    work.run()
    assert [told["resume"] for told in work.told] == [False] * 4


def test_a_run_that_is_lost_too_often_fails_with_how_to_go_on(training, tmp_path):
    start = {0: ([begun(tmp_path), LOST], 1), 1: ([], -9)}
    work = training(start, start, ray_restarts=1)
    with pytest.raises(RunFailedError) as caught:
        work.run()
    told = f"no restart is left of 1; go on with: multigan run --resume {tmp_path / 'run'}"
    assert str(caught.value) == f"worker 1 on node1 was ended by SIGKILL, and {told}"


@pytest.mark.parametrize(
    ("leader", "follower"),
    [
        (([line('{"error": {"kind": "RunFailedError", "message": "the loss is not finite"}}')], 1), ([], 1)),
        (([line('{"error": {"kind": "UsageError", "message": "no"}}')], 2), ([], 1)),
        (([line('{"error": {"kind": "DataError", "message": "no such file"}}')], 2), ([], 1)),
        (([LOST], 1), ([], 2)),
    ],
)
def test_what_another_start_would_end_with_too_is_told_at_once(training, tmp_path, leader, follower):
    work = training({0: ([begun(tmp_path), *leader[0]], leader[1]), 1: follower})
    with pytest.raises((RunFailedError, UsageError)):
        work.run()
    assert work.said == []


def test_what_nobody_expected_before_the_run_began_is_told_at_once(training):
    failed = line('{"error": {"kind": "KeyError", "message": "KeyError: size"}}')
    work = training({0: ([failed], 1), 1: ([], 1)})
    with pytest.raises(RunFailedError, match="KeyError: size"):
        work.run()
    assert work.said == []


def test_a_run_that_was_asked_to_stop_is_not_started_again(training, tmp_path):
    interrupts = Interrupts()
    interrupts.ask("SIGINT")
    work = training({0: ([begun(tmp_path)], -9), 1: ([], -9)}, interrupts=interrupts)
    with pytest.raises(KeyboardInterrupt) as caught:
        work.run()
    assert caught.value.__notes__ == [f"(go on with: multigan run --resume {tmp_path / 'run'})"]


def test_the_time_limit_counts_all_starts(training, tmp_path, monkeypatch):
    clock = iter(range(0, 60 * 10**6, 60))
    monkeypatch.setattr(clusters, "time", SimpleNamespace(monotonic=lambda: float(next(clock)), sleep=lambda s: None))
    first = {0: ([begun(tmp_path), LOST], 1), 1: ([], -9)}
    work = training(first, {0: ([DONE], 0), 1: ([], 0)}, max_minutes=1000)
    work.run()
    assert work.told[0]["spent"] == 0
    assert work.told[2]["spent"] > 1


@pytest.fixture
def place():
    place = Place()
    yield place
    place.end()


def until_ended(place):
    """All that it has told, and its exit code."""
    found, code, end = [], None, time.monotonic() + LONG
    while code is None:
        assert time.monotonic() < end
        lines, code = place.poll(len(found), 0.1)
        found += lines
    return found, code


def test_a_place_tells_what_its_worker_says_and_how_it_ended(place, tmp_path):
    place.start({"process": 0, "blocked": [], "quiet": True, "recipe": "nothing", "plugin_file": ""}, {}, str(tmp_path))
    lines, code = until_ended(place)
    assert code == 2
    assert [kind for kind, _ in lines] == ["line"]
    assert b'"kind": "UsageError"' in lines[0][1]


@pytest.mark.skipif(not cores(), reason="the system does not tell of cores")
def test_a_place_runs_a_process_on_its_cores_until_it_closes(place, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "of the node")
    says = "import os, sys; sys.stdin.read(); print(sorted(os.sched_getaffinity(0)), os.getcwd(), os.environ.get('A'), "
    says += "os.environ.get('KERAS_BACKEND'))"
    talk, core = tmp_path / "logs" / "a.txt", cores()[-1]
    for environ in ({"A": "1"}, {"A": "2"}):
        place.run(["-S", "-c", says], environ, str(tmp_path), str(talk), [core])
        assert place.poll(0, 0.0) == ([], None)
        place.close()
        assert until_ended(place) == ([], 0)
    assert talk.read_text().splitlines() == [f"[{core}] {tmp_path} {a} None" for a in (1, 2)]


def test_a_worker_takes_signals_that_whoever_started_it_holds_back():
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        worker = subprocess.Popen([sys.executable, "-P", "-m", "multigan.api.worker"], stdin=subprocess.PIPE)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
    worker.terminate()
    try:
        assert worker.wait(LONG) == -signal.SIGTERM
    finally:
        worker.kill()
        worker.wait()
        worker.stdin.close()
