"""One sitting: the desk, its view, and what a person at the page has chosen but the review not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.export_kinds import Export, Wish
from EchoMeasureLib.desk.frames import frames_of
from EchoMeasureLib.desk.network_sets import AUTO
from EchoMeasureLib.desk.words import outcome_words, progress_words, time_left
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument, InvalidState
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.inference.events import LAST, Failed, Finished, Found, Working
from EchoMeasureLib.inference.settings import Reader
from EchoMeasureLib.mrml.view_window import window_of
from EchoMeasureLib.review.answers import Before, beside
from EchoMeasureLib.web.downloads import Downloads
from EchoMeasureLib.web.key_hand import KeyHand
from EchoMeasureLib.web.light import Light
from EchoMeasureLib.web.remembered import Remembered
from EchoMeasureLib.web.view import SliceWindow

if TYPE_CHECKING:
    from EchoMeasureLib.inference.events import Event
    from EchoMeasureLib.web.offered import Offered
    from EchoMeasureLib.web.scene import ServedScene

STARTING = {Reader.NETWORKS: "Starting the networks", Reader.ENVELOPE: "Reading the strip"}

MOST_LOADED_BYTES = 1_500_000_000
"""Decoded frames that are kept loaded beside those of the open image."""


class Sitting:
    """Everything the page shows and acts on. One person, one study, one process."""

    def __init__(
        self,
        scene: ServedScene,
        desk: Desk,
        offered: Offered,
        remembered: Remembered,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts seconds."""
        self.scene, self.desk, self.offered, self.remembered = scene, desk, offered, remembered
        self.hand = KeyHand(desk)
        self.light = Light()
        self.pictures = 0
        """Number of the frames as they look now: another one for another image or light."""
        self.downloads = Downloads(desk)
        self.tell_picture: Callable[[], None] = lambda: None
        """Told that the picture is another one."""
        self.tell_said: Callable[[str], None] = lambda text: None
        """Told what to say to the person at the page."""
        self.window = SliceWindow(scene.app, self._picture_changed)
        self.name_asked = False
        self.weights = AUTO
        self.wished: frozenset[str] = frozenset()
        """Ids of the measurements that are ticked."""
        self.frames, self.between = "all", (0, 0, 1)
        self.beside = ""
        """Whose values stand beside one's own."""
        self.wish = Wish(Export.REPORT)
        """What the person thinks of exporting."""
        self.told = ""
        """What the last step did, until the next one."""
        self.progress: tuple[int, int] = (0, 0)
        self.run_words = ""
        self._clock = clock
        self._began, self._found, self._cancelled = 0.0, 0, False
        self._outcome = ""
        """How the last measuring ended, in words."""
        self._nodes: dict[int, Any] = {}
        self._opened = -1
        desk.warn = self._say
        desk.set_reviewer(remembered.reviewer)
        desk.show_lengths(remembered.lengths)
        desk.study.can_load = self.can_bring
        desk.load_more = self.bring

    # Images

    @property
    def opened(self) -> int:
        """Number of the image that is open; negative for none."""
        return self._opened if self.desk.study.located is not None else -1

    def open(self, number: int) -> None:
        """Open an image of those that were named. Raises `InvalidArgument` for another number."""
        if not 0 <= number < len(self.offered.files):
            raise InvalidArgument("There is no such image.")
        if number == self.opened:
            return
        path = self.offered.files[number]
        node = self._nodes.get(number)
        if node is not None and node.GetScene() is not None:
            self.desk.open_node(node, path)
        else:
            self._nodes[number] = self.desk.load_file(path)
        self._opened = number
        self._unload()
        self.hand.let_go()
        self.show_in(self.light)
        cine = self.desk.study.need_cine()
        self.between = (0, cine.frame_count - 1, 1)
        self.wish_for_suggested()
        self.window.fit()

    def begin(self) -> None:
        """Open the first image, and the review where one was named. Raises as both."""
        self.open(0)
        if self.offered.review is not None:
            self.desk.go_on_with(self.offered.review)

    def can_bring(self, key: str) -> bool:
        """Whether an image of the study, by its key, is among those that were named."""
        return self._number_of(key) is not None

    def bring(self, key: str) -> bool:
        """Open an image of the study by its key; whether it is open now."""
        number = self._number_of(key)
        if number is not None:
            self.open(number)
        return self.desk.study.image == key

    def _number_of(self, key: str) -> int | None:
        path = self.desk.study.files.get(key)
        return self.offered.files.index(path) if path in self.offered.files else None

    def _unload(self) -> None:
        """Take images out that were opened before, once they are too many."""
        from EchoMeasureLib.mrml.cine_nodes import nodes_of

        kept = 0
        for number in reversed(self._nodes):
            node = self._nodes[number]
            if number == self._opened or node.GetScene() is None:
                continue
            nodes = nodes_of(node)
            kept += nodes.frame_count * 3 * nodes.volume.GetImageData().GetNumberOfPoints()
            if kept > MOST_LOADED_BYTES:
                self.scene.remove(nodes.browser, nodes.sequence, nodes.volume)

    # What is shown and chosen

    def values_beside(self) -> dict[str, Before]:
        """Another reviewer's values by the id of the row; of nobody where none is chosen."""
        others, review = self.desk.others, self.desk.study.review
        if review is None or self.beside not in others.names:
            return {}
        return beside(review.sheet(), others.sheet(self.beside).numbers())

    def middle(self) -> PixelPoint:
        """The source pixel in the middle of the view. Raises `InvalidState` without an image."""
        window = window_of(self.window.slice_node, self.desk.study.need_located().nodes.volume)
        if window is None:
            raise InvalidState("No image is to be seen.")
        return window.from_screen(window.size[0] / 2, window.size[1] / 2)

    def show_in(self, light: Light) -> None:
        """Show the picture so bright."""
        self.light = light
        self.pictures += 1
        if self.desk.study.located is not None:
            light.apply(self.desk.study.located.nodes.volume.GetDisplayNode())

    def stop_placing(self) -> None:
        """Give up what is being placed, or let go of what is held."""
        self.desk.clicking.stop()
        self.hand.let_go()
        self.desk.topics.tell("frame")

    # Measuring

    @property
    def reader(self) -> Reader:
        """Who measures: the networks, or the envelope reader."""
        return self.desk.networks.reader(self.weights)

    @property
    def possible(self) -> tuple[str, ...]:
        """Ids of what the reader may find here, in clinical order."""
        return self.desk.measuring.possible_by(self.reader)

    @property
    def ticked(self) -> tuple[str, ...]:
        """Ids of what is ticked and possible here, in clinical order."""
        return tuple(id for id in self.possible if id in self.wished)

    def wish_for_suggested(self) -> None:
        """Tick what the reader finds in images such as this one."""
        self.wished = frozenset(self.desk.measuring.suggested(self.reader))

    def wish_for_all(self) -> None:
        """Tick all that is possible, of a strip whose words name its flow all of that flow."""
        possible = set(self.possible)
        ids = self.desk.measuring.ticked_at_once(self.reader)
        self.wished = frozenset(ids) | (self.wished - possible)
        self.desk.topics.tell("run")

    def choose_weights(self, key: str) -> None:
        """Choose who measures; another reader finds other things, which are ticked then."""
        before, self.weights = self.reader, key
        if self.reader is not before:
            self.wish_for_suggested()
        self.desk.networks.look(key)

    def chosen_frames(self) -> tuple[int, ...]:
        """The frames to be measured. Raises `InvalidArgument` for none."""
        study = self.desk.study
        ed_es = study.ed_es_frames() if self.frames == "ed_es" else ()
        count = study.need_cine().frame_count
        return frames_of(self.frames, count, study.frame, self.between, ed_es)

    def why_not_measure(self) -> str:
        """Why nothing can be measured now; empty when it can."""
        ticked = self.ticked
        return self.desk.measuring.obstacle(ticked) or self.desk.networks.obstacle(
            self.weights, ticked
        )

    def measure(self) -> None:
        """Let the reader measure what is ticked. Raises `InvalidState` where it cannot."""
        if obstacle := self.why_not_measure():
            raise InvalidState(obstacle)
        desk, reader = self.desk, self.reader
        folder, every = desk.networks.folder(self.weights), self.frames == "every"
        frames = self.chosen_frames()
        desk.measuring.start(self.ticked, frames, folder, reader=reader, every_frame=every)
        self._began, self._found, self._cancelled = self._clock(), 0, False
        self.progress, self.run_words = (0, 0), STARTING[reader]

    def cancel(self) -> None:
        """Stop measuring; what was found until now stays, and how it ended is said."""
        self._cancelled = True
        if self.desk.measuring.busy:
            self.desk.measuring.cancel()
            self.run_words = "Cancelling"
        else:
            self.run_words = self._outcome

    def tick(self) -> None:
        """Look after what takes its time, and say what fails. Called several times a second."""
        try:
            self.desk.tick()
            if self.desk.measuring.busy and not self.downloads.busy:
                for event in self.desk.measuring.poll():
                    self._take(event)
                self.desk.topics.tell("run")
        except EchoMeasureError as error:
            self._say(str(error))

    def close(self) -> str:
        """Save, and end the workers; why the last that was done is not saved, else empty."""
        self.window.release_all()
        self.desk.close()
        self.downloads.close()
        return self.desk.saving.trouble

    def _take(self, event: Event) -> None:
        if isinstance(event, Found):
            self._found += event.calipers
        elif isinstance(event, Working):
            done = event.progress
            self.progress = done.done, done.total
            left = time_left(self._clock() - self._began, done.done, done.total)
            self.run_words = progress_words(done, left)
        elif isinstance(event, LAST):
            well = isinstance(event, Finished) and self._found > 0 and not event.note
            self._outcome = outcome_words(event, self._found)
            # That all went well is seen by the answers; a cancel that came too late is told.
            self.run_words = "" if well and not self._cancelled else self._outcome
            if isinstance(event, Failed):
                self._say(f"{event.problem} {event.hint}".strip())

    # What is said

    def _say(self, text: str) -> None:
        self.tell_said(text)

    def _picture_changed(self) -> None:
        self.tell_picture()
