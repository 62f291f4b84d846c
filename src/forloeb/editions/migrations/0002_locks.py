"""Who may write a version: the database asks too. What is published, and every revision, is unchangeable."""

from django.db import migrations

from forloeb.people.row_security import share

LOCKS = """
CREATE FUNCTION forloeb_is_editor(asked text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM editions_editor e
                   WHERE e.practitioner_id = nullif(current_setting('forloeb.practitioner_id', true), '')::bigint
                     AND e."right" = asked AND e.valid_from <= forloeb_today()
                     AND (e.valid_until IS NULL OR e.valid_until > forloeb_today()))
$$;
CREATE FUNCTION forloeb_refuse_edition_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
""" + "".join(
    f"""
CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION forloeb_refuse_edition_change();
"""
    for table in ("editions_edition", "editions_revision", "editions_simulation", "editions_simulationinfull")
)

MAY = {
    # table: who may add to it, and which columns may be changed
    "editions_draft": ("forloeb_is_editor('author')", "closed_at, edition_id"),
    "editions_revision": ("forloeb_is_editor('author')", ""),
    "editions_simulation": (
        "(forloeb_is_editor('author') OR forloeb_is_editor('checker'))"
        " AND organization_id = (SELECT forloeb_own_organization())",
        "",
    ),
}

READ_BY_STAFF = "".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON {table} FOR SELECT TO forloeb_app USING ((SELECT forloeb_own_organization()) IS NOT NULL);
CREATE POLICY added ON {table} FOR INSERT TO forloeb_app WITH CHECK ({who});
CREATE POLICY loaded ON {table} TO forloeb_loader USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON {table} TO forloeb_app;
GRANT SELECT ON {table} TO forloeb_loader;
"""
    + (
        f"""
CREATE POLICY closed ON {table} FOR UPDATE TO forloeb_app
    USING (forloeb_is_editor('author') OR forloeb_is_editor('checker'));
GRANT UPDATE ({columns}) ON {table} TO forloeb_app;
"""
        if columns
        else ""
    )
    for table, (who, columns) in MAY.items()
)

# A published version is read by everybody whose goals it gives, patients too; only a checker may add one.
PUBLISHED = """
CREATE FUNCTION forloeb_refuse_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT forloeb_is_editor('checker') THEN
        RAISE EXCEPTION 'only a checker publishes a guideline' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER by_a_checker BEFORE INSERT ON editions_edition
    FOR EACH ROW EXECUTE FUNCTION forloeb_refuse_edition();
GRANT SELECT, INSERT ON editions_edition TO forloeb_app;
GRANT SELECT ON editions_edition TO forloeb_loader;
"""

# What could point at somebody is for the practice whose people they are.
OWN_NUMBERS = """
ALTER TABLE editions_simulationinfull ENABLE ROW LEVEL SECURITY;
ALTER TABLE editions_simulationinfull FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON editions_simulationinfull TO forloeb_app
    USING (organization_id = (SELECT forloeb_own_organization()));
GRANT SELECT, INSERT ON editions_simulationinfull TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("editions", "0001_tables"), ("people", "0003_locks"), ("people", "0001_functions")]
    operations = [
        migrations.RunSQL(
            LOCKS + READ_BY_STAFF + PUBLISHED + OWN_NUMBERS + share("editions_editor"), migrations.RunSQL.noop
        )
    ]
