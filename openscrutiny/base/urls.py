"""Addresses of signing in and out, a person's work, the thread and the audit trail."""

from django.urls import path

from openscrutiny.base import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("your-work/", views.work, name="work"),
    path("thread/<str:reference>/", views.thread, name="thread"),
    path("audit/", views.audit_trail, name="audit"),
]
