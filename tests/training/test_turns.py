"""Which batch each update sees, when turns repeat and phases follow each other."""

import numpy as np
import pytest
from small import log_without_times

from multigan import Phase, Recipe, Turn, hookimpl
from multigan.data import batches, open_source
from multigan.training.session import tell_phases

pytestmark = pytest.mark.backends

SEEN = []


class Repeating:
    """A plugin with a recipe whose discriminator moves five times, three in the second step, in two phases."""

    @hookimpl
    def register_recipes(self):
        yield Recipe(name="repeating", summary="s", modality="images", game=f"{__name__}:repeating", data="digits")


def repeating(data, *, seed):
    from multigan_dcgan import OPTIONS
    from multigan_dcgan.game import DCGAN

    class Game(DCGAN):
        def phases(self):
            repeat = lambda step: 3 if step == 2 else 5  # noqa: E731
            first = (Turn("discriminator", loss="opponent_loss", repeat=repeat), Turn("generator", fresh=False))
            return (Phase("critic", first, steps=4), Phase("generator", (Turn("generator"),)))

        def run_turns(self, turns, batch):
            SEEN.extend((turn.player, batch["image"].copy()) for turn in turns)
            return super().run_turns(turns, batch)

    return Game(data, seed=seed, **{key: option.default for key, option in OPTIONS.items()} | {"width": 4})


def test_every_update_of_a_repeated_turn_sees_a_batch_of_its_own(train, tmp_path):
    SEEN.clear()
    train(tmp_path / "one", recipe="repeating", options={"size": "8"}, steps=6, log_every=2, plugins={"r": Repeating()})
    source = open_source("digits", "images", {"size": "8"}, _datasets())
    stream = batches(source, 16, 0)
    expected, last = [], None
    for updates in (5, 3, 5, 5):
        for _ in range(updates):
            last = next(stream)["image"]
            expected.append(("discriminator", last))
        expected.append(("generator", last))  # not fresh: the batch of the update before it
    expected += [("generator", next(stream)["image"]) for _ in range(2)]
    assert [player for player, _ in SEEN] == [player for player, _ in expected]
    for (_, seen), (_, wanted) in zip(SEEN, expected, strict=True):
        np.testing.assert_array_equal(seen, wanted)
    first_step = {image.tobytes() for player, image in SEEN[:5] if player == "discriminator"}
    assert len(first_step) == 5
    assert [line["phase"] for line in log_without_times(tmp_path / "one")] == ["critic", "critic", "generator"]


def test_resume_in_the_middle_of_the_phases_sees_the_batches_that_come_next(train, tmp_path):
    SEEN.clear()
    schedule = {"log_every": 2, "checkpoint_every": 1, "plugins": {"r": Repeating()}, "recipe": "repeating"}
    train(tmp_path / "one", options={"size": "8"}, steps=6, **schedule)
    straight = list(SEEN)
    SEEN.clear()
    train(tmp_path / "two", options={"size": "8"}, steps=3, **schedule)
    train(tmp_path / "two", steps=6, resume=True, **schedule)
    assert len(straight) == len(SEEN)
    for (_, one), (_, two) in zip(straight, SEEN, strict=True):
        np.testing.assert_array_equal(one, two)


def _datasets():
    from multigan.plugins import load_plugins

    return load_plugins(environ={}).datasets


@pytest.mark.parametrize(
    ("steps", "told"), [(3, "adversarial would begin after step 3"), (2, "begin after step 3"), (4, "")]
)
def test_a_run_that_is_too_short_for_a_phase_says_so(steps, told):
    said = []

    class Display:
        say = staticmethod(said.append)

    turns = (Turn("generator"),)
    tell_phases((Phase("pixels", turns, 3), Phase("adversarial", turns)), steps, Display)
    assert [told in line for line in said] == ([True] if told else [])
    if told:
        assert "it ends in the phase pixels" in said[0]
