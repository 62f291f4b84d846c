"""How codes and tokens are made and taken: Django OAuth Toolkit's rules, with our consents behind them.

The toolkit keeps access and refresh tokens as digests; here its codes are too. Every token belongs to a consent, which
says with whose eyes it looks; what comes of a consent ends when it ends. Runs inside one transaction per request.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import connection
from django.utils import timezone
from oauth2_provider.models import AccessToken, Grant, RefreshToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from forloeb.access import assertions
from forloeb.access.models import AppRegistration, Consent, ConsentToken
from forloeb.access.scopes import BadScope, Context, read_scopes
from forloeb.audit import actions as log


def digest_of(secret: str) -> str:
    """Give what is kept of a code or a token."""
    return sha256(secret.encode()).hexdigest()


class Validator(OAuth2Validator):  # type: ignore[misc]
    """Answers the questions that oauthlib asks while it serves an app."""

    # --- which app, and is it that app? ---------------------------------------------------------------------------

    def _load_application(self, client_id: str, request: Request) -> Any:
        found = super()._load_application(client_id, request) if client_id else None
        if found is not None and _registration(found.pk) is None:
            request.client = found = None
        return found

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Whether the app must prove who it is: all but public ones, and whoever hands in a proof."""
        if getattr(request, "client_assertion", None):
            return True
        client = self._load_application(request.client_id, request)
        return client is None or client.client_type != client.CLIENT_PUBLIC

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Believe an app by the word it signed, and by nothing else: there are no shared secrets here."""
        proof = getattr(request, "client_assertion", None)
        if not proof or getattr(request, "client_assertion_type", None) != assertions.TYPE:
            return False
        client_id = assertions.claimed_client(proof)
        client = self._load_application(client_id, request)
        held = _registration(client.pk) if client is not None else None
        if held is None or not held.keys or request.client_id not in (None, client_id):
            return False
        audience = str(request.headers["X-Forloeb-Token-Endpoint"])
        try:
            assertions.check_assertion(proof, client_id=client_id, keys=held.keys, audience=audience, at=timezone.now())
        except assertions.NotBelieved as refusal:
            _note("app-refused", "refused", None, {"client": client_id, "why": str(refusal)})
            return False
        request.client_id = client_id
        return True

    # --- what may it ask for? ------------------------------------------------------------------------------------

    def validate_scopes(self, client_id: str, scopes: Any, client: Any, request: Request, *_: Any, **__: Any) -> bool:
        """Whether all that is asked for is a scope, and registered for the app."""
        held = _registration(client.pk)
        try:
            asked = read_scopes(" ".join(scopes))
        except BadScope:
            return False
        is_system = bool(held and held.kind == "system")
        right = all((scope.context is Context.SYSTEM) == is_system for scope in asked.scopes)
        return bool(held and asked.scopes and right and asked.within(read_scopes(held.scopes)) == asked)

    def get_default_scopes(self, client_id: str, request: Request, *_: Any, **__: Any) -> list[str]:
        """Give what an app asks for that names nothing: nothing, and that is refused."""
        return []

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Request, *_: Any, **__: Any) -> bool:
        """Whether the address is, letter by letter, one that was registered."""
        return redirect_uri in request.client.redirect_uris.split()

    # --- codes: kept as digests, used once -----------------------------------------------------------------------

    def _create_authorization_code(self, request: Request, code: dict[str, str], expires: Any = None) -> Any:
        return super()._create_authorization_code(request, {**code, "code": digest_of(code["code"])}, expires)

    def validate_code(self, client_id: str, code: str, client: Any, request: Request, *_: Any, **__: Any) -> bool:
        """Whether a code is good; one that was used before ends everything that came of it."""
        _tell(code_digest=digest_of(code))
        found = Grant.objects.filter(code=digest_of(code), application=client).first()
        consent = Consent.objects.filter(code_digest=digest_of(code)).first()
        if consent is None:
            return False
        if found is None:
            end_consent(consent, at=timezone.now(), event="app-code-replayed")
            return False
        _tell(handed_in_login_id=str(found.user_id))
        request.consent_id = consent.pk
        return consent.withdrawn_at is None and super().validate_code(client_id, digest_of(code), client, request)

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Request, *_: Any, **__: Any
    ) -> bool:
        """Whether the code was handed over at the address that is named again."""
        found = Grant.objects.filter(code=digest_of(code), application=client).first()
        return found is not None and found.redirect_uri == redirect_uri

    def get_code_challenge(self, code: str, request: Request) -> Any:
        """Give the app's challenge (RFC 7636)."""
        return super().get_code_challenge(digest_of(code), request)

    def get_code_challenge_method(self, code: str, request: Request) -> Any:
        """Give how the challenge is made: always S256."""
        return super().get_code_challenge_method(digest_of(code), request)

    def get_authorization_code_scopes(self, client_id: str, code: str, redirect_uri: str, request: Request) -> Any:
        """Give what the person said yes to."""
        return super().get_authorization_code_scopes(client_id, digest_of(code), redirect_uri, request)

    def invalidate_authorization_code(self, client_id: str, code: str, request: Request, *_: Any, **__: Any) -> None:
        """Take a code away; of two that hand it in at once, one is refused."""
        gone, _rows = Grant.objects.filter(code=digest_of(code), application=request.client).delete()
        if not gone:
            raise errors.InvalidGrantError(request=request)

    # --- tokens: each of a consent -------------------------------------------------------------------------------

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Request, *_: Any, **__: Any) -> bool:
        """Whether a refresh token is good; one that was used before ends everything that came of its consent."""
        held = (
            RefreshToken.objects.filter(token_checksum=digest_of(refresh_token), application=client)
            .order_by("-pk")
            .first()
        )
        if held is None:
            return False
        _tell(handed_in_login_id=str(held.user_id))
        consent = _consent_of_family(held.token_family)
        if held.revoked is not None:
            if consent is not None:
                end_consent(consent, at=timezone.now(), event="app-token-replayed")
            return False
        if consent is None or consent.withdrawn_at is not None or consent.ends_at <= timezone.now():
            return False
        request.consent_id = consent.pk
        return bool(super().validate_refresh_token(refresh_token, client, request))

    def _save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        if request.grant_type == "client_credentials":
            request.consent_id = _consent_of_system(request)
        _tell(consent_id=str(request.consent_id))
        consent = Consent.objects.get(pk=request.consent_id)
        if not read_scopes(consent.scopes).is_lasting:
            token.pop("refresh_token", None)
        super()._save_bearer_token(token, request, *args, **kwargs)
        made = AccessToken.objects.get(token_checksum=digest_of(token["access_token"]))
        ConsentToken.objects.create(token=made, consent=consent)
        _note("app-token", "write", consent, {"client": request.client.client_id, "consent": consent.pk})
        if consent.patient_id is not None:
            token["patient"] = _public_id(digest_of(token["access_token"]))

    def revoke_token(self, token: str, token_type_hint: str, request: Request, *args: Any, **kwargs: Any) -> None:
        """Take a token back at the app's own wish, and what it came of; an unknown one is as good as taken back."""
        mark = digest_of(token)
        held = (
            AccessToken.objects.filter(token_checksum=mark, application=request.client).first()
            or RefreshToken.objects.filter(token_checksum=mark, application=request.client).first()
        )
        if isinstance(held, AccessToken) and not RefreshToken.objects.filter(access_token=held).exists():
            held.delete()  # a system's, or one of a short visit: the consent itself stays until its day
        elif held is not None:
            family = held if isinstance(held, RefreshToken) else RefreshToken.objects.get(access_token=held)
            if (consent := _consent_of_family(family.token_family)) is not None:
                end_consent(consent, at=timezone.now(), event="app-token-revoked")


def end_consent(consent: Consent, *, at: Any, event: str) -> None:
    """End a consent and every token that came of it."""
    _tell(consent_id=str(consent.pk))
    Consent.objects.filter(pk=consent.pk, withdrawn_at=None).update(withdrawn_at=at)
    drop_tokens(consent.pk, at=at)
    _note(event, "write", consent, {"consent": consent.pk})


def drop_tokens(consent_id: int, *, at: Any, using: str = "default") -> None:
    """Make every token of a consent useless."""
    tokens = AccessToken.objects.using(using).filter(consenttoken__consent_id=consent_id)
    RefreshToken.objects.using(using).filter(access_token__in=tokens, revoked=None).update(revoked=at)
    tokens.delete()


def _registration(application_id: int) -> AppRegistration | None:
    return AppRegistration.objects.filter(application_id=application_id, removed_at=None).first()


def _consent_of_family(family: Any) -> Consent | None:
    """Find the consent behind a family of refresh tokens, by the newest of them that has its access token."""
    found = (
        ConsentToken.objects.filter(token__refresh_token__token_family=family).values_list("consent_id", flat=True)
    ).first()
    if found is None:
        return None
    _tell(consent_id=str(found))
    return Consent.objects.filter(pk=found).first()


def _consent_of_system(request: Request) -> int:
    """Find the consent that a system was registered with. Raises InvalidClientError where it has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT forloeb_system_consent(%s)", [request.client.pk])
        (found,) = cursor.fetchone()
    if found is None:
        raise errors.InvalidClientError(request=request)
    return int(found)


def _public_id(mark: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT patient_public_id FROM forloeb_token_holder(%s)", [mark])
        row = cursor.fetchone()
    if row is None:
        raise errors.InvalidGrantError
    return str(row[0])


def _tell(**settings: str) -> None:
    """Tell PostgreSQL what is spoken of, for the length of this transaction."""
    with connection.cursor() as cursor:
        for name, text in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [f"forloeb.{name}", text])


def _note(event: str, action: Any, consent: Consent | None, detail: dict[str, object]) -> None:
    log.append(
        action=action,
        event=event,
        viewer=consent.viewer if consent else "app",
        login_id=consent.login_id if consent else None,
        organization_id=consent.organization_id if consent else None,
        patient_id=consent.patient_id if consent else None,
        detail=detail,
    )
