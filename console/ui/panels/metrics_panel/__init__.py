"""Metrics: how reliably and how fast each workflow was triggered."""

from console.ui.panels.metrics_panel.panel import MetricsPanel

__all__ = ["MetricsPanel"]
