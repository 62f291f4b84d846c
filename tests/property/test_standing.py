"""Whatever was done about somebody, they stand in one place, no reason is lost, and a new one is never hidden."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forloeb.careplans.contacts import Contact, Outcome
from forloeb.guidelines.results import Reason as Rule
from forloeb.kernel.content import Localized
from forloeb.population.lists import need_of
from forloeb.population.reasons import Reason
from forloeb.population.standing import PLACES, SETTLED_BY_ANY_CONTROL, stand
from forloeb.terminology import measures

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 1, tzinfo=UTC)
TEXT = Localized(da="x", en="x")
FLAGGED = ("T2D-FLAG-LOW", "T2D-FLAG-SBP-LOW", "KOL-FLAG-ICS")
MEASURED = ("hba1c", "ldl", "uacr")


@st.composite
def reasons(draw: st.DrawFn) -> tuple[Reason, ...]:
    found = []
    for kind in draw(st.lists(st.sampled_from(sorted(need_of())), unique=True, max_size=5)):
        if kind in ("missing", "above-twice"):
            names = draw(st.lists(st.sampled_from(MEASURED), min_size=1, unique=True))
            found.append(Reason(kind, measures=tuple(measures()[name] for name in names)))
        elif kind == "over-treatment":
            rules = draw(st.lists(st.sampled_from(FLAGGED), min_size=1, unique=True))
            found.append(Reason(kind, because=tuple(Rule(rule, TEXT, "V", None) for rule in rules)))
        else:
            found.append(Reason(kind))
    return tuple(sorted(found, key=lambda one: need_of()[one.kind]))


KEYS = st.frozensets(
    st.sampled_from(
        [
            *(f"{kind}:{name}" for kind in ("missing", "above-twice") for name in MEASURED),
            *(f"over-treatment:{rule}" for rule in FLAGGED),
            *need_of(),
        ]
    ),
    max_size=8,
)
DAYS = st.dates(DAY - timedelta(days=500), DAY + timedelta(days=200))
UNDATED = ("declined", "no-answer", "sent", "taken-back")
OUTCOMES = st.one_of(
    st.builds(
        Outcome, st.sampled_from(["declined", "no-answer", "sent", "taken-back"]), st.none(), st.just(AT), st.just("")
    ),
    st.builds(Outcome, st.just("booked"), DAYS, st.just(AT), st.just("")),
)


@st.composite
def contact(draw: st.DrawFn) -> Contact:
    kind = draw(st.sampled_from(["invited", "not-now", "not-relevant"]))
    made = draw(st.dates(DAY - timedelta(days=500), DAY))
    invited = kind == "invited"
    outcomes = tuple(draw(st.lists(OUTCOMES, max_size=2)) if invited else [])
    until = draw(DAYS) if kind == "not-now" else None
    month = draw(st.one_of(st.none(), DAYS)) if invited else None
    return Contact(
        1, 1, kind, draw(KEYS), AT, made, "x", "letter" if invited else "", UUID(int=1) if invited else None,
        month and month.replace(day=1), (), until, "declined" if kind == "not-relevant" else "", "", outcomes,
    )  # fmt: skip


def keys(found: tuple[Reason, ...]) -> set[str]:
    return {key for reason in found for key in reason.keys}


@given(reasons(), st.lists(contact(), max_size=4), st.one_of(st.none(), DAYS))
def test_no_reason_is_lost_and_each_stands_in_one_place(found, contacts, last_review_on):
    standing = stand(found, contacts, last_review_on=last_review_on, as_of=DAY)
    assert standing.place in PLACES
    assert keys(standing.reasons) | keys(standing.answered) == keys(found)
    if found:
        assert standing.reasons


@given(reasons(), st.lists(contact(), max_size=4), st.one_of(st.none(), DAYS))
def test_what_nobody_has_answered_is_never_put_away(found, contacts, last_review_on):
    standing = stand(found, contacts, last_review_on=last_review_on, as_of=DAY)
    answered = {key for one in contacts if not one.is_taken_back for key in one.answers}
    open_ = keys(found) - answered
    urgent = {key for key in open_ if key.partition(":")[0] not in SETTLED_BY_ANY_CONTROL | {"excluded"}}
    if urgent:
        assert standing.place in ("open", "today")
    if open_ - {"excluded"}:
        assert standing.place not in ("later", "settled", "left-out")


@given(reasons())
def test_with_nothing_done_every_reason_counts(found):
    standing = stand(found, [], last_review_on=None, as_of=DAY)
    assert standing.reasons == found
    assert standing.answered == ()
