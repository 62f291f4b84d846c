"""What is measured at a visit: each panel by its own chance, the highest among the patient's diseases."""

from __future__ import annotations

import numpy as np

from forloeb.population.synthesis.controls import CLASSES, Visits
from forloeb.population.synthesis.draws import Draws, Floats
from forloeb.population.synthesis.figures import Figures
from forloeb.population.synthesis.measured import Moments
from forloeb.population.synthesis.people import People


def draw_panels(figures: Figures, draws: Draws, people: People, visits: Visits) -> dict[str, Moments]:
    """Give, by panel, the moments at which it was done."""
    panels = figures.controls.panels
    chances = _chances(figures)[visits.is_control.astype(np.int64), visits.classes]
    drawn = draws.sixteenths("panel", len(panels), people.numbers[visits.person], visits.day)
    done = drawn < chances
    everything = Moments(visits.person, visits.day)
    return {panel.id: everything.where(done[:, place]) for place, panel in enumerate(panels)}


def _chances(figures: Figures) -> Floats:
    """Give chances by [is a control, number of classes, panel]."""
    table = np.zeros((2, 1 << len(CLASSES), len(figures.controls.panels)))
    for place, panel in enumerate(figures.controls.panels):
        for is_control, shares in enumerate((panel.between, panel.control)):
            for bit, name in enumerate(CLASSES):
                numbers = np.arange(table.shape[1]) >> bit & 1 == 1
                table[is_control, numbers, place] = np.maximum(table[is_control, numbers, place], shares.get(name, 0.0))
    return table
