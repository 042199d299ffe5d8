"""The training loop learns, repeats itself, and goes on after a stop as if nothing happened."""

from dataclasses import replace

import pytest
import torch
from blob_pictures import Blobs
from full_disk import full_disk

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, OutputProblem
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.progress import Cancelled
from EchoMeasureLib.training.augmenting import NO_CHANGE
from EchoMeasureLib.training.config import Config
from EchoMeasureLib.training.dataset import prepare
from EchoMeasureLib.training.fine_tuning import from_scratch
from EchoMeasureLib.training.loop import train
from EchoMeasureLib.training.trainees import Architecture, CompactTrainee

SMALL = (8, 16, 16, 24, 32, 32)


@pytest.fixture(autouse=True)
def one_thread():
    """Sums of several threads come in any order; one thread is exact."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(heads, seed=1):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CompactTrainee(heads, CompactNetwork(dict(heads.points), SMALL))


@pytest.fixture
def store(tmp_path):
    return prepare(Blobs(count=8), tmp_path / "pictures")


def test_blobs_are_found_to_less_than_a_pixel(tmp_path):
    samples = prepare(Blobs(("lvid",), count=64), tmp_path)
    held_out = prepare(Blobs(("lvid",), count=16, first=5000), tmp_path)
    config = Config(steps=80, batch=3, rate=8e-3, seed=1, watch_steps=1000, averaging=0.95)
    seen = []
    found = train(small(samples.heads), samples, held_out, config, tmp_path / "run", seen.append)
    assert found.watch.rows["lvid"].median_px < 1
    assert found.watch.rows["lvid"].seen > 0.9
    assert [progress.done for progress in seen] == list(range(1, 81))
    assert "px" in seen[-1].stage


def test_a_resumed_run_ends_bit_for_bit_like_an_uninterrupted_one(store, tmp_path):
    config = Config(steps=4, batch=2, seed=5, watch_steps=2)
    whole = train(small(store.heads), store, store, config, tmp_path / "whole")

    def stop(progress):
        if progress.done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(small(store.heads), store, store, config, tmp_path / "parts", stop)
    # Another start, as after a kill: the checkpoint alone decides.
    parts = train(small(store.heads, seed=99), store, store, config, tmp_path / "parts")
    assert parts.steps == whole.steps == 4
    assert all(torch.equal(whole.state[key], parts.state[key]) for key in whole.state)
    assert parts.history == whole.history
    assert parts.loss == whole.loss


def test_the_same_seed_gives_the_same_network_and_another_seed_another(store, tmp_path):
    config = Config(steps=2, batch=2, seed=5)
    runs = [
        train(small(store.heads), store, None, replace(config, seed=seed), tmp_path / name).state
        for name, seed in (("a", 5), ("b", 5), ("c", 6))
    ]
    key = "heads.lvid.weight"
    assert torch.equal(runs[0][key], runs[1][key])
    assert not torch.equal(runs[0][key], runs[2][key])


def test_weights_from_scratch_follow_from_the_seed(store):
    first, again, other = (
        from_scratch(store.heads, Architecture.COMPACT, seed).state()["heads.pa.weight"]
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_checkpoint_of_another_training_is_refused(store, tmp_path):
    config = Config(steps=1, batch=2)
    train(small(store.heads), store, None, config, tmp_path / "run")
    with pytest.raises(InvalidDocument, match="other data or settings"):
        train(small(store.heads), store, None, replace(config, rate=1e-4), tmp_path / "run")


def test_training_stops_early_when_nothing_improves(store, tmp_path):
    config = Config(
        steps=50, batch=2, rate=1e-9, watch_steps=1, patience=2, augmentation=NO_CHANGE, averaging=0
    )
    found = train(small(store.heads), store, store, config, tmp_path)
    assert found.stopped_early
    assert found.steps < 10


def test_a_training_that_runs_away_ends_with_a_sentence_and_leaves_nothing_to_resume(
    store, tmp_path
):
    config = Config(steps=6, batch=2, rate=1e12)
    with pytest.raises(InvalidArgument, match="ran away"):
        train(small(store.heads), store, None, config, tmp_path / "run")
    assert not (tmp_path / "run" / "resume.pt").exists()


def test_a_full_disk_is_said_in_a_sentence(store, tmp_path):
    config = Config(steps=1, batch=2)
    with full_disk(100_000), pytest.raises(OutputProblem, match="could not be written"):
        train(small(store.heads), store, None, config, tmp_path / "run")
    assert not (tmp_path / "run" / "resume.pt").exists()


def test_frozen_parts_do_not_move(store, tmp_path):
    trainee = small(store.heads)
    trainee.freeze_backbone()
    before = {key: value.clone() for key, value in trainee.state().items()}
    after = train(trainee, store, None, Config(steps=2, batch=2), tmp_path).state
    for key, value in before.items():
        if key.startswith("compact.encoder.") or "running_" in key:
            assert torch.equal(value, after[key]), key
    assert not torch.equal(before["heads.lvid.weight"], after["heads.lvid.weight"])
    assert not torch.equal(
        before["compact.up.0.mix.first.conv.weight"], after["compact.up.0.mix.first.conv.weight"]
    )


def test_bfloat16_trains_float32_weights(store, tmp_path):
    config = Config(steps=2, batch=2, precision="bfloat16")
    found = train(small(store.heads), store, None, config, tmp_path)
    assert {value.dtype for value in found.state.values()} == {torch.float32}
    assert found.loss > 0


def test_prepared_pictures_are_kept_and_a_half_written_store_is_completed(tmp_path):
    first = prepare(Blobs(count=40), tmp_path)
    home = next(tmp_path.iterdir())
    kept = (home / "00000.npy").stat().st_mtime_ns
    (home / "00001.marks.npz").unlink()
    again = prepare(Blobs(count=40), tmp_path)
    assert (home / "00000.npy").stat().st_mtime_ns == kept
    assert (again.batch([39]).pictures == first.batch([39]).pictures).all()
    assert again.names == first.names
