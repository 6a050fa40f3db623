"""A request is Microsoft's when its token says so, and for no other reason; new keys are known within a minute."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from adapters.teams.proof import Proofs, Unproved, is_microsoft
from adapters.teams.signers import Signers
from bot.platforms import Teams
from tests.teams.identity import SERVICE, OpenId, jwk, private_key

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-2222-3333-4444-555555555555"
ACTIVITY = {"serviceUrl": SERVICE, "channelId": "msteams", "text": "a note that no log may hold"}
DAY = 24 * 60 * 60
LOCAL = "http://127.0.0.1:3978/"


class Door:
    """What stands between the network and the bot: keys on this machine, a clock, and proofs."""

    def __init__(self, openid: OpenId, session: aiohttp.ClientSession | None = None, **about: Any) -> None:
        self.openid = openid
        self.clock = openid.clock
        given = {"app_id": APP, "tenant": TENANT, "password": "a-secret", "openid": openid.url, **about}
        self.settings = Teams.model_validate(given)
        self.signers = Signers(openid.url, self.clock, session)
        self.proofs = Proofs(self.settings, self.signers, self.clock)

    def bearer(self, **about: Any) -> str:
        """A header as Microsoft sends it, but for what is said otherwise."""
        return self.openid.bearer(self.settings, **about)

    async def why(self, authorization: str | None = None, **activity: Any) -> str:
        """The word for why a request is refused; "" where it is not."""
        header = self.bearer() if authorization is None else authorization
        try:
            await self.proofs.claims(header, {**ACTIVITY, **activity})
        except Unproved as fault:
            return fault.why
        return ""


@pytest.fixture
async def openid() -> AsyncIterator[OpenId]:
    """Microsoft's keys."""
    async with OpenId() as found:
        yield found


@pytest.fixture
async def door(openid: OpenId) -> AsyncIterator[Door]:
    """A bot that knows no key yet."""
    found = Door(openid)
    yield found
    await found.signers.close()


def signed(header: dict[str, Any] | str, claims: Any, sign: Any) -> str:
    """A token made by hand, header first."""
    head = header if isinstance(header, str) else json.dumps(header)
    body = claims if isinstance(claims, str) else json.dumps(claims)
    parts = b".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (head, body))
    return f"Bearer {(parts + b'.' + base64.urlsafe_b64encode(sign(parts)).rstrip(b'=')).decode()}"


def claims(door: Door) -> dict[str, Any]:
    """Claims that are all right."""
    now = int(door.clock())
    service = {"serviceurl": SERVICE, "nbf": now, "exp": now + 3600}
    return {"iss": "https://api.botframework.com", "aud": APP, **service}


async def test_microsoft_comes_in(door: Door) -> None:
    found = await door.proofs.claims(door.bearer(tid="t1"), ACTIVITY)
    assert (found["aud"], found["serviceurl"], found["tid"]) == (APP, SERVICE, "t1")
    assert await door.why(door.bearer().replace("Bearer", "bearer")) == ""
    assert door.openid.fetched == 1


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"iss": "https://api.botframework.us"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"iss": ["https://api.botframework.com"]}, "issuer"),
        ({"aud": "00000000-2222-3333-4444-555555555555"}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": [APP]}, "audience"),
        ({"serviceurl": "https://smba.trafficmanager.net/emea/"}, "service_url"),
        ({"serviceurl": None}, "service_url"),
        ({"serviceurl": SERVICE.upper()}, "service_url"),
        ({"exp": None}, "expired"),
        ({"exp": "9999999999"}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": float("nan")}, "expired"),
        ({"nbf": None}, "early"),
        ({"nbf": [1]}, "early"),
        ({"nbf": 10**400}, "early"),
        ({"kid": "k2"}, "unknown_key"),
        ({"kid": ""}, "unknown_key"),
        ({"key": "stranger"}, "signature"),
    ],
)
async def test_a_claim_that_does_not_fit_is_refused(door: Door, about: dict[str, Any], why: str) -> None:
    assert await door.why(door.bearer(**about)) == why
    assert await door.why() == ""


async def test_odd_claims_that_nobody_asks_for_do_not_matter(door: Door) -> None:
    assert await door.why(door.bearer(iat=10**12, sub=7, jti=7)) == ""


async def test_five_minutes_are_forgiven_either_way(door: Door) -> None:
    now = int(door.clock())
    door.clock.at = float(now)
    assert await door.why(door.bearer(exp=now - 299)) == ""
    assert await door.why(door.bearer(exp=now - 301)) == "expired"
    assert await door.why(door.bearer(nbf=now + 299)) == ""
    assert await door.why(door.bearer(nbf=now + 301)) == "early"
    header = door.bearer()
    door.clock.pass_by(3600 + 301)
    assert await door.why(header) == "expired"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", "absent"),
        ("Bearer", "malformed"),
        ("Bearer ", "malformed"),
        ("Bearer  ", "malformed"),
        ("Basic YTpi", "scheme"),
        ("garbage", "scheme"),
        ("Bearer garbage", "malformed"),
        ("Bearer a.b", "malformed"),
        ("Bearer a.b.c", "malformed"),
        ("Bearer a.b.c.d.e", "malformed"),
        ("Bearer W10.W10.W10", "malformed"),
        ("Bearer 気.づ.き", "malformed"),
        ("Bearer \udcff.\udcff.\udcff", "malformed"),
        ("Bearer a.b.c\n", "malformed"),
        (f"Bearer {'a' * 16_400}.b.c", "too_long"),
        ("x" * 1_000_000, "too_long"),
    ],
)
async def test_what_is_no_token_is_refused(door: Door, header: str, why: str) -> None:
    assert await door.why(header) == why
    assert door.openid.fetched == 0


async def test_a_token_that_is_too_long_is_refused_however_right_it_is(door: Door) -> None:
    assert await door.why(door.bearer(filling="x" * 8_000)) == ""
    assert await door.why(door.bearer(filling="x" * 16_000)) == "too_long"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS384", "PS256", "ES256", "", None, ["RS256"]])
async def test_no_other_algorithm_is_taken(door: Door, algorithm: Any) -> None:
    assert await door.why() == ""
    header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    assert await door.why(signed(header, claims(door), lambda _: b"")) == "algorithm"


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
async def test_the_public_key_is_no_secret_to_sign_with(door: Door, algorithm: str) -> None:
    public = private_key("one").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": algorithm, "kid": "k1"}
    forged = signed(header, claims(door), lambda parts: hmac.new(public, parts, hashlib.sha256).digest())
    assert await door.why(forged) == ("algorithm" if algorithm == "HS256" else "signature")


async def test_a_signature_left_out_or_taken_from_another_token_is_refused(door: Door) -> None:
    head, body, signature = door.bearer().split(".")
    _, other, _ = door.bearer(aud="somebody").split(".")
    assert await door.why(f"{head}.{body}.") == "signature"
    assert await door.why(f"{head}.{other}.{signature}") == "signature"
    assert await door.why(f"{head}.{body}.{signature[:-8]}AAAAAAAA") == "signature"


async def test_depths_that_break_a_parser_are_refused(door: Door) -> None:
    deep = "[" * 5_000
    header = json.dumps({"alg": "RS256", "kid": "k1"})
    assert await door.why(signed(deep, "{}", lambda _: b"")) == "malformed"
    assert await door.why(signed(header, deep, lambda _: b"x")) in {"malformed", "signature"}
    assert await door.why(signed(header, "[]", lambda _: b"x")) in {"malformed", "signature"}


async def test_a_key_in_the_token_itself_is_not_looked_at(door: Door) -> None:
    header = {"alg": "RS256", "kid": "k1", "jwk": jwk("stranger", "k1"), "jku": "http://127.0.0.1:1/", "x5u": "x"}
    assert await door.why(signed(header, claims(door), lambda _: b"x" * 256)) == "signature"


@given(header=st.text(max_size=200) | st.from_regex(r"Bearer [\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_whatever_is_sent_is_refused_and_nothing_breaks(header: str) -> None:
    async def tried() -> None:
        async with OpenId() as openid:
            door = Door(openid)
            assert await door.why(header) != ""
            await door.signers.close()

    asyncio.run(tried())


@pytest.mark.parametrize(
    ("activity", "why"),
    [
        ({"channelId": "webchat"}, "channel"),
        ({"channelId": "emulator"}, "channel"),
        ({"channelId": None}, "channel"),
        ({"channelId": ["msteams"]}, "channel"),
        ({"serviceUrl": ""}, "service_url"),
        ({"serviceUrl": None}, "service_url"),
        ({"serviceUrl": 7}, "service_url"),
        ({"serviceUrl": "https://smba.trafficmanager.net/emea/"}, "service_url"),
    ],
)
async def test_the_activity_must_be_what_was_signed(door: Door, activity: dict[str, Any], why: str) -> None:
    assert await door.why(**activity) == why


@pytest.mark.parametrize("missing", [None, "", 7])
async def test_an_address_that_nobody_gave_is_none(door: Door, missing: Any) -> None:
    assert await door.why(door.bearer(serviceurl=missing), serviceUrl=missing) == "service_url"


async def test_nothing_of_a_request_is_in_what_a_refusal_says(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    door.openid.trouble = 500
    for header in (door.bearer(), door.bearer(aud="x")):
        with pytest.raises(Unproved) as caught:
            await door.proofs.claims(header, ACTIVITY)
        assert str(caught.value) == "unreachable"
        assert header not in caplog.text
    assert "note" not in caplog.text
    assert "could not be fetched: ValueError" in caplog.text


@pytest.mark.parametrize("endorsements", [None, (), ("webchat",), ("msteamss",)])
async def test_a_key_speaks_only_for_the_channels_it_is_endorsed_for(
    door: Door, endorsements: tuple[str, ...] | None
) -> None:
    door.openid.keys = [jwk("one", "k1", endorsements)]
    assert await door.why() == "endorsement"


async def test_keys_that_verify_no_signatures_are_left_out(door: Door) -> None:
    whole = jwk("one", "k1")
    odd: list[Any] = [
        "k1",
        {**whole, "kty": "EC"},
        {**whole, "use": "enc"},
        {**whole, "n": "!"},
        {**whole, "n": base64.urlsafe_b64encode(b"\xff" * 128).decode()},
        {**whole, "e": 65537},
        {**whole, "e": ""},
        {**whole, "kid": ["k1"]},
        {**whole, "kid": ""},
    ]
    door.openid.keys = [*odd, jwk("two", "k2")]
    assert await door.why() == "unknown_key"
    assert await door.why(door.bearer(key="two", kid="k2")) == ""


async def test_a_new_key_is_found_by_one_fetch_and_the_old_one_goes(door: Door) -> None:
    assert await door.why() == ""
    door.clock.pass_by(11)
    door.openid.keys = [jwk("two", "k2")]
    assert await door.why() == "", "what is known is not asked for"
    assert await door.why(door.bearer(key="two", kid="k2")) == ""
    assert door.openid.fetched == 2
    door.clock.pass_by(11)
    assert await door.why() == "unknown_key"


async def test_another_key_under_a_known_name_is_found_a_day_later(door: Door) -> None:
    assert await door.why() == ""
    door.openid.keys = [jwk("two", "k1")]
    door.clock.pass_by(DAY + 1)
    assert await door.why() == "", "nobody waits for the daily fetch"
    await settled(door)
    assert await door.why() == "signature"
    assert await door.why(door.bearer(key="two")) == ""
    assert door.openid.fetched == 2


async def settled(door: Door) -> None:
    """Wait for a fetch in the background."""
    for _ in range(200):
        if door.signers._task is None or door.signers._task.done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a fetch that does not end")


async def test_strangers_cannot_make_it_ask_more_than_once_in_ten_seconds(door: Door) -> None:
    for number in range(20):
        assert await door.why(door.bearer(kid=f"stranger-{number}")) == "unknown_key"
    assert door.openid.fetched == 1
    door.clock.pass_by(10)
    assert await door.why(door.bearer(kid="stranger")) == "unknown_key"
    assert door.openid.fetched == 2


async def test_a_clock_set_back_does_not_stop_it(door: Door) -> None:
    assert await door.why() == ""
    door.clock.pass_by(-DAY)
    door.openid.keys = [jwk("two", "k2")]
    assert await door.why(door.bearer(key="two", kid="k2")) == ""


async def test_many_first_requests_share_one_fetch(door: Door) -> None:
    door.openid.gate.clear()
    waiting = [asyncio.create_task(door.why()) for _ in range(100)]
    gone = asyncio.create_task(door.why())
    await asyncio.sleep(0.05)
    gone.cancel()
    door.openid.gate.set()
    assert set(await asyncio.gather(*waiting)) == {""}
    assert door.openid.fetched == 1


async def test_a_fetch_that_is_under_way_is_joined_however_long_it_takes(door: Door) -> None:
    door.openid.gate.clear()
    first = asyncio.create_task(door.why())
    await asyncio.sleep(0.05)
    door.clock.pass_by(11)
    second = asyncio.create_task(door.why())
    await asyncio.sleep(0.05)
    door.openid.gate.set()
    assert (await first, await second, door.openid.fetched) == ("", "", 1)


async def test_it_recovers_within_a_minute_where_nothing_was_there_at_the_start(door: Door) -> None:
    door.openid.trouble = 503
    assert await door.why() == "unreachable"
    door.openid.trouble = 0
    assert await door.why() == "unreachable", "it was asked a moment ago"
    door.clock.pass_by(11)
    assert await door.why() == ""


async def test_old_keys_go_on_working_while_nothing_is_there(door: Door) -> None:
    assert await door.why() == ""
    door.openid.trouble = 503
    new = {"key": "two", "kid": "k2"}
    door.openid.keys = [jwk("one", "k1"), jwk("two", "k2")]
    for _ in range(4):
        door.clock.pass_by(DAY)
        assert await door.why() == ""
        assert await door.why(door.bearer(**new)) == "unreachable"
        await settled(door)
    door.openid.trouble = 0
    door.clock.pass_by(11)
    assert await door.why(door.bearer(**new)) == ""


async def test_keys_are_not_believed_for_longer_than_five_days(door: Door) -> None:
    assert await door.why() == ""
    door.openid.trouble = 503
    door.clock.pass_by(5 * DAY + 1)
    assert await door.why() == "unreachable"
    door.openid.trouble = 0
    door.clock.pass_by(11)
    assert await door.why() == ""


async def test_a_server_that_is_gone_is_asked_again(openid: OpenId, door: Door) -> None:
    await openid.__aexit__(None, None, None)
    assert await door.why() == "unreachable"
    async with OpenId(openid.clock) as other:
        moved = Door(other)
        assert await moved.why() == ""
        await moved.signers.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>a proxy</html>",
        b"[]",
        b'{"keys": []}',
        b'{"keys": {}}',
        b"[" * 100_000,
        b'{"keys": [' + b" " * 2_000_000 + b"]}",
    ],
)
async def test_what_is_no_list_of_keys_leaves_the_old_ones(door: Door, body: bytes) -> None:
    assert await door.why() == ""
    door.openid.body = body
    door.clock.pass_by(11)
    assert await door.why(door.bearer(key="two", kid="k2")) == "unreachable"
    assert await door.why() == ""


async def test_a_list_that_is_too_long_is_not_read(door: Door) -> None:
    good = json.dumps({"keys": [jwk("one", "k1")]}).encode()
    door.openid.body = good + b" " * (1024 * 1024)
    assert await door.why() == "unreachable"
    door.openid.body = good + b" " * 1000
    door.clock.pass_by(11)
    assert await door.why() == ""


@pytest.mark.parametrize("where", ["http://keys.example/keys", "ftp://127.0.0.1/keys", "file:///etc/passwd", "/keys"])
async def test_keys_come_over_tls_or_from_this_machine(door: Door, where: str) -> None:
    door.openid.jwks_uri = where
    assert await door.why() == "unreachable"


async def test_metadata_over_tls_does_not_lead_to_this_machine(openid: OpenId) -> None:
    class Far(Signers):
        async def _document(self, url: str) -> dict[str, Any]:
            return (
                {"jwks_uri": f"http://127.0.0.1:{openid.port}/keys"} if "far" in url else await super()._document(url)
            )

    far = Far("https://far.example/openid", openid.clock)
    proofs = Proofs(Door(openid).settings, far, openid.clock)
    with pytest.raises(Unproved, match="unreachable"):
        await proofs.claims(openid.bearer(Door(openid).settings), ACTIVITY)
    await far.close()


async def test_it_follows_nobody_elsewhere(door: Door) -> None:
    door.openid.trouble = 302
    assert await door.why() == "unreachable"


async def test_a_server_that_never_answers_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.teams.signers.PATIENCE_S", 0.05)
    door.openid.gate.clear()
    async with asyncio.timeout(1):
        assert await door.why() == "unreachable"
    door.openid.gate.set()


async def test_a_session_that_was_handed_in_stays_open(openid: OpenId) -> None:
    async with aiohttp.ClientSession() as session:
        door = Door(openid, session)
        assert await door.why() == ""
        await door.signers.close()
        assert not session.closed


async def test_closing_ends_a_fetch(door: Door) -> None:
    door.openid.gate.clear()
    waiting = asyncio.create_task(door.why())
    await asyncio.sleep(0.05)
    await door.signers.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    door.openid.gate.set()


async def test_without_proofs_only_this_machine_is_answered(openid: OpenId) -> None:
    door = Door(openid, without_auth=True, local=LOCAL, password="")
    assert await door.why("", serviceUrl=f"{LOCAL}amer/") == ""
    for other in (SERVICE, "http://127.0.0.1:39789/", "http://127.0.0.1:3978.evil.example/", "x" + LOCAL, "", None):
        assert await door.why("", serviceUrl=other) == "service_url"
    assert await door.why("", serviceUrl=LOCAL, channelId="webchat") == "channel"
    assert await door.why(door.bearer()) == "service_url", "a proof does not lead answers elsewhere"
    assert openid.fetched == 0


async def test_local_alone_lets_nobody_in(openid: OpenId) -> None:
    door = Door(openid, local=LOCAL)
    assert await door.why("", serviceUrl=LOCAL) == "absent"
    assert await door.why(door.bearer(service=LOCAL), serviceUrl=LOCAL) == ""
    await door.signers.close()


GOOD = [
    "https://smba.trafficmanager.net/",
    "https://smba.trafficmanager.net/teams",
    "https://smba.trafficmanager.net/amer/9f3e3ab0-0000-4000-8000-000000000000/",
    "https://smba.trafficmanager.net",
    "https://SMBA.TrafficManager.net:443/teams/",
    "https://smba.onyx.prod.teams.trafficmanager.net",
    "https://smba.infra.gcc.teams.microsoft.com/teams",
    "https://smba.infra.gov.teams.microsoft.us/teams",
    "https://smba.infra.dod.teams.microsoft.us/teams",
    "https://europe.api.botframework.com/",
]
EVIL = [
    "",
    "https://",
    "http://smba.trafficmanager.net/",
    "ftp://smba.trafficmanager.net/",
    "//smba.trafficmanager.net/",
    "smba.trafficmanager.net",
    "https:smba.trafficmanager.net/",
    "https:///smba.trafficmanager.net/",
    "https://smba.trafficmanager.net:8443/",
    "https://smba.trafficmanager.net:80/",
    "https://smba.trafficmanager.net:/",
    "https://smba.trafficmanager.net:443@evil.example/",
    "https://smba.trafficmanager.net:4430/",
    "https://smba.trafficmanager.net.evil.example/",
    "https://smba.trafficmanager.net.",
    "https://smba.trafficmanager.net./",
    "https://.smba.trafficmanager.net/",
    "https://evil.trafficmanager.net/",
    "https://evil.smba.trafficmanager.net/",
    "https://evilsmba.trafficmanager.net/",
    "https://trafficmanager.net/",
    "https://evil-botframework.com/",
    "https://evilbotframework.com/",
    "https://botframework.com.evil.example/",
    "https://botframework.community/",
    "https://teams.microsoft.com.evil.example/",
    "https://evil-teams.microsoft.com/",
    "https://microsoft.com/",
    "https://smba.trafficmanager.net@evil.example/",
    "https://user@smba.trafficmanager.net/",
    "https://user:word@smba.trafficmanager.net/",
    "https://evil.example/@smba.trafficmanager.net/",
    "https://evil.example#smba.trafficmanager.net/",
    "https://evil.example?smba.trafficmanager.net/",
    "https://evil.example/https://smba.trafficmanager.net/",
    "https://evil.example\\@smba.trafficmanager.net/",
    "https://evil.example\\.botframework.com/",
    "https://evil.example/.botframework.com",
    "https://evil.example%2f.botframework.com/",
    "https://evil.example%00.botframework.com/",
    "https://evil.example\x00.botframework.com/",
    "https://smba.trafficmanager.net\\evil/",
    "https://smba.trafficmanager.net/\\evil.example/",
    "https://smba.trafficmanager.net/\r\nHost: evil.example",
    "https://smba.trafficmanager.net/\n",
    "\nhttps://smba.trafficmanager.net/",
    " https://smba.trafficmanager.net/",
    "https://smba。trafficmanager。net/",
    "https://evil.example。botframework.com/",
    "https://ｓmba.trafficmanager.net/",
    "https://smbа.trafficmanager.net/",
    "https://evil.example/．botframework.com",
    "https://evil..botframework.com/",
    "https://-evil.botframework.com/",
    "https://[::1]/",
    "https://127.0.0.1/",
    "https://169.254.169.254/",
    "https://2130706433/",
    "https://localhost/",
    "http://127.0.0.1:3978/",
    "https://smba.trafficmanager.net/気",
    "https://\u017fmba.botframework.com/",
    "https://smba.trafficmanager.net/?next=evil",
    "https://smba.trafficmanager.net/" + "a" * 1000,
]


@pytest.mark.parametrize("url", GOOD)
def test_microsofts_own_hosts_are_known(url: str) -> None:
    assert is_microsoft(url, "")
    assert is_microsoft(url, LOCAL)


@pytest.mark.parametrize("url", EVIL)
def test_look_alikes_are_not_microsoft(url: str) -> None:
    assert not is_microsoft(url, "")


@pytest.mark.parametrize("url", [url for url in EVIL if url != LOCAL])
def test_a_connector_on_this_machine_makes_nobody_else_microsoft(url: str) -> None:
    assert not is_microsoft(url, LOCAL)


@pytest.mark.parametrize("url", ["http://127.0.0.1:3978/", "http://127.0.0.1:3978/amer/"])
def test_this_machine_is_let_in_when_it_is_named(url: str) -> None:
    assert is_microsoft(url, LOCAL)
    assert not is_microsoft("http://127.0.0.1:39781/", LOCAL)
    assert not is_microsoft("http://127.0.0.1:3978@evil.example/", LOCAL)


@given(
    host=st.text(min_size=1, max_size=30),
    tail=st.sampled_from(["smba.trafficmanager.net", ".botframework.com", ".teams.microsoft.com"]),
    where=st.sampled_from(["https://{tail}{host}/", "https://{tail}@{host}/", "https://{host}/{tail}"]),
)
def test_what_is_taken_is_a_host_of_microsofts_for_aiohttp_too(host: str, tail: str, where: str) -> None:
    url = where.format(host=host, tail=tail)
    if is_microsoft(url, ""):
        found = URL(url)
        assert found.scheme == "https"
        assert found.host is not None
        assert found.host.endswith(("smba.trafficmanager.net", ".botframework.com", ".teams.microsoft.com"))
