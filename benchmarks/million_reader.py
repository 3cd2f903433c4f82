"""One process of benchmarks/million.py: opens a folder, reads batches, and prints what it cost as JSON."""

import json
import os
import resource
import sys
import time
from pathlib import Path

BATCH, FURTHER, SIZE = 64, 200, 16


def main():
    """Measures the contender that the command line names."""
    place, name = sys.argv[1:3]
    opened = peer(place, int(name.removeprefix("torch-"))) if name.startswith("torch-") else ours(place)
    before, descriptors = pss(), open_files()
    begun, spent = time.perf_counter(), processor()
    data = opened()
    facts = {"open": time.perf_counter() - begun, "open, processor": processor() - spent}
    stream = iter(data["batches"]())
    first = next(stream)
    facts["first batch"] = time.perf_counter() - begun
    facts["first batch, processor"] = processor() - spent
    facts["peak MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    assert first.shape[0] == BATCH
    begun, spent = time.perf_counter(), processor()
    for _ in range(FURTHER):
        next(stream)
    facts["images a second"] = BATCH * FURTHER / (time.perf_counter() - begun)
    facts["images a processor second"] = BATCH * FURTHER / (processor() - spent)
    facts["MiB"] = pss() - before
    facts["MiB with imports"] = facts["MiB"] + before
    time.sleep(0.5)  # batches are made ahead until a few are ready
    facts["descriptors"] = open_files() - descriptors
    begun = time.perf_counter()
    data["order"]()
    facts["order"] = time.perf_counter() - begun
    print(json.dumps(facts))


def ours(place):
    """multigan: returns what opens the folder."""
    import multigan.modalities.images.reading.source  # noqa: F401
    from multigan.data import batches, open_source
    from multigan.data.pipeline import _Order

    def opened():
        source = open_source(place, "images", {"size": str(SIZE)}, {})
        return {
            "batches": lambda: (batch["image"] for batch in batches(source, BATCH, seed=0)),
            "order": lambda: _Order(len(source), BATCH, seed=1)[0],
        }

    return opened


def peer(place, workers):
    """What torchvision's ImageFolder and a DataLoader do, written plainly: returns what opens the folder."""
    import numpy as np
    import torch
    from PIL import Image

    suffixes = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")

    class ImageFolder(torch.utils.data.Dataset):
        def __init__(self, root):
            classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
            self.samples = []
            for number, name in enumerate(classes):
                for folder, _, files in sorted(os.walk(os.path.join(root, name), followlinks=True)):
                    for file in sorted(files):
                        path = os.path.join(folder, file)
                        if path.lower().endswith(suffixes):
                            self.samples.append((path, number))

        def __len__(self):
            return len(self.samples)

        def __getitem__(self, index):
            path, label = self.samples[index]
            with open(path, "rb") as file:
                image = Image.open(file).convert("RGB")
            scale = SIZE / min(image.size)
            if scale != 1:
                image = image.resize((round(image.width * scale), round(image.height * scale)), Image.BILINEAR)
            left, top = (image.width - SIZE) // 2, (image.height - SIZE) // 2
            if image.size != (SIZE, SIZE):
                image = image.crop((left, top, left + SIZE, top + SIZE))
            pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()
            return pixels.to(torch.float32).div(255).sub_(0.5).div_(0.5), label

    def opened():
        data = ImageFolder(place)
        loader = torch.utils.data.DataLoader(data, BATCH, shuffle=True, num_workers=workers)
        return {
            "batches": lambda: (images for images, _ in loader),
            "order": lambda: next(iter(torch.utils.data.RandomSampler(data))),
        }

    return opened


def processor():
    """Seconds of processor time that the process and its children took."""
    total = time.process_time()
    for number in family()[1:]:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def family():
    """The process's own number and those of its children."""
    own = str(os.getpid())
    found = [own]
    for task in Path("/proc/self/task").iterdir():
        found += (task / "children").read_text().split()
    return found


def pss():
    """Proportional set size of the process and its children in MiB."""
    total = 0
    for number in family():
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def open_files():
    """How many descriptors the process and its children have open."""
    return sum(len(os.listdir(f"/proc/{number}/fd")) for number in family())


if __name__ == "__main__":
    main()
