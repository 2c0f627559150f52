"""Floors: the least that any program must do for the same task. Never product code."""
