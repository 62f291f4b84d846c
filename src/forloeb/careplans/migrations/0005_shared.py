"""Let others read plans where they are let in, and a practice the plans it made itself, after the patient has moved."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows, open_to_others

SHARED = (
    "careplans_careplan",
    "careplans_annualreview",
    "careplans_careplanversion",
    "careplans_planevent",
    "careplans_goal",
    "careplans_statement",
    "careplans_activity",
    "careplans_proposaldecision",
    "careplans_sectornote",
)
"""Everything but drafts, which are the practice's own until they are finished, and disputes."""

# A referral of theirs that is open, and a patient who has not said no.
SECTOR_NOTES = """
CREATE POLICY written ON careplans_sectornote FOR INSERT TO forloeb_app
    WITH CHECK (organization_id = (SELECT forloeb_told('organization_id'))
                AND patient_id = ANY ((SELECT forloeb_opened())::bigint[])
                AND EXISTS (SELECT FROM access_referral r WHERE r.id = referral_id AND r.ended_at IS NULL
                            AND r.patient_id = careplans_sectornote.patient_id
                            AND r.organization_id = careplans_sectornote.organization_id));
"""

# What a practice wrote is its record, to be kept for at least ten years, also when the patient
# has moved; it is read there, never changed, and not where the patient has said no.
OWN_RECORD = """
CREATE POLICY made_here ON careplans_annualreview FOR SELECT TO forloeb_app
    USING (organization_id = (SELECT forloeb_own_organization()) AND NOT forloeb_has_said_no(patient_id));
CREATE POLICY made_here ON careplans_careplanversion FOR SELECT TO forloeb_app
    USING (EXISTS (SELECT FROM careplans_annualreview r WHERE r.id = review_id
                   AND r.organization_id = (SELECT forloeb_own_organization())
                   AND NOT forloeb_has_said_no(r.patient_id)));
CREATE POLICY made_here ON careplans_careplan FOR SELECT TO forloeb_app
    USING (EXISTS (SELECT FROM careplans_careplanversion v JOIN careplans_annualreview r ON r.id = v.review_id
                   WHERE v.care_plan_id = careplans_careplan.id
                   AND r.organization_id = (SELECT forloeb_own_organization())
                   AND NOT forloeb_has_said_no(r.patient_id)));
CREATE POLICY made_here ON people_patient FOR SELECT TO forloeb_app
    USING (EXISTS (SELECT FROM careplans_annualreview r WHERE r.patient_id = people_patient.id
                   AND r.organization_id = (SELECT forloeb_own_organization())
                   AND NOT forloeb_has_said_no(r.patient_id)));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("careplans", "0004_sectors_and_disputes"),
        ("access", "0004_care_relation_locks"),
        ("records", "0002_locks"),
    ]
    operations = [
        migrations.RunSQL(
            lock_patient_rows("careplans_sectornote", application_may="SELECT, INSERT", lets="SELECT")
            + lock_patient_rows(
                "careplans_dispute",
                application_may="SELECT, INSERT, UPDATE (outcome, reply, replied_at, replied_by_name)",
            )
            + "".join(open_to_others(table) for table in SHARED)
            + SECTOR_NOTES
            + OWN_RECORD,
            migrations.RunSQL.noop,
        )
    ]
