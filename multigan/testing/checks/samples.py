"""Whether samples are samples: of the data's kind, of their seed, and of what is asked for."""

import contextlib
from collections.abc import Mapping

import numpy as np

from multigan.errors import UsageError

__all__ = [
    "any_size_is_any_size",
    "conditions_matter",
    "interpolation_keeps_its_count",
    "latents_are_seeded",
    "samples_are_deterministic",
    "samples_are_of_the_datas_kind",
    "scores_are_one_a_sample",
]

# How far samples may lie outside the data's units, as a part of their range: a network without a last activation does.
BEYOND = 0.5


def latents_are_seeded(contract, folder):
    """A seed names its latents: float32, as many as are asked for, the first ones whatever their count.

    `multigan sample --seed 7` has to mean the same samples on every machine. Draw with
    `numpy.random.default_rng(seed)`, of each array's own generator where there are several
    (`numpy.random.default_rng(seed).spawn(2)`), and end with `.astype("float32")`.
    """
    game, *_ = contract.played
    few, many = latents_of(game, 5), latents_of(game, 70)
    if not few:
        return
    for name, array in few.items():
        called = "latents" if name == "latents" else f"latents {name}"
        kind = getattr(array, "dtype", None)
        other = f"{called} are a {type(array).__name__}, and no array of NumPy's"
        contract.must(isinstance(array, np.ndarray), other, "latents")
        contract.must(len(array) == 5, f"asked for 5, {called} are an array of shape {array.shape}", "latents")
        floats = np.issubdtype(kind, np.floating)
        contract.must(not floats or kind == np.float32, f'{called} are {kind}; end with .astype("float32")', "latents")
        contract.must(np.isfinite(array).all(), f"{called} are not all finite", "latents")
        again = "draw them with numpy.random.default_rng(seed)"
        same = np.array_equal(array, latents_of(game, 5)[name])
        contract.must(same, f"{called} of one seed differ from call to call: {again}", "latents")
    moved = [name for name in few if not np.array_equal(few[name], many[name][:5])]
    mend = "draw each array from a generator of its own, as by numpy.random.default_rng(seed).spawn(2)"
    contract.must(not moved, f"the first latents depend on the count ({', '.join(moved)}); {mend}", "latents")
    other = latents_of(game, 5, seed=2)
    same = all(np.array_equal(few[name], other[name]) for name in few)
    contract.must(not same, "another seed gives the same latents: draw with numpy.random.default_rng(seed)", "latents")


def samples_are_deterministic(contract, folder):
    """Samples depend on their latents and on what they are asked for, and on nothing else: not on how many are made,
    nor on the others in their batch, nor on the call.

    Samples that differ from call to call have noise that is drawn while sampling: a `Dropout` that is called with
    `training=True`, or an attribute that counts. Samples that differ with their batch have statistics of it in the
    sampler: a `BatchNormalization` with `training=True`, or a mean over the first axis. The sampler runs with
    `training=False`; leave the argument to Keras.
    """
    game, *_ = contract.played
    before = contract.state(game)
    asked = contract.asked(game, 70)
    first = {name: array[:5] for name, array in asked.items()}
    samples = game.sample(5, 1, first)
    counted = f"asked for 5 samples, got an array of shape {samples.shape}"
    contract.must(samples.shape[:1] == (5,), counted, "render", "sampler")
    again = "the same samples come out otherwise in another call: is noise drawn in the sampler, or a call counted?"
    contract.must(np.array_equal(samples, game.sample(5, 1, first)), again, "render", "sampler")
    mend = "leave training= to Keras, and take no mean over the first axis"
    alone = f"the first samples depend on the count, that is on what else is in their batch: {mend}"
    contract.must(np.array_equal(samples, game.sample(70, 1, asked)[:5]), alone, "render", "sampler")
    drawn = game.latents(5, 1)
    same = np.array_equal(samples, game.sample(5, 2, first))
    if isinstance(drawn, Mapping) and not drawn:
        contract.must(same, "the game has no latents, yet another seed gives other samples", "render", "sampler")
    else:
        contract.must(not same, "another seed gives the same samples: the sampler ignores its latents", "sampler")
    still = all(map(np.array_equal, before, contract.state(game)))
    contract.must(still, "sampling changed the game's state: is a layer called with training=True?", "sampler")


def samples_are_of_the_datas_kind(contract, folder):
    """Samples have the shape, type and units of the data.

    Pictures and sounds are in [-1, 1]: end the generator with `tanh`, not with `sigmoid`, whose samples fill the upper
    half only, and scale nothing to bytes. The shape is `data.shape`.
    """
    game, *_ = contract.played
    count = 12
    samples, real = game.sample(count, 1, contract.asked(game, count)), contract.batches[0][contract.field]
    shapes = f"samples of shape {samples.shape[1:]}; the data's {real.shape[1:]}"
    contract.must(samples.shape[1:] == real.shape[1:], f"{shapes}: build the generator for data.shape", "sampler")
    room = contract.room
    contract.must(samples.dtype == room.dtype, f"samples are {samples.dtype}, not {room.dtype}", "render", "sampler")
    contract.must(np.isfinite(samples).all(), "samples are not finite", "render", "sampler")
    if not room.units:
        return
    (low, high), units = (float(samples.min()), float(samples.max())), room.units
    reach = BEYOND * (units[1] - units[0])
    lie = f"samples lie from {low:.4g} to {high:.4g}, and {room.name} in {list(units)}"
    inside = units[0] - reach <= low <= high <= units[1] + reach
    contract.must(inside, f"{lie}: make the generator's last activation tanh", "render", "sampler")
    middle = sum(units) / 2
    for side, half in ((1, "upper"), (-1, "lower")):
        if (side * (samples - middle)).min() >= 0 > (side * (real - middle)).min() and not _crosses(
            contract, game, middle, side
        ):
            whatever = f"{lie}: whatever its weights, the sampler stays in the {half} half"
            contract.must(False, f"{whatever}; is its last activation a sigmoid? use tanh", "render", "sampler")


def conditions_matter(contract, folder):
    """Whatever field a game is asked by, other values of it make other samples of the same latents.

    A label, code or picture that changes nothing is not used: it does not reach the output of the sampler.
    """
    game, *_ = contract.played
    count = 3 * contract.batch_size
    asked = contract.asked(game, count)
    usual = {field.name for field in game.fields if field.usual}
    for name, values in asked.items():
        # Of a code that is the same for all, the others are 0, or 1 where it is that.
        others = np.where(values, 0, 1).astype(values.dtype) if name in usual else _others(contract, values)
        one, other = (game.sample(count, 1, asked | {name: wanted}) for wanted in (values, others))
        same = [index for index in range(count) if np.array_equal(one[index], other[index])]
        mend = f"join the {name} to what the sampler makes samples of"
        contract.must(not same, f"samples {same} do not depend on the {name}: {mend}", "sampler")


def any_size_is_any_size(contract, folder):
    """A sampler whose inputs have free sides takes pictures of any size that `multiple` divides, and gives back the
    same size, or `scale` times that.

    A layer in it knows one size, such as `Flatten` with `Dense`; or the sides are halved more often than `multiple`
    says, so that they do not come back whole: with three strides of 2, `multiple = 8`.
    """
    game, *_ = contract.played
    given = game.sampler.inputs
    free = [number for number, each in enumerate(given) if None in each.shape[1:3] and len(each.shape) == 4]
    if not free:
        return
    from keras.backend import standardize_dtype

    draw = np.random.default_rng(0)
    for many in ((5, 6), (7, 5)):
        sides = tuple(side * game.multiple for side in many)
        inputs = [
            draw.uniform(-1, 1, (1, *sides, each.shape[-1]) if number in free else (1, *each.shape[1:]))
            for number, each in enumerate(given)
        ]
        inputs = [part.astype(standardize_dtype(each.dtype)) for part, each in zip(inputs, given, strict=True)]
        size = f"{sides[0]} x {sides[1]}"
        try:
            made = game.generate_one(inputs).shape[1:3]
        except Exception as error:
            told = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            mend = f"build it without a size, or set multiple (it is {game.multiple})"
            fails = f"the sampler's sides are free, and {size} fails: {told}; {mend}"
            raise contract.broken(fails, "sampler") from error
        wanted = tuple(side * game.scale for side in sides)
        mend = f"set multiple (it is {game.multiple}) to what the sides must divide by, and scale ({game.scale})"
        contract.must(made == wanted, f"a picture of {size} comes out as {made[0]} x {made[1]}: {mend}", "sampler")


def interpolation_keeps_its_count(contract, folder):
    """A path through latents has as many as are asked for, of the latents' type, and begins and ends at its keys.

    `interpolate(keys, count)` draws walks and films. Return `count` latents, the first equal to `keys[0]` and the last
    to `keys[-1]`; for latents that are not normal `multigan.engine.interpolation.linear` does it.
    """
    game, *_ = contract.played
    keys = game.latents(3, 1)
    if isinstance(keys, Mapping) and not keys:
        return
    with contextlib.suppress(UsageError):  # it says that there is no path between its latents
        path = game.interpolate(keys, 7)
        paths, ends = (each if isinstance(each, Mapping) else {"latents": each} for each in (path, keys))
        for name, found in paths.items():
            here = f"interpolate() of 3 latents to 7 gives {name} of"
            shape = (7, *ends[name].shape[1:])
            contract.must(np.shape(found) == shape, f"{here} shape {np.shape(found)}, not {shape}", "interpolate")
            kind = ends[name].dtype
            contract.must(found.dtype == kind, f"{here} type {found.dtype}, not {kind}", "interpolate")
            close = np.allclose(found[[0, -1]], ends[name][[0, -1]], rtol=1e-3, atol=1e-3)
            contract.must(close, "interpolate() does not begin at the first key and end at the last", "interpolate")
        made = game.sample_at(path, contract.asked(game, 7))
        contract.must(len(made) == 7, f"7 latents of interpolate() make {len(made)} samples", "interpolate")


def scores_are_one_a_sample(contract, folder):
    """`score` gives a finite number for each sample, or None.

    An opponent gives scores `(batch, 1)`, and `score` returns `(batch,)`: take `[:, 0]`. It is called in inference
    mode, so that the same samples have the same scores each time.
    """
    game, *_ = contract.played
    samples = contract.batches[0][contract.field][:5]
    scores = game.score(samples)
    if scores is not None:
        count = len(samples)
        shape = f"{count} samples have scores of shape {np.shape(scores)}, not ({count},)"
        contract.must(np.shape(scores) == (count,), shape, "score")
        contract.must(np.isfinite(scores).all(), f"scores are {scores}", "score")
        again = "the same samples have other scores when asked again"
        contract.must(np.array_equal(scores, game.score(samples)), again, "score")


def latents_of(game, count, seed=1) -> dict:
    """Returns a game's latents by name."""
    drawn = game.latents(count, seed)
    return dict(drawn) if isinstance(drawn, Mapping) else {"latents": drawn}


def _others(contract, asked: np.ndarray) -> np.ndarray:
    """Returns for each value of a field another one of them."""
    others = []
    for value in asked:
        found = [other for other in asked if not np.array_equal(other, value)]
        assert found, "every sample of the batches has the same condition; give the contract other data"
        others.append(found[0])
    return np.array(others)


def _crosses(contract, game, middle, side) -> bool:
    """Whether some weights of the sampler make samples on the other side of the middle. The weights stay."""
    from keras import ops

    network, draw = game.sampler, np.random.default_rng(0)
    weights = [weight for weight in network.weights if weight.path.endswith(("kernel", "bias"))]
    kept = [np.array(ops.convert_to_numpy(weight.value)) for weight in weights]
    try:
        for _ in range(4):
            for weight, value in zip(weights, kept, strict=True):
                weight.assign(draw.normal(0, np.std(value) * 3 + 0.1, value.shape).astype(value.dtype))
            samples = game.sample(8, 1, contract.asked(game, 8))
            if (side * (samples - middle)).min() < 0:
                return True
        return False
    finally:
        for weight, value in zip(weights, kept, strict=True):
            weight.assign(value)
