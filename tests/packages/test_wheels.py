"""A user's environment: wheels alone, without the checkout."""

import json
from pathlib import Path

import pytest
from installed import PACKAGES, ROOT

import multigan

SMALL = ("-o", "size=8", "-o", "width=4", "--batch-size", "8", "--quiet")


@pytest.fixture(scope="module")
def users(environment, built):
    """An environment with all packages."""
    made = environment()
    made.install(*(built(folder).wheel for folder in PACKAGES))
    return made


def test_multigan_is_the_wheels(users, tmp_path):
    assert users.run("multigan", "--version", cwd=tmp_path)[0].split()[-1] == multigan.__version__
    program = "import multigan, multigan_dcgan; print(multigan.__file__, multigan_dcgan.__file__, sep='\\n')"
    places = users.run("python", "-c", program, cwd=tmp_path)[0].split()
    assert [Path(place).is_relative_to(users.path) for place in places] == [True, True]


def test_every_plugin_is_found_and_in_order(users, tmp_path):
    out, err = users.run("multigan", "plugins", "--json", cwd=tmp_path)
    found = {info["package"]: (info["status"], info["version"]) for info in json.loads(out)}
    assert found == {folder.name: ("ok", multigan.__version__) for folder in PACKAGES if folder != ROOT}
    assert err == ""


def test_a_run_of_three_steps_leaves_a_report_and_samples(users, tmp_path):
    users.run(
        "multigan", "--no-plugin", "tensorboard", "--no-plugin", "mlflow",
        "run", "--plugin", "dcgan", "--steps", 3, "--run-dir", "run", *SMALL, cwd=tmp_path,
    )  # fmt: skip
    assert "<html" in (tmp_path / "run" / "report.html").read_text()
    assert (tmp_path / "run" / "samples" / "step-00000003.png").is_file()
    assert (tmp_path / "run" / "checkpoints" / "step-00000003" / "variables.npz").is_file()


def test_a_new_plugin_is_written_from_the_templates_in_the_wheel(users, tmp_path):
    users.run("multigan", "new", "mine", cwd=tmp_path)
    assert (tmp_path / "multigan-mine" / ".github" / "workflows" / "tests.yml").is_file()
