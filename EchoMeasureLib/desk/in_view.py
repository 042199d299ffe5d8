"""The open image in the slice views, and what they show instead of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.mrml.views import slice_views_of

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.topics import Topics


class InView:
    """Puts a volume into the views, and tells when Slicer has put another one there."""

    def __init__(self, study: OpenStudy, topics: Topics, logic: Any) -> None:
        """`logic`: vtkMRMLApplicationLogic."""
        self._study = study
        self._topics = topics
        self._logic = logic
        self._elsewhere: tuple[Any, bool] = (None, True)

    def show(self) -> None:
        """Put the open image into the slice views, when there are any."""
        volume = self._study.need_located().nodes.volume
        self._logic.GetSelectionNode().SetActiveVolumeID(volume.GetID())
        self._logic.PropagateVolumeSelection(1)

    def show_if_in_none(self) -> None:
        """The same where no view shows it yet."""
        volume = self._study.need_located().nodes.volume
        if not slice_views_of(self._study.scene, volume).showing:
            self.show()

    def need_instead(self) -> Any:
        """The node that the views show instead. Raises `InvalidState` where that is no picture."""
        node = self._study.shown_instead
        if node is None:
            raise InvalidState("The slice views show no other picture.")
        return node

    def tick(self) -> None:
        """Slicer puts every image that it loads into all slice views, whatever is chosen here."""
        elsewhere = self._study.shown_instead, self._study.in_view
        if elsewhere != self._elsewhere:
            self._elsewhere = elsewhere
            self._topics.tell("views")
