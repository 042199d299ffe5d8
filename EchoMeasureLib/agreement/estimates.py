"""A number that was estimated from pairs, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic with its confidence interval of 95 %."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    """Why there is no number; where there is one, why it has no interval. Else empty."""

    @classmethod
    def missing(cls, reason: str) -> Estimate:
        """No number, and why."""
        return cls(None, reason=reason)

    def times(self, factor: float) -> Estimate:
        """The same in another unit."""
        numbers = (self.value, self.low, self.high)
        value, low, high = (None if n is None else n * factor for n in numbers)
        return Estimate(value, low, high, self.reason)
