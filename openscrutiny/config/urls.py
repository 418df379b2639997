"""Every address of the site, app by app, and the pages for what went wrong."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("openscrutiny.public.urls")),
    path("", include("openscrutiny.scrutiny.urls")),
    path("", include("openscrutiny.monitor.urls")),
    path("", include("openscrutiny.forum.urls")),
    path("", include("openscrutiny.accountability.urls")),
    path("", include("openscrutiny.base.urls")),
]

handler404 = "openscrutiny.base.views.not_found"
# The sign-in library looks for this name.
handler429 = "openscrutiny.base.sign_in_views.too_many"
handler500 = "openscrutiny.base.views.broken"
