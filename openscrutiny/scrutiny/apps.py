"""Scrutiny: what becomes of a finding, and lines of enquiry."""

from django.apps import AppConfig


class ScrutinyConfig(AppConfig):
    name = "openscrutiny.scrutiny"
    label = "scrutiny"
