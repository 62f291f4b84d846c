"""The words row-level security is written in: whose eyes, which practice, which day."""

from django.db import migrations

FUNCTIONS = """
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Everything is made by the owner; the two roles get only what is granted, table by table.
GRANT USAGE ON SCHEMA public TO forloeb_app, forloeb_loader;

CREATE FUNCTION forloeb_own_organization() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('forloeb.organization_id', true), '')::bigint $$;

CREATE FUNCTION forloeb_own_patient() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('forloeb.patient_id', true), '')::bigint $$;

CREATE FUNCTION forloeb_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (now() AT TIME ZONE 'Europe/Copenhagen')::date $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION forloeb_own_organization(); DROP FUNCTION forloeb_own_patient(); DROP FUNCTION forloeb_today();",
        )
    ]
