"""What the image and compose.yaml promise, as far as it can be seen without an engine."""

import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings
from tests.commands import kizuki

ROOT = Path(__file__).parents[2]
SECRETS = {
    "POSTGRES_PASSWORD": "a" * 64,
    "KIZUKI_PULSE_KEY": "b" * 64,
    "KIZUKI_METRICS_TOKEN": "c" * 64,
    "KIZUKI_URL": "https://kizuki.example.jp",
}
COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?:(:[-?])([^}]*))?\})")


def filled(text: str, environ: dict[str, str]) -> str:
    """A text as Compose fills it in; raises KeyError where it refuses to start."""

    def one(found: re.Match[str]) -> str:
        name, rule, rest = found.groups()
        if name is None:
            return "$"
        if rule == ":?" and not environ.get(name):
            raise KeyError(name)
        return environ.get(name) or (rest if rule == ":-" else "")

    return VARIABLE.sub(one, COMMENT.sub("", text))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """compose.yaml with all secrets given."""
    found: dict[str, Any] = yaml.safe_load(filled((ROOT / "compose.yaml").read_text(encoding="utf-8"), SECRETS))
    return found


@pytest.mark.parametrize("missing", SECRETS)
def test_without_a_secret_the_start_is_refused(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        filled((ROOT / "compose.yaml").read_text(encoding="utf-8"), given)


def test_no_secret_has_a_default() -> None:
    text = COMMENT.sub("", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    defaults = {found[1] for found in VARIABLE.finditer(text) if found[2] == ":-"}
    assert defaults == {"KIZUKI_TAG", "KIZUKI_LISTEN"}
    assert "127.0.0.1" in filled("${KIZUKI_LISTEN:-127.0.0.1:8080}", {})


def test_what_is_mounted_are_files_that_the_users_in_the_containers_can_read(compose: dict[str, Any]) -> None:
    """Compose copies a text of its own into the container, which a read-only root forbids (docker/compose #12031)."""
    for name, config in compose["configs"].items():
        assert set(config) == {"file"}, name
        assert (ROOT / config["file"]).stat().st_mode & 0o004, name


def test_the_proxy_can_give_a_request_to_the_other_replica(compose: dict[str, Any]) -> None:
    lines = [line.strip() for line in (ROOT / compose["configs"]["proxy"]["file"]).read_text("utf-8").splitlines()]
    assert "retry-on conn-failure empty-response" in lines
    assert "option http-buffer-request" in lines, "one that has not come in whole is given to nobody else"
    assert "option redispatch 1" in lines, "the first try again is already at another one"
    assert not any(line.startswith("log-format") and ("%r" in line or "%HU" in line or "%HP" in line) for line in lines)


def test_its_app_yaml_is_right_and_starts_only_with_its_secrets(compose: dict[str, Any], tmp_path: Path) -> None:
    text = (ROOT / compose["configs"]["settings"]["file"]).read_text(encoding="utf-8")
    (file := tmp_path / "app.yaml").write_text(text, encoding="utf-8")
    environ = {name: filled(value, SECRETS) for name, value in compose["x-kizuki"]["environment"].items()}
    told = kizuki("check", cwd=tmp_path, environ={**os.environ, **environ})
    assert "Fine: app.yaml" in told.stdout
    found = settings.load(file, environ)
    assert (found.server.host, found.server.port, found.server.logs) == ("0.0.0.0", 8080, "json")  # noqa: S104
    assert found.server.metrics
    assert found.server.metrics_token.get_secret_value() == SECRETS["KIZUKI_METRICS_TOKEN"]
    assert found.server.url == SECRETS["KIZUKI_URL"]
    assert found.web.proxies == 2, "HAProxy and what ends TLS"
    assert found.database == f"postgresql://kizuki:{SECRETS['POSTGRES_PASSWORD']}@database/kizuki"
    assert "KIZUKI_PULSE_KEY is not set" in kizuki("check", cwd=tmp_path).stderr


def test_two_replicas_wait_for_the_database_and_the_proxy_for_them(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["kizuki"]["deploy"]["replicas"] == 2
    assert services["kizuki"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["proxy"]["depends_on"]["kizuki"]["condition"] == "service_healthy"
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "healthcheck" in service or name == "migrate", name
        assert "ports" not in service or name == "proxy", "only the proxy can be reached from outside"
        assert not re.search(r":latest$|^[^:]+$", service["image"]), name


def test_the_image_holds_only_what_is_needed_and_runs_without_rights() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [
        name for line in lines if line.startswith("COPY ") and "--from" not in line for name in line.split()[1:-1]
    ]
    assert all((ROOT / name).exists() for name in copied)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)
    assert not any(fnmatch(name, line) for name in copied for line in ignored if line.startswith("**"))
    (user,) = (line.split()[1] for line in lines if line.startswith("USER "))
    assert user.partition(":")[0].isdigit()
    assert int(user.partition(":")[0]) > 0
    assert lines.index(f"USER {user}") < next(i for i, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    assert any(line.startswith("HEALTHCHECK") for line in lines)
