"""Put the plans behind row-level security, and make versions, reviews and events unchangeable."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows, share

ADD = "SELECT, INSERT"
ADD_AND_END = "SELECT, INSERT, UPDATE (ended_at)"

TABLES = {
    "careplans_careplan": "SELECT, INSERT, UPDATE (status, ended_at)",
    "careplans_annualreview": ADD,
    "careplans_careplanversion": ADD,
    "careplans_planevent": ADD,
    "careplans_goal": ADD_AND_END,
    "careplans_statement": ADD_AND_END,
    "careplans_activity": ADD_AND_END,
    "careplans_proposaldecision": ADD_AND_END,
    "careplans_draftrevision": "SELECT, INSERT, UPDATE (review_id)",
}

# Grants keep the application and the loader from it; this keeps the owner and the careless from it too.
UNCHANGEABLE = """
CREATE FUNCTION forloeb_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
""" + "".join(
    f"""
CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION forloeb_refuse_change();
"""
    for table in ("careplans_careplanversion", "careplans_annualreview", "careplans_planevent")
)


class Migration(migrations.Migration):
    dependencies = [("careplans", "0001_tables"), ("people", "0003_locks"), ("access", "0002_locks")]
    operations = [
        migrations.RunSQL(
            "".join(lock_patient_rows(table, application_may=may) for table, may in TABLES.items())
            + share("careplans_signoff")
            + UNCHANGEABLE,
            migrations.RunSQL.noop,
        )
    ]
