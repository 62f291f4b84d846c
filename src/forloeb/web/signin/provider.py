"""The OpenID provider that vouches for people: code flow with PKCE, state and nonce; signing out there too.

We ask for `openid` alone: who they are to the provider, nothing more. Whom that is to us stands in our own table.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import RequestException

_SECONDS_TO_WAIT = 10
_AN_HOUR = 3600
"""How long we believe what the provider says of itself and of its keys; a key it has taken back is then refused."""
_BETWEEN_QUESTIONS = 10
"""Seconds between two questions for new keys: anybody can send us a token that names an unknown one."""
_SIGNATURES = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]
"""Signatures by a key that only the provider has. Unsigned, or signed with a shared secret, is not signed."""


class SignInNotFinished(Exception):
    """The provider said no, the person turned back, or the answer does not belong to a question of ours."""


class NotSureEnough(SignInNotFinished):
    """The provider is less sure of who someone is than we ask for."""


class ProviderUnreachable(Exception):
    """The provider does not answer, or not as OpenID providers do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who someone is to a provider. `id_token` is the proof, needed to sign out there; `sid` names the session."""

    issuer: str
    subject: str
    id_token: str = ""
    sid: str = ""

    def __repr__(self) -> str:
        return "Identity(…)"


def is_set_up() -> bool:
    """Whether this installation has a provider."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def begin(request: HttpRequest, come_back_to: str) -> HttpResponse:
    """Send a person to the provider. Raises ProviderUnreachable."""
    try:
        asked = " ".join(settings.OIDC_LEVELS)
        answer: HttpResponse = _client().authorize_redirect(request, come_back_to, acr_values=asked)
    except (RequestException, ValueError, RuntimeError) as error:
        raise ProviderUnreachable from error
    return answer


def finish(request: HttpRequest) -> Identity:
    """Read the provider's answer and check all of it. Raises SignInNotFinished, NotSureEnough, ProviderUnreachable."""
    client = _client()
    expected = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
    }
    try:
        token: dict[str, Any] = client.authorize_access_token(request, claims_options=expected)
    except (AuthlibBaseError, JoseError) as refusal:
        raise SignInNotFinished from refusal
    except (RequestException, ValueError, RuntimeError) as error:
        raise ProviderUnreachable from error
    claims = token.get("userinfo")
    if not claims or not claims.get("sub"):
        raise SignInNotFinished
    if claims.get(settings.OIDC_LEVEL_CLAIM) not in settings.OIDC_LEVELS:
        raise NotSureEnough
    return Identity(settings.OIDC_ISSUER, claims["sub"], token["id_token"], str(claims.get("sid") or ""))


def read_signed(text: str) -> dict[str, Any]:
    """Give what a token says that the provider signed and sent us itself. Raises JoseError, ProviderUnreachable."""
    try:
        try:
            return _read(text, _client().fetch_jwk_set())
        except InvalidKeyIdError:
            return _read(text, _new_keys(settings.OIDC_ISSUER, int(time.time()) // _BETWEEN_QUESTIONS))
    except (RequestException, ValueError, RuntimeError) as error:
        raise ProviderUnreachable from error


def _read(text: str, keys: Any) -> dict[str, Any]:
    return jwt.decode(text, KeySet.import_key_set(keys), algorithms=_SIGNATURES).claims


# Kept for the few seconds that the moment stays the same.
@lru_cache(maxsize=1)
def _new_keys(_issuer: str, _moment: int) -> Any:
    return _client().fetch_jwk_set(force=True)


def address_to_sign_out(id_token: str, come_back_to: str) -> str | None:
    """Give where to end the session at the provider; None when it offers no such place or does not answer."""
    try:
        made = _client().create_logout_url(
            post_logout_redirect_uri=come_back_to, id_token_hint=id_token, client_id=settings.OIDC_CLIENT_ID
        )
    except (RequestException, ValueError, RuntimeError):
        return None
    return str(made["url"])


def _client() -> Any:
    hour = int(time.time()) // _AN_HOUR
    return _client_of(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, hour)


# Kept between requests, because it keeps what the provider says of itself; anew each hour. A token signed with a key
# that is new to us makes authlib ask for the keys again at once.
@lru_cache(maxsize=1)
def _client_of(issuer: str, client_id: str, client_secret: str, _hour: int) -> Any:
    return OAuth().register(
        "provider",
        client_id=client_id,
        client_secret=client_secret or None,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_basic" if client_secret else "none",
            "default_timeout": _SECONDS_TO_WAIT,
        },
    )
