/** Of the client library, in lower case. */
const OPTIONS = new Set([
  'connectionname', 'defaultdeadline', 'discoveryinterval', 'gossiptimeout', 'keepaliveinterval', 'keepalivetimeout', 'maxdiscoverattempts',
  'nodepreference', 'throwonappendfailure', 'tls', 'tlscafile', 'usercertfile', 'userkeyfile',
]);

/**
 * The connection string as the client library takes it: it knows KurrentDB by its old name only. What it does not know it
 * would print, password included, so that is refused here, with a sentence that quotes nothing of it.
 */
export const connectionStringOf = (url: string): string => {
  // No URL where it lists the nodes of a cluster.
  for (const name of new URLSearchParams(url.split('?').slice(1).join('&')).keys()) {
    if (name.toLowerCase() === 'tlsverifycert') throw new Error('EVENTSTORE_URL: certificates are always checked; name your authority with tlsCAFile instead of tlsVerifyCert.');
    if (!OPTIONS.has(name.toLowerCase())) throw new Error(`EVENTSTORE_URL: there is no option ${JSON.stringify(name)}.`);
  }
  return url.replace(/^kurrentdb(?=\+discover:|:)/, 'esdb');
};

/** For what the library says of a connection string: where, and what it expected there; not what stands there. */
export const unreadable = (error: unknown): Error => {
  const { expected, location: [at] = [] } = error as { readonly expected?: string; readonly location?: readonly number[] };
  return expected === undefined ? (error as Error) : new Error(`EVENTSTORE_URL can't be read at character ${at! + 1}: expected ${expected}.`);
};
