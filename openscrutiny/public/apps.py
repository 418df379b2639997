"""The public face: home and what explains the figures."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "openscrutiny.public"
    label = "public"
