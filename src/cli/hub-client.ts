import { CommandProblem, type Surroundings } from './command.js';

/** Nobody listens at the hub's address. */
export class HubAway extends CommandProblem {}

/** An object of an answer, as it came. */
export type Row = Readonly<Record<string, unknown>>;

export interface Listed {
  readonly items: readonly Row[];
  readonly next: string | null;
  readonly atEnd?: boolean;
}

/** The admin API as the command line uses it, with a token of the operator agent. */
export class HubClient {
  private constructor(private readonly url: string, private readonly token: string, /** RFC 3339, by the hub's clock. */ readonly signedInAt: string | undefined) {}

  /** Throws CommandProblem, or HubAway when nobody answers. */
  static async signIn({ url, operator, config }: Pick<Surroundings, 'url' | 'operator' | 'config'>, ...scopes: readonly string[]): Promise<HubClient> {
    if (!operator) {
      await reach(url, `${url}/health/live`, {});
      throw new CommandProblem(`There are no operator credentials in ${config.dataDirectory}/keys/operator.json. Set MANDATE_DATA to the data directory of the hub.`);
    }
    const body = new URLSearchParams({ grant_type: 'client_credentials', resource: `${url}/api`, scope: scopes.join(' ') });
    const basic = [operator.clientId, operator.clientSecret].map((text) => encodeURIComponent(text)).join(':');
    const answer = await reach(url, `${url}/token`, { method: 'POST', body, headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` } });
    const read = (await jsonOf(answer)) as { readonly access_token?: string; readonly error_description?: string };
    if (read.access_token === undefined) throw new CommandProblem(`The hub at ${url} gives the operator no token. It says: ${read.error_description ?? `status ${answer.status}`}`);
    return new HubClient(url, read.access_token, issuedAt(read.access_token));
  }

  get(path: string): Promise<unknown> {
    return this.ask(path, {});
  }

  list(path: string): Promise<Listed> {
    return this.get(path) as Promise<Listed>;
  }

  post(path: string, body: object): Promise<unknown> {
    return this.ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  /** An answer that is read while it arrives. */
  async open(path: string, init: RequestInit): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.fetch(path, init);
    if (!answer.ok || !answer.body) throw await problemOf(answer);
    return answer.body as ReadableStream<Uint8Array>;
  }

  private async ask(path: string, init: RequestInit): Promise<unknown> {
    const answer = await this.fetch(path, init);
    if (!answer.ok) throw await problemOf(answer);
    return jsonOf(answer);
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    return reach(this.url, `${this.url}${path}`, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.token}` } });
  }
}

/** Of a token that the hub has just given to us; nobody relies on it for more than a bar. */
const issuedAt = (token: string): string | undefined => {
  try {
    const { iat } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { readonly iat?: unknown };
    return typeof iat === 'number' ? new Date(iat * 1000).toISOString() : undefined;
  } catch {
    return undefined;
  }
};

const reach = async (hub: string, url: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, init);
  } catch {
    throw new HubAway(`No hub answers at ${hub}. Start it with npm start, or name another with --url.`);
  }
};

const jsonOf = async (answer: Response): Promise<unknown> => {
  try {
    return await answer.json();
  } catch {
    throw new CommandProblem(`What answers at ${new URL(answer.url).origin} does not look like a hub.`);
  }
};

const problemOf = async (answer: Response): Promise<CommandProblem> => {
  const { detail } = (await jsonOf(answer)) as { readonly detail?: string };
  return new CommandProblem(`The hub says: ${detail ?? `status ${answer.status}`}`);
};
