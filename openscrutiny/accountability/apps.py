"""Accountability: questions, answers, recommendations, and what became of them."""

from django.apps import AppConfig


class AccountabilityConfig(AppConfig):
    name = "openscrutiny.accountability"
    label = "accountability"
