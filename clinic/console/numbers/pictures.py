"""Where the parts of a picture stand; the templates of numbers/ draw them as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

WIDTH, HEIGHT = 900, 180  # of the bars beside each other
LINES, LINE = 600, 30  # of the bars below each other: their width, and a line's height
LABELS, NUMBERS = 190, 100  # room for words
LONGEST_LABEL = 24
SHADES = 6  # of the heat map, beside none


@dataclass(frozen=True)
class Bar:
    """A bar with its words; lengths are in the units of the picture's view box."""

    label: str
    value: int
    link: str
    x: float
    y: float
    width: float
    height: float
    note: str = ""

    @property
    def short(self) -> str:
        """Return the label as far as there is room for it."""
        return self.label if len(self.label) <= LONGEST_LABEL else f"{self.label[: LONGEST_LABEL - 1]}…"


@dataclass(frozen=True)
class Bars:
    """A picture of bars."""

    bars: list[Bar]
    width: int
    height: int
    most: int


def beside(figures: Iterable[tuple[str, int, str]]) -> Bars:
    """Return bars beside each other, of (label, value, link)."""
    figures = list(figures)
    most, step = max((value for _, value, _ in figures), default=0), WIDTH / max(1, len(figures))
    bars = []
    for number, (label, value, link) in enumerate(figures):
        height = HEIGHT * value / most if most else 0
        bars.append(Bar(label, value, link, number * step, HEIGHT - height, step, height))
    return Bars(bars, WIDTH, HEIGHT, most)


def below(figures: Iterable[tuple[str, int, str]], whole: int = 0) -> Bars:
    """Return bars below each other; with a ``whole``, each with its share of it."""
    figures = list(figures)
    most = max(whole, max((value for _, value, _ in figures), default=0))
    room = LINES - LABELS - NUMBERS
    bars = [
        Bar(
            label,
            value,
            link,
            LABELS,
            number * LINE,
            room * value / most if most else 0,
            LINE,
            f"{100 * value / whole:.0f} %" if whole else "",
        )
        for number, (label, value, link) in enumerate(figures)
    ]
    return Bars(bars, LINES, LINE * max(1, len(figures)), most)


@dataclass(frozen=True)
class Cell:
    """A cell of the heat map; ``shade`` is 0 for nothing, ``link`` opens what is counted."""

    row: int
    column: int
    value: int
    shade: int
    link: str


def heat(figures: Mapping[tuple[int, int], int], link: Callable[[int, int], str]) -> list[Cell]:
    """Return a week's 7 x 24 cells from figures by (weekday, hour); ``link`` returns an address for these."""
    most = max(figures.values(), default=0)
    return [
        Cell(
            day,
            hour,
            value := figures.get((day, hour), 0),
            -(-SHADES * value // most) if most else 0,
            link(day, hour),
        )
        for day in range(7)
        for hour in range(24)
    ]
