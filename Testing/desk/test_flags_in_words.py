"""Every flag through every output: its words, and one true sentence, with figures where it has any.

The panel and the page in the browser take theirs from `desk.words`, as tested here.
"""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from flagged_reviews import flagged_review

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.cli.measure import result_lines
from EchoMeasureLib.cli.value import value_lines
from EchoMeasureLib.desk.words import flag_words, reason_words, unused_words
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.report.shown_frames import shown_frames
from EchoMeasureLib.exporting.report.value_tables import beats_left_out
from EchoMeasureLib.exporting.structured_report.common_items import certainty_texts
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.exporting.table_rows import study_rows
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.texts import each_once

SAYS = {
    Flag.UNCALIBRATED: "The file has no calibrated regions.",
    Flag.OUT_OF_REGION: "The points do not lie together in a 2-D image.",
    Flag.WRONG_SIDE: "this wave goes towards the probe, and this flow goes away from it",
    Flag.IMPLAUSIBLE: "LVID is 0.500 cm; plausible is 1.00 cm to 10.00 cm.",
    Flag.NOT_FOUND: "(probability 0.02, under 0.05 it is chance)",
    Flag.LOW_CONFIDENCE: "peak probability is 0.20, under 0.6.",
    Flag.DECODERS_DISAGREE: "5.0 pixels apart, more than 0.5.",
    Flag.BASELINE_DETECTED: "The picture shows it at row 160.0.",
    Flag.BASELINE_MOVED: "baseline at row 140.0, which gives 40.0 cm/s; the picture shows it at "
    "row 160.0, which would give 50.0 cm/s.",
    Flag.CLIPPED: "the wave reaches that, so its peak may be faster.",
    Flag.ALIASED: "the wave reaches that and comes back on the other side",
    Flag.ORDER: "A lies before E by 600 ms.",
    Flag.NOT_ONE_BEAT: "They lie 1.80 s apart",
    Flag.NOT_ONE_LINE: "This is no TAPSE.",
    Flag.OPEN_TRACING: "The tracing begins or ends at 80 % of its peak",
    Flag.ENVELOPE_DISAGREES: "MV E is put at 35.0 cm/s; the wave there is seen to reach ",
    Flag.OTHER_WAVE: "; by its time in the beat that is A.",
    Flag.NO_WAVE: "MV A is put at 35.0 cm/s, where the picture shows no wave.",
    Flag.DROPOUT: "Beyond the tip of MV E the picture is darker than the strip's noise",
    Flag.ONLY_NETWORK: "Only the network sees this beat, not the envelope reader.",
    Flag.ONLY_ENVELOPE: "Only the envelope reader sees this beat, not the network.",
    Flag.EDGE_UNSEEN: "it is drawn as all beats of the strip together show it.",
    Flag.POOR_QUALITY: "The picture is dark: half of it is under 4.",
    Flag.OTHER_VIEW: "The picture looks like an apical view.",
    Flag.COARSE: "one pixel of what the network sees is ",
    Flag.OFF_WALL: "Its posterior end lies on a thin echo with blood around, not a wall.",
    Flag.JUMP: "LVID is 6.10 cm, where the frames within 0.15 s have 4.80 cm.",
    Flag.WALLS_APART: "IVS and LVID, which share a wall, leave a gap of 8 mm.",
    Flag.WRONG_LEVEL: "lies 8 mm from the ventricle's calipers; it has 22 or more.",
    Flag.AT_ODDS: "LVPW is 5 mm beside IVS of 16 mm.",
}


@pytest.fixture(params=Flag, ids=lambda flag: flag.value)
def flag(request: pytest.FixtureRequest) -> Flag:
    found: Flag = request.param
    return found


@pytest.fixture
def review(flag: Flag) -> Review:
    return flagged_review(flag)


@pytest.fixture
def entry(flag: Flag, review: Review) -> Entry:
    return next(entry for entry in review.entries.values() if flag in entry.caliper.flags)


def check(text: str, flag: Flag, caliper: Caliper) -> None:
    """The words, and every sentence of the caliper once."""
    assert flag.words in text
    assert SAYS[flag] in text
    for sentence in caliper.sentences:
        assert text.count(sentence) == 1, sentence


def test_its_sentence_is_whole_and_once_there(flag: Flag, entry: Entry) -> None:
    sentences = entry.caliper.sentences
    assert sum(SAYS[flag] in sentence for sentence in sentences) >= 1
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
    flagged = [value for value in entry.caliper.values if flag in value.flags]
    # Each number says it for itself, for a row of a table stands alone.
    assert all(value.reason or value.doubts for value in flagged)


def test_on_the_terminal(flag: Flag, review: Review, entry: Entry, tmp_path: Path, capsys) -> None:
    check("\n".join(value_lines(entry.caliper)), flag, entry.caliper)
    measured = "\n".join(result_lines(review))
    assert flag.words in measured
    assert SAYS[flag] in measured
    save(review, tmp_path / "review.json")
    assert main(["review", "show", str(tmp_path / "review.json")]) == 0
    shown = capsys.readouterr().out
    assert flag.words in shown
    assert SAYS[flag] in shown


def test_in_the_panel_and_the_browser(flag: Flag, entry: Entry) -> None:
    assert flag.words in flag_words(entry.caliper)
    check(f"{flag_words(entry.caliper)} {reason_words(entry.caliper)}", flag, entry.caliper)
    check(unused_words(entry), flag, entry.caliper)


def test_in_tables_and_documents(flag: Flag, review: Review, entry: Entry) -> None:
    rows = [row for row in study_rows(review) if row["kind"] == "caliper"]
    mine = [r for r in rows if r["entry"] == entry.id and flag.value in (r["flags"] or "").split()]
    assert mine
    for row in mine:
        assert row["doubt"] or row["reason"]
    told = each_once(*(row[key] or "" for row in mine for key in ("doubt", "reason")))
    assert SAYS[flag] in " ".join(told)


def test_in_the_report(flag: Flag, review: Review, entry: Entry) -> None:
    left_out = html.unescape(beats_left_out(review)).split("<tr>")
    said = [*(text for shown in shown_frames(review) for text in shown.values), *left_out]
    mine = [text for text in said if all(one in text for one in entry.caliper.sentences)]
    assert mine
    for text in mine:
        check(text, flag, entry.caliper)


def test_in_the_structured_report(flag: Flag, review: Review, entry: Entry) -> None:
    """Of what has a number; what has none is not in it."""
    if all(value.value is None for value in entry.caliper.values):
        with pytest.raises(InvalidArgument, match="without a number") as told:
            contents_of(review, include_unreviewed=True)
        assert "--include-unreviewed" not in str(told.value)  # it was
        return
    values = contents_of(review, include_unreviewed=True).values
    mine = [v for v in values if v.entry.id == entry.id and flag in v.value.flags]
    flagged = [value for value in entry.caliper.values if flag in value.flags]
    assert len(mine) == sum(value.value is not None for value in flagged)
    for value in mine:
        assert flag.words in value.doubts
        texts = [text for _, text in certainty_texts(value)]
        for sentence in each_once(value.value.doubts):
            assert sum(text.count(sentence) for text in texts) == 1, sentence
