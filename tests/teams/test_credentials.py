"""The bot's own tokens: got the way Microsoft wants it, kept, renewed in time, and nothing told that is a secret."""

import asyncio
import logging
import threading
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from adapters.platform import Later
from adapters.teams import credentials as module
from adapters.teams.credentials import Credentials, Unwelcome, credentials, faults
from bot.platforms import Teams
from tests.teams.identity import RESOURCE, SCOPE, Clock, Login, certificate, digest, pem, private_key

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-2222-3333-4444-555555555555"
SECRET = "never-to-be-seen"


def teams(**about: Any) -> Teams:
    """What app.yaml says, but for how the bot proves who it is."""
    return Teams.model_validate({"app_id": APP, "tenant": TENANT, **about})


@pytest.fixture
async def login(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Login]:
    """Microsoft's login, on this machine."""
    async with Login() as found:
        found.stand_in(monkeypatch)
        yield found
        assert found.strangers == [], "no test asks anybody else"


def file(folder: Path, *parts: str) -> str:
    """A file with these parts."""
    found = folder / "bot.pem"
    found.write_text("".join(parts))
    return str(found)


async def test_a_secret_gets_a_token(login: Login) -> None:
    found = credentials(teams(password=SECRET))
    token = await found.token()
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == RESOURCE
    assert await found.token() == token
    (asked,) = login.asked
    assert asked.path == f"/{TENANT}/oauth2/v2.0/token"
    assert asked.said["grant_type"] == "client_credentials"
    assert asked.said["scope"] == SCOPE
    assert (asked.said["client_id"], asked.said["client_secret"]) == (APP, SECRET)


async def test_a_certificate_gets_a_token(login: Login, tmp_path: Path) -> None:
    own = certificate("bot")
    path = file(tmp_path, pem(certificate("other")), pem(own), pem(private_key("bot")))
    await credentials(teams(certificate=path)).token()
    said = login.asked[0].said
    assert "client_secret" not in said
    assert said["client_id"] == APP
    assert said["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assertion = said["client_assertion"]
    audience = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    claims = jwt.decode(assertion, private_key("bot").public_key(), algorithms=["PS256"], audience=audience)
    assert (claims["iss"], claims["sub"]) == (APP, APP)
    header = jwt.get_unverified_header(assertion)
    assert header["x5t#S256"].rstrip("=") == digest(own)
    assert x509.load_der_x509_certificate(b64decode(header["x5c"][0])) == own


async def test_a_certificate_that_was_replaced_is_used_without_a_restart(login: Login, tmp_path: Path) -> None:
    found = credentials(teams(certificate=file(tmp_path, pem(certificate("bot")), pem(private_key("bot")))))
    old, clock = await found.token(), Clock()
    file(tmp_path, pem(private_key("new")), pem(certificate("new")))
    found._now = clock
    clock.pass_by(61)
    found.forget(old)
    assert await found.token() != old
    header = jwt.get_unverified_header(login.asked[1].said["client_assertion"])
    assert header["x5t#S256"].rstrip("=") == digest(certificate_in(tmp_path))


def certificate_in(folder: Path) -> x509.Certificate:
    """The certificate in the file."""
    return x509.load_pem_x509_certificate((folder / "bot.pem").read_bytes())


async def test_app_service_gives_an_identity(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    login.app_service(monkeypatch)
    await credentials(teams(managed_identity=True)).token()
    (asked,) = login.asked
    assert (asked.said["client_id"], asked.said["resource"]) == (APP, RESOURCE)
    assert asked.headers["X-IDENTITY-HEADER"] == "header-of-the-machine"


async def test_a_virtual_machine_has_an_identity_that_no_proxy_stands_before(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    login.virtual_machine(monkeypatch)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await credentials(teams(managed_identity=True)).token()
    (asked,) = login.asked
    assert (asked.said["client_id"], asked.said["resource"]) == (APP, RESOURCE)
    assert asked.headers["Metadata"] == "true"


async def test_a_refused_token_is_not_got_again_from_a_cache(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    login.app_service(monkeypatch)
    clock = Clock()
    for settings in (teams(managed_identity=True), teams(password=SECRET)):
        found = credentials(settings, clock)
        old = await found.token()
        clock.pass_by(61)
        found.forget(old)
        assert await found.token() != old


@pytest.mark.parametrize(
    ("error", "told", "code"),
    [
        (
            "invalid_client",
            "AADSTS7000215: Invalid client secret provided for app 'never-to-be-seen'.",
            "AADSTS7000215",
        ),
        ("invalid_client", "AADSTS7000222: The provided client secret keys are expired.", "AADSTS7000222"),
        ("unauthorized_client", "AADSTS700016: Application 'x' was not found.", "AADSTS700016"),
        ("invalid_client", "something never-to-be-seen", "invalid_client"),
        ("Never-To-Be-Seen!", "error: never-to-be-seen", "refused"),
    ],
)
async def test_refused_credentials_are_told_by_microsofts_word_alone(
    login: Login, caplog: pytest.LogCaptureFixture, error: str, told: str, code: str
) -> None:
    caplog.set_level(logging.DEBUG)
    login.refuses(error, told)
    found = credentials(teams(password=SECRET))
    with pytest.raises(Unwelcome) as caught:
        await found.token()
    assert (caught.value.code, caught.value.seconds) == (code, 600)
    assert str(caught.value) == f"refused: {code}"
    assert f"refuses the bot's credentials: {code}" in caplog.text
    assert_silent(caplog.text, repr(found), repr(caught.value), repr(caught.value.__context__))


def assert_silent(*texts: str) -> None:
    """Neither the secret nor the app's id is in what was told."""
    for text in texts:
        assert SECRET not in text.lower()
        assert APP not in text


async def test_a_refusal_does_not_carry_what_it_was_made_from(login: Login) -> None:
    login.refuses("invalid_client", f"AADSTS7000215: {SECRET} is not the secret of {APP}.")
    with pytest.raises(Unwelcome) as caught:
        await asyncio.to_thread(module.ask, teams(password=SECRET))
    assert caught.value.__context__ is None


async def test_nothing_is_told_of_what_goes_well(login: Login, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    found = credentials(teams(password=SECRET))
    token = await found.token()
    assert_silent(caplog.text, repr(found), repr(found.__dict__), str(vars(found)["_held"]))
    assert token not in caplog.text + repr(vars(found)["_held"])


async def test_a_tenant_that_is_not_there_is_a_refusal(login: Login) -> None:
    login.unknown_tenant = True
    with pytest.raises(Unwelcome, match=r"^refused: AADSTS90002$"):
        await credentials(teams(password=SECRET)).token()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, {"error": "temporarily_unavailable"}),
        (500, "<html>"),
        (200, "<html>a proxy</html>"),
        (400, {"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error."}),
        (400, {"error": "server_error", "error_description": "?"}),
        (429, {"error": "invalid_request", "error_description": "slower"}),
        (429, "Too Many Requests"),
        (200, "[" * 50_000),
    ],
)
async def test_trouble_of_microsofts_own_passes(login: Login, status: int, body: Any) -> None:
    clock = Clock()
    login.answers.append((status, body))
    found = credentials(teams(password=SECRET), clock)
    assert await later(found) == "Later"
    clock.pass_by(13)
    assert await found.token()


async def test_a_page_that_stands_before_the_network_is_no_refusal(login: Login) -> None:
    login.is_behind_a_page = True
    assert await later(credentials(teams(password=SECRET))) == "Later"


async def later(found: Credentials) -> str:
    """What keeps a token from coming, by the name of its class."""
    with pytest.raises(Later) as caught:
        await found.token()
    if not isinstance(caught.value, Unwelcome):
        assert 10 <= caught.value.seconds <= 12
    return type(caught.value).__name__


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"statusCode": 400, "message": "No User Assigned Managed Identity found"}, "Unwelcome"),
        (500, {"statusCode": 500, "message": "An unexpected error occured"}, "Later"),
        (429, {"statusCode": 429, "message": "Too many"}, "Later"),
        (404, "<html>", "Later"),
    ],
)
async def test_an_identity_that_azure_does_not_give(
    login: Login, monkeypatch: pytest.MonkeyPatch, status: int, body: Any, code: str
) -> None:
    login.app_service(monkeypatch)
    login.answers.append((status, body))
    assert await later(credentials(teams(managed_identity=True))) == code


async def test_a_machine_without_an_identity_is_told_so(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    login.virtual_machine(monkeypatch)
    login.refuses("invalid_request", "Identity not found", status=400)
    with pytest.raises(Unwelcome, match="invalid_request"):
        await credentials(teams(managed_identity=True)).token()


async def test_no_network_is_trouble_that_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await later(credentials(teams(password=SECRET))) == "Later"


async def test_whoever_is_not_microsoft_gets_no_secret(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert await later(credentials(teams(password=SECRET))) == "Later"
    assert login.asked == []


async def test_a_server_that_never_answers_is_given_up(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_S", 0.1)
    login.gate.clear()
    async with asyncio.timeout(5):
        assert await later(credentials(teams(password=SECRET))) == "Later"
    login.gate.set()


async def test_where_nobody_proves_anything_nobody_is_asked() -> None:
    assert await credentials(teams(without_auth=True, local="http://127.0.0.1:3978/")).token() == "none"


class Source:
    """Where tokens come from in the tests below: counted, held up, or failing."""

    def __init__(self, clock: Clock, *, lives: float | None = 3600) -> None:
        self.clock = clock
        self.lives = lives
        self.count = 0
        self.at_once = 0
        self.most_at_once = 0
        self.gate = threading.Event()
        self.gate.set()
        self.fault: Callable[[], Exception] | None = None

    def __call__(self) -> str:
        self.count += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.gate.wait(5)
        self.at_once -= 1
        if self.fault:
            raise self.fault()
        claims = {"n": self.count} if self.lives is None else {"n": self.count, "exp": int(self.clock() + self.lives)}
        return jwt.encode(claims, "k" * 32, algorithm="HS256")


async def settled(found: Credentials) -> None:
    """Wait for what goes on in the background."""
    for _ in range(300):
        if found._task is None or found._task.done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a talk that does not end")


async def test_many_callers_share_one_talk_and_the_loop_goes_on() -> None:
    source = Source(clock := Clock())
    source.gate.clear()
    found = Credentials(source, clock)
    waiting = [asyncio.create_task(found.token()) for _ in range(100)]
    gone = asyncio.create_task(found.token())
    await asyncio.sleep(0.05)
    gone.cancel()
    assert not any(task.done() for task in waiting)
    source.gate.set()
    assert len(set(await asyncio.gather(*waiting))) == 1
    assert source.count == 1


async def test_a_token_is_renewed_behind_the_old_one() -> None:
    source = Source(clock := Clock())
    found = Credentials(source, clock)
    old = await found.token()
    clock.pass_by(2400)
    assert await found.token() == old
    await settled(found)
    assert source.count == 1
    clock.pass_by(100)
    source.gate.clear()
    assert await found.token() == old
    assert await found.token() == old, "nobody waits for the new one"
    source.gate.set()
    await settled(found)
    assert await found.token() != old
    assert source.count == 2


async def test_a_token_is_not_used_in_its_last_five_minutes() -> None:
    source = Source(clock := Clock())
    found = Credentials(source, clock)
    old = await found.token()
    clock.pass_by(3299)
    assert await found.token() == old
    await settled(found)
    other = Credentials(source, clock)
    old = await other.token()
    clock.pass_by(3301)
    assert await other.token() != old


@pytest.mark.parametrize(("lives", "used"), [(None, 240), (-60, 240), (200, 100), (86_400, 86_100)])
async def test_how_long_a_token_is_used(lives: float | None, used: float) -> None:
    source = Source(clock := Clock(1_800_000_000), lives=lives)
    found = Credentials(source, clock)
    old = await found.token()
    source.gate.clear()
    clock.pass_by(used - 1)
    assert await found.token() == old
    source.gate.set()
    clock.pass_by(1)
    assert await found.token() != old


async def test_a_renewal_that_fails_leaves_the_old_token() -> None:
    source = Source(clock := Clock())
    found = Credentials(source, clock)
    old = await found.token()
    source.fault = lambda: Later(10)
    clock.pass_by(2400)
    for _ in range(3):
        clock.pass_by(200)
        assert await found.token() == old
        await settled(found)
    assert source.count == 4
    source.fault = None
    clock.pass_by(200)
    assert await found.token() == old
    await settled(found)
    assert await found.token() != old


@pytest.mark.parametrize(("fault", "pause"), [(lambda: Later(10), 10), (lambda: Unwelcome("x"), 60), (OSError, 10)])
async def test_after_a_failure_nobody_asks_for_a_while(fault: Callable[[], Exception], pause: float) -> None:
    source = Source(clock := Clock(1_800_000_000))
    source.fault = fault
    found = Credentials(source, clock)
    names = {await later(found) for _ in range(20)}
    assert names == {"Unwelcome" if pause == 60 else "Later"}
    clock.pass_by(pause - 1)
    await later(found)
    assert source.count == 1
    source.fault = None
    clock.pass_by(1)
    assert await found.token()


async def test_a_clock_set_back_does_not_stop_it() -> None:
    source = Source(clock := Clock())
    source.fault = lambda: Later(10)
    found = Credentials(source, clock)
    await later(found)
    source.fault = None
    clock.pass_by(-3600)
    assert await found.token()


async def test_only_the_token_that_was_refused_is_forgotten() -> None:
    source = Source(clock := Clock())
    found = Credentials(source, clock)
    old = await found.token()
    clock.pass_by(61)
    found.forget("another")
    assert await found.token() == old
    found.forget(old)
    found.forget(old)
    new = await found.token()
    assert new != old
    found.forget(old)
    assert await found.token() == new


async def test_tokens_refused_as_soon_as_they_are_got_are_no_reason_to_hurry() -> None:
    source = Source(clock := Clock())
    found = Credentials(source, clock)
    for _ in range(20):
        try:
            found.forget(await found.token())
        except Later:
            continue
    assert source.count == 1
    clock.pass_by(13)
    assert await found.token()


async def test_a_thread_that_is_stuck_is_waited_for_and_not_joined_by_more() -> None:
    source = Source(clock := Clock())
    source.gate.clear()
    found = Credentials(source, clock, patience=0.05)
    for _ in range(5):
        assert await later(found) == "Later"
        clock.pass_by(13)
    assert source.count == 1
    source.gate.set()
    assert await found.token()
    assert source.most_at_once == 1


async def test_closing_waits_for_nobody() -> None:
    source = Source(clock := Clock())
    source.gate.clear()
    found = Credentials(source, clock)
    waiting = asyncio.create_task(found.token())
    await asyncio.sleep(0.02)
    await found.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    source.gate.set()
    await found.close()


def test_a_certificate_that_is_right_has_no_faults(tmp_path: Path) -> None:
    assert faults(teams(password=SECRET)) == []
    assert faults(teams(managed_identity=True)) == []
    own, key = pem(certificate("bot")), pem(private_key("bot"))
    assert faults(teams(certificate=file(tmp_path, own, key))) == []
    assert faults(teams(certificate=file(tmp_path, key, pem(certificate("other")), own))) == []


def locked(form: PrivateFormat) -> str:
    """The key, with a passphrase."""
    return private_key("bot").private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"word")).decode()


BROKEN: dict[str, tuple[Callable[[], tuple[str, ...]], list[str]]] = {
    "empty": (lambda: ("",), ["no private key", "no certificate"]),
    "junk": (lambda: ("-----BEGIN CERTIFICATE-----\n気\n",), ["no private key", "no certificate"]),
    "no key": (lambda: (pem(certificate("bot")),), ["no private key"]),
    "no certificate": (lambda: (pem(private_key("bot")),), ["no certificate"]),
    "encrypted": (lambda: (pem(certificate("bot")), locked(PrivateFormat.PKCS8)), ["encrypted"]),
    "encrypted, older": (lambda: (pem(certificate("bot")), locked(PrivateFormat.TraditionalOpenSSL)), ["encrypted"]),
    "no RSA": (
        lambda: (
            pem(certificate("bot")),
            ec.generate_private_key(ec.SECP256R1())
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
        ),
        ["no RSA key"],
    ),
    "another's": (lambda: (pem(certificate("bot")), pem(private_key("other"))), ["does not belong"]),
    "over": (
        lambda: (pem(certificate("bot", begins=timedelta(days=-30), days=29)), pem(private_key("bot"))),
        ["ended on"],
    ),
    "early": (lambda: (pem(certificate("bot", begins=timedelta(days=2))), pem(private_key("bot"))), ["begins on"]),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_certificate_that_is_wrong_is_told_in_sentences(name: str, tmp_path: Path, login: Login) -> None:
    parts, told = BROKEN[name]
    settings = teams(certificate=file(tmp_path, *parts()))
    found = faults(settings)
    assert len(found) == len(told)
    for sentence, words in zip(found, told, strict=True):
        assert sentence.startswith("platforms.teams.certificate: ")
        assert words in sentence
        assert sentence.endswith(".")
    with pytest.raises(Unwelcome, match=r"^refused: certificate$"):
        await credentials(settings).token()
    assert login.asked == []


@pytest.mark.parametrize("name", ["missing.pem", "."])
def test_a_file_that_is_not_there_is_told(name: str, tmp_path: Path) -> None:
    (found,) = faults(teams(certificate=str(tmp_path / name)))
    assert "cannot be read" in found
