"""Synthetic people: a population that looks like Denmark's and is nobody. Pure: no clock, no files, no database."""

from forloeb.population.synthesis.figures import Figures
from forloeb.population.synthesis.population import Batch, Population

__all__ = ["Batch", "Figures", "Population"]
