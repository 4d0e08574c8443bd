"""Where each field's value comes from: a preset, an earlier job, the default, or typing.

It is told by the values alone: a field shows *preset* as long as it holds what the preset gave it.
Without a preset or an earlier job nothing is marked, since then there is nothing to tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.domain.preset import Preset
    from console.domain.values import Json
    from console.ui.forms.field import FormField
    from console.ui.forms.schema_form import SchemaForm


class Origins:
    """Marks a form's fields with what they were filled from, and holds what a preset locks."""

    def __init__(self, form: SchemaForm) -> None:
        self._form = form
        self.preset: Preset | None = None
        self._label = ""
        self._earlier: Mapping[str, Json] = {}
        self._marked = False
        form.to_fix_changed.connect(lambda _count: self.show())

    def forget(self) -> None:
        """Mark nothing, lock nothing."""
        self.preset, self._label, self._earlier = None, "", {}
        self.show()

    def use_preset(self, preset: Preset | None) -> None:
        """Lock and mark what `preset` says; None lets every field be changed again."""
        self.preset = preset
        self.show()

    def compare_with(self, label: str, earlier: Mapping[str, Json]) -> None:
        """Mark what still is as in the job called `label`."""
        self._label, self._earlier = label, earlier
        self.show()

    def show(self) -> None:
        """Mark each field with where its value comes from now."""
        marks = self.preset is not None or bool(self._label)
        if not marks and not self._marked:
            return
        self._marked = marks
        held = self._form.held_values() if marks else {}
        for shown in self._form.fields_now():
            words, tip, locked = self._of(shown, held) if marks else ("", "", False)
            shown.show_origin(words, tip, locked=locked)

    def check_locks(self) -> None:
        """Say at each locked field that holds something else that it may not, however it came."""
        if self.preset is None:
            return
        from console.domain.text import visible

        for path in self.preset.broken_locks(self._form.held_values()):
            self._form.tell(path, f"Locked by the preset {visible(self.preset.name)}.")

    def _of(self, shown: FormField, held: dict[str, Json]) -> tuple[str, str, bool]:
        from console.domain.schema import Unset, pointer_parts
        from console.domain.text import visible
        from console.domain.value_diff import same_value, value_at

        place = pointer_parts(shown.path)
        preset = self.preset
        if preset is not None and shown.path in preset.locked:
            return "locked", f"Locked by the preset {visible(preset.name)}.", True
        value = value_at(held, place)
        if isinstance(value, Unset) or not place:
            return "", "", False
        if preset is not None and same_value(value_at(dict(preset.values), place), value):
            return "preset", f"From the preset {visible(preset.name)}.", False
        if self._label and same_value(value_at(dict(self._earlier), place), value):
            label = visible(self._label)
            return label, f"From the earlier job {label}.", False
        if same_value(shown.spec.default, value):
            return "default", "The workflow's own default.", False
        if shown.spec.children or shown.spec.item is not None:
            return "", "", False  # its parts tell
        return "typed", "Typed here.", False


def text_of(preset: Preset | None) -> str:
    """The preset as a draft keeps it."""
    if preset is None:
        return ""
    from console.domain.preset import preset_text

    return preset_text(preset)


def preset_from(text: str) -> Preset | None:
    """The preset that a draft kept, None where it kept none that can be read."""
    if not text:
        return None
    from console.domain.errors import BadInput
    from console.domain.preset import preset_of
    from console.domain.values import read_kept

    try:
        return preset_of(read_kept(text))
    except (BadInput, ValueError):
        return None
