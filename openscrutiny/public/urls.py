"""Addresses of the public pages."""

from django.urls import path

from openscrutiny.public import views

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
