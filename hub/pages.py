"""The hub's pages: what is asked for, turned into rows and words. What the rows are is said in `overview`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hub import overview as rows

LIVE_S = 5  # how often the page asks anew when it is told to follow


@require_safe
@cache_control(no_store=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Members, newest facts and kiosks. `?live` makes the browser ask again every LIVE_S seconds."""
    live_s = LIVE_S if "live" in request.GET else 0
    shown = {"sums": rows.sums(), "members": rows.members(), "facts": rows.facts(), "kiosks": rows.kiosks(), "live_s": live_s}
    return render(request, "hub/overview.html", shown)


@require_safe
@cache_control(no_store=True)
def status(request: HttpRequest) -> JsonResponse:
    """The hub in numbers, for a status line."""
    return JsonResponse(rows.status())


@require_safe
@cache_control(max_age=3600)
def stylesheet(request: HttpRequest) -> HttpResponse:
    """How the pages look."""
    return HttpResponse(_stylesheet(), content_type="text/css; charset=utf-8")


@cache
def _stylesheet() -> str:
    return (files("hub") / "static" / "hub.css").read_text(encoding="utf-8")
