"""Signed links: what was signed reads back; whatever was changed is not genuine; other URLs are not ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.files.links import LinkSigner
from rookery.hub.vault import new_identifier

BASE = "http://hub.example:8080"
signer = LinkSigner(b"k" * 32)
file_ids = st.builds(lambda raw: f"f-{raw.hex()}", st.binary(min_size=16, max_size=16))
moments = st.integers(min_value=0, max_value=99_999_999_999).map(lambda s: datetime.fromtimestamp(s, UTC))
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
bases = st.sampled_from([BASE, "https://files.example", "http://127.0.0.1:5", "https://example.org/under/path"])


@given(bases, file_ids, names, moments)
def test_a_link_reads_back_as_it_was_made(base: str, file_id: str, name: str, expires_at: datetime) -> None:
    link = signer.parse_link(base, signer.build_link(base, file_id, name, expires_at))
    assert link is not None
    assert (link.file_id, link.expires_at, link.is_genuine) == (file_id, expires_at, True)


@given(bases, bases, file_ids, moments)
def test_a_link_made_under_another_address_is_still_ours(a: str, b: str, file_id: str, expires_at: datetime) -> None:
    link = signer.parse_link(b, signer.build_link(a, file_id, "x", expires_at))
    assert link is not None
    assert link.is_genuine


@given(file_ids, file_ids, moments, moments)
def test_a_signature_is_good_for_its_file_and_moment_only(a: str, b: str, x: datetime, y: datetime) -> None:
    signature = signer.build_link(BASE, a, "n", x).rpartition("=")[2]
    link = signer.read_query(b, str(int(y.timestamp())), signature)
    assert link.is_genuine == (a == b and x == y)


@given(file_ids, moments)
def test_another_hub_does_not_accept_it(file_id: str, expires_at: datetime) -> None:
    url = LinkSigner(b"other" * 8).build_link(BASE, file_id, "x", expires_at)
    here, elsewhere = signer.parse_link(BASE, url), signer.parse_link("http://elsewhere", url)
    assert here is not None
    assert not here.is_genuine
    assert elsewhere is None


@given(st.text(), st.none() | st.text(), st.none() | st.text())
def test_no_input_breaks_the_reading_or_passes(file_id: str, expires: str | None, signature: str | None) -> None:
    assert not signer.read_query(file_id, expires, signature).is_genuine


@given(st.text() | st.text().map(lambda tail: BASE + "/files/" + tail))
def test_no_url_breaks_the_reading(url: str) -> None:
    link = signer.parse_link(BASE, url)
    assert link is None or not link.is_genuine


@given(file_ids, moments, st.data())
def test_one_changed_character_is_noticed(file_id: str, expires_at: datetime, data: st.DataObject) -> None:
    url = signer.build_link(BASE, file_id, "n", expires_at)
    place = data.draw(st.integers(min_value=url.index("?"), max_value=len(url) - 1))
    other = data.draw(st.sampled_from("0123456789abcdefgz&=%").filter(lambda c: c != url[place]))
    link = signer.parse_link(BASE, url[:place] + other + url[place + 1 :])
    assert link is None or not link.is_genuine


@pytest.mark.parametrize(
    "url",
    [
        "",
        "files",
        "http://[",
        "ftp://hub.example:8080/files/f-00000000000000000000000000000000/x",
        "http://hub.example:8080/api/files/f-1",
        "http://hub.example:8080/files/f-1/x",
        "http://hub.example:8080/files/f-00000000000000000000000000000000",
        "http://hub.example:80/files/f-00000000000000000000000000000000/x",
        "https://hub.example:8080/files/f-00000000000000000000000000000000/x",
        "http://hub.example:99999999/files/f-00000000000000000000000000000000/x",
        "http://hub.example:8080/" + "&a=b" * 100,
    ],
)
def test_other_urls_are_not_links_of_this_hub(url: str) -> None:
    assert signer.parse_link(BASE, url) is None


def test_a_link_without_signature_is_ours_and_not_genuine() -> None:
    link = signer.parse_link(BASE, f"{BASE}/files/{new_identifier('f')}/x")
    assert link is not None
    assert not link.is_genuine
