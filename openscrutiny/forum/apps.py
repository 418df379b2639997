"""What the forum decides. Meetings, seats and minutes attach here."""

from django.apps import AppConfig


class ForumConfig(AppConfig):
    name = "openscrutiny.forum"
    label = "forum"
