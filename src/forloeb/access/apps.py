"""Tells Django of this room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The room `access`."""

    name = "forloeb.access"
    label = "access"
