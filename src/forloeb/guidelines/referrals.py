"""What a referral to the municipality is prefilled with: offers, tasks, what goes along. Content, checked at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import Field, model_validator

from forloeb.guidelines.library import Library
from forloeb.guidelines.schema import ProposalList, Sourced, Sources
from forloeb.kernel.content import Closed, ContentError, Localized, read_content
from forloeb.kernel.measures import Measure

FILE = "referrals/municipality.yaml"


class Offer(Sourced):
    """Something a municipality offers, and the rules whose proposal it answers."""

    id: str = Field(pattern="^[a-z][a-z-]*$", max_length=40)
    name: Localized
    proposed_by: tuple[str, ...] = ()
    note: str | None = None


class NursingTask(Sourced):
    """Something the municipal nursing can be asked to do."""

    id: str = Field(pattern="^[a-z][a-z-]*$", max_length=40)
    name: Localized


class ReferralContent(Closed):
    """content/referrals/municipality.yaml."""

    default_offer: str
    offers: tuple[Offer, ...] = Field(min_length=1)
    tasks: tuple[NursingTask, ...] = Field(min_length=1)
    diagnoses: tuple[str, ...] = Field(description="code lists of the diseases that are referred for")
    complications: tuple[str, ...] = Field(description="code lists of what goes along with them")
    values: tuple[str, ...] = Field(description="measures whose newest value goes along")
    smoking: str = Field(description="the measure that says whether the person smokes")

    @model_validator(mode="after")
    def _names_are_once(self) -> ReferralContent:
        ids = [one.id for one in self.named]
        if len(ids) != len(set(ids)):
            raise ValueError("an id stands twice")
        if self.default_offer not in {one.id for one in self.offers}:
            raise ValueError("default_offer is none of the offers")
        return self

    @property
    def named(self) -> tuple[Offer | NursingTask, ...]:
        """Everything that can be asked for."""
        return (*self.offers, *self.tasks)

    def proposed(self, rules: Collection[str]) -> tuple[str, ...]:
        """Give the offers that answer what was proposed: the default one first, then in the order of the content."""
        answer = {one.id for one in self.offers if set(one.proposed_by) & set(rules)} | {self.default_offer}
        return tuple(one.id for one in self.offers if one.id in answer)

    def name_of(self, id: str) -> Localized | None:
        """Name an offer or a task; None for one that this deployment does not know (any more)."""
        return next((one.name for one in self.named if one.id == id), None)


def load_referrals(content: Path, measures: Mapping[str, Measure], library: Library) -> ReferralContent:
    """Read what referrals are prefilled with. Raises ContentError with every fault."""
    found = read_content(content / FILE, ReferralContent)
    sources = read_content(content / "sources.yaml", Sources)
    if faults := list(_unknown(content / FILE, found, sources, measures, library)):
        raise ContentError(faults)
    return found


def _unknown(
    path: Path, found: ReferralContent, sources: Sources, measures: Mapping[str, Measure], library: Library
) -> Iterator[str]:
    """Give each name that leads nowhere."""
    rules = {
        row.rule for guideline in library.guidelines for table in guideline.all(ProposalList) for row in table.rows
    }
    lists = {one.id for one in library.code_lists}
    for offer in found.offers:
        yield from (
            f"{path}: {offer.id}: no rule '{rule}' proposes anything" for rule in offer.proposed_by if rule not in rules
        )
    for part in found.named:
        yield from (f"{path}: {part.id}: unknown source '{key}'" for key in part.sources if key not in sources.sources)
        if part.status in ("V", "V2") and not part.sources:
            yield f"{path}: {part.id}: a statement marked {part.status} names the source it was read in"
    yield from (f"{path}: unknown code list '{n}'" for n in (*found.diagnoses, *found.complications) if n not in lists)
    yield from (f"{path}: unknown measure '{name}'" for name in (*found.values, found.smoking) if name not in measures)
