"""What stands beside a sound game's samples: other real sounds, which no generator can beat, and noise, which it has
to.
"""

from multigan.metrics.controls import NOISE, OTHERS

__all__ = ["CONTROLS"]

CONTROLS = (OTHERS, NOISE)
