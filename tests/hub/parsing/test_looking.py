"""Looking at pictures in this process: any mode, any bytes. In the hub a worker does it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rookery.hub.parsing.facts import facts_from_json
from rookery.hub.parsing.pictures import look_at


def damaged(at: int, noise: bytes) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "#cc2030").save(target, "GIF")
    data = target.getvalue()
    return data[:at] + noise + data[at + len(noise) :]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_any_mode_can_be_looked_at(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tiff"
    Image.new(mode, (8, 9)).save(path, "TIFF")
    found = look_at(path)
    assert found.facts is not None
    facts = facts_from_json(found.facts)
    assert (facts.width, facts.height) == (8, 9)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("looking") / "a.gif"


@given(data=st.binary(max_size=200) | st.builds(damaged, st.integers(0, 300), st.binary(max_size=20)))
def test_any_bytes_have_facts_or_a_reason(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    found = look_at(path)
    assert (found.facts is None) != (found.trouble is None)
