"""Only the patient sees their choice of notices; the application may put jobs in the outbox and do nothing else there."""

from django.db import migrations

OWN = "patient_id = (SELECT forloeb_own_patient())"

CHOICES = f"""
ALTER TABLE access_noticechoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_noticechoice FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON access_noticechoice TO forloeb_app USING ({OWN});
CREATE POLICY loaded ON access_noticechoice TO forloeb_loader USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (ended_at) ON access_noticechoice TO forloeb_app;
GRANT SELECT, INSERT, UPDATE ON access_noticechoice TO forloeb_loader;
"""

# A job holds ids and nothing else. To put one in, its lock and state are looked at; a trigger writes an event.
OUTBOX = """
GRANT INSERT, SELECT (queueing_lock, status, id) ON procrastinate_jobs TO forloeb_app;
GRANT INSERT ON procrastinate_events TO forloeb_app;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq TO forloeb_app, forloeb_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_workers,
    procrastinate_periodic_defers TO forloeb_loader;
GRANT USAGE ON SEQUENCE procrastinate_workers_id_seq, procrastinate_periodic_defers_id_seq TO forloeb_loader;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0006_notices"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [migrations.RunSQL(CHOICES + OUTBOX, migrations.RunSQL.noop)]
