"""The button of a form's presets: choose one, save the form as one, manage them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from console.domain.text import shortened, visible
from console.ui.widgets.buttons import button

if TYPE_CHECKING:
    from console.domain.preset import Preset
    from console.services.preset_desk import PresetEvent, PresetsDesk
    from console.ui.bridge import Bridge
    from console.ui.forms.trigger_fields import TriggerFields

OPENING = "The console is still opening; try again in a moment."
_SHOWN = 60


class PresetsTool(QObject):
    """`chosen` tells the preset to use, `left` that the present one is let go."""

    chosen = Signal(object)  # Preset
    left = Signal()
    said = Signal(str)

    def __init__(self, bridge: Bridge, fields: TriggerFields, parent: QWidget) -> None:
        """`fields` are those of the form whose presets these are."""
        super().__init__(parent)
        self._bridge = bridge
        self._window = parent
        self._fields = fields
        self._desk: PresetsDesk | None = None
        self._waiting = False
        self.presets: tuple[Preset, ...] = ()
        self.broken: tuple[str, ...] = ()
        self.menu: QMenu | None = None
        self.button: QPushButton = button("Presets", "quiet", name="form_presets")
        self.button.clicked.connect(self.open)

    def open(self) -> None:
        """Read the presets, then offer them."""
        desk = self.desk()
        if desk is None:
            self.said.emit(OPENING)
            return
        self._waiting = True
        desk.read()

    def desk(self) -> PresetsDesk | None:
        """The presets of the open console; None while it opens."""
        desk = self._bridge.presets
        if desk is not None and desk is not self._desk:
            self._desk = desk
            leave = desk.listen(self._hear)
            self.destroyed.connect(leave)
        return desk

    def save(self) -> None:
        """Ask how the form as it stands is to be saved; secrets are left out."""
        desk, workflow_id = self.desk(), self._fields.picker.workflow_id
        if desk is None or not workflow_id:
            return
        from console.domain.preset import Preset
        from console.domain.schema_secret import has_secrets
        from console.ui.dialogs.preset_save import SavePreset

        draft, used = self._fields.draft(), self._fields.origins.preset
        held = Preset(
            "" if used is None else used.name,
            workflow_id,
            self._fields.storable_values(),
            () if used is None else used.locked,
            draft.priority,
            {pair[0]: pair[1] for pair in draft.metadata if pair[0]} or None,
            draft.reason or None,
        )
        spec = self._fields.form.spec
        titles = {child.name: child.title for child in spec.children}
        secrets = has_secrets(spec)
        dialog = SavePreset(desk, held, titles, secrets=secrets, parent=self._window.window())
        dialog.saved.connect(self.chosen)
        dialog.open()

    def manage(self) -> None:
        """Show all presets with what can be done with them."""
        desk = self.desk()
        if desk is not None:
            from console.ui.dialogs.presets import PresetsDialog

            dialog = PresetsDialog(desk, self._fields.picker.workflow_id, self._window.window())
            dialog.chosen.connect(self.chosen)
            dialog.open()

    def _hear(self, event: PresetEvent) -> None:
        from console.services.preset_desk import PresetsRead

        if isinstance(event, PresetsRead):
            self.presets, self.broken = event.presets, event.broken
            if self._waiting:
                self._waiting = False
                self._pop_up()

    def _pop_up(self) -> None:
        workflow_id, used = self._fields.picker.workflow_id, self._fields.origins.preset
        self.menu = menu = QMenu(self.button)
        menu.setObjectName("presets_menu")
        menu.setToolTipsVisible(True)
        mine = [preset for preset in self.presets if preset.workflow_id == workflow_id]
        for preset in mine:
            action = menu.addAction(_words(preset))
            action.setCheckable(True)
            action.setChecked(preset == used)
            locked = len(preset.locked)
            action.setToolTip(f"{len(preset.values)} values, {locked} locked")
            action.triggered.connect(lambda _on=False, p=preset: self.chosen.emit(p))
        if not mine:
            menu.addAction("No presets for this workflow yet").setEnabled(False)
        menu.addSeparator()
        if used is not None:
            menu.addAction(f"Let go of {_words(used)}").triggered.connect(self.left)
        menu.addAction("Save as a preset…").triggered.connect(self.save)
        menu.addAction("Manage presets…").triggered.connect(self.manage)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))


def _words(preset: Preset) -> str:
    return visible(shortened(preset.name, _SHOWN)).replace("&", "&&")
