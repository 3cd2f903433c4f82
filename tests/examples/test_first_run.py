"""The notebook does what it says, from its first cell to its last, and is kept without what it made."""

import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="not installed: uv run --group notebook pytest")
nbclient = pytest.importorskip("nbclient", reason="not installed: uv run --group notebook pytest")
pytest.importorskip("ipykernel", reason="not installed: uv run --group notebook pytest")

pytestmark = pytest.mark.extra

NOTEBOOK = Path(__file__).parents[2] / "examples" / "first-run.ipynb"


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """The code cells after they ran in a folder of their own."""
    place, notebook = tmp_path_factory.mktemp("notebook"), nbformat.read(NOTEBOOK, 4)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MULTIGAN_")]:
            patch.delenv(name)
        # What a reader's settings would change.
        patch.setenv("IPYTHONDIR", str(place / "ipython"))
        patch.setenv("JUPYTER_CONFIG_DIR", str(place / "jupyter"))
        where = {"metadata": {"path": str(place)}}
        nbclient.NotebookClient(notebook, timeout=900, kernel_name="python3", resources=where).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell, kind):
    return [output.data[kind] for output in cell.outputs if kind in output.get("data", {})]


def said(cell):
    """What is printed; lines of progress are shown."""
    return "".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def test_it_is_kept_without_outputs():
    notebook = nbformat.read(NOTEBOOK, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)


def test_training_shows_progress_and_a_run_its_preview(cells):
    train, look = cells[1:3]
    assert all(f"step {step}/60 " in said(train) for step in (20, 40, 60))
    assert "dcgan-1 done (16, 16, 1)" in said(look)
    (page,) = shown(look, "text/html")
    assert "data:image/png;base64," in page
    assert "step 60 of 60" in page


def test_samples_are_pictures_and_change_as_the_run_goes_on(cells):
    first, after = cells[3:5]
    assert "90 {" in said(after)
    assert len(shown(first, "image/png")) == len(shown(after, "image/png")) == 1
    assert shown(first, "image/png") != shown(after, "image/png")


def test_a_grey_picture_is_translated(cells):
    colour, translated = cells[5:7]
    assert "data:image/png;base64," in shown(colour, "text/html")[-1]
    assert len(shown(translated, "image/png")) == 1
