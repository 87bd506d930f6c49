import { readFile } from 'node:fs/promises';

/** What a workload asks for. */
export interface Wanted {
  /** Of the hub. */
  readonly issuer: string;
  readonly resource: string;
  readonly scope: string;
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Kubernetes: a projected volume has the token, and the kubelet puts a new one there before it runs out. Read it each time. */
export const projectedToken = async (path = '/var/run/secrets/mandate/token'): Promise<string> => (await readFile(path, 'utf8')).trim();

/** GitHub Actions: a job with `permissions: id-token: write` is given where to ask, and with what. */
export const actionsToken = async (audience: string, { url, token }: { readonly url: string; readonly token: string }): Promise<string> => {
  const at = new URL(url);
  at.searchParams.set('audience', audience);
  const response = await fetch(at, { headers: { authorization: `Bearer ${token}` } });
  const { value } = (await response.json()) as { value?: string };
  if (value === undefined) throw new Error(`GitHub gives the job no token (${response.status}): has it the permission id-token: write?`);
  return value;
};

/** Shows the platform's token and gets one of the hub's (RFC 7523). There is no client_id and no secret: the token says who it is. */
export const tokenFor = async (platformToken: string, { issuer, resource, scope }: Wanted): Promise<string> => {
  const body = new URLSearchParams({ grant_type: GRANT_TYPE, assertion: platformToken, resource, scope });
  const response = await fetch(`${issuer}/token`, { method: 'POST', body });
  const answer = (await response.json()) as { access_token?: string; error?: string; error_description?: string };
  if (answer.access_token === undefined) throw new Error(`the hub refused: ${answer.error} (${answer.error_description})`);
  return answer.access_token;
};
