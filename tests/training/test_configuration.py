"""Where a value comes from, and what is refused."""

import dataclasses

import pytest
from small import facts_of

from multigan.errors import UsageError
from multigan.field import Field
from multigan.recipe import DataInfo, Option, Recipe
from multigan.runs import RunDirectory
from multigan.training.configuration import read_config, resolve
from multigan.training.exactness import check_identity, identity

RECIPE = Recipe(
    name="r", summary="s", modality="images", game="g:G", data="digits", steps=700, batch_size=32,
    options={
        "width": Option(default=64, minimum=1, help="w"),
        "loss": Option(default="a", choices=("a", "b"), help="l"),
    },
)  # fmt: skip


def settle(flags=None, options=None, environ=None, config=None, recipe=RECIPE, **more):
    return resolve(
        "r", recipe, flags=flags or {}, options=options or {}, environ=environ or {}, config=config or {},
        datasets={"digits": None}, **more,
    )  # fmt: skip


def value(setting):
    return setting.value, setting.origin


def test_a_flag_wins_over_the_environment_over_the_file_over_the_recipe_over_the_default():
    flag, environment, file = {"steps": 1}, {"MULTIGAN_STEPS": "2"}, {"steps": 3}
    assert value(settle(flag, environ=environment, config=file).settings["steps"]) == (1, "flag")
    assert value(settle(environ=environment, config=file).settings["steps"]) == (2, "environment")
    assert value(settle(config=file).settings["steps"]) == (3, "config")
    assert value(settle().settings["steps"]) == (700, "recipe")
    assert value(settle().settings["seed"]) == (0, "default")


def test_a_recipe_may_say_how_often_a_line_is_logged():
    assert value(settle().settings["log_every"]) == (50, "default")
    assert value(settle(recipe=dataclasses.replace(RECIPE, log_every=5)).settings["log_every"]) == (5, "recipe")


def test_options_have_the_same_precedence():
    flag, environment, file = {"width": "1"}, {"MULTIGAN_OPTION_WIDTH": "2"}, {"options": {"width": 3}}
    assert value(settle(options=flag, environ=environment, config=file).options["width"]) == (1, "flag")
    assert value(settle(environ=environment, config=file).options["width"]) == (2, "environment")
    assert value(settle(config=file).options["width"]) == (3, "config")
    assert value(settle().options["width"]) == (64, "default")


def test_a_recipe_may_have_other_defaults_for_options_of_the_data():
    paired = dataclasses.replace(RECIPE, data_options={"pairs": "names", "flip": True})
    assert value(settle(recipe=paired).options["pairs"]) == ("names", "recipe")
    assert value(settle(recipe=paired).options["flip"]) == (True, "recipe")
    assert value(settle(options={"pairs": "sides"}, recipe=paired).options["pairs"]) == ("sides", "flag")
    assert value(settle(config={"options": {"flip": False}}, recipe=paired).options["flip"]) == (False, "config")
    assert settle(recipe=paired).data_options()["pairs"] == "names"


def test_an_unset_flag_is_no_value():
    assert value(settle({"steps": None}).settings["steps"]) == (700, "recipe")


def test_keras_own_variable_chooses_the_backend_below_ours():
    assert value(settle(environ={"KERAS_BACKEND": "jax"}).settings["backend"]) == ("jax", "environment")
    both = {"KERAS_BACKEND": "jax", "MULTIGAN_BACKEND": "torch"}
    assert settle(environ=both)["backend"] == "torch"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"options": {"widht": "3"}}, r"no widht; did you mean width\?"),
        ({"options": {"width": "0"}}, "at least 1"),
        ({"options": {"width": "wide"}}, "expected a whole number"),
        ({"options": {"loss": "c"}}, "not one of a, b"),
        ({"config": {"stesp": 3}}, r"config file has no stesp; did you mean steps\?"),
        ({"config": {"options": {"widht": 3}}}, r"did you mean width\?"),
        ({"config": {"steps": 2.5}}, "expected a whole number"),
        ({"environ": {"MULTIGAN_STESP": "3"}}, r"MULTIGAN_STESP is unknown; did you mean MULTIGAN_STEPS\?"),
        ({"environ": {"MULTIGAN_STEPS": "many"}}, "expected a whole number"),
        ({"flags": {"seed": 2**40}}, "at most"),
    ],
)
def test_unknown_keys_and_wrong_values_are_named(arguments, message):
    with pytest.raises(UsageError, match=message):
        settle(**arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"flags": {"steps": 0}}, "--steps=0: must be at least 1"),
        ({"flags": {"keep_checkpoints": 0}}, "--keep-checkpoints=0: must be at least 1"),
        ({"options": {"loss": "c"}}, "option loss=c: not one of a, b"),
        (
            {"environ": {"KERAS_BACKEND": "theano"}},
            "environment variable KERAS_BACKEND=theano: not one of tensorflow, jax, torch",
        ),
        (
            {"environ": {"KERAS_BACKEND": "jax", "MULTIGAN_BACKEND": "jaxx"}},
            "environment variable MULTIGAN_BACKEND=jaxx: not one of tensorflow, jax, torch; did you mean jax?",
        ),
        ({"environ": {"MULTIGAN_OPTION_LOSS": "c"}}, "environment variable MULTIGAN_OPTION_LOSS=c: not one of a, b"),
        ({"config": {"device": "quantum"}}, "config file: device=quantum: not one of cpu, gpu"),
        ({"config": {"device": "quantum"}, "config_file": "my.toml"}, "my.toml: device=quantum: not one of cpu, gpu"),
        ({"config": {"options": {"loss": 3}}, "config_file": "my.toml"}, "my.toml: loss=3: not one of a, b"),
        ({"config": {"jit": 3}}, "config file: jit=3: not one of auto, on, off"),
        ({"config": {"steps": True}}, "config file: steps=true: expected a whole number"),
        ({"config": {"options": {"loss": False}}}, "config file: loss=false: not one of a, b"),
        (
            {"config": {"options": 3}, "config_file": "my.toml"},
            "my.toml: options is no table; write them below a line [options]",
        ),
    ],
)
def test_a_refused_value_is_named_as_whoever_gave_it_calls_it(arguments, said):
    with pytest.raises(UsageError) as refused:
        settle(**arguments)
    assert str(refused.value) == said


def test_on_and_off_may_be_said_as_toml_and_shells_say_them():
    for said, meant in ((True, "on"), (False, "off"), ("on", "on"), ("auto", "auto")):
        assert value(settle(config={"jit": said}).settings["jit"]) == (meant, "config")
    for said, meant in (("1", "on"), ("0", "off"), ("true", "on"), ("No", "off"), ("off", "off")):
        assert value(settle(environ={"MULTIGAN_JIT": said}).settings["jit"]) == (meant, "environment")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Plugin = "dcgan"', r"my\.toml has no Plugin; did you mean plugin\?"),
        ("STEPS = 3", r"my\.toml has no STEPS; did you mean steps\?"),
        ("[Options]\nwidth = 3", r"my\.toml: Options is a table; did you mean options\?; a config file has"),
    ],
)
def test_a_key_in_another_case_is_told_before_anything_is_missed(tmp_path, text, said):
    (tmp_path / "my.toml").write_text(text)
    with pytest.raises(UsageError, match=said):
        read_config(tmp_path / "my.toml")


def test_an_empty_choice_is_never_offered():
    option = Option(default="", choices=("", "color", "color,cutout"), help="h")
    with pytest.raises(UsageError) as refused:
        option.parse("augment", "colour")
    assert str(refused.value) == 'option augment=colour: not one of color, "color,cutout"; did you mean color?'
    assert option.parse("augment", "") == ""


def test_data_that_is_a_file_is_kept_absolute_and_a_data_sets_name_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "digits").mkdir()
    assert settle({"data": "pictures"})["data"] == str(tmp_path / "pictures")
    assert settle({"data": "digits"})["data"] == "digits"


def test_a_config_file_that_is_absent_or_no_toml_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"gone\.toml"):
        read_config(tmp_path / "gone.toml")
    (tmp_path / "bad.toml").write_bytes("steps = 3".encode("utf-16"))
    with pytest.raises(UsageError, match=r"bad\.toml: not a TOML file: save it as UTF-8"):
        read_config(tmp_path / "bad.toml")
    (tmp_path / "bad.toml").write_text("steps = = 3")
    with pytest.raises(UsageError, match=r"bad\.toml: not a TOML file"):
        read_config(tmp_path / "bad.toml")


def test_a_config_file_may_begin_with_the_mark_that_editors_on_windows_put_there(tmp_path):
    (tmp_path / "my.toml").write_bytes(b"\xef\xbb\xbfsteps = 3\n[options]\nwidth = 2\n")
    assert read_config(tmp_path / "my.toml") == {"steps": 3, "options": {"width": 2}}
    RunDirectory(tmp_path).write_facts(facts_of())
    whole, path = RunDirectory(tmp_path).facts(), tmp_path / "run.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert RunDirectory(tmp_path).facts() == whole


def test_a_runs_record_and_other_tables_are_no_config_file(tmp_path):
    RunDirectory(tmp_path).write_facts(facts_of())
    with pytest.raises(UsageError) as caught:
        read_config(tmp_path / "run.toml")
    told = str(caught.value)
    assert told.startswith(f"{tmp_path}/run.toml: the record of a run, and no config file; go on with that run: ")
    assert f"multigan run --resume {tmp_path}; a config file has settings" in told
    (tmp_path / "my.toml").write_text('[data]\nname = "digits"\n')
    with pytest.raises(UsageError, match=r"my\.toml: data is a table; a config file has settings, such as"):
        read_config(tmp_path / "my.toml")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("FOO", "unset it"),
        ("HOME", "unset it"),
        ("DEBUG", "unset it"),
        ("RUN_DIR", "unset it"),
        ("OPTION_FOO", "unset it"),
        ("STEP", "did you mean MULTIGAN_STEPS?"),
        ("OPTION_STEPS", "did you mean MULTIGAN_STEPS?"),
        ("WIDTH", "did you mean MULTIGAN_OPTION_WIDTH?"),
        ("OPTION_WITDH", "did you mean MULTIGAN_OPTION_WIDTH?"),
        ("BATCHSIZE", "did you mean MULTIGAN_BATCH_SIZE?"),
    ],
)
def test_only_a_variable_of_a_near_name_is_suggested(name, said):
    with pytest.raises(UsageError) as caught:
        settle(environ={f"MULTIGAN_{name}": "3"})
    assert str(caught.value) == f"environment variable MULTIGAN_{name} is unknown; {said}"


FOLLOWING = dataclasses.replace(
    RECIPE,
    options={
        "schedule": Option(default="", help="s", check="multigan.schedule:check_schedules"),
        "ema": Option(default=0.0, follows=True, minimum=0, maximum=0.99, help="e"),
        "latent_dim": Option(default=8, minimum=1, help="l"),
    },
)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("em linear to 0", "schedule: em does not follow a run; did you mean ema?; what does: ema"),
        ("latent_dim linear to 3", "latent_dim does not follow a run"),
        ("ema linear to 1.5", "schedule: the end of ema=1.5: must be at most 0.99"),
        ("ema linear to 0 from 80% until 20%", "it ends before it begins"),
        ("ema", "expected NAME linear|cosine to VALUE"),
        ("ema linear to 0; ema linear to 0.5", "ema has two schedules"),
    ],
)
def test_a_value_that_its_option_cannot_have_is_refused_before_anything_is_read(schedule, message):
    with pytest.raises(UsageError) as caught:
        settle(options={"schedule": schedule}, recipe=FOLLOWING)
    assert message in str(caught.value)


def test_a_value_that_its_option_checks_is_taken():
    settled = settle(config={"options": {"schedule": "ema linear to 0.9 until 50%"}}, recipe=FOLLOWING)
    assert value(settled.options["schedule"]) == ("ema linear to 0.9 until 50%", "config")


def test_only_numbers_follow_a_run():
    with pytest.raises(ValueError, match="follows a run is a number with a fraction, not 3"):
        Option(default=3, follows=True, help="w")


def test_a_field_that_an_older_version_kept_is_the_same_field(tmp_path):
    data = DataInfo(name="a", shape=(8, 8, 3), beside=(Field(name="source", kind="picture", shape=(8, 8, 1)),))
    now = identity(RECIPE, {}, {}, data)
    (field,) = now["data beside"]
    older = {key: value for key, value in field.items() if key not in ("usual", "within", "colours")}
    check_identity(tmp_path, {**now, "data beside": [older]}, now)
    check_identity(tmp_path, now, {**now, "data beside": [older]})
    for change in ({"kind": "mask"}, {"colours": ["#000000"]}, {"made": "grey"}):
        with pytest.raises(UsageError, match="damaged or changed by hand: it tells data beside"):
            check_identity(tmp_path, {**now, "data beside": [{**older, **change}]}, now)
    with pytest.raises(UsageError, match="damaged or changed by hand"):
        check_identity(tmp_path, {**now, "data beside": []}, now)
