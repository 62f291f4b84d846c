"""The application that the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forloeb.config.settings")
_pages = get_wsgi_application()

from forloeb.api.fhir.face import FhirFace  # noqa: E402  models are known from here on

application = FhirFace(_pages)
