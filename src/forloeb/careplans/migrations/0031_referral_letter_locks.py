"""Who sees a referral's letter: the patient, the practice, and those whom the referral has let in. It never changes."""

from django.db import migrations

from forloeb.people.row_security import lock_patient_rows, open_to_others

UNCHANGED = """
CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON careplans_referralletter
    FOR EACH STATEMENT EXECUTE FUNCTION forloeb_refuse_change();
CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON careplans_referralanswer
    FOR EACH STATEMENT EXECUTE FUNCTION forloeb_refuse_change();
REVOKE UPDATE ON careplans_referralletter FROM forloeb_loader;
REVOKE UPDATE ON careplans_referralanswer FROM forloeb_loader;
"""


class Migration(migrations.Migration):
    dependencies = [("careplans", "0030_referral_letters"), ("access", "0004_care_relation_locks")]
    operations = [
        migrations.RunSQL(
            lock_patient_rows("careplans_referralletter", application_may="SELECT, INSERT")
            + open_to_others("careplans_referralletter")
            + lock_patient_rows(
                "careplans_referralmessage",
                application_may="SELECT, INSERT, UPDATE (state, queued_at, answered_at, tries, fault)",
            )
            + lock_patient_rows("careplans_referralanswer", lets="SELECT")
            + UNCHANGED,
            migrations.RunSQL.noop,
        )
    ]
