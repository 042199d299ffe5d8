"""What is done to the pixels of a strip, against numpy and pictures that are drawn by hand."""

import numpy as np
import pytest

from EchoMeasureLib.measuring.envelope.pixels import find_things, median, percentiles


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_percentiles_and_medians_are_those_of_numpy(count: int, kind: type[np.floating]) -> None:
    values = np.random.default_rng(count).uniform(0, 255, (3, count)).astype(kind)
    for shares in ((5, 25), (98,), (70,)):
        expected = [np.percentile(values, share, axis=1) for share in shares]
        assert np.allclose(percentiles(values, *shares), expected, rtol=1e-6)
    assert median(values[0]) == pytest.approx(float(np.median(values[0])), rel=1e-6)


def test_things_touch_at_corners_and_end_where_they_are_drawn() -> None:
    picture = np.array([[1, 0, 0, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1]], bool)

    things = find_things(picture)

    assert things.ends.tolist() == [[0, 2, 0, 2], [1, 3, 4, 5]]
    assert things.of(0).tolist() == [0, 6]
    assert things.of(1).tolist() == [9, 14]
    levels = np.arange(15, dtype=np.float32).reshape(3, 5)
    assert things.means(levels).tolist() == [3, 11.5]


def test_in_an_empty_picture_there_is_no_thing() -> None:
    things = find_things(np.zeros((4, 4), bool))

    assert things.ends.shape == (0, 4)
    assert things.means(np.zeros((4, 4), np.float32)).shape == (0,)
