"""A share of `make fuzz`: damaged files give a right answer, a note or a refusal, and cost little.

What once failed is tried again by its name and number, which stand in `found.txt`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fuzzing.mutations import mutant
from fuzzing.run import Case, outcomes
from fuzzing.seeds import all_seeds

MUTANTS_OF_EACH = 2
SEEDS = all_seeds()


def found() -> list[Case]:
    lines = (Path(__file__).parent / "found.txt").read_text("utf-8").splitlines()
    cases = (line.split("#")[0].strip() for line in lines)
    return [(case.partition(":")[0], int(case.partition(":")[2])) for case in cases if case]


def test_sound_files_mutants_and_what_was_found_before() -> None:
    cases = [(name, number) for number in range(MUTANTS_OF_EACH + 1) for name in SEEDS]
    tried = list(outcomes([*found(), *cases]))
    assert [(outcome.case, outcome.failure) for outcome in tried if outcome.failure] == []
    sound = {o.record["outcome"] for o in tried if o.case[1] == 0}
    assert sound == {"read"}
    # Both happen, or the mutants would test nothing.
    kinds = Counter(o.record["outcome"].split(":")[0] for o in tried if o.case[1])
    assert min(kinds["read"], kinds["refused"]) > len(SEEDS) // 4


SHARES = {"review": 14, "measurements": 14, "checkpoint": 14, "archive": 10, "command": 3}


@pytest.mark.slow
def test_documents_weights_and_surroundings() -> None:
    cases = [(name, number) for name, share in SHARES.items() for number in range(share)]
    tried = list(outcomes(cases))
    assert [(outcome.case, outcome.failure) for outcome in tried if outcome.failure] == []
    sound = {o.case[0]: o.record["outcome"] for o in tried if o.case[1] == 0}
    assert (sound["review"], sound["checkpoint"], sound["archive"]) == ("read", "read", "read")
    kinds = Counter((o.case[0], o.record["outcome"].split(":")[0]) for o in tried)
    for name in ("review", "checkpoint", "archive"):
        assert min(kinds[name, "read"], kinds[name, "refused"]) > 1


def test_the_same_number_does_the_same_damage() -> None:
    for name, seed in SEEDS.items():
        assert mutant(SEEDS, name, 0) == seed.data
        assert mutant(SEEDS, name, 7) == mutant(SEEDS, name, 7)
    assert len({mutant(SEEDS, "png", number) for number in range(1, 30)}) > 20


def test_a_failure_is_noticed(tmp_path: Path) -> None:
    """An answer of no seed, and a child that dies."""
    (outcome,) = outcomes([("no-such-seed", 1)])
    assert outcome.failure.startswith("died")
