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
    """Open cases, kiosks, members, newest facts and those that made no sense. `?live` makes the browser ask again every LIVE_S seconds."""
    live_s = LIVE_S if "live" in request.GET else 0
    people = {"cases": rows.cases(), "members": rows.members(), "facts": rows.facts(), "marks": rows.marks()}
    shown = {"sums": rows.sums(), "kiosks": rows.kiosks(), "live_s": live_s, **people}
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
    return HttpResponse(_shipped("hub.css"), content_type="text/css; charset=utf-8")


@require_safe
@cache_control(max_age=3600)
def icon(request: HttpRequest) -> HttpResponse:
    """Steps, for the tab of the browser."""
    return HttpResponse(_shipped("hub.svg"), content_type="image/svg+xml")


@cache
def _shipped(name: str) -> str:
    return (files("hub") / "static" / name).read_text(encoding="utf-8")
