"""Addresses of questions and recommendations."""

from openscrutiny.accountability.views import questions, recommendations

urlpatterns = [*questions.urlpatterns, *recommendations.urlpatterns]
