"""A death ends what the patient gave, whoever tells of it: in the transaction in which it becomes known.

What was ended stays ended if the death is taken back. A plan opened for a stated reason closes by itself within hours.
"""

from django.db import migrations

# With the rights of the loader, who alone may say that somebody has died.
DEATHS = """
CREATE FUNCTION forloeb_end_at_death() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE access_referral SET ended_at = now(), ended_how = 'revoked' WHERE patient_id = NEW.id AND ended_at IS NULL;
    UPDATE access_proxy SET withdrawn_at = now() WHERE patient_id = NEW.id AND withdrawn_at IS NULL;
    UPDATE access_noticechoice SET ended_at = now() WHERE patient_id = NEW.id AND ended_at IS NULL;
    UPDATE access_consent SET withdrawn_at = now() WHERE patient_id = NEW.id AND withdrawn_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER ends_at_death AFTER UPDATE OF deceased_on ON people_patient FOR EACH ROW
    WHEN (NEW.deceased_on IS NOT NULL AND OLD.deceased_on IS NULL) EXECUTE FUNCTION forloeb_end_at_death();
"""
GONE = "DROP TRIGGER ends_at_death ON people_patient; DROP FUNCTION forloeb_end_at_death;"


class Migration(migrations.Migration):
    dependencies = [("access", "0011_order_of_locks"), ("people", "0030_person_register")]
    operations = [migrations.RunSQL(DEATHS, GONE)]
