"""A form with one field is decoded as the standard library decodes it, only faster; everything else stays as it is."""

import json
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.bodies import unwrapped


@given(said=st.text(), quoted=st.sampled_from([quote, quote_plus]))
def test_a_payload_is_read_as_it_was_written(said: str, quoted: object) -> None:
    written = json.dumps({"said": said}, ensure_ascii=len(said) % 2 == 0)
    body = f"payload={quoted(written.encode(errors='surrogatepass'))}"  # type: ignore[operator]
    assert unwrapped(body) == dict(parse_qsl(body))["payload"]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "a=b", "payload=%7B%7D&x=1", "payload=a=b", "payload=\u3042", "command=%2Fkizuki", "payload=%5B1%5D"],
)
def test_what_is_no_single_payload_stays_as_it_is(text: str) -> None:
    assert unwrapped(text) == text
