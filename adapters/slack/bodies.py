"""The bodies of Slack's requests, made ready for Bolt."""

import binascii


def unwrapped(text: str) -> str:
    """The JSON of a form whose one field is `payload`; every other text as it is.

    Bolt decodes forms in Python, which takes longer than everything else about a survey's answer. Percent signs are the
    equals signs of quoted-printable, which is decoded in C.
    """
    name, _, value = text.partition("=")
    if name != "payload" or not value.isascii() or not {"=", "&", "\n", "\r"}.isdisjoint(value):
        return text
    found = binascii.a2b_qp(value.replace("+", " ").replace("%", "=")).decode(errors="replace")
    # Bolt takes what begins like an object for JSON, and nothing else.
    return found if found.startswith("{") else text
