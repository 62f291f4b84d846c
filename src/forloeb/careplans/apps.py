"""Tells Django of this room."""

from django.apps import AppConfig


class CarePlansConfig(AppConfig):
    """The room `careplans`."""

    name = "forloeb.careplans"
    label = "careplans"
