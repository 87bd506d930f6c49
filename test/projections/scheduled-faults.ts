import type { DataSource } from 'typeorm';

/**
 * Makes the database fail at the very commit of the next transactions that write to `table`: every statement has been
 * executed by then, so what is seen afterwards tells whether rows and place went together. `states`: the SQLSTATE of each
 * failure. A sequence counts, since a rollback does not take that back.
 */
export const failCommits = async (source: DataSource, table: string, states: readonly string[]): Promise<void> => {
  await source.query('CREATE SEQUENCE IF NOT EXISTS spec_commits');
  await source.query(`SELECT setval('spec_commits', 1, false)`);
  await source.query(`CREATE OR REPLACE FUNCTION spec_fail() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      n integer := nextval('spec_commits');
    BEGIN
      IF n <= ${states.length} THEN RAISE EXCEPTION 'the server has other worries' USING ERRCODE = (ARRAY[${states.map((state) => `'${state}'`).join()}])[n]; END IF;
      RETURN NULL;
    END $$`);
  await source.query(`DROP TRIGGER IF EXISTS spec_fail ON ${table}`);
  // Once for each row, at the end of the transaction: the first of them ends it.
  await source.query(`CREATE CONSTRAINT TRIGGER spec_fail AFTER INSERT OR UPDATE ON ${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spec_fail()`);
};

/** In the session of `source`, and on PGlite there is no other: no statement may take long, and those that write into the table do. */
export const cancelHurried = async (source: DataSource, table: string): Promise<void> => {
  await source.query(`SET statement_timeout = '30s'`);
  await source.query(`CREATE OR REPLACE FUNCTION spec_cancel() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF current_setting('statement_timeout') <> '0' THEN RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END IF;
      RETURN NULL;
    END $$`);
  await source.query(`CREATE TRIGGER spec_cancel BEFORE INSERT ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION spec_cancel()`);
};

/** How many commits were made to fail, and one more for each that was not. */
export const commitsSeen = async (source: DataSource): Promise<number> => {
  const [row] = await source.query<{ seen: string }[]>('SELECT last_value AS seen FROM spec_commits');
  return Number(row!.seen);
};
