/** A JSON-RPC call of a tool, in the form of clients before 2026-07-28. */
export const toolCall = (name: unknown, args: object = {}, id = 1): object => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });

export interface PostParts {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}
/** A request as an MCP client sends it. A string body goes out as it is. */
export const mcpRequest = (url: string, { token, body = toolCall('list_notes'), headers }: PostParts = {}): Request =>
  new Request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
export const post = (url: string, parts: PostParts = {}): Promise<Response> => fetch(mcpRequest(url, parts));

/** The parameters of a `WWW-Authenticate: Bearer` header; fails on anything that a strict parser would refuse. */
export const challengeOf = (response: Response): Record<string, string> => {
  const header = response.headers.get('www-authenticate') ?? '';
  const whole = /^Bearer ((?:[a-z_]+="[^"\\]*")(?:, [a-z_]+="[^"\\]*")*)$/.exec(header);
  if (!whole?.[1]) throw new Error(`No well-formed challenge: ${header}`);
  return Object.fromEntries([...whole[1].matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
};
