"""What the keys of surveys are made of: kept apart from the database, made once, the same after every start."""

import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters import pulse_key
from adapters.app import build, check
from bot.documents import Faults
from bot.settings import Settings
from bot.turn import House

KEY = "0123456789abcdef0123456789abcdef"


def _settings(database: str, **pulse: object) -> Settings:
    return Settings.model_validate({"organisation": {"name": {"ja": "都"}}, "database": database, "pulse": pulse})


def test_beside_an_sqlite_database_it_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    config = _settings(f"sqlite:///{tmp_path}/var/kizuki.db")
    key = pulse_key.kept(config)
    file = tmp_path / "var" / "kizuki.db.key"
    assert file.read_bytes() == key
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert pulse_key.kept(config) == key
    assert [f.name for f in file.parent.iterdir()] == ["kizuki.db.key"], "no draft is left"
    assert pulse_key.kept(_settings(f"sqlite:///{tmp_path}/other.db")) != key


def test_many_that_start_at_once_find_one_key(tmp_path: Path) -> None:
    config = _settings(f"sqlite:///{tmp_path}/kizuki.db")
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: pulse_key.kept(config), range(64)))
    assert len(found) == 1
    assert found == {pulse_key.path(config).read_bytes()}


def test_a_key_of_app_yaml_needs_no_file(tmp_path: Path) -> None:
    config = _settings(f"sqlite:///{tmp_path}/kizuki.db", key=KEY)
    assert pulse_key.kept(config) == KEY.encode()
    assert not pulse_key.path(config).exists()
    assert KEY not in repr(config)


def test_a_short_key_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        _settings("sqlite:///x.db", key="short-secret")
    assert "32" in str(refused.value)


def test_replicas_share_no_file() -> None:
    assert pulse_key.kept(_settings("postgresql://u@h/d")) == b""
    assert pulse_key.kept(_settings("postgresql://u@h/d", key=KEY)) == KEY.encode()


@pytest.mark.parametrize(("key", "faults"), [("", 1), (f"key: {KEY}", 0)])
def test_planned_surveys_on_postgresql_need_a_key(tmp_path: Path, key: str, faults: int) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(
        "organisation: {name: {ja: 都, en: City}}\ndatabase: postgresql://u@h/d\n"
        f"pulse:\n  surveys: {{weekly: {{set: weekly}}}}\n  {key}\n"
    )
    told = ""
    try:
        check(file)
    except Faults as found:
        told = str(found)
    assert told.count("surveys on PostgreSQL need pulse.key") == faults
    assert KEY not in told


async def test_the_running_bot_has_it_and_keeps_it_when_content_is_read_anew(
    house: House, tmp_path: Path, migrated_file: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "kizuki.db")
    config = house.settings.model_copy(update={"database": f"sqlite:///{tmp_path}/kizuki.db"})
    application = build(replace(house, settings=config, pulse_key=b""))
    try:
        key = (tmp_path / "kizuki.db.key").read_bytes()
        assert application.bot.house.pulse_key == key
        (tmp_path / "app.yaml").write_text("organisation: {name: {ja: 都, en: City}}\n")
        before = application.bot.house
        await application.reload(tmp_path / "app.yaml")
        assert application.bot.house is not before, "it was read anew"
        assert application.bot.house.pulse_key == key
        assert repr(key) not in repr(application.bot.house)
    finally:
        application.database.close()
