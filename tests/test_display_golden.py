"""Golden pictures: what every scene looks like on every screen in every language, pixel by pixel."""

from __future__ import annotations

import pytest

from tests.pictures import GOLDEN, Case, cases, difference, golden, painted, write_report

ACCEPT = "if it should look so: python -m tests.golden_pictures --accept"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_picture_is_as_accepted(case: Case) -> None:
    """Every pixel of the scene is as in the accepted picture; a difference is laid out in an HTML report."""
    if difference(painted(case), golden(case.name)) is not None:
        pytest.fail(f"{case.name} differs from tests/golden: see {write_report([case.name])}; {ACCEPT}")


def test_no_picture_is_left_over() -> None:
    """A golden picture that no scene paints any more fails like a missing one."""
    assert {path.stem for path in GOLDEN.iterdir()} == {case.name for case in cases()}, ACCEPT
