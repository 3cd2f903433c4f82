"""Processes that train one run together: what they say to one another beside the arrays, and who of them has gone.

The first is the leader. It listens; the followers come to it, wait for its permission before each step, and do what it
says: so all of them stop, go back and end at the same step. Messages are lines of JSON. Both sides send one at least
every second, so that silence tells of a process that hangs or a machine that is lost; one that dies closes its
connection. Whatever happens to one of them ends all within a bounded time.
"""

from multigan.training.crew.follower import Follower
from multigan.training.crew.joined import take_state
from multigan.training.crew.leader import Leader
from multigan.training.crew.line import free_port, split_address
from multigan.training.crew.member import GRACE, Alone, last_words

__all__ = ["GRACE", "Alone", "Follower", "Leader", "free_port", "last_words", "split_address", "take_state"]
