"""The second lock: row-level security for a table whose rows belong to a patient. Used by every room's migration."""

from __future__ import annotations

OUR_OR_OWN_PATIENT = """
        {patient} = (SELECT forloeb_own_patient())
        OR EXISTS (
            SELECT FROM people_practicemembership m
            WHERE m.patient_id = {patient}
              AND m.organization_id = (SELECT forloeb_own_organization())
              AND m.valid_from <= (SELECT forloeb_today())
              AND (m.valid_until IS NULL OR m.valid_until > (SELECT forloeb_today())))"""
"""The rule of the second lock for the patient, and for the practice that has them today."""


def lock_patient_rows(
    table: str, *, patient: str = "patient_id", application_may: str = "SELECT", lets: str = "ALL"
) -> str:
    """Give the SQL that hides a patient's rows from all but the patient and the practice that has them today.

    `application_may` lists what the application may do at all (`SELECT, INSERT, UPDATE (ended_at)`), and `lets` what
    the patient and the practice may do of it (`SELECT` where others are the ones who write); the loader,
    which takes data in and shows nothing to anybody, may read, add and supersede. The lock holds for the
    table's owner too.
    """
    seen = OUR_OR_OWN_PATIENT.format(patient=f"{table}.{patient}")
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY seen ON {table} FOR {lets} TO forloeb_app USING ({seen});
        CREATE POLICY loaded ON {table} TO forloeb_loader USING (true) WITH CHECK (true);
        GRANT {application_may} ON {table} TO forloeb_app;
        GRANT SELECT, INSERT, UPDATE ON {table} TO forloeb_loader;
    """


def open_to_others(table: str, *, patient: str = "patient_id") -> str:
    """Give the SQL that lets those read, and only read, whom a proxy, a referral or a stated reason has let in."""
    return f"""
        CREATE POLICY opened ON {table} FOR SELECT TO forloeb_app
            USING ({table}.{patient} = ANY ((SELECT forloeb_opened())::bigint[]));
    """


def share(table: str, *, application_may: str = "SELECT") -> str:
    """Give the SQL that opens a table of no patient's (organizations, say) to the two roles."""
    return f"""
        GRANT {application_may} ON {table} TO forloeb_app;
        GRANT SELECT, INSERT, UPDATE ON {table} TO forloeb_loader;
    """
