"""The work that goes on over time, on asyncio and ports alone: it knows no window, HTTP or SQL."""
