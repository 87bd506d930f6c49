/** What of an error may stand in the log. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const MOST_CAUSES = 5;

/**
 * Errors of libraries carry what they were working on: the parameters of a query, the row that stood in the way, a request
 * with its headers. None of it goes into the log, only what happened and where (SL-02, SL-05).
 */
export const loggedError = (error: unknown, depth = 0): LoggedError => {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something was thrown that is no error' };
  const { cause } = error;
  const [message, stack] = saidOf(error);
  const { code } = error as { readonly code?: unknown };
  return {
    type: error.constructor.name, message, ...(typeof code === 'string' ? { code } : {}), ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || depth === MOST_CAUSES ? {} : { cause: loggedError(cause, depth + 1) }),
  };
};

/** JSON.parse and BigInt quote what they could not read, which may be a secret. */
const saidOf = (error: Error): readonly [message: string, stack: string | undefined] => {
  if (!(error instanceof SyntaxError)) return [error.message, error.stack];
  return ['a text could not be read', error.stack?.replace(error.message, () => 'a text could not be read')];
};
