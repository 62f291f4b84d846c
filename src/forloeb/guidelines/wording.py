"""What the engine itself says, in both languages. What a rule says stands with the rule."""

from __future__ import annotations

from functools import lru_cache

from forloeb.kernel.content import Localized


def _comma(number: str) -> str:
    return number.replace(".", ",")


@lru_cache(maxsize=1024)
def against_goal(goal: str, good: bool) -> Localized:
    """Say whether a value is inside a goal."""
    if good:
        return Localized(
            da=f"Værdien er inden for målet ({_comma(goal)}).", en=f"The value is within the goal ({goal})."
        )
    return Localized(da=f"Værdien er uden for målet ({_comma(goal)}).", en=f"The value is outside the goal ({goal}).")


@lru_cache(maxsize=256)
def too_low(limit: str) -> Localized:
    """Say that a value is too low."""
    return Localized(da=f"Værdien er under {_comma(limit)}: for lav.", en=f"The value is below {limit}: too low.")


def reduced(percent: str, asked: str) -> Localized:
    """Say how much a value has fallen since treatment began, beside what is asked for."""
    return Localized(
        da=f"Faldet {_comma(percent)} % siden før behandlingen; mindst {_comma(asked)} % er målet.",
        en=f"Has fallen {percent} % since before treatment; the goal is at least {asked} %.",
    )


MISSING = Localized(da="Der er ingen måling.", en="There is no measurement.")
STALE = Localized(da="Den seneste måling er for gammel.", en="The latest measurement is too old.")
IMPLAUSIBLE = Localized(
    da="Værdien ligger uden for det mulige og bruges ikke.",
    en="The value lies outside what is possible; it is not used.",
)
CONFLICT = Localized(
    da="To svar fra samme dag siger hver sit om målet.",
    en="Two results of the same day say different things of the goal.",
)
NO_TARGET = Localized(da="Der er intet mål for denne værdi.", en="There is no goal for this value.")
NO_NUMBER = Localized(da="Målet er individuelt.", en="The goal is individual.")
OTHER_SETTING = Localized(
    da="Blodtrykket er kendt fra den anden måde at måle på.",
    en="The pressure is known from the other way of measuring.",
)
CONFIRM = Localized(
    da="Målt i klinikken og ikke i mål: bekræft med hjemmeblodtryk.",
    en="Measured in the clinic and not at goal: confirm with home measurement.",
)
CANNOT_TELL = Localized(
    da="Svaret er kun en grænse (> eller <), så det kan ikke siges, om målet er nået.",
    en="The result is only a bound (> or <), so it cannot be told whether the goal is reached.",
)
NEEDS_CLINICIAN = Localized(
    da="Målet er individuelt: tallet er et udgangspunkt, som en kliniker tager stilling til.",
    en="The goal is individual: the number is a starting point for a clinician to decide on.",
)
