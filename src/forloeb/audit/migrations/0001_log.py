"""The log stands in a schema of its own; the application may append through one function and do nothing else.

Entries form sixteen chains, so that writers seldom wait for each other; each entry's hash covers its content and
the hash before it. `forloeb audit verify` recomputes them (audit/verification.py, same order of fields).
"""

from django.db import migrations

LOG = """
CREATE SCHEMA audit;

CREATE TABLE audit.chain (
    number smallint PRIMARY KEY,
    length bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL DEFAULT '\\x'
);
INSERT INTO audit.chain (number) SELECT generate_series(0, 15);

CREATE TABLE audit.entry (
    chain smallint NOT NULL REFERENCES audit.chain,
    position bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    action text NOT NULL CHECK (action IN ('read', 'write', 'refused')),
    event text NOT NULL,
    viewer text NOT NULL,
    login_id bigint,
    organization_id bigint,
    role text,
    patient_id bigint,
    rule text,
    detail jsonb NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (chain, position)
);
CREATE INDEX entry_patient ON audit.entry (patient_id, happened_at);

CREATE FUNCTION audit.content_hash(
    previous bytea, chain smallint, place bigint, happened_at timestamptz, action text, event text, viewer text,
    login_id bigint, organization_id bigint, role text, patient_id bigint, rule text, detail jsonb
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        chain, place, extract(epoch FROM happened_at)::text, action, event, viewer,
        login_id, organization_id, role, patient_id, rule, detail)::text, 'UTF8'))
$$;

CREATE FUNCTION audit.append(
    action text, event text, viewer text, login_id bigint, organization_id bigint, role text,
    patient_id bigint, rule text, detail jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_catalog, pg_temp AS $$
DECLARE
    mine smallint := (pg_backend_pid() % 16)::smallint;
    before chain%ROWTYPE;
    moment timestamptz := clock_timestamp();
    new_hash bytea;
BEGIN
    SELECT * INTO before FROM chain WHERE number = mine FOR UPDATE;
    new_hash := content_hash(before.head, mine, before.length + 1, moment, action, event, viewer,
                             login_id, organization_id, role, patient_id, rule, detail);
    INSERT INTO entry VALUES (mine, before.length + 1, moment, action, event, viewer,
                              login_id, organization_id, role, patient_id, rule, detail, before.head, new_hash);
    UPDATE chain SET length = before.length + 1, head = new_hash WHERE number = mine;
END $$;

REVOKE ALL ON FUNCTION audit.append FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO forloeb_app, forloeb_loader;
GRANT EXECUTE ON FUNCTION audit.append TO forloeb_app, forloeb_loader;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(LOG, "DROP SCHEMA audit CASCADE;")]
