"""What a notebook shows of a run."""

import base64
import json
import re

import tomli_w

import multigan
from multigan.api.notebook import LARGEST, shown
from multigan.runlog import read_run

PIXEL = b"\x89PNG\r\n\x1a\n"


def a_run(place, recipe="dcgan", **samples):
    """A run directory as far as it can be looked at."""
    (place / "samples").mkdir(parents=True)
    settings = {"steps": {"value": 2000, "origin": "flag"}}
    (place / "run.toml").write_bytes(tomli_w.dumps({"recipe": recipe, "settings": settings}).encode())
    (place / "log.jsonl").write_text(json.dumps({"kind": "log", "step": 1500, "losses": {}, "health": {}}) + "\n")
    for name, content in samples.items():
        (place / "samples" / name.replace("__", ".").replace("_", "-")).write_bytes(content)
    return shown(read_run(place))


def test_the_newest_preview_is_in_the_page(run):
    page = run("dcgan")._repr_html_()
    assert "dcgan, step 4 of 4, on digits, done" in page
    (data,) = re.findall(r'<img src="data:image/png;base64,([^"]+)"', page)
    assert base64.b64decode(data) == (run("dcgan").path / "samples" / "step-00000004.png").read_bytes()


def test_a_run_without_samples_says_so(tmp_path):
    assert "step 1,500 of 2,000" in a_run(tmp_path / "run")
    assert "No samples yet." in shown(read_run(tmp_path / "run"))


def test_what_stands_beside_the_preview_can_be_heard(tmp_path):
    page = a_run(tmp_path / "run", step_00000100__png=PIXEL, step_00000100__wav=b"RIFF")
    assert page.index("<img ") < page.index("<audio controls ")
    assert f"base64,{base64.b64encode(b'RIFF').decode()}" in page


def test_texts_are_no_markup(tmp_path):
    page = a_run(tmp_path / "run", "<b>", step_00000100__txt=b"<script>alert(1)</script>\n" * 50)
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("&lt;script&gt;") == 20


def test_a_large_file_is_named(tmp_path):
    page = a_run(tmp_path / "run", step_00000100__png=PIXEL + bytes(LARGEST))
    assert "samples/step-00000100.png" in page
    assert "base64" not in page


def test_a_damaged_run_is_shown_as_far_as_it_can_be_read(tmp_path):
    a_run(tmp_path / "run")
    (tmp_path / "run" / "log.jsonl").write_text("{")
    assert "dcgan, step 0 of 2,000" in multigan.SavedRun(tmp_path / "run")._repr_html_()
