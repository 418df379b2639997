"""The token of a form: against forgery, and for whom the form was made."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from openscrutiny.base.unsent import FIELD, made_for

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: template.Context) -> SafeString:
    """Django's own tag, and the signed mark of the person for whom the form is made."""
    token: Any = context.get("csrf_token")
    if not token or token == "NOTPROVIDED":  # noqa: S105 - Django's word for none
        return SafeString("")
    hidden = '<input type="hidden" name="{}" value="{}">'
    request = context.get("request")
    mark = made_for(getattr(request, "user", None))
    said = format_html(hidden, "csrfmiddlewaretoken", token)
    return said + format_html(hidden, FIELD, mark) if mark else said
