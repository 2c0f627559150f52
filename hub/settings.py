"""Django's settings. What depends on one installation is laid over these by `prepare.configure`; no secret stands here.

Imported as it is (by a type checker, or to write a migration) it means a hub in memory with a key of this process alone.
"""

from __future__ import annotations

import secrets

INSTALLED_APPS = ["hub.apps.HubApp"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hub.content_policy.ContentPolicy",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "hub.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES: dict[str, dict[str, object]] = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = secrets.token_urlsafe(50)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
USE_TZ = True
TIME_ZONE = "UTC"  # moments are UTC everywhere; pages show them in the programme's zone
LOGGING_CONFIG = None  # the command line sets logging up, once for all of the process
SECURE_REFERRER_POLICY = "no-referrer"
