"""InfoGAN keeps the contract of multigan's recipes, and learns to read its codes."""

import numpy as np
import pytest

from multigan import UsageError
from multigan.testing import ArraySource, Contract

# Small networks on small images: every option is tried in one of these, in seconds.
SMALL = {"width": 4, "size": 8, "latent_dim": 4}
VARIANTS = {"plain": {}, "three categories": {"categories": 3, "codes": 1, "size": 16}}


@pytest.fixture(scope="module", params=VARIANTS)
def contract(request):
    return Contract("infogan", options=SMALL | VARIANTS[request.param])


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def test_the_discriminator_learns_to_read_the_codes():
    """Its turns alone: the generator stays, and more and more of its categories is read off what it makes."""
    quick = SMALL | {"categories": 3, "discriminator_rate": 5e-3}
    contract = Contract("infogan", options=quick, batch_size=32)
    game = contract.build()
    from keras import ops  # now that a backend is chosen

    records = [game.run_turn(game.turns[0], contract.batches[0]) for _ in range(80)]
    for term in ("category", "code"):
        errors = [float(ops.convert_to_numpy(record["losses"][f"discriminator/{term}"])) for record in records]
        assert np.mean(errors[-5:]) < 0.7 * np.mean(errors[:5]), term


def test_images_that_do_not_halve_twice_are_refused():
    source = ArraySource(np.zeros((8, 6, 6, 1), "float32"))
    with pytest.raises(UsageError, match="images of 6 x 6 do not halve twice; try -o size=32"):
        Contract("infogan", options=SMALL, data=source).build()
