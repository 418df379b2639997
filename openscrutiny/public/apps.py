"""The public face: home, what explains the figures, and the public account."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "openscrutiny.public"
    label = "public"
