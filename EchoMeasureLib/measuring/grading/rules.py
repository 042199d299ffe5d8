"""What every grading has in common: criteria that hold or not, or are not known, and a grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from EchoMeasureLib.rounding import rounded

INSUFFICIENT = "insufficient"
"""The outcome of every table when what is known fits more than one."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question that a table asks of the numbers."""

    id: str
    words: str
    """What it asks, with the limit and its unit, such as "TR above 2.8 m/s"."""
    holds: bool | None
    """None when the number is missing."""


@dataclass(frozen=True, slots=True)
class Grade:
    """The answer of one table."""

    table: str
    """Id of the table, such as "diastole_2016"."""
    version: str
    """Changes with any outcome that the table gives."""
    guideline: str
    outcome: str
    """One word of the table, such as "raised_II"; `insufficient` when it cannot be said."""
    words: str
    """The outcome for people."""
    fired: tuple[str, ...] = ()
    """The rules that led there, in order, by their ids in the table."""
    missing: tuple[str, ...] = ()
    """Names of the inputs that were not given and could have changed the outcome."""
    changes: tuple[str, ...] = ()
    """What would change the outcome, one criterion each, such as "TR above 2.8 m/s: raised"."""
    criteria: tuple[Criterion, ...] = ()
    """What was asked, and how it stood."""
    notes: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """The rules for people, such as "N2 > R3"."""
        return " > ".join(self.fired)


Known = Mapping[str, bool | None]
Answer = tuple[str, tuple[str, ...]]
"""An outcome and the rules that fired."""


def above(number: float | None, limit: float, decimals: int) -> bool | None:
    """Whether a number, rounded to its decimals, is above a limit; None for no number."""
    return None if number is None else rounded(number, decimals) > limit


def below(number: float | None, limit: float, decimals: int) -> bool | None:
    """Whether a number, rounded to its decimals, is below a limit; None for no number."""
    return None if number is None else rounded(number, decimals) < limit


def at_least(number: float | None, limit: float, decimals: int) -> bool | None:
    """Whether a number, rounded to its decimals, is not below a limit; None for no number."""
    return None if number is None else rounded(number, decimals) >= limit


def at_most(number: float | None, limit: float, decimals: int) -> bool | None:
    """Whether a number, rounded to its decimals, is not above a limit; None for no number."""
    return None if number is None else rounded(number, decimals) <= limit


def settled(
    known: Mapping[str, bool | None], answer: Callable[[Mapping[str, bool]], Answer]
) -> set[Answer]:
    """Every answer that is possible, whatever the criteria that are not known turn out to be."""
    open_ids = [id for id, holds in known.items() if holds is None]
    sure = {id: holds for id, holds in known.items() if holds is not None}
    return {
        answer({**sure, **dict(zip(open_ids, guess, strict=True))})
        for guess in product((False, True), repeat=len(open_ids))
    }


EXCLUSIVE = {"e_a_low": "e_a_high", "e_a_high": "e_a_low"}
"""Criteria that cannot both hold."""


def what_would_change(
    criteria: Iterable[Criterion],
    outcome: str,
    words: Mapping[str, str],
    answer: Callable[[Known], str],
) -> tuple[str, ...]:
    """For each criterion, what the outcome would be if it were the other way round."""
    known = {criterion.id: criterion.holds for criterion in criteria}
    found = []
    for criterion in criteria:
        for other in (True, False):
            if criterion.holds is other:
                continue
            changed = {**known, criterion.id: other}
            if other and criterion.id in EXCLUSIVE:
                changed[EXCLUSIVE[criterion.id]] = False
            then = answer(changed)
            if then not in (outcome, INSUFFICIENT):
                found.append(f"{criterion.words}{'' if other else ' not so'}: {words[then]}")
    return tuple(found)
