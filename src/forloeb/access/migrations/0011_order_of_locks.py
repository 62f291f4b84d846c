"""The lock that most often opens is tried first.

PostgreSQL puts a table's policies together from the last name to the first, and stops at the first that lets a row
through. `seen` (the patient, and the practice that has them today) is quick and nearly always the one; what asks for
referrals, reasons and former practices now has names before it. Who is no patient is told from a setting alone.
"""

from django.db import migrations

ORDER = """
DO $$
DECLARE
    policy record;
BEGIN
    FOR policy IN SELECT * FROM pg_policies WHERE policyname IN ('shared', 'written_here') LOOP
        EXECUTE format('ALTER POLICY %I ON %I.%I RENAME TO %I', policy.policyname, policy.schemaname, policy.tablename,
                       CASE policy.policyname WHEN 'shared' THEN 'opened' ELSE 'made_here' END);
    END LOOP;
END $$;

CREATE FUNCTION forloeb_own_patient_living() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id FROM people_patient p WHERE p.id = forloeb_told('patient_id') AND p.deceased_on IS NULL
$$;

-- Not SECURITY DEFINER, so that it becomes a part of the question that asks it.
CREATE OR REPLACE FUNCTION forloeb_own_patient() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE SECURITY INVOKER AS $$
    SELECT CASE WHEN forloeb_told('patient_id') IS NULL THEN NULL ELSE forloeb_own_patient_living() END
$$;
ALTER FUNCTION forloeb_own_patient() RESET ALL;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0010_taken_tokens"), ("careplans", "0021_counting"), ("records", "0009_received_is_read")]
    operations = [migrations.RunSQL(ORDER, migrations.RunSQL.noop)]
