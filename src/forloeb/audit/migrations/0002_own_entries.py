"""A patient reads their own part of the log: who looked, when, for whom, why and by which rule. Nothing else of it is shown."""

from django.db import migrations

OWN_ENTRIES = """
CREATE FUNCTION audit.own_entries(most int) RETURNS TABLE (
    happened_at timestamptz, action text, event text, viewer text, login_id bigint, organization_id bigint,
    practitioner_id bigint, role text, rule text, reason text, data text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = audit, pg_catalog, pg_temp AS $$
    SELECT e.happened_at, e.action::text, e.event, e.viewer, e.login_id, e.organization_id, e.practitioner_id,
           e.role, e.rule, e.reason, e.data
    FROM entry e
    WHERE current_setting('forloeb.viewer', true) = 'patient'
      AND e.patient_id = nullif(current_setting('forloeb.patient_id', true), '')::bigint
    ORDER BY e.happened_at DESC
    LIMIT most
$$;

REVOKE ALL ON FUNCTION audit.own_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.own_entries TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_log")]
    operations = [migrations.RunSQL(OWN_ENTRIES, "DROP FUNCTION audit.own_entries;")]
