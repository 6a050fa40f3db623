"""The part `teams` of app.yaml: the example in it can be used, and what cannot work is named before the start."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings as configuration
from bot.documents import Faults
from bot.platforms import Teams

ROOT = Path(__file__).parents[2]
APP, TENANT = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
WAYS = {"password", "certificate", "managed_identity"}


def loaded(folder: Path, teams: dict[str, Any], **more: Any) -> Teams:
    """The part as `kizuki check` reads it; raises `Faults`."""
    path = folder / "app.yaml"
    data = {"organisation": {"name": {"ja": "試験"}}, "platforms": {"teams": teams}, **more}
    path.write_text(yaml.safe_dump(data, allow_unicode=True))
    found = configuration.load(path, {"TEAMS_PASSWORD": "secret"}).platforms.teams
    assert found is not None
    return found


def test_the_example_in_app_yaml_can_be_used(tmp_path: Path) -> None:
    _, _, example = (ROOT / "app.yaml").read_text().partition("  # teams:\n")
    section = yaml.safe_load("\n".join(line.removeprefix("  # ") for line in example.splitlines()))
    assert section.keys() < Teams.model_fields.keys()
    for way in WAYS:
        chosen = {name: value for name, value in section.items() if name == way or name not in WAYS}
        found = loaded(tmp_path, chosen)
        assert found.per_second == 50
        assert not found.targeted


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "exactly one of"),
        ({"password": "x", "managed_identity": True}, "exactly one of"),
        ({"password": "x", "app_id": "kizuki"}, "is not an id"),
        ({"password": "x", "tenants": ["here"]}, "is not an id"),
        ({"password": "x", "local": "https://connector.example/"}, "on this machine"),
        ({"password": "x", "local": "http://127.0.0.1:3978"}, "on this machine"),
        ({"password": "x", "openid": "http://login.example/keys"}, "https"),
        ({"without_auth": True}, "needs local"),
        ({"without_auth": True, "password": "x", "local": "http://127.0.0.1:3978/"}, "exactly one of"),
        ({"password": "x", "per_second": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_work_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Faults) as faults:
        loaded(tmp_path, {"app_id": APP, "tenant": TENANT, **changes})
    assert said in "\n".join(map(str, faults.value.faults))


def test_nobody_from_outside_is_believed_without_proof(tmp_path: Path) -> None:
    unproved = {"app_id": APP, "tenant": TENANT, "without_auth": True, "local": "http://127.0.0.1:3978/"}
    assert loaded(tmp_path, unproved).without_auth
    with pytest.raises(Faults, match=r"without_auth needs server\.host"):
        loaded(tmp_path, unproved, server={"host": "0.0.0.0"})  # noqa: S104 - the fault itself
