"""Settings: connections, how the window behaves, and what this program is."""

from console.ui.panels.settings_panel.panel import SettingsPanel

__all__ = ["SettingsPanel"]
