"""The window: Qt, the domain's values and the services' events; it holds no rules of its own."""
