"""Naive peers: small honest programs of what a competent person would write first. Never product code."""
