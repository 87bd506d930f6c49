/** Seconds over which those are spread who are told to come again soon: all at once they would be the next outage (F-34). */
const SPREAD = 4;
/** Longer waits are for the callers of one service, and not for everybody. */
const LONGEST_SPREAD = 9;

/** The headers of an answer, with a `Retry-After` that differs from caller to caller. Request ids are random, so this is too. */
export const spreadRetries = (headers: Readonly<Record<string, string>>, requestId: string): Readonly<Record<string, string>> => {
  const seconds = Number(headers['retry-after'] ?? NaN);
  return seconds <= LONGEST_SPREAD ? { ...headers, 'retry-after': String(seconds + (numberIn(requestId) % (SPREAD + 1))) } : headers;
};

const numberIn = (text: string): number => {
  let sum = 0;
  for (let n = 0; n < text.length; n += 1) sum = (sum * 31 + text.charCodeAt(n)) % 65_521;
  return sum;
};
