import { createHash, randomBytes } from 'node:crypto';
import type { Browser, Page } from './browser.js';
import { ANA, NOTES, PUBLIC_CLIENT } from './hub.js';
import type { HubOverHttp } from './hub-over-http.js';

export const REDIRECT = PUBLIC_CLIENT.redirectUris[0]!;

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}
export const pkce = (): Pkce => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** A request that passes every check; give what should differ, undefined to leave out. */
export const authorizeUrl = (clientId: string, challenge: string, change: Readonly<Record<string, string | undefined>> = {}): string => {
  const all = {
    response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, scope: 'notes:read notes:write', state: 'st-1',
    resource: NOTES.uri, code_challenge: challenge, code_challenge_method: 'S256', ...change,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/authorize?${new URLSearchParams(given).toString()}`;
};

/** Signs in where a sign-in page is shown. */
export const signIn = (browser: Browser, page: Page, { email, password }: { readonly email: string; readonly password: string } = ANA): Promise<Page> => browser.submit(page, '/sign-in', { email, password });

export const answerOf = ({ location }: Page): URLSearchParams => {
  if (location === undefined) throw new Error('the hub did not send the browser to the client');
  return new URL(location).searchParams;
};

/** A person lets the client act; gives the code and what redeems it. */
export const obtainCode = async (hub: HubOverHttp, clientId: string, { browser = hub.browser(), change = {} }: { browser?: Browser; change?: Readonly<Record<string, string | undefined>> } = {}) => {
  const { verifier, challenge } = pkce();
  let page = await browser.open(authorizeUrl(clientId, challenge, change));
  if (page.html.includes('name="password"')) page = await signIn(browser, page);
  if (page.location === undefined) page = await browser.submit(page, '/consent', { decision: 'allow' });
  return { code: answerOf(page).get('code')!, verifier, browser, answer: answerOf(page) };
};

export const redeem = (hub: HubOverHttp, clientId: string, { code, verifier }: { code: string; verifier: string }, change: Record<string, string> = {}) =>
  hub.post('/token', { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier, redirect_uri: REDIRECT, ...change });

export const refresh = (hub: HubOverHttp, clientId: string, refreshToken: string, change: Record<string, string> = {}) =>
  hub.post('/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken, ...change });

/** The whole way: tokens of a public client for Ana. */
export const obtainTokens = async (hub: HubOverHttp, clientId: string, browser?: Browser) => {
  const obtained = await obtainCode(hub, clientId, browser ? { browser } : {});
  const { body } = await redeem(hub, clientId, obtained);
  return { ...obtained, accessToken: body['access_token'] as string, refreshToken: body['refresh_token'] as string };
};
