"""Count for the faggruppe how often a rule is departed from: sums over all practices, small ones hidden here."""

from django.db import migrations

# A goal is stricter when its upper limit is lower, or its lower one higher, than the recommended; else looser.
COUNTS = """
CREATE POLICY decides ON careplans_goal FOR SELECT TO CURRENT_USER USING (true);

CREATE FUNCTION forloeb_shown(part bigint, whole bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN part BETWEEN 1 AND 4 OR whole - part BETWEEN 1 AND 4 THEN NULL ELSE part END $$;

CREATE FUNCTION forloeb_overrides(asked text)
RETURNS TABLE (rule text, measure text, goals bigint, differing bigint, stricter bigint, looser bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH counted AS (
        SELECT g.recommended ->> 'rule' AS rule, g.measure::text AS measure, count(*) AS goals,
               count(*) FILTER (WHERE g.differs) AS differing,
               count(*) FILTER (WHERE g.differs AND (
                   g.agreed_high < (g.recommended #>> '{range,high}')::numeric
                   OR (g.agreed_high IS NULL AND g.agreed_low > (g.recommended #>> '{range,low}')::numeric)
               )) AS stricter
        FROM careplans_goal g
        WHERE g.ended_at IS NULL AND g.recommended ->> 'guideline' = asked
          AND (forloeb_is_editor('author') OR forloeb_is_editor('checker'))
        GROUP BY 1, 2
    )
    SELECT c.rule, c.measure, forloeb_shown(c.goals, c.goals), forloeb_shown(c.differing, c.goals),
           CASE WHEN forloeb_shown(c.differing, c.goals) IS NOT NULL THEN forloeb_shown(c.stricter, c.differing) END,
           CASE WHEN forloeb_shown(c.differing, c.goals) IS NOT NULL
                THEN forloeb_shown(c.differing - c.stricter, c.differing) END
    FROM counted c ORDER BY c.differing DESC, c.rule, c.measure
$$;

CREATE FUNCTION forloeb_override_reasons(asked text)
RETURNS TABLE (rule text, measure text, reason text, times bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.recommended ->> 'rule', g.measure::text, lower(btrim(g.reason, ' .')), count(*)
    FROM careplans_goal g
    WHERE g.ended_at IS NULL AND g.differs AND g.recommended ->> 'guideline' = asked
      AND (forloeb_is_editor('author') OR forloeb_is_editor('checker'))
    GROUP BY 1, 2, 3 HAVING count(DISTINCT g.patient_id) >= 5
    ORDER BY 4 DESC, 3
$$;
REVOKE ALL ON FUNCTION forloeb_overrides, forloeb_override_reasons FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forloeb_overrides, forloeb_override_reasons TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("careplans", "0051_plan_change_locks"), ("editions", "0002_locks")]
    operations = [migrations.RunSQL(COUNTS, migrations.RunSQL.noop)]
