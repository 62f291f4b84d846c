"""A feed of what happened, written by the database in the change's own transaction, and who wants to be told of it.

Triggers, not actions: a value comes in by a page, by the API, by a laboratory's batch and by COPY, and none of them may
forget. One statement notes all of its rows at once, and nothing is noted that nobody wants to be told of.
"""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from forloeb.people.row_security import lock_patient_rows, open_to_others


NOTED = """
CREATE FUNCTION forloeb_is_wanted(what text) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM careplans_subscription s WHERE s.topic = what AND s.status <> 'off') $$;

-- A job for each who wants to be told. Its lock lets one at a time tell a subscriber; it has no queueing lock, for on
-- that two who write at once would wait for each other, and a job that is under way would be taken for one to come.
CREATE FUNCTION forloeb_wake(what text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)
    SELECT 'hooks', 'tell_subscriber', 'hook:' || s.id, jsonb_build_object('subscription_id', s.id)
    FROM careplans_subscription s WHERE s.topic = what AND s.status IN ('requested', 'active')
$$;

CREATE FUNCTION forloeb_note_plans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF forloeb_is_wanted('plan-changed') THEN
        INSERT INTO careplans_change (patient_id, topic, focus, happened_at, xact)
        SELECT v.patient_id, 'plan-changed', 'CarePlan/' || p.public_id, now(), pg_current_xact_id()::text::bigint
        FROM fresh v JOIN careplans_careplan p ON p.id = v.care_plan_id ORDER BY v.id;
        PERFORM forloeb_wake('plan-changed');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION forloeb_note_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF forloeb_is_wanted('new-value') THEN
        INSERT INTO careplans_change (patient_id, topic, focus, happened_at, xact)
        SELECT v.patient_id, 'new-value', 'Observation/' || v.logical_id, now(), pg_current_xact_id()::text::bigint
        FROM fresh v ORDER BY v.id;
        PERFORM forloeb_wake('new-value');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION forloeb_note_referrals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF forloeb_is_wanted('referral') THEN
        INSERT INTO careplans_change (patient_id, topic, focus, happened_at, xact)
        SELECT v.patient_id, 'referral', 'ServiceRequest/' || v.id, now(), pg_current_xact_id()::text::bigint
        FROM fresh v ORDER BY v.id;
        PERFORM forloeb_wake('referral');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_plans AFTER INSERT ON careplans_careplanversion
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION forloeb_note_plans();
CREATE TRIGGER note_values AFTER INSERT ON records_observation
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION forloeb_note_values();
CREATE TRIGGER note_referrals AFTER INSERT ON access_referral
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION forloeb_note_referrals();
CREATE TRIGGER note_referrals_ended AFTER UPDATE ON access_referral
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION forloeb_note_referrals();
"""

LOCKS = """
-- The triggers write as the tables' owner, who may add to the feed and, beyond the deciding functions, do nothing else.
CREATE POLICY noted ON careplans_change FOR INSERT TO CURRENT_USER WITH CHECK (true);
CREATE POLICY decides ON careplans_careplan FOR SELECT TO CURRENT_USER USING (true);

ALTER TABLE careplans_subscription ENABLE ROW LEVEL SECURITY;
ALTER TABLE careplans_subscription FORCE ROW LEVEL SECURITY;
CREATE POLICY decides ON careplans_subscription FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY loaded ON careplans_subscription TO forloeb_loader USING (true) WITH CHECK (true);
CREATE POLICY own ON careplans_subscription TO forloeb_app USING (consent_id = (SELECT forloeb_told('consent_id')));
GRANT SELECT, INSERT, UPDATE (status) ON careplans_subscription TO forloeb_app;
GRANT SELECT, UPDATE ON careplans_subscription TO forloeb_loader;

ALTER TABLE careplans_subscriptionevent ENABLE ROW LEVEL SECURITY;
ALTER TABLE careplans_subscriptionevent FORCE ROW LEVEL SECURITY;
CREATE POLICY loaded ON careplans_subscriptionevent TO forloeb_loader USING (true) WITH CHECK (true);
CREATE POLICY own ON careplans_subscriptionevent FOR SELECT TO forloeb_app
    USING (EXISTS (SELECT FROM careplans_subscription s WHERE s.id = subscription_id));
GRANT SELECT ON careplans_subscriptionevent TO forloeb_app;
GRANT SELECT, INSERT ON careplans_subscriptionevent TO forloeb_loader;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0009_app_locks'),
        ('careplans', '0008_advice'),
        ('people', '0004_protection'),
        ('procrastinate', '0041_post_retry_failed_job'),
        ('records', '0008_logical_ids'),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(choices=[('plan-changed', 'Plan Changed'), ('new-value', 'New Value'), ('referral', 'Referral')], max_length=16)),
                ('focus', models.CharField(help_text='which resource: a type and an id', max_length=80)),
                ('happened_at', models.DateTimeField()),
                ('xact', models.BigIntegerField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.patient')),
            ],
            options={
                'db_table': 'careplans_change',
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('topic', models.CharField(choices=[('plan-changed', 'Plan Changed'), ('new-value', 'New Value'), ('referral', 'Referral')], max_length=16)),
                ('endpoint', models.URLField(max_length=500)),
                ('secret', models.CharField(help_text='what our word is signed with; told once', max_length=64)),
                ('heartbeat_seconds', models.PositiveIntegerField(null=True)),
                ('status', models.CharField(choices=[('requested', 'Requested'), ('active', 'Active'), ('error', 'Error'), ('off', 'Off')], max_length=10)),
                ('error', models.CharField(blank=True, max_length=120)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('events', models.BigIntegerField(default=0, help_text='the number of the newest event')),
                ('delivered', models.BigIntegerField(default=0, help_text='the number of the newest that was received')),
                ('seen_xact', models.BigIntegerField(help_text='how far in the changes we have come')),
                ('seen_id', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='access.consent')),
            ],
            options={
                'db_table': 'careplans_subscription',
            },
        ),
        migrations.CreateModel(
            name='SubscriptionEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='careplans.change')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='careplans.subscription')),
            ],
            options={
                'db_table': 'careplans_subscriptionevent',
            },
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['topic', 'xact', 'id'], name='change_in_order'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('status', 'off'), _negated=True), fields=['topic'], name='subscription_wanted'),
        ),
        migrations.AddConstraint(
            model_name='subscriptionevent',
            constraint=models.UniqueConstraint(fields=('subscription', 'number'), name='event_number_once'),
        ),
        migrations.RunSQL(
            lock_patient_rows("careplans_change", lets="SELECT") + open_to_others("careplans_change") + LOCKS + NOTED,
            migrations.RunSQL.noop,
        ),
    ]
