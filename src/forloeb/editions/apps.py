"""Tells Django of this room."""

from django.apps import AppConfig


class EditionsConfig(AppConfig):
    """The room `editions`."""

    name = "forloeb.editions"
    label = "editions"
