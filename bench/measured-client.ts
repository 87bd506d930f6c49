/** What both servers are asked for, byte for byte the same. */
export const RESOURCE = { uri: 'https://notes.bench.example/mcp', scopes: ['notes:read', 'notes:write'], tokenLifetime: 300 } as const;
export const TOKEN_REQUEST = new URLSearchParams({
  grant_type: 'client_credentials', resource: RESOURCE.uri, scope: RESOURCE.scopes.join(' '),
}).toString();

/** So many clients take turns, one per connection: a server must not get by with remembering one. */
export const CLIENTS = 64;

export const basicAuthorization = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

/** What a server under measurement says when it can be asked. */
export interface ServerReady {
  readonly port: number;
  readonly issuer: string;
  readonly jwksPath: string;
  /** One Authorization header for each client. */
  readonly authorizations: readonly string[];
}

/** Processor seconds of the whole process, its threads included, and the commits of its ledger if it has one. */
export interface ServerUse {
  readonly cpuSeconds: number;
  readonly commits?: number;
}

export const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
