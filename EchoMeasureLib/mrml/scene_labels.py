"""All labels of the frame on display, laid out together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.exporting.label_places import Label, leader_to, place_labels
from EchoMeasureLib.exporting.labels import labels_of
from EchoMeasureLib.exporting.rects import Rect
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.mrml.frame_calipers import Key
from EchoMeasureLib.mrml.label_node import SELECTED_TEXT, TEXT, LabelNode, text_size
from EchoMeasureLib.mrml.view_window import ViewWindow, window_of

if TYPE_CHECKING:
    from EchoMeasureLib.mrml.caliper_node import CaliperNode
    from EchoMeasureLib.review.session import Review

GAP = 8.0
"""Between a label and its caliper, in pixels of the screen."""


@dataclass(frozen=True, slots=True)
class Said:
    """A caliper that is shown, and how."""

    caliper: Caliper
    phase: Phase | None
    """Of its frame."""
    selected: bool
    dim: bool
    """Whether it does not count."""


class SceneLabels:
    """A node of labels per caliper on display."""

    def __init__(self, scene: Any, volume: Any) -> None:
        self.lengths = Lengths.CM
        self.texts: tuple[str, ...] = ()
        """What is written in the views now, for those who do not see it."""
        self._scene = scene
        self._volume = volume
        self._nodes: dict[Key, LabelNode] = {}
        self._window: ViewWindow | None = None

    @property
    def nodes(self) -> Mapping[Key, LabelNode]:
        """The label nodes, shown or not."""
        return self._nodes

    def show(
        self,
        calipers: Mapping[Key, CaliperNode],
        review: Review,
        selected: str | None,
        view_ids: Sequence[str],
    ) -> None:
        """Label what is to be seen of these, and let step back what does not count."""
        counting = {id for item in review.measured().values() for id in item.entries}
        measured = {review.entry(id).measurement for id in counting}
        said: dict[Key, Said] = {}
        for key, caliper in calipers.items():
            entry, now = caliper.entry, caliper.said
            if entry is None or now is None:
                continue
            # Where nothing of its measurement counts yet, there is nothing to step back behind.
            dim = entry.id not in counting and entry.measurement in measured
            caliper.set_dim(dim)
            if caliper.shown:
                said[key] = Said(now, review.phase_of(entry), entry.id == selected, dim)
        self.lay_out(said, view_ids)

    def lay_out(self, said: Mapping[Key, Said], view_ids: Sequence[str]) -> None:
        """Label these calipers, in these views, and no others."""
        self._window = window = self._look(view_ids)
        if window is None:
            said = {}
        for key, node in self._nodes.items():
            if key not in said:
                node.hide()
        if window is None:
            self.texts = ()
            return
        labels: list[Label] = []
        sizes: list[tuple[float, float]] = []
        owners: list[Key] = []
        for key, one in said.items():
            for label in labels_of(one.caliper, one.phase, self.lengths):
                labels.append(label.seen_by(window.on_screen))
                sizes.append(text_size(label.text, _scale(one) * window.text))
                owners.append(key)
        self.texts = tuple(label.text for label in labels)
        gap = GAP * window.text
        places = place_labels(labels, sizes, Rect(0, 0, *window.size), gap)
        for key, one in said.items():
            mine = [number for number, owner in enumerate(owners) if owner == key]
            if key not in self._nodes:
                colour = CATALOG[one.caliper.measurement].colour
                self._nodes[key] = LabelNode(self._scene, self._volume, colour)
            texts = [labels[number].text for number in mine]
            corners = [window.from_screen(places[n].x0, places[n].y1) for n in mine]
            # A tracing has one label.
            leader = leader_to(places[mine[0]], labels[mine[0]], gap)
            seen = leader and (window.from_screen(*leader[0]), window.from_screen(*leader[1]))
            self._nodes[key].show(texts, corners, view_ids, _scale(one), one.dim, seen)

    def is_behind(self, view_ids: Sequence[str]) -> bool:
        """Whether the view was zoomed or moved since."""
        return self._look(view_ids) != self._window

    def close(self, remove_nodes: bool) -> None:
        """No more labels. Where the whole scene goes, nothing needs to be removed."""
        for node in self._nodes.values():
            if remove_nodes:
                node.remove()
        self._nodes.clear()

    def _look(self, view_ids: Sequence[str]) -> ViewWindow | None:
        """The window of the first view; labels lie alike in the others."""
        node = self._scene.GetNodeByID(view_ids[0]) if view_ids else None
        return window_of(node, self._volume) if node is not None else None


def _scale(said: Said) -> float:
    return SELECTED_TEXT if said.selected else TEXT
