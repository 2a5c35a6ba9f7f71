import pytest

from listenlive.config import Measuring, Settings, from_mapping, load
from listenlive.errors import ConfigError


def test_an_unknown_setting_fails_with_the_nearest_name(tmp_path):
    path = tmp_path / "talk.toml"
    path.write_text("[measuring]\nturn_gep = 1.5\n")
    with pytest.raises(
        ConfigError, match=r"talk.toml \[measuring\]: unknown setting 'turn_gep'; did"
    ):
        load(path)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"measurng": {}}, "unknown section 'measurng'; did you mean 'measuring'"),
        ({"measuring": 3}, "must be a section"),
        ({"measuring": {"turn_gap": "2"}}, "must be of type float"),
        ({"measuring": {"turn_gap": -1.0}}, "out of range; allowed: 0.0 to 3600.0 s"),
        ({"speakers": {"count": True}}, "must be of type int"),
        ({"speakers": {"channels": "both"}}, "allowed: auto, split, mix"),
        ({"transcription": {"language": "klingon"}}, "'klingon' is not known; allowed: auto, af, "),
        (
            {"segmentation": {"onset": 0.2}},
            "segmentation.offset = 0.35 is out of range",
        ),
    ],
)
def test_what_does_not_fit_is_named(values, message):
    with pytest.raises(ConfigError, match=message):
        from_mapping(values, where="settings")


def test_values_go_over_the_base_and_leave_the_rest():
    base = from_mapping({"measuring": {"turn_gap": 1}}, where="file")
    both = from_mapping({"measuring": {"lapse": 4.0}}, base=base, where="flags")
    assert both.measuring == Measuring(turn_gap=1.0, lapse=4.0)
    assert both.speakers == Settings().speakers


@pytest.mark.parametrize("text", ["[measuring", "\xff"])
def test_an_unreadable_file_says_which(tmp_path, text):
    path = tmp_path / "bad.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"cannot read the settings in .*bad\.toml"):
        load(path)
    with pytest.raises(ConfigError, match="no settings file"):
        load(tmp_path / "none.toml")


def test_settings_survive_as_a_mapping():
    settings = from_mapping({"speakers": {"me": "right"}}, where="flags")
    assert from_mapping(settings.as_dict(), where="session") == settings
