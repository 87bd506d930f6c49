/** What every server is asked for, byte for byte the same. */
export const RESOURCE = { uri: 'https://notes.bench.example/mcp', scopes: ['notes:read', 'notes:write'], tokenLifetime: 300 } as const;
/** Where a code goes. It is read from the answer; nobody listens there. */
export const CALLBACK = 'https://app.bench.example/callback';

/** RFC 8693. */
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** So many clients and people take turns, one per connection: a server must not get by with remembering one. */
export const CALLERS = 64;

export interface Caller {
  readonly clientId: string;
  /** Its Authorization header. */
  readonly authorization: string;
  /** Cookie header of a person who is signed in and has agreed to this client. */
  readonly cookie: string;
}

/** What a server under measurement says when it can be asked. */
export interface ServerReady {
  readonly port: number;
  readonly issuer: string;
  readonly paths: { readonly token: string; readonly authorize: string; readonly introspect: string; readonly revoke: string; readonly jwks: string };
  readonly callers: readonly Caller[];
  /** It exchanges tokens (RFC 8693). */
  readonly exchanges?: true;
  /** For which resource the tokens are that can be looked up and revoked here, and whose look-up it is. */
  readonly lookUp: { readonly resource: string; readonly authorization: string };
}

/** Processor seconds of the whole process, its threads included, and the commits of its ledger if it has one. */
export interface ServerUse {
  readonly cpuSeconds: number;
  readonly commits?: number;
}

export const basicAuthorization = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

export const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
