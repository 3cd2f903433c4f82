"""What the codes of a run came to stand for, held against labels that the training never saw.

python measure.py runs/infogan-1
"""

import sys

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.svm import SVC

import multigan
from multigan.testing import Contract

COUNT = 100  # samples for each value of a code


def main(path):
    """Prints how well the categories match the data's classes, both ways, and what each continuous code moves."""
    run = multigan.open(path, quiet=True)
    source = Contract("infogan", options=run.options).source
    data = source.batch(np.arange(len(source)))
    images, labels, classes = data["image"], data["label"], len(source.classes)
    categories, codes = run.options["categories"], run.options["codes"]

    # Real images, as the discriminator reads them: the paper's section 7.2 has 5 % error so, on MNIST.
    parts = np.array_split(images, len(images) // 100)
    read = np.concatenate([np.argmax(run.game.discriminator(part, training=False)[1], axis=1) for part in parts])
    print(f"real images, category read off: {matched(read, labels, categories, classes):.3f} right")
    drawn = np.random.default_rng(0).integers(categories, size=len(labels))
    print(f"real images, category by chance: {matched(drawn, labels, categories, classes):.3f} right")

    # Made images, as a classifier of real ones sees them.
    judge = SVC().fit(images.reshape(len(images), -1), labels)
    asked = np.repeat(np.arange(categories), COUNT)
    made = run.sample(len(asked), seed=1, category=[str(number) for number in asked])
    seen = judge.predict(made.reshape(len(made), -1))
    print(f"made images, as a classifier sees them: {matched(asked, seen, categories, classes):.3f} right")
    for category in range(categories):
        counts = np.bincount(seen[asked == category], minlength=classes)
        print(f"  category {category}: {' '.join(f'{count:3d}' for count in counts)}")

    # The same noise and categories, from one end of each continuous code to the other.
    for number in range(codes):
        ends = []
        for end in (-1.0, 0.0, 1.0):
            code = np.zeros(codes, "float32")
            code[number] = end
            ends.append(figures(run.sample(COUNT, seed=2, code=code)))
        told = ", ".join(f"{name} {' -> '.join(f'{end[name]:+.3f}' for end in ends)}" for name in ends[0])
        print(f"code {number} from -1 to 1: {told}")


def matched(given, seen, categories, classes):
    """Returns the share that is right where each category stands for one class, in the best way that there is."""
    table = np.zeros((categories, classes))
    np.add.at(table, (given, seen), 1)
    return table[linear_sum_assignment(-table)].sum() / len(given)


def figures(images):
    """Returns means over images `(count, height, width, channels)` in [-1, 1]: ink, slant and width."""
    ink = (images.mean(axis=-1) + 1) / 2
    rows, columns = np.mgrid[: ink.shape[1], : ink.shape[2]]
    mass = ink.sum(axis=(1, 2))
    y, x = ((ink * places).sum(axis=(1, 2)) / mass for places in (rows, columns))
    across, down = columns - x[:, None, None], rows - y[:, None, None]
    xx, xy, yy = ((ink * moment).sum(axis=(1, 2)) / mass for moment in (across**2, across * down, down**2))
    return {"ink": ink.mean(), "slant": (-xy / yy).mean(), "width": np.sqrt(xx).mean()}


if __name__ == "__main__":
    main(sys.argv[1])
