"""The log stands in a schema of its own; the application may append through one function and do nothing else.

A writer has a chain to itself for as long as its transaction lasts, so that writers never wait for each other: the
first of 64 that is free, beginning at a place of its own. An entry's hash covers its content and the hash before it
(docs/reference/audit-log.md). Checkpoints are signed statements of how far each chain had come.
"""

from django.db import migrations

LOG = """
CREATE SCHEMA audit;

-- How far each chain has come. The rows have room, so that their one index stays as it is.
CREATE TABLE audit.chain (
    number smallint PRIMARY KEY,
    length bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL DEFAULT '\\x'
) WITH (fillfactor = 10);
INSERT INTO audit.chain (number) SELECT generate_series(0, 63);

-- A type, for a table's check would be read anew for every entry: a quarter of what an entry costs.
CREATE TYPE audit.action AS ENUM ('read', 'write', 'refused');

-- No foreign key to the chain: it would be asked, and its row locked, for every entry.
CREATE TABLE audit.entry (
    chain smallint NOT NULL,
    position bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    action audit.action NOT NULL,
    event text NOT NULL,
    viewer text NOT NULL,
    login_id bigint,
    organization_id bigint,
    role text,
    practitioner_id bigint,
    patient_id bigint,
    rule text,
    reason text,
    data text NOT NULL,
    detail json NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (chain, position)
);
CREATE INDEX entry_patient ON audit.entry (patient_id, happened_at);

CREATE TABLE audit.checkpoint (
    number bigint PRIMARY KEY,
    statement text NOT NULL,
    signature bytea NOT NULL
);

-- json_build_array is quicker than its jsonb sister, and other programs write the same text with ease.
CREATE FUNCTION audit.link(
    previous bytea, chain smallint, place bigint, happened_at timestamptz, action audit.action, event text,
    viewer text, login_id bigint, organization_id bigint, role text, practitioner_id bigint, patient_id bigint, rule text,
    reason text, data text, detail json
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(json_build_array(
        chain, place, (extract(epoch FROM happened_at) * 1000000)::bigint, action, event, viewer, login_id,
        organization_id, role, practitioner_id, patient_id, rule, reason, data, detail::text)::text, 'UTF8'))
$$;

CREATE FUNCTION audit.append(
    action audit.action, event text, viewer text, login_id bigint, organization_id bigint, role text,
    practitioner_id bigint, patient_id bigint, rule text, reason text, data text, detail json
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_catalog, pg_temp AS $$
DECLARE
    mine smallint := pg_backend_pid() % 64;
    tried smallint := 1;
    moment timestamptz := clock_timestamp();
    place bigint;
    new_hash bytea;
BEGIN
    WHILE NOT pg_try_advisory_xact_lock('audit.chain'::regclass::oid::int, mine) LOOP
        mine := (mine + 1) % 64;
        EXIT WHEN tried = 64;  -- all are taken: the row's own lock lets us wait
        tried := tried + 1;
    END LOOP;
    UPDATE chain c
    SET length = c.length + 1,
        head = link(c.head, mine, c.length + 1, moment, action, event, viewer, login_id, organization_id, role,
                    practitioner_id, patient_id, rule, reason, data, detail)
    WHERE number = mine
    RETURNING c.length, c.head INTO STRICT place, new_hash;
    INSERT INTO entry VALUES (mine, place, moment, action, event, viewer, login_id, organization_id, role,
                              practitioner_id, patient_id, rule, reason, data, detail, new_hash);
END $$;

REVOKE ALL ON FUNCTION audit.append, audit.link FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO forloeb_app, forloeb_loader;
GRANT EXECUTE ON FUNCTION audit.append TO forloeb_app, forloeb_loader;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(LOG, "DROP SCHEMA audit CASCADE;")]
