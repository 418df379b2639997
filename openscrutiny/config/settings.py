"""Settings of the web pages. What differs between installations comes from the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from openscrutiny.config.mail_settings import digest_moment, mail_server
from openscrutiny.config.sign_on_settings import single_sign_on
from openscrutiny.warehouse import places

CHECKOUT = Path(__file__).resolve().parents[2]
ASSETS = CHECKOUT / "build" / "assets"


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _secret(folder: Path) -> str:
    """The key from the environment, else one made once and kept, readable by the owner alone."""
    given = os.environ.get("OPENSCRUTINY_SECRET")
    if given:
        return given
    kept = folder / "secret"
    try:
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return kept.read_text(encoding="utf-8") or secrets.token_urlsafe(50)


def _database(folder: Path) -> dict[str, object]:
    """SQLite in the place's folder, or the PostgreSQL of ``DATABASE_URL``."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "web.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise RuntimeError(
            "DATABASE_URL cannot be used. Write it as postgresql://user:password@host:port/name, "
            "or leave it out to use SQLite."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


# The place these pages serve is fixed when they start: another place has another database.
# Before anything was imported there is none, and the pages say what to do.
_place = places.current()
PLACE = _place.id if _place else None
AREAS = _place.areas if _place else None
STATE = _place.folder if _place else places.home()
STATE.mkdir(parents=True, exist_ok=True)

SECRET_KEY = _secret(STATE)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("OPENSCRUTINY_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("OPENSCRUTINY_ORIGINS", "").split(",") if o]
# Behind a TLS proxy cookies travel only over TLS.
BEHIND_TLS = _flag("OPENSCRUTINY_TLS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_HSTS_SECONDS = 31536000 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 60 * 60
CSRF_FAILURE_VIEW = "openscrutiny.base.views.form_too_old"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The address people know the pages by, for links in mails; without it mails carry no links.
ADDRESS = os.environ.get("OPENSCRUTINY_ADDRESS", next(iter(CSRF_TRUSTED_ORIGINS), "")).rstrip("/")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "openscrutiny.base",
    "openscrutiny.monitor",
    "openscrutiny.forum",
    "openscrutiny.scrutiny",
    "openscrutiny.accountability",
    "openscrutiny.public",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "openscrutiny.base.access.NotKeptMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "openscrutiny.base.unsent.UnsentMiddleware",
    "openscrutiny.forum.terms.ReadOnceMiddleware",
    "openscrutiny.base.access.RefusalMiddleware",
    "openscrutiny.base.second_factor.SecondFactorMiddleware",
    "openscrutiny.base.sign_ins.SignInMiddleware",
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

ROOT_URLCONF = "openscrutiny.config.urls"
WSGI_APPLICATION = "openscrutiny.config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "openscrutiny.base.layout.context",
            ],
            "builtins": [
                "openscrutiny.base.templatetags.words",
                "openscrutiny.base.templatetags.forms_of",
            ],
        },
    }
]
FORM_RENDERER = "openscrutiny.base.forms.Renderer"

DATABASES = {"default": _database(STATE)}
# Counts attempts to sign in and remembers used codes. In the database, because limits must hold
# across processes and restarts; no page reads it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "attempts",
        "OPTIONS": {"MAX_ENTRIES": 10000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "base.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "openscrutiny.base.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
# No address is asked for, so none can leak and none must be verified.
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, whether or not the browser is closed
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
# The address of whoever signs in, for the rate limits; behind our TLS proxy it is the proxy's word.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_TLS else 0
# What the other site is called with which people may sign in; empty where there is none.
SINGLE_SIGN_ON, SOCIALACCOUNT_PROVIDERS = single_sign_on(os.environ)
SOCIALACCOUNT_ADAPTER = "openscrutiny.base.single_sign_on.SingleSignOnAdapter"
# A link, not a form: no form may lead to another site. What comes back is held against a state.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "openscrutiny.base.adapters.SecondFactorAdapter"
# A passkey stands beside an authenticator app, so that there is a code where no script runs.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_TOLERANCE = 1  # one step of 30 seconds, for clocks that are a little wrong
MFA_RECOVERY_CODES_SHOW_ONCE = True
# How long an address to set up an account can be used.
PASSWORD_RESET_TIMEOUT = 7 * 24 * 60 * 60
# Set by ``openscrutiny run`` alone, which serves one person on their own machine.
SHOWS_CODES = _flag("OPENSCRUTINY_SHOWS_CODES") and not BEHIND_TLS
# What stands on the thread, and who describes it (base.thread.Kind), in the order of the chain.
THREAD_KINDS = "openscrutiny.config.registry.KINDS"
# What may be done from a thing of each kind (base.thread.Next).
THREAD_NEXT = "openscrutiny.config.registry.NEXT"
# Which apps say what waits for a person (base.work.Source).
WORK_SOURCES = "openscrutiny.config.registry.WORK"
# What proposes itself for the work programme (forum.candidates.Source).
PROGRAMME_SOURCES = "openscrutiny.config.registry.PROGRAMME"
# Which rules tell people by e-mail and post (base.mail.rules.Rules).
MAIL_RULES = "openscrutiny.config.registry.RULES"
# Without OPENSCRUTINY_MAIL_URL there is no mail server: messages wait, and the pages say so.
MAIL_SERVER = os.environ.get("OPENSCRUTINY_MAIL_URL", "")
_mail = mail_server(MAIL_SERVER)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("OPENSCRUTINY_MAIL_FROM", f"openscrutiny@{_mail.host}")
# When the weekly digest goes out, in the place's time zone: (weekday from Monday = 0, hour).
DIGEST = digest_moment(os.environ.get("OPENSCRUTINY_DIGEST", "Monday 8"))
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, object]] = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "openscrutiny.base.guessable.GuessablePasswordValidator"},
]

# A list of passwords known from breaches, as it is published, on this machine; optional.
_breached = os.environ.get("OPENSCRUTINY_BREACHED", "")
if _breached:
    if not Path(_breached).is_file():
        raise RuntimeError(
            f"OPENSCRUTINY_BREACHED names {_breached}, and there is no such file. Name the list of "
            "hashes, or leave it out."
        )
    AUTH_PASSWORD_VALIDATORS.append(
        {
            "NAME": "openscrutiny.base.breached.BreachedPasswordValidator",
            "OPTIONS": {"path": _breached},
        }
    )

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [ASSETS]
# Served where they were built; addresses carry a hash of the content, so they may be kept long.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 86400

# A published file may be large; Django keeps it on disk while it arrives.
LARGEST_UPLOAD = 250 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# Data sets without any story, drawn to learn how many findings chance alone would bring. Fewer
# make that number rougher and nothing else; the pages say how many there were.
CHANCE_DATASETS = int(os.environ.get("OPENSCRUTINY_CHANCE_DATASETS", "200"))
CHANCE_SEED = 20240301

# Addresses without their queries and secrets, no names, no network addresses.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"secrets": {"()": "openscrutiny.base.log_redaction.SecretAddressFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
