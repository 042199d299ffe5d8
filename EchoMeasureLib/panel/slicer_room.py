"""Height that Slicer's module panel gives to other things, lent while this module is in front."""

from __future__ import annotations

from typing import Any


class SlicerRoom:
    """Hides the help section and the data probe, and puts both back as they were."""

    def __init__(self) -> None:
        self._before: tuple[bool, bool] | None = None

    def take(self) -> None:
        """This module is in front."""
        import slicer

        panel, probe = _widgets()
        if self._before is not None or panel is None or probe is None:
            return
        self._before = bool(panel.helpAndAcknowledgmentVisible), not probe.isHidden()
        slicer.util.setModuleHelpSectionVisible(False)
        slicer.util.setDataProbeVisible(False)

    def give_back(self) -> None:
        """Another module is in front."""
        import slicer

        if self._before is not None:
            help_shown, probe_shown = self._before
            self._before = None
            slicer.util.setModuleHelpSectionVisible(help_shown)
            slicer.util.setDataProbeVisible(probe_shown)


def _widgets() -> tuple[Any, Any]:
    """Slicer's module panel and its data probe; none without a main window."""
    import slicer

    window = slicer.util.mainWindow()
    if window is None:
        return None, None
    panels = slicer.util.findChildren(window, name="ModulePanel")
    probes = slicer.util.findChildren(window, name="DataProbeCollapsibleWidget")
    return (panels[0] if panels else None), (probes[0] if probes else None)
