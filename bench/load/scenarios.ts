import type { Caller } from '../servers/server-ready.js';
import type { Worker } from './worker.js';

/** Does the measured thing once; false when there is nothing left to do it with. */
export type Operation = () => Promise<boolean>;

export interface Preparation {
  /** Tokens that any connection may take; issued before the clock runs. */
  readonly stock: { readonly token: string; readonly owner: Worker }[];
  readonly strangers: Caller[];
  /** performance.now() at which enough has been prepared. */
  readonly until: number;
}
export interface Scenario {
  /** One operation, for a reader. */
  readonly says: string;
  /** Where the peer has no such endpoint: what was measured beside it instead. */
  readonly beside?: string;
  /** Makes one connection ready. */
  ready(worker: Worker, preparation: Preparation): Promise<Operation>;
}

const again = (operation: () => Promise<unknown>): Operation => async () => {
  await operation();
  return true;
};
const TOKENS_EACH = 4;

const OPAQUE = 'the peer looks up and revokes opaque tokens: a JWT of its own it does not know again';

/** By the name that the command line has for it. Each measured connection does it again and again. */
export const scenarios = {
  client_credentials: {
    says: 'POST /token, client_credentials with a secret, to an ES256 JWT',
    ready: async (worker) => again(() => worker.clientToken()),
  },
  code: {
    says: 'GET /authorize with a session and an earlier consent, then POST /token with the code (two requests)',
    ready: async (worker) => again(async () => worker.redeem(await worker.code())),
  },
  refresh: {
    says: 'POST /token with a refresh token that is rotated; each connection goes on with the successor',
    ready: async (worker) => {
      let tokens = await worker.redeem(await worker.code());
      return again(async () => (tokens = await worker.refresh(tokens.refresh)));
    },
  },
  exchange: {
    says: 'POST /token, token exchange of a client\'s own token for one with fewer scopes',
    beside: 'the peer exchanges no tokens; its nearest grant takes a token and gives one, too: refresh with rotation',
    ready: async (worker) => {
      if (worker.exchanges) {
        const subject = await worker.clientToken();
        return again(() => worker.exchange(subject));
      }
      let tokens = await worker.redeem(await worker.code());
      return again(async () => (tokens = await worker.refresh(tokens.refresh)));
    },
  },
  introspection: {
    says: `POST /introspect by the resource server; ${TOKENS_EACH} tokens for each connection, again and again`,
    beside: OPAQUE,
    ready: async (worker) => {
      const tokens: string[] = [];
      for (let n = 0; n < TOKENS_EACH; n += 1) tokens.push(await worker.lookUpToken());
      let turn = 0;
      return again(async () => {
        turn += 1;
        if (!(await worker.introspect(tokens[turn % TOKENS_EACH]!))) throw new Error('a living token is not active');
      });
    },
  },
  revocation: {
    says: 'POST /revoke of an access token that was issued before; each only once',
    beside: OPAQUE,
    ready: async (worker, { stock, until }) => {
      do stock.push({ token: await worker.lookUpToken(), owner: worker });
      while (performance.now() < until);
      return async () => {
        const taken = stock.pop();
        if (taken) await worker.revoke(taken.token, taken.owner);
        return taken !== undefined;
      };
    },
  },
  first_token: {
    says: 'POST /token, client_credentials, each by a client that the server has not heard of since it began',
    ready: async (worker, { strangers }) => async () => {
      const stranger = strangers.pop();
      if (stranger) await worker.clientToken({ by: stranger });
      return stranger !== undefined;
    },
  },
  jwks: { says: 'GET /jwks', ready: async (worker) => again(() => worker.keys()) },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;
/** Those that a peer can be measured in too. */
export const scenarioNames: readonly ScenarioName[] = ['client_credentials', 'code', 'refresh', 'exchange', 'introspection', 'revocation', 'jwks'];
