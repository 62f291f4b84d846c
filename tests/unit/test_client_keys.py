"""The key by which we prove who we are: made once, read with earlier ones, refused with a line that says what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from forloeb.access.client_keys import BadClientKey, make_client_key, read_client_keys
from forloeb.web.launch.framing import is_origin


def test_a_key_is_made_once_and_only_we_may_read_it(tmp_path: Path):
    file = tmp_path / "key.pem"
    make_client_key(file)
    made = file.read_bytes()
    make_client_key(file)
    assert file.read_bytes() == made
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_assertion_says_who_we_are_to_one_server_for_a_minute(tmp_path: Path):
    make_client_key(tmp_path / "key.pem")
    keys = read_client_keys(tmp_path / "key.pem")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    told = [keys.assertion("forloeb", audience="https://lps.example/token", at=at) for _ in range(2)]
    published = KeySet.import_key_set(keys.jwks())
    first, second = (jwt.decode(text, published, algorithms=["ES384"]).claims for text in told)
    assert (first["iss"], first["sub"], first["aud"]) == ("forloeb", "forloeb", "https://lps.example/token")
    assert first["exp"] - first["iat"] == 60
    assert first["jti"] != second["jti"]


def test_an_earlier_public_key_stays_published(tmp_path: Path):
    old, new = ECKey.generate_key("P-384"), ECKey.generate_key("P-384")
    (tmp_path / "key.pem").write_bytes(new.as_pem(private=True) + old.as_pem(private=False))
    keys = read_client_keys(tmp_path / "key.pem")
    assert [key["kid"] for key in keys.jwks()["keys"]] == [new.thumbprint(), old.thumbprint()]
    assert keys.signs.thumbprint() == new.thumbprint()


def pems() -> dict[str, bytes]:
    key = ECKey.generate_key("P-384")
    return {
        "nothing": b"",
        "no PEM": b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
        "a public key alone": key.as_pem(private=False),
        "two private keys": key.as_pem(private=True) + ECKey.generate_key("P-384").as_pem(private=True),
        "another curve": ECKey.generate_key("P-256").as_pem(private=True),
    }


@pytest.mark.parametrize("name", sorted(pems()))
def test_a_file_that_is_no_key_says_how_to_make_one(tmp_path: Path, name: str):
    (tmp_path / "key.pem").write_bytes(pems()[name])
    with pytest.raises(BadClientKey, match="openssl genpkey -algorithm EC"):
        read_client_keys(tmp_path / "key.pem")


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(BadClientKey, match="No such file"):
        read_client_keys(tmp_path / "key.pem")


@pytest.mark.parametrize("text", ["https://lps.example", "http://127.0.0.1:8001"])
def test_an_origin_may_stand_in_a_policy(text: str):
    assert is_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "https://*",
        "https://*.example",
        "lps.example",
        "https://lps.example/",
        "https://lps.example; x",
        "https://a b",
        "javascript:x",
        "https://u@lps.example",
    ],
)
def test_nothing_else_may(text: str):
    assert not is_origin(text)
