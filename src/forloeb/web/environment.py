"""The templates' world: what every page may call, and nothing else.

Undefined names are errors, also in production: a page that silently leaves a value out is worse than none.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.templatetags.static import static as django_static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from forloeb.terminology import measures
from forloeb.web import (
    access_words,
    app_words,
    card_words,
    charts,
    clinical_words,
    formatting,
    guideline_words,
    home_words,
    invitation_words,
    log_words,
    own_device,
    patient_words,
    quality_words,
    referral_words,
    referring_words,
    speaking,
    translated,
    wording,
    worklist_words,
)


def environment(**options: Any) -> Environment:
    """Build the Jinja environment that settings.TEMPLATES names."""
    options.update(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env = Environment(**options)  # noqa: S701  Django turns autoescape on in `options`
    env.add_extension("jinja2.ext.i18n")
    env.add_extension("jinja2.ext.do")
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translation.gettext,
        ngettext=translation.ngettext,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
        newstyle=True,
    )
    env.globals.update(
        url=url,
        static=static,
        icon=icon,
        language=formatting.current_language,
        spoken=speaking.spoken,
        other_languages=speaking.other_languages,
        as_written=translated.as_written,
        htmx_config=HTMX_CONFIG,
        here=here,
        device_owner=own_device.owner_of,
        trend=charts.trend,
        value_status=wording.value_status,
        role_words=wording.role_words,
        reason_options=access_words.reason_options,
        reason_name=access_words.reason_name,
        offer_options=access_words.offer_options,
        offer_name=access_words.offer_name,
        what_it_may=app_words.what_it_may,
        ended_name=access_words.ended_name,
        outcome_name=access_words.outcome_name,
        outcome_options=access_words.outcome_options,
        kind_name=access_words.kind_name,
        role_name=wording.role_name,
        letter_title=referral_words.letter_title,
        section_name=referral_words.section_name,
        interpreter_options=referral_words.interpreter_options,
        interpreter_words=referral_words.interpreter_words,
        priority_options=referring_words.priority_options,
        VALUE_STATUSES=wording.VALUE_STATUSES,
    )
    env.globals.update(
        doer_words=clinical_words.doer_words,
        doer_options=clinical_words.doer_options,
        answer_words=clinical_words.answer_words,
        choice_options=clinical_words.choice_options,
        recommended_words=clinical_words.goal_words,
        wants_more=clinical_words.wants_more,
        measure_of=measures().get,
        step_options=home_words.step_options,
        answer_options=home_words.answer_options,
        reason_words=worklist_words.reason_words,
        measured_words=worklist_words.measured_words,
        place_words=worklist_words.place_words,
        why_not_options=worklist_words.why_not_options,
        contact_outcome_options=worklist_words.outcome_options,
        contact_words=worklist_words.contact_words,
        contact_outcome_words=worklist_words.outcome_words,
        before_tags=worklist_words.before_tags,
        group_words=worklist_words.group_words,
        month_name=invitation_words.month_name,
        quality=quality_words,
        month_options=invitation_words.month_options,
        when_words=invitation_words.when_words,
        before_words=invitation_words.before_words,
    )
    env.filters.update(
        kind_of_change=guideline_words.kind_of_change,
        finding_words=guideline_words.finding_words,
        axis_name=guideline_words.axis_name,
        pairs=guideline_words.pairs,
        form_label=guideline_words.form_label,
        target_range=clinical_words.target_range,
        fact_words=clinical_words.fact_words,
        fact_becomes=clinical_words.fact_becomes,
        result_words=clinical_words.result_words,
        measure_words=clinical_words.measure_words,
        field_words=clinical_words.field_words,
        profile_words=clinical_words.profile_words,
        what_was_done=log_words.what_was_done,
        why_allowed=log_words.why_allowed,
        is_emergency=log_words.is_emergency,
        own_value_title=home_words.own_value_title,
        own_value_words=home_words.own_value_words,
        own_value_groups=home_words.own_value_groups,
        reason_line=worklist_words.reason_words,
        card_state=card_words.card_state,
        card_fault=card_words.card_fault,
        shown_name=card_words.shown_name,
        shown_value=card_words.shown_value,
        letter_value=referral_words.letter_value,
        referral_status=referring_words.referral_status,
        own_referral_status=referral_words.own_referral_status,
        message_name=referring_words.message_name,
        message_state=referring_words.message_state,
        message_advice=referring_words.message_advice,
        mean_words=home_words.mean_words,
        mean_source=home_words.mean_source,
        time=formatting.format_time,
        unit=formatting.format_unit,
        how_it_goes=patient_words.how_it_goes,
        card_title=patient_words.card_title,
        card_value=patient_words.card_value,
        card_unit=patient_words.card_unit,
        card_goal=patient_words.card_goal,
        card_status=patient_words.card_status,
        date=formatting.format_date,
        long_date=formatting.format_long_date,
        moment=formatting.format_moment,
        since=formatting.format_since,
        number=formatting.format_number,
        count=formatting.format_count,
        quantity=formatting.format_quantity,
        goal=formatting.format_goal,
        goal_words=formatting.format_goal_words,
        cpr=formatting.format_cpr,
        in_danish=translated.in_danish,
        isolated=formatting.isolated,
        local=translated.local,
        written=translated.written,
    )
    return env


# Nothing is evaluated, no style is written, no page is kept in the browser's storage, and only our own host is asked.
HTMX_CONFIG = (
    '{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,'
    '"refreshOnHistoryMiss":true,"scrollBehavior":"auto"}'
)


def url(name: str, *args: object, **kwargs: object) -> str:
    """Give the address of a named page."""
    return reverse(name, args=args, kwargs=kwargs)


@pass_context
def here(context: Context) -> str:
    """Give the address of this page, for coming back to it after a change of language."""
    request = context["request"]
    return str(request.get_full_path()) if request.method == "GET" else "/"


@cache
def static(path: str) -> str:
    """Give the address of one of our files, with a mark of its content. Raises NoSuchFile."""
    found = finders.find(path)
    if found is None:
        raise NoSuchFile(path)
    return f"{django_static(path)}?v={hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]}"


class NoSuchFile(ValueError):
    """A page names a file that is not there; `make setup` fetches those we borrow."""


_TURNS = frozenset({"arrow-back", "arrow-forward", "chevron-left", "chevron-right"})
"""Icons that point along the reading: on a page that is read from the right they point the other way."""

SPRITE = "vendor/dkfds/img/all-svg-icons.svg"


class NoSuchIcon(ValueError):
    """The design system has no icon of that name, so that nothing would be seen."""


@cache
def icon_names() -> frozenset[str]:
    """Give the names of the design system's icons, as `tools/build_frontend.py` fetched them."""
    drawn = (Path(__file__).parent / "static" / SPRITE).read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', drawn))


@lru_cache(maxsize=512)
def icon(name: str, label: str = "", extra_class: str = "") -> Markup:
    """Draw an icon of the design system: decoration beside words, or named by `label` where it stands alone.

    Raises NoSuchIcon.
    """
    if name not in icon_names():
        raise NoSuchIcon(name)
    sprite = static(SPRITE)
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    classes = " ".join(("icon-svg", *(["icon-svg--turns"] if name in _TURNS else []), escape(extra_class))).rstrip()
    return Markup(  # noqa: S704  every part is escaped or our own
        f'<svg class="{classes}" focusable="false" {named}><use href="{sprite}#{escape(name)}"></use></svg>'
    )
