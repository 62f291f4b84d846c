"""What each figure about people counts: a row per thing counted, with its region, type of plan, and whether it is met.

Only practices that count are asked. `key` tells things apart, so that one of two types is counted once in the whole.
"""

from __future__ import annotations

_PRACTICE = """
    SELECT o.id, o.region FROM people_organization o
    WHERE o.kind = 'general-practice' AND o.practice_type = ANY(%(types)s)
      AND (o.closed_on IS NULL OR o.closed_on > %(last_day)s)
"""

# Plans that ran at the month's end, in the practice that has the patient by then.
_RUNNING = f"""
    SELECT c.patient_id, c.guideline, p.region
    FROM careplans_careplan c
    JOIN people_practicemembership m ON m.patient_id = c.patient_id AND m.valid_from <= %(last_day)s
        AND (m.valid_until IS NULL OR m.valid_until > %(last_day)s)
    JOIN ({_PRACTICE}) p ON p.id = m.organization_id
    WHERE c.created_at < %(until)s AND (c.ended_at IS NULL OR c.ended_at >= %(until)s)
"""

SEEN_BY_PATIENT = f"""
WITH reader AS MATERIALIZED (
    SELECT DISTINCT patient_id FROM forloeb_plan_readers(%(since)s, %(until)s) WHERE organization_id IS NULL
)
SELECT r.region, r.guideline, r.patient_id::text AS key, x.patient_id IS NOT NULL AS is_met
FROM ({_RUNNING}) r LEFT JOIN reader x ON x.patient_id = r.patient_id
"""

SEEN_BY_MUNICIPALITY = f"""
WITH reader AS MATERIALIZED (
    SELECT DISTINCT f.patient_id FROM forloeb_plan_readers(%(since)s, %(until)s) f
    JOIN people_organization o ON o.id = f.organization_id AND o.kind = 'municipality'
)
SELECT r.region, r.guideline, r.patient_id::text AS key, x.patient_id IS NOT NULL AS is_met
FROM ({_RUNNING}) r LEFT JOIN reader x ON x.patient_id = r.patient_id
"""

# Values that were held against a goal in the month's newest version of each plan.
GOALS_MET = f"""
SELECT p.region, v.guideline, v.patient_id || '/' || (value ->> 'measure') AS key,
       value ->> 'status' = 'in_target' AS is_met
FROM (
    SELECT DISTINCT ON (e.care_plan_id) e.patient_id, e.guideline, e.organization_id, w.content
    FROM careplans_planevent e JOIN careplans_careplanversion w ON w.id = e.version_id
    WHERE e.happened_at >= %(since)s AND e.happened_at < %(until)s
    ORDER BY e.care_plan_id, e.happened_at DESC
) v
JOIN ({_PRACTICE}) p ON p.id = v.organization_id
CROSS JOIN LATERAL jsonb_path_query(v.content, '$.values[*]') AS value
WHERE value ->> 'status' IN ('in_target', 'above_target', 'below_floor', 'confirm_at_home')
"""

# One row per control and type of plan that was saved in it.
_CONTROLS = f"""
    SELECT r.id, r.patient_id, r.saved_at, v.content, e.guideline, p.region
    FROM careplans_annualreview r
    JOIN careplans_careplanversion v ON v.review_id = r.id
    JOIN careplans_planevent e ON e.version_id = v.id
    JOIN ({_PRACTICE}) p ON p.id = r.organization_id
    WHERE r.saved_at >= %(since)s AND r.saved_at < %(until)s
"""

OVERRIDES = f"""
SELECT c.region, c.guideline, g.id::text AS key, g.differs AS is_met
FROM ({_CONTROLS}) c JOIN careplans_goal g ON g.review_id = c.id AND g.recommended IS NOT NULL
"""

OWN_WORDS = f"""
SELECT c.region, c.guideline, c.id::text AS key,
       coalesce(c.content -> 'statements' ->> 'matters', '') <> ''
       OR coalesce(c.content -> 'statements' ->> 'own-goal', '') <> '' AS is_met
FROM ({_CONTROLS}) c
"""

# From the first thing that was kept of the draft to the saving, where both were on one day.
CONTROL_MINUTES = f"""
SELECT c.region, c.guideline, c.id::text AS key, extract(epoch FROM c.saved_at - d.begun_at) / 60 AS amount
FROM ({_CONTROLS}) c
JOIN LATERAL (SELECT min(saved_at) AS begun_at FROM careplans_draftrevision x WHERE x.review_id = c.id) d
    ON (d.begun_at AT TIME ZONE 'Europe/Copenhagen')::date = (c.saved_at AT TIME ZONE 'Europe/Copenhagen')::date
"""

# Patients whose record holds the diagnosis at the month's end, and whether they have the plan.
DIAGNOSED = f"""
SELECT p.id AS practice, p.region, d.guideline, c.patient_id::text AS key,
       EXISTS (SELECT FROM careplans_careplan a WHERE a.patient_id = c.patient_id AND a.guideline = d.guideline
               AND a.created_at < %(until)s AND (a.ended_at IS NULL OR a.ended_at >= %(until)s)) AS is_met
FROM unnest(%(guidelines)s::text[], %(patterns)s::text[]) AS d (guideline, pattern)
JOIN records_condition c ON c.superseded_at IS NULL AND c.clinical_status = 'active' AND c.code LIKE d.pattern
    AND (c.onset_on IS NULL OR c.onset_on <= %(last_day)s) AND (c.ended_on IS NULL OR c.ended_on > %(last_day)s)
JOIN people_practicemembership m ON m.patient_id = c.patient_id AND m.valid_from <= %(last_day)s
    AND (m.valid_until IS NULL OR m.valid_until > %(last_day)s)
JOIN ({_PRACTICE}) p ON p.id = m.organization_id
JOIN people_patient b ON b.id = c.patient_id AND (b.deceased_on IS NULL OR b.deceased_on > %(last_day)s)
"""

WITH_PLAN = f"SELECT region, guideline, key || '/' || guideline AS key, is_met FROM ({DIAGNOSED}) s"

# How far each practice is: of the plans that its patients' diagnoses ask for, the share there are. A guideline of NULL
# is all of them.
PRACTICES = f"""
SELECT practice, region, guideline, avg(is_met::int) AS share
FROM (SELECT DISTINCT practice, nullif(region, '') AS region, guideline, key, is_met FROM ({DIAGNOSED}) q) s
GROUP BY GROUPING SETS ((practice, region), (practice, region, guideline))
"""
