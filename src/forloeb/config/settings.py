"""Django's settings, read from the environment. `docs/reference/settings.md` lists every variable."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from forloeb.config.database import database_settings
from forloeb.jobs.demo import cast
from forloeb.kernel import languages

BASE = Path(__file__).parents[1]


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


DEBUG = _flag("FORLOEB_DEBUG")
DEMO = _flag("FORLOEB_DEMO")
"""A demo database is in use: made by `forloeb serve --demo`, only synthetic people in it."""

# Without a key of its own a process can keep no session across restarts, and no two processes can share one.
SECRET_KEY = os.environ.get("FORLOEB_SECRET_KEY") or secrets.token_urlsafe(48)
ALLOWED_HOSTS = os.environ.get("FORLOEB_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("FORLOEB_ORIGINS", "").split(",") if o]
ROOT_URLCONF = "forloeb.config.urls"
WSGI_APPLICATION = "forloeb.config.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "oauth2_provider",
    "forloeb.audit",
    "forloeb.people",
    "forloeb.access",
    "forloeb.records",
    "forloeb.editions",
    "forloeb.careplans",
    "forloeb.web",
]

MIDDLEWARE = [
    "forloeb.web.security.SecurityHeaders",
    "forloeb.web.launch.framing.Framing",
    "django.middleware.security.SecurityMiddleware",
    "forloeb.web.compression.Compression",
    "forloeb.web.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "forloeb.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "forloeb.web.environment.environment",
            "context_processors": ["django.contrib.messages.context_processors.messages"],
        },
    }
]

DATABASES = database_settings(os.environ)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "forloeb_session"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_IDLE_SECONDS = 60 * int(os.environ.get("FORLOEB_IDLE_MINUTES", "30"))
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
PLAIN_HTTP = DEBUG or DEMO or _flag("FORLOEB_PLAIN_HTTP")
"""Whether we speak without TLS: on a closed machine only."""
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PLAIN_HTTP
CSRF_COOKIE_HTTPONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _flag("FORLOEB_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

LANGUAGE_CODE = languages.DANISH.code
LANGUAGES = [(language.code, language.own_name) for language in languages.LANGUAGES]
LOCALE_PATHS = [BASE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Copenhagen"

# Mail goes out through one server, named as smtp://user:password@host:587?tls=1; without one nothing is sent.
SITE_URL = os.environ.get("FORLOEB_SITE_URL", "").rstrip("/")
DEFAULT_FROM_EMAIL = os.environ.get("FORLOEB_MAIL_FROM", "")
_SMTP = urlsplit(os.environ.get("FORLOEB_SMTP_URL", ""))
EMAIL_HOST, EMAIL_PORT = _SMTP.hostname or "", _SMTP.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_USE_TLS = "tls=1" in _SMTP.query
EMAIL_TIMEOUT = 20
SENDS_MAIL = bool(EMAIL_HOST and DEFAULT_FROM_EMAIL and SITE_URL)

# What stands behind the ports to practices' record systems: opened by name, for the rooms do not know each other.
OPEN_CARD = "forloeb.adapters.lps.open_card"
OPEN_REFERRAL_INBOX = "forloeb.adapters.municipality.open_inbox"
OPEN_REFERRAL_ANSWERS = "forloeb.adapters.municipality.open_answers"
OPEN_RESULTS = "forloeb.adapters.lps.open_results"

# The citizen's nationwide no, asked through a gateway; without an address it is not asked, and the pages say so.
OPEN_NATIONAL_BLOCKS = "forloeb.adapters.national.open_blocks"
MINSPAERRING_URL = os.environ.get("FORLOEB_MINSPAERRING_URL", "")
MINSPAERRING_TOKEN = os.environ.get("FORLOEB_MINSPAERRING_TOKEN", "")

# The register of who treats whom (BRS); without an address it is not asked.
OPEN_TREATMENT_RELATIONS = "forloeb.adapters.national.open_relations"
BRS_URL = os.environ.get("FORLOEB_BRS_URL", "")
BRS_TOKEN = os.environ.get("FORLOEB_BRS_TOKEN", "")

# The log that citizens read. Without an address nothing is sent, and all of it is when one is named.
OPEN_NATIONAL_LOG = "forloeb.adapters.national.open_log"
MINLOG_URL = os.environ.get("FORLOEB_MINLOG_URL", "")
MINLOG_TOKEN = os.environ.get("FORLOEB_MINLOG_TOKEN", "")

# The person register. Without an address people are as new as the last import.
OPEN_PERSON_REGISTER = "forloeb.adapters.national.open_person_register"
CPR_URL = os.environ.get("FORLOEB_CPR_URL", "")
CPR_TOKEN = os.environ.get("FORLOEB_CPR_TOKEN", "")

# The shared medication card. Without an address medication is as new as the last import.
OPEN_MEDICATION_CARD = "forloeb.adapters.national.open_medication_card"
FMK_URL = os.environ.get("FORLOEB_FMK_URL", "")
FMK_TOKEN = os.environ.get("FORLOEB_FMK_TOKEN", "")

ACCESSIBILITY_CONTACT = os.environ.get("FORLOEB_ACCESSIBILITY_CONTACT", "").strip()
"""Whom to tell of a barrier, as the accessibility statement says: an e-mail address, or a line of text."""

STATIC_URL = "/static/"
# Served from where they lie: an address carries a mark of its file's content, so that a browser may keep it for a year.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 0 if DEBUG else 31_536_000
WHITENOISE_AUTOREFRESH = DEBUG

# OpenID Connect: the broker in front of MitID and of the professionals' sign-in.
OIDC_ISSUER = os.environ.get("FORLOEB_OIDC_ISSUER", "")
OIDC_CLIENT_ID = os.environ.get("FORLOEB_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = os.environ.get("FORLOEB_OIDC_CLIENT_SECRET", "")
# How sure the provider must be of who someone is: the national standard's levels (NSIS), substantial or better.
OIDC_LEVELS = os.environ.get(
    "FORLOEB_OIDC_LEVELS",
    "https://data.gov.dk/concept/core/nsis/Substantial https://data.gov.dk/concept/core/nsis/High",
).split()
OIDC_LEVEL_CLAIM = os.environ.get("FORLOEB_OIDC_LEVEL_CLAIM", "acr")

CLIENT_KEY_FILE = os.environ.get("FORLOEB_CLIENT_KEY_FILE", "")
"""The key by which we prove who we are to record systems; made beside the embedded database unless one is named."""

# The invented people whom a demo offers to sign in as. Elsewhere there are none, and no other database knows them.
DEMO_ISSUER = cast.ISSUER
DEMO_PERSONAS = (
    *((key, "") for key in (*cast.STAFF, *cast.OTHER_SECTORS)),
    *((persona.key, persona.about) for persona in cast.CAST),
    *((key, "") for key in cast.RELATIVES),
)
if not (DEBUG or DEMO):
    DEMO_PERSONAS = ()

# The authorization server for apps of others: short-lived tokens kept as digests, PKCE with S256, codes used once.
AUTH_USER_MODEL = "access.Login"
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth2_provider.AccessToken"  # noqa: S105  a model's name
OAUTH2_PROVIDER = {
    "OAUTH2_VALIDATOR_CLASS": "forloeb.access.grants.Validator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 90 * 86_400,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],
    # What RFC 9700 advises, all of it.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
}

SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
