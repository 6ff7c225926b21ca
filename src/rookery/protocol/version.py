"""The protocol version spoken by both sides.

A version is the string ``"<request>.<response>"`` (protocol 2.3): the first number changes for incompatible
requests, the second for anything additive. Receivers never refuse a query because of its version.
"""

from __future__ import annotations

PROTOCOL_VERSION = "1.2"
"""Sent as ``version`` in every request and as the last path segment of the settings endpoints."""

RESPONSE_VERSION = 2
"""Default of ``SettingsResponse.response_version``: which column of platform defaults applies."""
