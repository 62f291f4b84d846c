"""A sign-out that the provider tells us of itself: OpenID Connect Back-Channel Logout 1.0.

Somebody signs out at the provider, or at another of its sites, and their sessions here end too. The provider posts a
logout token; whoever posts anything else is refused and learns nothing of why.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from forloeb.access import sign_ins
from forloeb.access.sign_ins import SignedOut
from forloeb.web.asking import for_anyone
from forloeb.web.signin import provider

log = logging.getLogger(__name__)

EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST = timedelta(minutes=5)
"""How old a logout token may be."""
_CLOCKS_DIFFER = 60


class NotALogoutToken(Exception):
    """What was sent is not the provider's word that someone signed out."""


# The provider comes without a browser, so it has no form of ours to prove; its signature is the proof.
@for_anyone
@csrf_exempt
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the sessions that the provider names; those that have ended already are no fault."""
    if not provider.is_set_up():
        raise Http404
    at = timezone.now()
    try:
        sign_ins.end(read_logout_token(request.POST.get("logout_token", ""), at=at), at=at)
    except (NotALogoutToken, sign_ins.HeardBefore, provider.ProviderUnreachable) as refusal:
        # The kind of refusal and nothing of the token, which names a person.
        log.warning("a sign-out by the provider was refused: %s", type(refusal.__cause__ or refusal).__name__)
        return JsonResponse({"error": "invalid_request"}, status=400)
    return HttpResponse()


def read_logout_token(text: str, *, at: datetime) -> SignedOut:
    """Check all of a logout token (section 2.6 of the standard). Raises NotALogoutToken, ProviderUnreachable."""
    try:
        claims = provider.read_signed(text)
        _expected(at).validate(claims)
    except JoseError as refusal:
        raise NotALogoutToken from refusal
    if not _tells_of_a_sign_out(claims) or claims["iat"] < (at - OLDEST).timestamp():
        raise NotALogoutToken
    return SignedOut(claims["iss"], claims.get("sub", ""), claims.get("sid", ""), claims["jti"])


def _expected(at: datetime) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=int(at.timestamp()),
        leeway=_CLOCKS_DIFFER,
        iss={"essential": True, "value": settings.OIDC_ISSUER},
        aud={"essential": True, "value": settings.OIDC_CLIENT_ID},
        iat={"essential": True},
        jti={"essential": True},
    )


def _tells_of_a_sign_out(claims: Mapping[str, Any]) -> bool:
    """Whether this names someone or a session and tells of a sign-out; an ID token, which has a nonce, does not."""
    named = [claims[name] for name in ("sub", "sid") if name in claims]
    events = claims.get("events")
    return (
        bool(named)
        and all(isinstance(value, str) and value for value in named)
        and isinstance(events, dict)
        and isinstance(events.get(EVENT), dict)
        and "nonce" not in claims
    )
