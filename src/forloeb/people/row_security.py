"""The second lock: row-level security for a table whose rows belong to a patient. Used by every room's migration."""

from __future__ import annotations


def lock_patient_rows(table: str, *, patient: str = "patient_id", application_may: str = "SELECT") -> str:
    """Give the SQL that hides a patient's rows from all but the patient and the practice that has them today.

    `application_may` lists what the application may do at all (`SELECT, INSERT, UPDATE (ended_at)`); the loader,
    which takes data in and shows nothing to anybody, may read, add and supersede. The lock holds for the
    table's owner too.
    """
    seen = f"""
        {patient} = (SELECT forloeb_own_patient())
        OR EXISTS (
            SELECT FROM people_practicemembership m
            WHERE m.patient_id = {table}.{patient}
              AND m.organization_id = (SELECT forloeb_own_organization())
              AND m.valid_from <= (SELECT forloeb_today())
              AND (m.valid_until IS NULL OR m.valid_until > (SELECT forloeb_today())))"""  # noqa: S608  names of our own tables
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY seen ON {table} TO forloeb_app USING ({seen});
        CREATE POLICY loaded ON {table} TO forloeb_loader USING (true) WITH CHECK (true);
        GRANT {application_may} ON {table} TO forloeb_app;
        GRANT SELECT, INSERT, UPDATE ON {table} TO forloeb_loader;
    """


def unlock_patient_rows(table: str) -> str:
    """Give the SQL that takes the lock off again, for going back a migration."""
    return f"""
        DROP POLICY seen ON {table};
        DROP POLICY loaded ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """


def share(table: str, *, application_may: str = "SELECT") -> str:
    """Give the SQL that opens a table of no patient's (organizations, say) to the two roles."""
    return f"""
        GRANT {application_may} ON {table} TO forloeb_app;
        GRANT SELECT, INSERT, UPDATE ON {table} TO forloeb_loader;
    """
