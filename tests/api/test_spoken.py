"""A program's errors name its arguments, and the command line's name flags."""

import pytest

import multigan
from multigan.api.spoken import of_arguments
from multigan.testing import call

NAMED = {"-n": "count", "--label": "label", "--input": "pictures", "--overwrite": "overwrite", "--backend": "backend"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("--label fox: no such class (cat, dog)", "label=fox: no such class (cat, dog)"),
        ("--label red fox; give one of cat, dog", "label=red fox; give one of cat, dog"),
        ("-n 2: fewer samples than 4; ask for at least 4", "count=2: fewer samples than 4; ask for at least 4"),
        ("it keeps to one class; give one --label", "it keeps to one class; give one label"),
        ("pictures would be replaced; add --overwrite", "pictures would be replaced; add overwrite=True"),
        ("add --backend tensorflow (runs load)", "add backend=tensorflow (runs load)"),
        ("give pictures: --input FILE, or leave it out", "give pictures: pictures=FILE, or leave it out"),
        ("it takes no --input (asked by: --ask code=NUMBERS)", "it takes no pictures (asked by: code=NUMBERS)"),
        (
            "see multigan sample RUN --label cat -n 4; or --label",
            "see multigan sample RUN --label cat -n 4; or label",
        ),
        ("--labels x: another flag", "--labels x: another flag"),
        ("a--label-b stays", "a--label-b stays"),
        ("--recover 3 is no argument here", "--recover 3 is no argument here"),
    ],
)  # fmt: skip
def test_flags_become_arguments(said, told):
    assert of_arguments(said, NAMED, {"overwrite"}) == told


def test_a_class_that_is_none_is_told_in_the_words_of_whoever_asks(run, paths, tmp_path):
    with pytest.raises(multigan.UsageError) as caught:
        run("cgan").sample(4, label="fox")
    assert str(caught.value).startswith("label=fox: ")
    assert "--" not in str(caught.value)
    _, err = call("sample", paths("cgan"), "--label", "fox", "--out", tmp_path / "out", code=2)
    assert "multigan: error: --label fox: " in err


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (lambda run: run.sample(4, direction="b2a"), "direction=b2a: this run goes one way only; leave it out"),
        (lambda run: run.sample(2, interpolate=4), "interpolate: points have no order to be looked at"),
        (lambda run: run.sample(2, temperature=0.5), "temperature"),
        (lambda run: run.write_samples("out", tile=64), "tile: for samples that are made of files"),
        (lambda run: run.write_samples("out", compare=""), "compare: for samples that are made of files"),
        (lambda run: run.evaluate(curve=True), "curve=True: for texts, and the recipe makes points"),
        (lambda run: multigan.open(run.path, checkpoint="old", quiet=True).game, "checkpoint=old: expected"),
    ],
)  # fmt: skip
def test_no_error_of_a_call_names_a_flag(action, told, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(multigan.UsageError) as caught:
        action(run("cgan"))
    assert str(caught.value).startswith(told)
    assert " --" not in str(caught.value)
