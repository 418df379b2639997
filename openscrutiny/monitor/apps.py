"""The monitor: findings, area, strand, measure and data pages."""

from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "openscrutiny.monitor"
    label = "monitor"
