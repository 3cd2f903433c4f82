"""Sweeps on a cluster, without one: what is refused, what is dealt out, what is started again, and how runs stop."""

import contextlib
import os
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

import multigan
from multigan.api import placed
from multigan.api.host import Host
from multigan.api.placed import Place
from multigan.errors import RunFailedError, UsageError
from multigan.progress import Progress
from multigan.sweeps import afar as cluster
from multigan.sweeps import call as calls
from multigan.sweeps.afar import Afar, Cluster, Reached, reached
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Plan, read_plan
from multigan.sweeps.processes import Processes
from multigan.testing import call
from multigan.training.interrupts import Interrupts

PLAN = Plan(
    "gan-points", {"pack": (1, 2)}, (0, 1), metrics=("recall(points)",), count=64, settings={"steps": 4}, cpus=1
)
FIRST, SECOND, THIRD, FOURTH = (job.name for job in PLAN.jobs())


class FalseRay:
    """What a sweep asks Ray for. Its nodes are of this process: a host, how many CPUs it has, and its cores.

    Attributes:
        places: host -> those of its actors that live.
        loses: takes each run's name as it starts, and returns whether its node goes then.
    """

    class exceptions:  # noqa: N801
        class RayError(Exception):
            """Any of Ray's."""

        class RayTaskError(RayError):
            """A method has raised."""

            cause = None

        class ActorUnavailableError(RayError):
            """It cannot be reached now."""

    def __init__(self, **nodes):
        self.hosts, self.begun, self.wanted, self.at_most = dict(nodes), [], [], 0
        self.facts, self.how, self.places = {}, {}, {host: [] for host in nodes}
        self.util = SimpleNamespace(get_node_ip_address=lambda: "127.0.0.1")

    def nodes(self):
        return [{"Alive": True, "Resources": resources} for resources in self.hosts.values()]

    def available_resources(self):
        return {"CPU": self.free()}

    def free(self):
        return sum(int(self.hosts[host].get("CPU", 0)) - len(self.places[host]) for host in self.hosts)

    def remote(self, kind):
        return SimpleNamespace(options=lambda **options: SimpleNamespace(remote=lambda: self._actor(options)))

    def _actor(self, options):
        self.wanted.append(options)
        return _Actor(self, options)

    def wait(self, asked, timeout=None):
        done = [each for each in asked if each.ready()]
        return done, [each for each in asked if each not in done]

    def get(self, asked):
        return asked.answer()

    def kill(self, actor):
        actor.leave()


class _Actor:
    """A place, once its ray has room for it, whose methods are called as of an actor."""

    def __init__(self, ray, options):
        self.ray, self.place, self.host, self.dead, self.count = ray, Place(), "", False, 0

    def __getattr__(self, name):
        return SimpleNamespace(remote=lambda *arguments: _Asked(self, name, arguments))

    def seated(self):
        if not self.host and not self.dead:
            for host, resources in self.ray.hosts.items():
                if len(self.ray.places[host]) < resources.get("CPU", 0):
                    self.host = host
                    self.ray.places[host].append(self)
                    self.ray.at_most = max(self.ray.at_most, sum(map(len, self.ray.places.values())))
                    break
        return bool(self.host)

    def leave(self):
        self.dead = True
        self.place.close()
        if self.host and self in self.ray.places[self.host]:
            self.ray.places[self.host].remove(self)


class _Asked:
    def __init__(self, actor, name, arguments):
        self.actor, self.name, self.found = actor, name, None
        if name in ("send", "close", "end"):
            getattr(actor.place, name)(*arguments)
        self.arguments = arguments

    def ready(self):
        return self.actor.dead or self.actor.seated()

    def answer(self):
        ray, place = self.actor.ray, self.actor.place
        if self.actor.dead:
            raise ray.exceptions.RayError("the actor died")
        if self.name == "facts":
            token, names = self.arguments
            return place.facts(token, names) | {"host": self.actor.host, "cores": [0, 1]} | ray.facts
        if self.name == "run":
            words, environ, folder, talk, cpus = self.arguments
            name = words[4]
            ray.begun.append((name, self.actor.host, cpus))
            how = ray.how.get(name, [])
            way = how.pop(0) if how else "done"
            if way == "gone":
                return self.actor.leave()
            if way == "no folder":
                error = ray.exceptions.RayTaskError("no")
                error.cause = OSError("no such folder")
                raise error
            script = ["-S", os.path.join(os.path.dirname(folder), "fake.py"), folder, name, way]
            return place.run(script, environ, folder, talk, ())
        return place.poll(self.arguments[0], 0.0) if self.name == "poll" else None


@pytest.fixture
def false(monkeypatch, fake):
    """Returns a cluster that is there: `false(first={"CPU": 1})`."""

    def make(**nodes):
        ray = FalseRay(**nodes)
        monkeypatch.setitem(sys.modules, "ray", ray)
        return ray

    monkeypatch.setattr(cluster, "LOOK", 0.01)
    return make


@pytest.fixture
def sweeping(tmp_path):
    """Returns what runs a plan on a false cluster: `sweeping(ray)`, with what has ended and what was said."""

    def make(ray, plan=PLAN, jobs=None, interrupts=None, progress=None, kind="CPU", heard=lambda each: None, **how):
        host, said, ended = Host(), [], {}
        host.say = said.append
        folder = Folder(tmp_path / "s")
        folder.path.mkdir(exist_ok=True)
        places = Afar(Reached(ray, Cluster("auto", **how), kind), host, folder, plan, jobs)
        with interrupts or Interrupts() as interrupts, places:
            runner = Processes(folder, places, lambda job: 4, host.say)
            for each in runner.run(plan.jobs(), 0, interrupts, progress or Progress()):
                ended[each.job.name] = "stopped" if each.stopped else each.reason
                heard(each)
        return ended, said

    return make


def test_runs_go_where_there_is_room_and_keep_to_their_cores(false, sweeping, tmp_path):
    ray = false(first={"CPU": 2}, second={"CPU": 1})
    ended, said = sweeping(ray)
    assert ended == dict.fromkeys([FIRST, SECOND, THIRD, FOURTH], "")
    assert said == []
    assert ray.at_most == 3
    assert ray.begun[:3] == [(FIRST, "first", [0]), (SECOND, "first", [1]), (THIRD, "second", [0])]
    assert {need["num_cpus"] for need in ray.wanted} == {1}
    assert ray.places == {"first": [], "second": []}
    assert list((tmp_path / "s").glob(".multigan-*")) == []


def test_no_more_runs_go_than_jobs_say(false, sweeping):
    ray = false(first={"CPU": 4})
    sweeping(ray, jobs=1)
    assert ray.at_most == 1


def test_a_run_has_as_many_cores_as_the_plan_says(false, sweeping):
    ray = false(first={"CPU": 5})
    sweeping(ray, replace(PLAN, cpus=2))
    assert {need["num_cpus"] for need in ray.wanted} == {2}
    assert {tuple(cpus) for _, _, cpus in ray.begun} == {(0, 1)}
    with pytest.raises(UsageError, match="first has 2 cores, and each run of this sweep has 3: leave the node out"):
        sweeping(ray, replace(PLAN, cpus=3, seeds=(2,)))


def test_each_run_takes_a_gpu_where_there_are_any(false, sweeping):
    ray = false(first={"CPU": 8, "GPU": 2}, second={"CPU": 4, "GPU": 1})
    sweeping(ray, kind="GPU")
    assert {(need["num_gpus"], need["num_cpus"]) for need in ray.wanted} == {(1, 0)}
    assert ray.at_most == 3
    assert Reached(ray, Cluster("auto"), "GPU").cpus() == 4
    assert Reached(ray, Cluster("auto"), "CPU").cpus() == 1


def test_a_run_that_is_lost_goes_on_and_fails_when_it_is_lost_too_often(false, sweeping):
    ray = false(first={"CPU": 1})
    ray.how = {FIRST: ["gone"], SECOND: ["gone"] * 3, THIRD: ["no folder"], FOURTH: ["crashes"]}
    ended, said = sweeping(ray, restarts=2)
    assert ended == {
        FIRST: "",
        SECOND: "its node first has gone, and no restart is left of 2",
        THIRD: "",
        FOURTH: "",
    }
    assert said == [
        f"{FIRST}: its node first has gone; restart 1 of 2, from its last checkpoint",
        f"{SECOND}: its node first has gone; restart 1 of 2, from its last checkpoint",
        f"{SECOND}: its node first has gone; restart 2 of 2, from its last checkpoint",
        f"{THIRD}: could not be started on first: no such folder; restart 1 of 2, from its last checkpoint",
        f"{FOURTH}: was ended by SIGKILL on first; restart 1 of 2, from its last checkpoint",
    ]


def test_a_run_that_fails_by_itself_is_not_tried_again(false, sweeping):
    ray = false(first={"CPU": 1})
    ray.how = {FIRST: ["fails"]}
    ended, said = sweeping(ray)
    assert (ended[FIRST], said) == ("the loss is not finite", [])
    assert len(ray.begun) == 4


def test_a_run_whose_node_went_after_its_result_was_written_is_done(false, sweeping, tmp_path):
    ray = false(first={"CPU": 1})
    ray.how = {FIRST: ["gone"]}
    Folder(tmp_path / "s").write_result(FIRST, {"records": []})
    ended, said = sweeping(ray)
    assert (ended[FIRST], said) == ("", [])


def test_a_stop_ends_the_runs_that_go_and_those_without_a_place(false, sweeping, tmp_path, monkeypatch):
    monkeypatch.setattr("multigan.sweeps.processes.TELL", 0.0)
    ray, interrupts = false(first={"CPU": 1}), Interrupts()
    ray.how = {FIRST: ["waits"]}

    class Stop(Progress):
        def part(self, what, done=0, total=0):
            if (tmp_path / "s" / f"ready-{FIRST}").exists():
                interrupts.ask("SIGTERM")

    ray.hosts["second"], ray.places["second"] = {"CPU": 1}, [None]  # somebody else's
    ended, said = sweeping(ray, interrupts=interrupts, progress=Stop())
    assert ended == {FIRST: "stopped", SECOND: "stopped"}
    assert (tmp_path / "s" / f"asked-{FIRST}").exists()
    assert (len(ray.begun), said) == (1, [])


def test_no_room_is_told_at_once_and_ends_the_sweep_in_time(false, sweeping, monkeypatch):
    monkeypatch.setattr(cluster, "AGAIN", 0.1)
    ray = false(first={"CPU": 1})
    ray.places["first"] = [None]
    with pytest.raises(UsageError) as caught:
        sweeping(ray, timeout=0.5)
    room = "the cluster at auto has 1 CPU, 0 free on 1 node, and each run takes one"
    assert str(caught.value).startswith(f"--ray auto: {room}, after 0.5 s; wait for what else runs there, or add nodes")
    said = []
    monkeypatch.setattr(Host, "say", lambda self, line: said.append(line))
    ray.places["first"] = []

    def lost(each):
        ray.places["first"].append(None)

    with pytest.raises(RunFailedError, match=r"go on with: multigan sweep --resume .*s --ray auto"):
        sweeping(ray, timeout=0.5, heard=lost)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"seen": False}, "not the same folder on first; the sweep and its data must lie on storage that every node"),
        ({"versions": dict.fromkeys((*placed.ALIKE, "tensorflow", "torch"), "0.1")}, "0.1 on first: install the same"),
    ],
)
def test_a_node_that_does_not_fit_is_named(false, sweeping, facts, told):
    ray = false(first={"CPU": 1})
    ray.facts = facts
    with pytest.raises(UsageError, match=told):
        sweeping(ray)


@pytest.mark.parametrize(
    ("address", "plan", "told"),
    [
        ("node7", PLAN, "--ray node7: not auto or HOST:PORT"),
        ("ray://node7:1", PLAN, "--ray ray://node7:1: a cluster is not trained on from outside"),
        ("auto", replace(PLAN, settings={"workers": 2}), "--ray auto: each run of a sweep is one process there"),
        ("auto", replace(PLAN, over={"workers": (1, 2)}), "--ray auto: each run of a sweep is one process there"),
    ],
)
def test_what_is_no_cluster_for_a_sweep_is_refused(monkeypatch, address, plan, told):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    with pytest.raises(UsageError, match=told), reached(Cluster(address), plan):
        raise AssertionError("reached")


def test_a_sweep_without_ray_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("multigan.api.configuring.importlib.util.find_spec", _without_ray(monkeypatch))
    words = ["sweep", "gan-points", "--over", "pack=1,2", "--steps", "4", "--ray", "auto"]
    _, said = call(*words, code=2)
    assert 'Ray is not installed; install it on every node with: pip install "multigan[ray]"' in said
    with pytest.raises(UsageError, match="or leave --ray out, for this machine alone"):
        multigan.sweep("gan-points", {"pack": [1, 2]}, steps=4, ray="auto", quiet=True)
    assert list(tmp_path.iterdir()) == []


def _without_ray(monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    return lambda name, package=None: None if name == "ray" else find(name, package)


def test_a_sweep_goes_from_a_cluster_to_this_machine(false, tmp_path, fake, monkeypatch):
    ray = false(first={"CPU": 1})
    ray.how = {FIRST: ["fails"]}
    monkeypatch.setattr(cluster, "refuse_address", lambda *arguments: None)
    monkeypatch.setattr(cluster, "connected", lambda address: contextlib.nullcontext(ray))
    host = Host(quiet=True)
    done = calls.run_sweep(host, replace(PLAN, cpus=0), tmp_path / "s", None, cluster=Cluster("auto"))
    assert (done.failed, done.table.done) == ({FIRST: "the loss is not finite"}, 3)
    assert read_plan(tmp_path / "s").cpus == 1
    assert "auto" not in (tmp_path / "s" / "sweep.toml").read_text()
    monkeypatch.setattr(calls, "command", lambda folder, job, blocked: fake(folder, job))
    done = calls.run_sweep(host, None, tmp_path / "s", None)
    assert (done.failed, done.table.done, read_plan(tmp_path / "s").cpus) == ({}, 4, 1)
