"""Reads the settings of single sign-on from the environment: all of them, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = ("SERVER", "CLIENT", "SECRET", "NAME")


def single_sign_on(environment: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """What people call the other site, and the library's settings for it; empty where none is set.

    RuntimeError where some of the settings are missing, or the server is not asked by TLS.
    """
    given = {name: environment.get(f"OPENSCRUTINY_SSO_{name}", "") for name in _NAMES}
    if not any(given.values()):
        return "", {}
    missing = [f"OPENSCRUTINY_SSO_{name}" for name in _NAMES if not given[name]]
    if missing:
        raise RuntimeError(
            f"For single sign-on {', '.join(missing)} must be set as well. Set all of them, or "
            "none."
        )
    if not given["SERVER"].startswith("https://"):
        raise RuntimeError("OPENSCRUTINY_SSO_SERVER must begin with https://.")
    app = {
        "provider_id": "sso",
        "name": given["NAME"],
        "client_id": given["CLIENT"],
        "secret": given["SECRET"],
        "settings": {"server_url": given["SERVER"], "oauth_pkce_enabled": True},
    }
    return given["NAME"], {"openid_connect": {"APPS": [app]}}
