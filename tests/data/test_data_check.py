"""`multigan data check`, through the command line's own entry."""

import json

import pytest

from multigan.cli import main


@pytest.fixture
def check(capsys):
    """Runs `multigan data check ...`: (exit code, stdout, stderr)."""

    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(["data", "check", *map(str, words)])
        return caught.value.code, *capsys.readouterr()

    return run


def test_good_data_is_described_on_stdout(check, folder):
    code, out, err = check(folder("a/1.png", "b/2.png"), "-o", "size=8x4", "-o", "channels=1")
    assert (code, err) == (0, "")
    assert "2 of 2 images can be used" in out
    assert "8 x 4 x 1 (height x width x channels)" in out
    assert "in colour, made grey (channels=1): all 2" in out
    assert "2 (a, b)" in out
    assert "read from memory" in out


def test_bad_files_within_the_bound_are_listed(check, folder):
    code, out, err = check(folder("1.png", **{"2.png": b""}), "-o", "skip_bad=0.5")
    assert (code, err) == (0, "")
    assert "1 of 2 images can be used" in out
    assert "2.png: 0 bytes" in out


def test_too_many_bad_files_are_all_listed_and_exit_2(check, folder):
    code, out, err = check(folder("0.png", **{f"{i}.png": b"" for i in range(1, 6)}))
    assert code == 2
    assert all(f"{i}.png: 0 bytes" in out for i in range(1, 6))
    assert err.startswith("multigan: error: ")
    assert "5 of 6 images (83.3%) cannot be read" in err


def test_a_long_list_is_cut_for_people_and_whole_as_json(check, folder):
    place = folder("0.png", **{f"{i}.png": b"" for i in range(1, 31)})
    _, out, _ = check(place)
    assert "and 10 more; --json lists all" in out
    code, out, _ = check(place, "--json")
    facts = json.loads(out)
    assert (code, facts["ok"], facts["found"], facts["used"], len(facts["skipped"])) == (2, False, 31, 1, 30)
    assert facts["skipped"][0] == {"name": "1.png", "reason": "0 bytes"}


def test_json_of_good_data(check, folder):
    code, out, err = check(folder("a/1.png", "b/2.png"), "--json")
    facts = json.loads(out)
    assert (code, err) == (0, "")
    assert (facts["ok"], facts["error"], facts["shape"], facts["classes"]) == (True, None, [8, 8, 3], ["a", "b"])
    assert len(facts["fingerprint"]) == 64


def test_json_of_what_is_not_there(check):
    code, out, err = check("digit", "--json")
    assert (code, json.loads(out)["ok"]) == (2, False)
    assert "did you mean digits?" in json.loads(out)["error"]
    assert "did you mean digits?" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["digits", "-o", "sise=8"], "did you mean size?"),
        (["digits", "-o", "size"], "KEY=VALUE"),
        (["digits", "--modality", "smells"], "smells"),
        ([], "PATH_OR_NAME"),
    ],
)
def test_wrong_requests_exit_2_with_one_line(words, message, check):
    code, out, err = check(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_the_name_of_a_class_is_listed_by_its_beginning_however_long(check, folder, tmp_path):
    place = folder("1.png", "2.png")
    (tmp_path / "l.csv").write_text(f"1.png,{'x' * 5000}\n2.png,b\n")
    code, out, _ = check(place, "-o", f"labels={tmp_path / 'l.csv'}")
    assert code == 0
    assert f"2 (b, {'x' * 40}... (5,000 characters))" in out
    assert len(out) < 2000
    assert "x" * 5000 in check(place, "-o", f"labels={tmp_path / 'l.csv'}", "--json")[1]


def test_an_option_of_other_data_says_which_they_are(check, folder):
    code, _, err = check(folder("a.png"), "-o", "grid=4x8")
    assert code == 2
    assert "the data look like images, which have no such option; if they are clips, add --modality clips" in err
    code, _, err = check(folder("a.png"), "--modality", "clips", "-o", "grid=5x7")
    assert code == 2
    assert "does not divide into grid=5x7" in err
    assert "other recipes" not in err
