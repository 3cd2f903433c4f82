"""The same weights and batches lead to the same place on every backend; a checkpoint loads on any."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small import FLAGS, ROOT

pytestmark = pytest.mark.extra

BACKENDS = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]
# CI installs all three and says so, so that none of them is left out in silence.
if os.environ.get("ALL_BACKENDS"):
    BACKENDS = ["tensorflow", "jax", "torch"]

STEPS = """
import sys
import keras, numpy as np
from keras import ops
from multigan import DataInfo
from multigan_dcgan import OPTIONS
from multigan_dcgan.game import DCGAN

class Fixed(DCGAN):
    '''Its latents come with the batch: a seed means other draws on another backend.'''
    def fake(self, batch):
        return self.generator(batch["latent"], training=True)

out = {}
for kind in ("batch", "spectral"):
    options = {key: option.default for key, option in OPTIONS.items()}
    options |= {"width": 4, "latent_dim": 6, "ema": 0.9}
    if kind == "spectral":
        options |= {"spectral_norm": True, "r1": 1.0}
    game = Fixed(DataInfo(name="fixed", shape=(8, 8, 1)), **options)
    game.compile(jit=keras.backend.backend() == "jax")
    for variable in game.state():
        if "kernel" in variable.path or variable.path.endswith("/u"):
            # A network's averaged copy starts as the network does: the same draw for the same shape.
            draw = np.random.default_rng(variable.shape[-1])
            variable.assign(0.1 * draw.standard_normal(tuple(variable.shape)))
        if variable.path.endswith("gamma"):
            variable.assign(np.ones(variable.shape))
    draw = np.random.default_rng(0)
    for step in range(4):
        batch = {"image": draw.uniform(-1, 1, (16, 8, 8, 1)), "latent": draw.standard_normal((16, 6))}
        batch = {name: value.astype("float32") for name, value in batch.items()}
        for turn in game.turns:
            record = game.run_turn(turn, batch)
            for name, value in (record["losses"] | record["health"]).items():
                out[f"{kind} step {step} {name}"] = ops.convert_to_numpy(value)
    for index, variable in enumerate(game.state()):
        if "seed" not in variable.path:
            out[f"{kind} {index} {variable.path.split('/')[-1]}"] = ops.convert_to_numpy(variable.value)
np.savez(sys.argv[1], **out)
"""


def environment(backend):
    paths = [ROOT, ROOT / "plugins" / "multigan-dcgan" / "src"]
    return {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(map(str, paths))}


@pytest.mark.skipif(len(BACKENDS) < 2, reason="one backend installed: nothing to compare")
def test_backends_agree_on_every_loss_term_and_updated_weight(tmp_path):
    results = {}
    for backend in BACKENDS:
        path = tmp_path / f"{backend}.npz"
        subprocess.run(
            [sys.executable, "-c", STEPS, path],
            env=environment(backend),
            check=True,
            capture_output=True,
            text=True,
        )
        with np.load(path) as arrays:
            results[backend] = {name: arrays[name] for name in arrays.files}
    first = results.pop(BACKENDS[0])
    for backend, other in results.items():
        assert set(first) == set(other), backend
        for name, value in first.items():
            np.testing.assert_allclose(value, other[name], rtol=2e-3, atol=2e-4, err_msg=f"{backend}: {name}")


@pytest.mark.skipif(len(BACKENDS) < 2, reason="one backend installed: nothing to compare")
def test_a_run_trained_on_one_backend_gives_the_same_images_on_every_other(command, tmp_path):
    last = BACKENDS[-1]
    done = command(
        "run", "--plugin", "dcgan", "--steps", "20", "--run-dir", tmp_path / "run", "--backend", last, *FLAGS
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"on {last} (cpu)" in done.stderr
    images = {}
    for backend in BACKENDS:
        out = tmp_path / backend
        drawn = command("sample", tmp_path / "run", "-n", "4", "--format", "npy", "--out", out, "--backend", backend)
        assert drawn.returncode == 0, drawn.stderr
        images[backend] = np.stack([np.load(Path(out) / f"{index:05d}.npy") for index in range(4)])
    for backend in BACKENDS[:-1]:
        np.testing.assert_allclose(images[last], images[backend], atol=1e-4, err_msg=backend)


def test_what_the_commands_import_before_they_choose_a_backend_imports_no_framework():
    names = ("trained.sampling", "trained.evaluating", "health.doctor", "training.session", "trained.opening")
    modules = ", ".join(f"multigan.{name}" for name in names)
    code = f"import sys, {modules}; sys.exit(bool({{'keras', 'tensorflow', 'jax', 'torch'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env=environment("tensorflow"), check=False).returncode == 0
