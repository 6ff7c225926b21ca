"""Hypothesis in this folder measures behaviour, not speed: a busy machine must not fail a test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("rookery-standins", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rookery-standins")
