"""The kernel app: people, access, layout and forms."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "openscrutiny.base"
    label = "base"
