import { ReadModelUnavailable } from './read-database.js';

/** SQLSTATE of what a driver threw; undefined when the database did not get to judge the statement. */
export const sqlStateOf = (error: unknown): string | undefined => {
  const { driverError = error } = error as { driverError?: unknown };
  const { code } = driverError as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

/** A row with this key is there already. */
export const isRepetition = (error: unknown): boolean => sqlStateOf(error) === '23505';

/** A table that is not there: its read model has not been built yet. */
export const isMissingTable = (error: unknown): boolean => sqlStateOf(error) === '42P01';

/** The statement was cancelled: nearly always it took longer than the server lets one take (`statement_timeout`). */
export const isTooLong = (error: unknown): boolean => sqlStateOf(error) === '57014';

// Class 08 is the connection, 53 resources, 57 the operator (57014: cancelled, or the time for a statement was over), 58 the disk. A
// deadlock or a lock not got, a transaction's own time (25P03, 25P04), a server that only reads (25006) and rights that are missing (42501) say nothing of what was written either.
const TRANSIENT = /^(08|53|57|58|25006|25P0[34]|40001|40P01|42501|55P03)/;

/** True when the same statement may succeed later: then nothing is wrong with what was asked or written. */
export const isTransient = (error: unknown): boolean => {
  if (error instanceof ReadModelUnavailable) return true;
  const state = sqlStateOf(error);
  return state === undefined ? isConnectionError(error) : TRANSIENT.test(state);
};

const isConnectionError = (error: unknown): boolean => {
  // "Cannot read properties of undefined (reading 'connectionId')": a mistake of ours, which waiting does not mend.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) return false;
  const { driverError = error } = error as { driverError?: unknown };
  const { code, message } = driverError as { code?: unknown; message?: unknown };
  return /^E[A-Z]{3,}$/.test(String(code)) || /connection|timeout|terminated|not queryable|QueryRunner/i.test(String(message));
};
