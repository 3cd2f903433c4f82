"""The contract that plugin authors' tests run: each check fails for what it is there to find."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from multigan import (
    AdversarialGame,
    Condition,
    Field,
    Game,
    Option,
    Recipe,
    Turn,
    UsageError,
    hookimpl,
    stabiliser_options,
)  # fmt: skip
from multigan.plugins import load_plugins
from multigan.testing import ArraySource, Contract, contract

pytestmark = pytest.mark.backends

DRAW = np.random.default_rng(0)
DRAWN = DRAW.normal(size=(40, 2))
POINTS = ArraySource(
    DRAWN,
    "points",
    labels=np.arange(40) % 4,
    conditions=DRAW.normal(size=(40, 3)),
    facts={"mean": tuple(DRAWN.mean(axis=0).tolist()), "scale": tuple(DRAWN.std(axis=0).tolist())},
)


class Sound(AdversarialGame):
    """Keeps the contract; subclasses break one promise each."""

    def build_generator(self, data):
        z = keras.Input((self.options["latent_dim"],))
        return keras.Model(z, layers.Dense(2)(z))

    def build_opponent(self, data):
        self.options["minibatch_stddev"], self.options["spectral_norm"]
        x = keras.Input((2 * self.options["pack"],))
        return keras.Model(x, layers.Dense(1, use_bias=False)(layers.Dense(4, activation="tanh")(x)))


class Deaf(Sound):
    """Never reads spectral_norm."""

    def build_opponent(self, data):
        self.options["minibatch_stddev"]
        x = keras.Input((2 * self.options["pack"],))
        return keras.Model(x, layers.Dense(1, use_bias=False)(layers.Dense(4, activation="tanh")(x)))


class Unasked(Sound):
    """Takes a condition and does not listen to it."""

    kind = "label"

    def choose_condition(self, data):
        return Condition(self.kind, 4 if self.kind == "label" else 3)

    def build_generator(self, data):
        z, asked = keras.Input((self.options["latent_dim"],)), self.condition.input()
        return keras.Model([z, asked], layers.Dense(2)(z))

    def build_opponent(self, data):
        x, asked = keras.Input((2,)), self.condition.input()
        given = layers.Concatenate()([x, self.condition.encode(asked)])
        return keras.Model([x, asked], layers.Dense(1)(layers.Dense(4, activation="tanh")(given)))


class Asked(Unasked):
    kind = "condition"

    def build_generator(self, data):
        z, asked = keras.Input((self.options["latent_dim"],)), self.condition.input()
        given = layers.Concatenate()([z, self.condition.encode(asked)])
        return keras.Model([z, asked], layers.Dense(2)(given))


class Squared(Sound):
    def score(self, samples):
        return super().score(samples)[:, None]


class Endless(Sound):
    def score(self, samples):
        return super().score(samples) / 0.0


class Idle(Sound):
    """Has a layer that its loss does not depend on."""

    def build_generator(self, data):
        z = keras.Input((self.options["latent_dim"],))
        return keras.Model(z, layers.Dense(2)(z) + 0.0 * layers.Dense(2)(z))


class Forgetful(Sound):
    """Draws from a generator of random numbers that is no part of its state."""

    def fake(self, batch):
        return super().fake(batch) + float(np.random.default_rng().normal())


class Unsaved(Sound):
    """Keeps a count that no checkpoint holds, and learns by it."""

    count = 0

    def run_turns(self, turns, batch):
        self.count += 1
        return super().run_turns(turns, {**batch, "point": batch["point"] * np.float32(self.count)})


class Infinite(Sound):
    def penalties(self, real, fake, batch):
        return {"infinite": ops.mean(real) / 0.0}


class Elsewhere(Sound):
    """Keeps its options under another name, and reads one as it is made."""

    def __init__(self, data, *, seed=0, **options):
        self.deviation = options["minibatch_stddev"]
        self.settings = options
        super().__init__(data, seed=seed, **options)

    def build_opponent(self, data):
        self.settings.get("spectral_norm")
        x = keras.Input((2 * self.options["pack"],))
        return keras.Model(x, layers.Dense(1, use_bias=False)(layers.Dense(4, activation="tanh")(x)))


class Translator(Game):
    """Draws nothing: from a picture and a label comes the same picture, every time."""

    asks = ("source", "label")
    turns = (Turn("generator"),)

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        image = keras.Input(data.fields["source"].shape, name="source")
        label = keras.Input((), dtype="int32", name="label")
        moved = layers.Dense(1)(layers.Reshape((1,))(ops.cast(label, "float32")))
        made = layers.Conv2D(1, 3, padding="same")(image) + layers.Reshape((1, 1, 1))(moved)
        self.generator = keras.Model([image, label], layers.Activation("tanh")(made))

    def optimizers(self):
        return {"generator": keras.optimizers.Adam(1e-3)}

    @property
    def sampler(self):
        return self.generator

    def latents(self, count, seed):
        return {}

    def generator_loss(self, batch):
        made = self.generator([batch["source"], batch["label"]])
        return {"same": ops.mean(ops.square(made - 0.5 * batch["image"] - 0.1))}


class Bytes(Translator):
    """Its samples are 0 to 255."""

    def render(self, generated):
        return 127.5 * (generated + 1.0)


class Small(Translator):
    """Its samples lack a row."""

    def render(self, generated):
        return generated[:, 1:]


class Counting(Translator):
    """Draws two latents from one generator: the second ones begin where the first ones end."""

    def __init__(self, data, *, seed=0, **options):
        super().__init__(data, seed=seed)
        latents, plain = [keras.Input((2,), name=name) for name in ("z", "style")], self.generator
        noise = layers.Reshape((1, 1, 1))(layers.Dense(1)(layers.Concatenate()(latents)))
        self.noisy = keras.Model([*latents, *plain.inputs], plain.output + noise)

    @property
    def sampler(self):
        return self.noisy

    def latents(self, count, seed):
        draw = np.random.default_rng(seed)
        return {name: draw.standard_normal((count, 2)).astype("float32") for name in ("z", "style")}


class Restless(Translator):
    """It has no latents and draws all the same."""

    def render(self, generated):
        self.count = getattr(self, "count", 0) + 1
        return generated + 1e-3 * self.count


POINT_KINDS = (Sound, Deaf, Unasked, Asked, Squared, Endless, Idle, Forgetful, Unsaved, Infinite, Elsewhere)
KINDS = {kind.__name__.lower(): kind for kind in POINT_KINDS}
IMAGE_KINDS = {kind.__name__.lower(): kind for kind in (Translator, Bytes, Small, Counting, Restless)}
SOURCE = DRAW.uniform(-1, 1, (24, 4, 4, 1)).astype("float32")
PICTURES = ArraySource(
    0.5 * SOURCE,
    labels=np.arange(24) % 3,
    beside={Field(name="source", kind="picture", shape=(4, 4, 1)): SOURCE},
)


class Plugin:
    @hookimpl
    def register_recipes(self):
        for name, kind in KINDS.items():
            without = ("pack", "minibatch_stddev", "spectral_norm") if issubclass(kind, Unasked) else ()
            options = stabiliser_options("points", without=without, latent_dim=3)
            yield Recipe(
                name=name, summary="s", modality="points", game=f"{__name__}:{kind.__name__}", options=options,
                data="ring", references=("arXiv 1406.2661",), metrics=("modes",),
            )  # fmt: skip
        for name, kind in IMAGE_KINDS.items():
            yield Recipe(
                name=name, summary="s", modality="images", game=f"{__name__}:{kind.__name__}", data="digits",
                references=("arXiv 1406.2661",), metrics=("diversity",),
            )  # fmt: skip
        yield Recipe(
            name="odd", summary="s", modality="points", game=f"{__name__}:Sound", data="ring", batch_size=9,
            options={"pack": Option(default=2, help="h")}, references=("arXiv 1406.2661",), metrics=("modes",),
        )  # fmt: skip


@pytest.fixture
def make(monkeypatch):
    def registry():
        found = load_plugins(environ={"MULTIGAN_PLUGINS": ""})
        found.register("kinds", Plugin())
        return found

    monkeypatch.setattr(contract, "load_plugins", registry)
    return lambda name, data=POINTS, batch_size=8, **options: Contract(
        name, options=options, data=data, batch_size=batch_size
    )


IN_PROCESS = [check for check in Contract.CHECKS if check != "import_light"]


@pytest.mark.parametrize(
    ("name", "data", "batch_size"),
    [
        ("sound", POINTS, 8),
        ("sound", POINTS, 4),
        ("asked", POINTS, 8),
        ("elsewhere", POINTS, 8),
        ("translator", PICTURES, 4),
    ],
)
def test_a_sound_recipe_passes_every_check(make, name, data, batch_size, tmp_path):
    sound = make(name, data, batch_size)
    for check in IN_PROCESS:
        folder = tmp_path / check
        folder.mkdir()
        sound.run(check, folder)


@pytest.mark.parametrize(
    ("name", "check", "said"),
    [
        ("deaf", "options_are_read", "nobody reads the options spectral_norm$"),
        ("unasked", "conditions_matter", r"samples \[0, 1, .*\] do not depend on the label"),
        ("squared", "scores_are_one_a_sample", r"5 samples have scores of shape \(5, 1\)"),
        ("endless", "scores_are_one_a_sample", "scores are"),
        ("idle", "every_variable_learns", "never updated: .*kernel"),
        ("unsaved", "checkpoint_restores_everything", "differs after a restore; is it tracked"),
        ("infinite", "losses_are_finite", "infinite is"),
        ("odd", "described", "batches of 9 do not divide by pack=2"),
    ],
)
def test_a_broken_promise_is_found(make, name, check, said, tmp_path):
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match=said):
        make(name).run(check, tmp_path)


@pytest.mark.parametrize(
    ("name", "check", "said"),
    [
        ("bytes", "samples_are_of_the_datas_kind", r"samples lie from .* and images in \[-1.0, 1.0\]"),
        ("small", "samples_are_of_the_datas_kind", r"samples of shape \(3, 4, 1\); the data's \(4, 4, 1\)"),
        ("counting", "latents_are_seeded", r"first latents depend on the count \(style\); draw each array from"),
        ("restless", "samples_are_deterministic", "the same samples come out otherwise in another call"),
    ],
)
def test_samples_that_are_no_samples_of_the_data_are_found(make, name, check, said, tmp_path):
    with pytest.raises(AssertionError, match=said):
        make(name, PICTURES).run(check, tmp_path)


def test_draws_that_a_seed_does_not_govern_are_found(make, tmp_path):
    with pytest.raises(AssertionError, match="differs between two runs of one seed"):
        make("forgetful").run("same_seed_same_run", tmp_path)


def test_data_of_one_condition_prove_nothing(make, tmp_path):
    same = ArraySource(DRAW.normal(size=(40, 2)), "points", labels=np.full(40, 3))
    with pytest.raises(AssertionError, match="every sample of the batches has the same condition"):
        make("unasked", data=same).run("conditions_matter", tmp_path)


def test_options_that_the_recipe_does_not_have_are_refused(make):
    with pytest.raises(UsageError, match=r"recipe sound has no option pakc; did you mean pack\?"):
        make("sound", pakc=2)


def test_batches_are_made_for_the_packs(make):
    assert make("sound", pack=3).batch_size == 9


def test_an_array_source_tells_what_the_pipelines_sources_tell():
    images = ArraySource(DRAW.uniform(-1, 1, (12, 4, 4, 2)), labels=np.arange(12) % 3, classes=("a", "b", "c"))
    assert (len(images), images.shape, images.classes, images.condition) == (12, (4, 4, 2), ("a", "b", "c"), 0)
    assert (images.field, images.facts) == ("image", {})
    batch = POINTS.batch(np.array([3, 1]))
    assert {key: (values.shape, values.dtype.name) for key, values in batch.items()} == {
        "point": ((2, 2), "float32"),
        "label": ((2,), "int32"),
        "condition": ((2, 3), "float32"),
    }
    assert (POINTS.condition, POINTS.field) == (3, "point")
    assert (POINTS.scale, POINTS.origin) == (POINTS.facts["scale"], ())
    texts = ArraySource(np.zeros((4, 3)), "text", facts={"vocabulary": 7})
    assert (texts[0]["text"].dtype, texts.vocabulary, texts.end, texts.oracle) == (np.int32, 7, -1, "")


def test_an_array_source_has_no_facts_that_its_modality_does_not_have():
    with pytest.raises(ValueError, match="sounds have no rate; their facts: sample_rate"):
        ArraySource(np.zeros((4, 9, 1)), "audio", facts={"rate": 8_000})
    with pytest.raises(UsageError, match="no modality is called sounds"):
        ArraySource(np.zeros((4, 9, 1)), "sounds")
