"""The window's frame: rail, bars, notices and pages; what it shows is decided elsewhere."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QRect, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.ui import testing, waited
from console.ui.pages import Pages, operate_page
from console.ui.tab_order import step
from console.ui.theme import theme_changed, tokens
from console.ui.waited import WaitedQuestion
from console.ui.widgets.notices import Notices
from console.ui.widgets.rail import PAGES, Rail
from console.ui.widgets.status_line import StatusLine
from console.ui.widgets.top_bar import PRODUCT, TopBar

if TYPE_CHECKING:
    from collections.abc import Collection

    from console.services.events import Notice
    from console.ui.bridge import Bridge
    from console.ui.dialogs.checkpoint_actions import SealActions
    from console.ui.widgets.banner import Level
    from console.ui.widgets.toast import Toast

_SIZE: Final = (1440, 900)
_NEEDS_CONNECTION: Final = frozenset({"operate", "metrics"})
_LEVELS: Final[dict[str, Level]] = {"warning": "warning", "error": "error"}
REFUSED: Final = "command-refused"


class EnvironmentEdge(QWidget):
    """Three pixels of the environment's colour along the window's top edge."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setFixedHeight(3)
        self._bridge = bridge
        bridge.connection_changed.connect(self.update)
        theme_changed.connect(self._repaint)

    def paintEvent(self, _event: QPaintEvent) -> None:
        view = self._bridge.connection()
        look = tokens()
        name = "demo" if view is not None and view.demo else view.environment if view else ""
        colour = look.environment(name) if name else look.line
        QPainter(self).fillRect(self.rect(), QColor(colour))

    def _repaint(self, _tokens: object) -> None:
        self.update()


class MainWindow(QMainWindow):
    """The one window. `pages` makes every page but Operate, by its key on the rail.

    Pages are built after the first paint, when they are first shown; those in `late` not before
    `begin`, because they need the services. Closing never closes: it emits `stop_requested`, and
    whoever owns the program hides the window when all is safe. `started` is perf_counter at the
    program's entry, for the ready file.
    """

    stop_requested = Signal()
    connect_requested = Signal()
    demo_requested = Signal()
    theme_chosen = Signal(str)
    page_built = Signal(str)
    became_usable = Signal()

    def __init__(
        self,
        bridge: Bridge,
        pages: Pages | None = None,
        *,
        late: Collection[str] = (),
        started: float | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._bridge = bridge
        self._makers = {"operate": operate_page(bridge), **(pages or {})}
        self._pages: dict[str, QWidget] = {}
        self._page = "operate"
        self.seal: SealActions | None = None
        """What is done with the trail's seal; None until the services run."""
        self._late = frozenset(late)
        self._started = started
        self._painted = False
        self._usable = False
        self._build()
        self._restore()
        QShortcut(QKeySequence("Ctrl+K"), self).activated.connect(self.open_palette)
        bridge.notice.connect(self._noticed)
        bridge.command_refused.connect(self._refused)
        bridge.connection_changed.connect(self._connection_changed)
        self._title()

    def _build(self) -> None:
        ground = QWidget()
        outer = QVBoxLayout(ground)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(EnvironmentEdge(self._bridge))
        self.top_bar = TopBar(self._bridge)
        self.top_bar.searched.connect(self.open_palette)
        outer.addWidget(self.top_bar)
        self.notices = Notices()
        self.notices.acted.connect(self._act)
        self.waited = WaitedQuestion(self._bridge, self.notices, self)
        self.waited.chosen.connect(self._choose_waited)
        outer.addWidget(self.notices)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        self.rail = Rail([page for page in PAGES if page[0] in self._makers])
        self.rail.chosen.connect(self.show_page)
        middle.addWidget(self.rail)
        self.stack = QStackedWidget()
        self.stack.setObjectName("pages")
        middle.addWidget(self.stack, 1)
        outer.addLayout(middle, 1)
        self.status_line = StatusLine(self._bridge)
        outer.addWidget(self.status_line)
        self.setCentralWidget(ground)

    # --- pages ----------------------------------------------------------------------------------
    @property
    def page(self) -> str:
        """The key of the page that is wished for."""
        return self._page

    def page_widget(self, key: str) -> QWidget:
        """Return the page `key`, building it at the first call."""
        if key not in self._pages:
            page = self._makers[key]()
            self._pages[key] = page
            self.stack.addWidget(page)
            self.page_built.emit(key)
        return self._pages[key]

    def show_page(self, key: str) -> None:
        """Go to a page; those that need a connection show how to open one instead."""
        self._page = key
        self.rail.set_page(key)
        settings = self._bridge.settings()
        # Written settings are synced at the next turn of the loop: no start waits for what is kept.
        if settings.value("window/page") != key:
            settings.setValue("window/page", key)
        if self._painted:
            self._show()

    def _show(self) -> None:
        if self._page in _NEEDS_CONNECTION and not self._bridge.connected:
            self.stack.setCurrentWidget(self._start_page())
        elif self._page in self._late:
            self.stack.setCurrentWidget(self._opening_page())
        else:
            page = self.page_widget(self._page)
            self.stack.setCurrentWidget(page)

    def _start_page(self) -> QWidget:
        if "start" not in self._pages:
            from console.ui.widgets.start_page import StartPage

            start = StartPage()
            start.connect_requested.connect(self.connect_requested)
            start.demo_requested.connect(self.demo_requested)
            self._pages["start"] = start
            self.stack.addWidget(start)
        return self._pages["start"]

    def _opening_page(self) -> QWidget:
        if "opening" not in self._pages:
            from console.ui.widgets.empty_state import EmptyState

            self._pages["opening"] = EmptyState("clock", "Opening")
            self.stack.addWidget(self._pages["opening"])
        return self._pages["opening"]

    def begin(self) -> None:
        """Show also the pages that need the services: they run now."""
        waited = self._page in self._late
        self._late = frozenset()
        if self._painted:
            self._show()
        if waited and self._usable:
            QTimer.singleShot(0, self._tell_ready)

    def _connection_changed(self) -> None:
        self._title()
        if self._painted:
            self._show()

    def _title(self) -> None:
        view = self._bridge.connection()
        where = "" if view is None else "demo" if view.demo else view.profile
        self.setWindowTitle(f"{where} · {PRODUCT}" if where else PRODUCT)

    # --- first paint ----------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            # Frame first: the page costs more than everything before it.
            QTimer.singleShot(0, self._first_page)

    def _first_page(self) -> None:
        before = self.stack.currentWidget()
        self._show()
        page = self.stack.currentWidget()
        if page is not None and page is not before:
            page.setFocus()
        # One turn of the loop later the page has been laid out and painted.
        QTimer.singleShot(0, self._tell_usable)

    def _tell_usable(self) -> None:
        if not self._usable:
            self._usable = True
            if self._page not in self._late:
                self._tell_ready()
            self.became_usable.emit()

    def _tell_ready(self) -> None:
        testing.tell_ready(self._started)

    @cached_property
    def toast(self) -> Toast:
        """The words that come and go at the window's foot."""
        from console.ui.widgets.toast import Toast

        return Toast(self)

    # --- what is told ---------------------------------------------------------------------------
    def _noticed(self, notice: Notice) -> None:
        level = _LEVELS.get(notice.level)
        if level is None:
            self.notices.drop(notice.code)
            self.toast.say(notice.text, "info")
        else:
            self.notices.say(level, notice.text, notice.code, notice.action)

    def use_seal(self, seal: SealActions) -> None:
        """Offer what can be done with the trail's seal, and tell what comes of it."""
        self.seal = seal
        seal.said.connect(self._told_of_seal)

    def _told_of_seal(self, level: str, text: str) -> None:
        if level in _LEVELS:
            self.notices.say(_LEVELS[level], text, "seal")
        else:
            self.toast.say(text)

    def _refused(self, message: str) -> None:
        self.notices.say("warning", message, REFUSED)

    def _act(self, code: str) -> None:
        if code == waited.SUBJECT:
            self.waited.open()
        else:
            self._bridge.act(code)

    def _choose_waited(self) -> None:
        from console.ui.operate import OperatePage

        self.show_page("operate")
        page = self.page_widget("operate")
        if isinstance(page, OperatePage):
            page.queue.show_states("review")

    def open_palette(self) -> None:
        """Open the search over everything."""
        from console.ui.dialogs.palette import CommandPalette
        from console.ui.palette_entries import found_jobs, standing_entries

        entries = standing_entries(self._bridge, self)
        palette = CommandPalette(entries, lambda q: found_jobs(self._bridge, self, q), self)
        palette.open()

    # --- keyboard ---------------------------------------------------------------------------------
    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001 - Qt's
        return step(self, forward=forward)

    # --- size, place and the end ----------------------------------------------------------------
    def _restore(self) -> None:
        settings = self._bridge.settings()
        self.resize(*_SIZE)
        # At 200 % a small screen has 683 by 384 of these pixels.
        self.setMinimumSize(640, 360)
        geometry = settings.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        else:
            self._fit_screen()
        page = str(settings.value("window/page") or "operate")
        self.show_page(page if page in self._makers else "operate")

    def _fit_screen(self) -> None:
        screen = self.screen()
        if screen is not None:
            room: QRect = screen.availableGeometry()
            self.resize(min(_SIZE[0], room.width()), min(_SIZE[1], room.height()))

    def save(self) -> None:
        """Keep size and place for the next start."""
        self._bridge.settings().setValue("window/geometry", self.saveGeometry())
        self._bridge.settings().sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.save()
        self.stop_requested.emit()
