"""content/banners.toml: what may stand in it, and what a wrong one is told."""

from pathlib import Path

import pytest

from desk.errors import ConfigError
from parser.mail import Banners
from pipeline.banner_file import load_banners
from pipeline.content_folder import shipped_content


def test_the_own_file_counts_and_without_one_the_shipped_one(tmp_path: Path) -> None:
    assert load_banners(tmp_path) == load_banners(shipped_content())
    assert "[EXTERNAL]" in load_banners(tmp_path).tags
    (tmp_path / "banners.toml").write_text('tags = ["<<OUT>>"]\nbegins = ["from {the|} wild *"]\n')
    assert load_banners(tmp_path) == Banners(tags=("<<OUT>>",), begins=("from {the|} wild *",))
    (tmp_path / "banners.toml").write_text("")
    assert load_banners(tmp_path) == Banners()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('begins = ["{the|a wild"]', "banners.begins 1: '{the|a wild': a brace is not closed, or stands within others"),
        ('goes_on = ["ok", "*"]', "banners.goes_on 2: '*' has no words"),
        ('tags = ["x"]', "banners.tags 1"),
        ('tagz = ["[X]"]', "banners.tagz: unknown key; there are begins, goes_on, leads, mentions, tags"),
        ("begins = 1", "banners.begins"),
        ("begins = [", "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_told_with_its_key_and_the_remedy(tmp_path: Path, wrong: str, told: str) -> None:
    path = tmp_path / "banners.toml"
    path.write_text(wrong)
    with pytest.raises(ConfigError) as caught:
        load_banners(tmp_path)
    assert str(path) in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value).partition("is not valid TOML")[0]
