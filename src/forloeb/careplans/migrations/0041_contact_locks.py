"""Only the practice that has the patient today contacts them; what was done and what came of it is never changed."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows

_OURS = """EXISTS (
    SELECT FROM people_practicemembership m
    WHERE m.patient_id = {table}.patient_id AND m.organization_id = (SELECT forloeb_own_organization())
      AND m.valid_from <= (SELECT forloeb_today()) AND (m.valid_until IS NULL OR m.valid_until > (SELECT forloeb_today())))
"""


def _table(table: str, made: str) -> str:
    return f"""
{lock_patient_rows(table, application_may="SELECT, INSERT", lets="SELECT")}
CREATE POLICY made ON {table} FOR INSERT TO forloeb_app WITH CHECK ({made} AND {_OURS.format(table=table)});
CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION forloeb_refuse_change();
"""


CONTACTS = _table("careplans_contact", "organization_id = (SELECT forloeb_own_organization())") + _table(
    "careplans_contactoutcome",
    "EXISTS (SELECT FROM careplans_contact c WHERE c.id = contact_id AND c.patient_id = careplans_contactoutcome.patient_id"
    " AND c.organization_id = (SELECT forloeb_own_organization()))",
)

# Whether a message would reach a patient of the practice that asks. Where to, nobody but the patient and the outbox sees.
REACHES = """
CREATE POLICY decides ON access_noticechoice FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY decides ON people_practicemembership FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION forloeb_reached_by_message(asked bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.patient_id FROM access_noticechoice c
    JOIN people_practicemembership m ON m.patient_id = c.patient_id
        AND m.organization_id = forloeb_told('organization_id')
        AND m.valid_from <= forloeb_today() AND (m.valid_until IS NULL OR m.valid_until > forloeb_today())
    WHERE c.patient_id = ANY (asked) AND c.ended_at IS NULL AND c.confirmed_at IS NOT NULL AND c.news
      AND current_setting('forloeb.viewer', true) = 'practice'
$$;
REVOKE ALL ON FUNCTION forloeb_reached_by_message FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forloeb_reached_by_message TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("careplans", "0040_contacts"), ("access", "0010_taken_tokens")]
    operations = [migrations.RunSQL(CONTACTS + REACHES, migrations.RunSQL.noop)]
