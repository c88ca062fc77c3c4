from django.db import migrations

# Decision 17 says why this is a function. Its table names have no schema: it runs in the brand's search path, with
# the rights of who calls it. Reading the gate makes who books wait while somebody closes, and the statement after it
# sees the closing then. No other lock is needed, and none is waited for else.
LEDGER_POST = """
CREATE FUNCTION ledger_post(
    of_public_id text, of_cause text, of_hash text, of_description text, of_reverses bigint, of_booked_at timestamptz,
    of_effective_at timestamptz, of_fact timestamptz,
    positions smallint[], debits text[], debit_kinds text[], credits text[], credit_kinds text[], amounts bigint[],
    currencies text[],
    OUT entry_id bigint, OUT entry_effective_at timestamptz, OUT entry_belongs_to timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    closed_until timestamptz;
    dated timestamptz;
    debit_ids bigint[];
    credit_ids bigint[];
BEGIN
    PERFORM FROM ledger_booksgate;
    SELECT max(until) INTO closed_until FROM ledger_booksclosed;
    dated := COALESCE(of_effective_at, GREATEST(of_fact, closed_until));
    IF dated < closed_until THEN
        RETURN;
    END IF;
    FOR i IN 1 .. cardinality(positions) LOOP
        debit_ids[i] := (SELECT id FROM ledger_account
            WHERE code = debits[i] AND currency = currencies[i] AND kind = debit_kinds[i]);
        credit_ids[i] := (SELECT id FROM ledger_account
            WHERE code = credits[i] AND currency = currencies[i] AND kind = credit_kinds[i]);
        IF debit_ids[i] IS NULL OR credit_ids[i] IS NULL THEN
            RETURN;
        END IF;
    END LOOP;
    INSERT INTO ledger_entry
        (public_id, cause, request_hash, description, reverses_id, booked_at, effective_at, belongs_to)
        VALUES (of_public_id, of_cause, of_hash, of_description, of_reverses, of_booked_at, dated,
                NULLIF(of_fact, dated))
        ON CONFLICT (cause) DO NOTHING
        RETURNING id, effective_at, belongs_to INTO entry_id, entry_effective_at, entry_belongs_to;
    IF entry_id IS NULL THEN
        RETURN;
    END IF;
    FOR i IN 1 .. cardinality(positions) LOOP
        INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency)
            VALUES (entry_id, positions[i], debit_ids[i], credit_ids[i], amounts[i], currencies[i]);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunSQL(LEDGER_POST, "DROP FUNCTION ledger_post")]
