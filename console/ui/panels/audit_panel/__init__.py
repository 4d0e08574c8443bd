"""Audit: a trail's records, what can be said of them, and one record in full."""

from console.ui.panels.audit_panel.panel import AuditPanel

__all__ = ["AuditPanel"]
