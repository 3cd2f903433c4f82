"""What the processes of one run say to one another: every way to be lost is told, and within a bounded time."""

import json
import socket
import threading

import pytest

from multigan.errors import RunFailedError, UsageError
from multigan.training.crew import Follower, Leader, free_port, joined, member, split_address
from multigan.training.interrupts import Interrupts

# Seconds that a test waits for what must come, before it fails.
LONG = 60.0


@pytest.fixture(autouse=True)
def no_backend(monkeypatch):
    """Nothing is joined, and a process that should end is only told of."""
    monkeypatch.setattr(joined, "join", lambda member, port: None)
    monkeypatch.setattr(joined, "leave", lambda: None)
    monkeypatch.setattr(joined, "take_state", lambda game: None)
    monkeypatch.setattr(member, "GRACE", 0.0)
    monkeypatch.setattr(member, "SOON", LONG)
    exits = []
    monkeypatch.setattr(member.os, "_exit", exits.append)
    return exits


@pytest.fixture
def crew_of():
    """Makes members at one address: `make(process)`, the leader first."""
    address = f"127.0.0.1:{free_port('127.0.0.1')}"

    def make(process, count=2, patience=LONG, words=None):
        kind = Follower if process else Leader
        return kind(address, process, count, patience, Interrupts(), words or (lambda message: None))

    make.address = split_address(address)
    return make


def together(leader, *followers):
    """Runs a function of each follower in a thread beside one of the leader, and returns what they return."""
    found = {}

    def run(number, action):
        try:
            found[number] = action()
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(followers, 1)]
    for thread in threads:
        thread.start()
    run(0, leader)
    for thread in threads:
        thread.join(LONG)
    return [found.get(number) for number in range(len(followers) + 1)]


def lost(member):
    """Waits until the member has lost somebody, and returns the error that it then raises."""
    with pytest.raises(RunFailedError) as caught:
        member._wait(lambda: False, LONG)
    return str(caught.value)


def stranger(make, **hello):
    """A connection to the leader that says this first."""
    connection = socket.create_connection(make.address)
    connection.sendall(json.dumps(hello).encode() + b"\n")
    return connection


def test_followers_do_what_the_leader_says_in_its_order(crew_of):
    def lead():
        with crew_of(0, 3) as leader:
            leader.join()
            leader.agree({"seed": 1})
            leader.spread(None, step=0, drawn=0)
            leader.permit(1)
            leader.permit(2)
            leader.end(outcome="done", reason="", step=2)

    def follow(process):
        with crew_of(process, 3) as follower:
            follower.join()
            follower.agree({"seed": 1})
            said = list(follower.messages())
            follower.end()
            return follower.share, said

    said = [{"state": {"step": 0, "drawn": 0}}, {"step": 1}, {"step": 2}]
    said.append({"end": {"outcome": "done", "reason": "", "step": 2}})
    found = together(lead, lambda: follow(1), lambda: follow(2))
    assert found == [None, ((1, 3), said), ((2, 3), said)]


def test_a_follower_of_another_run_is_named_with_what_differs(crew_of):
    def lead():
        with crew_of(0) as leader:
            leader.join()
            leader.agree({"batch_size": 32, "seed": 1})

    def follow():
        with crew_of(1) as follower:
            follower.join()
            follower.agree({"batch_size": 64, "seed": 1})
            list(follower.messages())

    first, second = together(lead, follow)
    assert isinstance(first, UsageError)
    assert "has batch_size 64, and worker 0 has 32: give all of them the same values" in str(first)
    assert isinstance(second, RunFailedError)
    assert "worker 0 has ended: worker 1 on" in str(second)


def test_a_follower_that_dies_is_named_at_the_next_step(crew_of):
    with crew_of(0) as leader:
        connection = stranger(crew_of, process=1, workers=2, host="node7")
        leader.join()
        connection.close()
        assert lost(leader) == "worker 1 on node7 has gone"
        with pytest.raises(RunFailedError, match="worker 1 on node7 has gone"):
            leader.permit(1)


def test_a_follower_that_is_silent_is_named(crew_of):
    with crew_of(0, patience=0.2) as leader, stranger(crew_of, process=1, workers=2, host="node7"):
        assert lost(leader) == "worker 1 on node7 was not heard of for 0.2 s"


def test_a_leader_that_is_silent_is_named(crew_of):
    with socket.create_server(crew_of.address), crew_of(1, patience=0.2) as follower:
        assert lost(follower) == "worker 0 was not heard of for 0.2 s"


def test_a_leader_that_dies_is_named(crew_of):
    server = socket.create_server(crew_of.address)
    with crew_of(1) as follower:
        server.accept()[0].close()
        assert lost(follower) == "worker 0 has gone"
    server.close()


def test_what_a_follower_fails_by_is_told_by_the_leader(crew_of):
    with crew_of(0) as leader:
        follower = crew_of(1)
        follower.__enter__()
        leader.join()
        error = UsageError("no such file")
        follower.__exit__(UsageError, error, None)
        assert lost(leader).endswith("failed: no such file")


def test_an_error_that_came_of_anothers_end_tells_of_that(crew_of):
    with crew_of(0) as leader:
        connection = stranger(crew_of, process=1, workers=2, host="node7")
        leader.join()
        connection.close()
        assert str(leader.explained(RuntimeError("Gloo: connection reset"))) == "worker 1 on node7 has gone"


def test_a_step_without_an_end_is_lost_and_says_who_is_behind(crew_of):
    with crew_of(0, count=3, patience=0.3) as leader:
        ahead = stranger(crew_of, process=1, workers=3, host="node7")
        behind = stranger(crew_of, process=2, workers=3, host="node8")
        stop = threading.Event()

        def live():
            while not stop.wait(0.05):
                ahead.sendall(b'{"step": 4}\n')
                behind.sendall(b'{"step": 3}\n')

        thread = threading.Thread(target=live)
        thread.start()
        leader.join()
        leader.permit(4)
        assert lost(leader) == "step 4 took longer than 3 s; not yet there: worker 2 on node8"
        stop.set()
        thread.join()
        ahead.close()
        behind.close()


def test_a_pause_between_steps_may_be_long(crew_of):
    with crew_of(0) as leader, stranger(crew_of, process=1, workers=2, host="node7"):
        leader.join()
        leader.permit(1)
        leader.paused()
        leader.patience = 0.0
        leader._watch()
        assert not leader.lost
        leader.permit(2)
        leader._watch()
        assert leader.lost.startswith("step 2 took longer than")


def test_a_signal_to_a_follower_stops_the_leader(crew_of):
    with crew_of(0) as leader, stranger(crew_of, process=1, workers=2, host="node7") as connection:
        leader.join()
        connection.sendall(b'{"step": 3, "stop": "SIGTERM"}\n')
        assert leader._wait(lambda: leader._interrupts.requested(), LONG)
        assert leader._interrupts.reason == "SIGTERM to worker 1 on node7"


def test_who_hangs_for_another_that_was_lost_ends_with_a_word(crew_of, no_backend):
    told, said = [], threading.Event()
    with crew_of(0, words=lambda message: (told.append(message), said.set())) as leader:
        leader.farewell = lambda lost: f"{lost}; go on so"
        connection = stranger(crew_of, process=1, workers=2, host="node7")
        leader.join()
        connection.close()
        assert said.wait(LONG)
    assert told == ["worker 1 on node7 has gone; go on so"]
    assert no_backend == [1]


@pytest.mark.parametrize("hello", [{}, {"process": "x", "workers": 2, "host": "a"}, {"process": 1}])
def test_a_stranger_is_sent_away_and_the_others_come(crew_of, hello):
    with crew_of(0) as leader:
        with stranger(crew_of, **hello) as other:
            other.settimeout(LONG)
            assert other.recv(1) == b""
        with stranger(crew_of, process=1, workers=2, host="node7"):
            leader.join()


@pytest.mark.parametrize(
    ("process", "count", "why"),
    [(1, 2, "there is a worker 1 already"), (0, 2, "there is a worker 0 already"), (1, 3, "--workers 3, and worker 0")],
)
def test_a_worker_too_many_is_told_why(crew_of, process, count, why):
    with crew_of(0) as leader, stranger(crew_of, process=1, workers=2, host="node7"):
        leader.join()
        with stranger(crew_of, process=process, workers=count, host="node8") as other:
            other.settimeout(LONG)
            with other.makefile("rb") as said:
                assert why in json.loads(said.readline())["failed"]


def test_a_port_that_is_taken_is_told(crew_of):
    with (
        socket.create_server(crew_of.address),
        pytest.raises(UsageError, match=r"cannot be listened at .*; choose another port"),
        crew_of(0),
    ):
        pass


def test_a_leader_of_no_known_name_is_told_at_once(monkeypatch):
    def unknown(*arguments, **keywords):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    with (
        pytest.raises(UsageError, match="--coordinator nosuchhost:7741: no machine of that name is known here"),
        Follower("nosuchhost:7741", 1, 2, LONG, Interrupts()),
    ):
        pass


@pytest.mark.parametrize("address", ["node7", "node7:", ":7000", "node7:x", "node7:70000"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(UsageError, match="not HOST:PORT"):
        split_address(address)
