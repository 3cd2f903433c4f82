"""The Inception network of FID, through torch-fidelity; its weights are a local file.

Nothing is downloaded: the file is named by MULTIGAN_INCEPTION_WEIGHTS. The usual one is torch-fidelity's
weights-inception-2015-12-05-6726825d.pth, TensorFlow's network of 2015 converted.
"""

import os
import pickle
from pathlib import Path

import numpy

from multigan.errors import UsageError
from multigan.metrics.extractors.weights import file_sha256
from multigan.modalities.images.extractors.pictures import to_rgb_bytes

__all__ = ["VARIABLE", "load"]

VARIABLE = "MULTIGAN_INCEPTION_WEIGHTS"
FILE = "weights-inception-2015-12-05-6726825d.pth"
STANDARD = "6726825d"  # the beginning of the standard file's SHA-256
BATCH = 32


class Extract:
    """Runs the network on bytes; it resizes them itself, as TensorFlow 1 did."""

    def __init__(self, path: Path):
        import torch
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            # Read once as plain tensors: torch-fidelity itself would run whatever code the file holds.
            torch.load(path, map_location="cpu", weights_only=True)
            network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=path)
        except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise UsageError(f"{path}: does not hold the weights of torch-fidelity's Inception network") from error
        self._network = network.to(self._device)
        self._head = network.fc.weight.detach().cpu().numpy().T
        sha256 = file_sha256(path)
        self.facts = {
            "sha256": sha256,
            "standard": sha256.startswith(STANDARD),
            "resize": "bilinear to 299 x 299, as TensorFlow 1 (torch-fidelity)",
        }

    def __call__(self, samples):
        """Returns float32 `(count, 2048)`."""
        rgb, features = to_rgb_bytes(samples), []
        with self._torch.inference_mode():
            for start in range(0, len(rgb), BATCH):
                batch = self._torch.from_numpy(rgb[start : start + BATCH]).permute(0, 3, 1, 2).to(self._device)
                features.append(self._network(batch)[0].float().cpu().numpy())
        return numpy.concatenate(features)

    def probabilities(self, features):
        """Returns the probabilities `(count, 1008)` of the classes, without the last layer's bias, as IS has them."""
        logits = features.astype(numpy.float64) @ self._head
        odds = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)


def load(material):
    """Loads the file that the environment names.

    Raises:
        UsageError: it names none, or one that is not there or holds something else.
    """
    import torch_fidelity  # noqa: F401 - its absence is told before that of the weights

    path = os.environ.get(VARIABLE, "")
    if not path:
        raise UsageError(
            f"FID, KID and IS need the weights of the standard Inception network: get {FILE} from torch-fidelity's "
            f"release v0.2.0, and set {VARIABLE} to its path; or measure FD(efficientnet-lite0), which needs no file"
        )
    if not Path(path).is_file():
        raise UsageError(f"{VARIABLE}={path}: no such file")
    return Extract(Path(path))
