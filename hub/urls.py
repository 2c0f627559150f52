"""Addresses of the hub's pages."""

from __future__ import annotations

from django.urls import path

from hub import pages

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("status.json", pages.status, name="status"),
    path("hub.css", pages.stylesheet, name="stylesheet"),
    path("hub.svg", pages.icon, name="icon"),
]
