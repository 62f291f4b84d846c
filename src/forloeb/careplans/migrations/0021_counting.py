"""Count every saved plan in the transaction that saves it; close months for good; tell how many readers there were.

The statistics are of no patient: whoever may see them reads these tables, and never the plans they were counted from.
"""

from django.db import migrations

# A row for a practice, a month, a type and a kind. The lock on it is held until the plan is saved; rows are taken in
# one order, so that two savings never wait for each other in a ring.
_COUNT = """
    INSERT INTO careplans_planmonth (month, organization_id, guideline, kind, plans)
    SELECT date_trunc('month', happened_at AT TIME ZONE 'Europe/Copenhagen')::date, organization_id, guideline, kind,
           count(*)
    FROM {events}
    GROUP BY 1, 2, 3, 4
    ORDER BY 2, 3, 1, 4
    ON CONFLICT (month, organization_id, guideline, kind)
        DO UPDATE SET plans = careplans_planmonth.plans + excluded.plans;
"""

COUNTING = f"""
CREATE FUNCTION forloeb_count_plans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    {_COUNT.format(events="saved")}
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION forloeb_count_plans FROM PUBLIC;
CREATE TRIGGER counted AFTER INSERT ON careplans_planevent REFERENCING NEW TABLE AS saved
    FOR EACH STATEMENT EXECUTE FUNCTION forloeb_count_plans();

-- What was saved before there were counts. The lock holds for the owner too, so it is lifted for this one statement.
ALTER TABLE careplans_planevent NO FORCE ROW LEVEL SECURITY;
{_COUNT.format(events="careplans_planevent")}
ALTER TABLE careplans_planevent FORCE ROW LEVEL SECURITY;
"""

GRANTS = """
GRANT SELECT ON careplans_planmonth, careplans_closedmonth, careplans_closedcount, careplans_monthfigure
    TO forloeb_app, forloeb_loader;
GRANT INSERT ON careplans_closedmonth, careplans_closedcount, careplans_monthfigure TO forloeb_loader;
GRANT UPDATE ON careplans_monthfigure TO forloeb_loader;
-- Who takes very much in tells the planner of it.
GRANT MAINTAIN ON careplans_planevent, careplans_planmonth TO forloeb_loader;
""" + "".join(
    f"""
CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION forloeb_refuse_change();
"""
    for table in ("careplans_closedmonth", "careplans_closedcount")
)

# Whose plan was opened, by themselves or by which organization's staff; the loader counts them and keeps no one.
READERS = """
CREATE FUNCTION forloeb_plan_readers(since timestamptz, until timestamptz)
RETURNS TABLE (patient_id bigint, organization_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT e.patient_id, CASE WHEN e.event = 'shared-plan' THEN e.organization_id END
    FROM audit.entry e
    WHERE e.happened_at >= since AND e.happened_at < until AND e.patient_id IS NOT NULL AND e.action = 'read'
      AND ((e.event = 'own-plan' AND e.viewer = 'patient') OR e.event = 'shared-plan')
$$;
REVOKE ALL ON FUNCTION forloeb_plan_readers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forloeb_plan_readers TO forloeb_loader;
"""


class Migration(migrations.Migration):
    dependencies = [("careplans", "0020_statistics"), ("audit", "0001_log"), ("people", "0001_functions")]
    operations = [migrations.RunSQL(COUNTING + GRANTS + READERS, migrations.RunSQL.noop)]
