"""Tells Django of this room."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The room `records`."""

    name = "forloeb.records"
    label = "records"
