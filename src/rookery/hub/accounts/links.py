"""What a sign-in link looks like.

    http://HUB/sign-in#TOKEN

The token stands behind `#`, which browsers send to nobody: not to the hub, whose proxies may keep a log, not to
another site as Referer, not to whatever fetches a link to show a preview of it. A small script puts it into the form
of the page; only sending that form uses the link up. Without scripts the token can be typed in.
"""

from __future__ import annotations

from rookery.hub.address import PublicAddress


def sign_in_link(address: PublicAddress, token: str) -> str:
    """Gives the absolute link for a token."""
    return f"{address.base}/sign-in#{token}"
