import fc from 'fast-check';
import { REDIRECT } from '../support/code-flow.js';
import { sendRaw } from '../support/raw-http.js';
import { type Edit, edit, edited } from './edits.js';
import type { FuzzedHub } from './fuzzed-hub.js';
import type { Longest } from './longest.js';
import { UndocumentedAnswer, judge } from './judge.js';
import { bytesOf, changes } from './requests.js';
import type { Target } from './targets.js';

const DOCUMENT_HOST = 'https://fuzzed.example/';
/** Where a browser may be sent: to the client's own address, and to pages of the hub. */
const REDIRECTS: readonly string[] = [`${REDIRECT}?`, '/sign-in', '/authorize?', '/my/agents', '/t/default/sign-in'];

/** Run it with `fc.assert` or `fc.check`. */
export type BentProperty = fc.IRawProperty<unknown, true>;

const TRIES = 5;
/** The best of a few tries: what else runs on this machine is no fault of the request. */
const judgeTime = async (longest: Longest, bytes: Buffer, again: () => Promise<unknown>): Promise<void> => {
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n < TRIES && best > longest.limit; n += 1) best = Math.min(best, await longest.during(again));
  if (best > longest.limit) throw new UndocumentedAnswer(`nobody else is answered for ${best.toFixed(0)} ms after ${bytes.toString('latin1').slice(0, 1000)}`);
};

const answered = async (at: FuzzedHub, bytes: Buffer, how: { andHangUp?: boolean } = {}): Promise<number> => {
  const send = () => sendRaw(at.hub.issuer, bytes, how);
  const answer = await send();
  judge(answer, REDIRECTS);
  if (at.longest?.exceeded()) await judgeTime(at.longest, bytes, send);
  const { failures } = at.hub.inside;
  if (failures.length > 0) throw new UndocumentedAnswer(String(failures.splice(0)));
  return answer.status;
};

/** One request that holds, bent, over a real socket. */
export const bentRequest = (at: FuzzedHub, target: Target, seen: (status: number) => void = () => undefined): BentProperty =>
  fc.asyncProperty(changes, async (done) => {
    const { host } = new URL(at.hub.issuer);
    if (target.spends) at.renew();
    seen(await answered(at, bytesOf(await target.request(at), host, done)));
  });

/** A client assertion with a signature that holds over whatever was put into it. */
export const bentAssertion = (at: FuzzedHub, seen: (status: number) => void = () => undefined): BentProperty =>
  fc.asyncProperty(fc.constantFrom('header' as const, 'claims' as const), fc.array(edit, { minLength: 1, maxLength: 3 }), async (which, edits: readonly Edit[]) => {
    const assertion = at.assertion((part, json) => (part === which ? edits.reduce(edited, json) : json));
    const form = [['grant_type', 'client_credentials'], ['resource', 'https://notes.example/mcp'], ['client_id', at.keyedClientId], ['client_assertion', assertion], ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer']] as const;
    seen(await answered(at, bytesOf({ method: 'POST', path: '/token', form }, new URL(at.hub.issuer).host, [])));
  });

let documents = 0;
/** A client metadata document, as its host could serve it. */
export const bentDocument = (at: FuzzedHub, seen: (status: number) => void = () => undefined): BentProperty =>
  fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
    const url = `${DOCUMENT_HOST}${(documents += 1)}`;
    const document = JSON.stringify({
      client_id: url, client_name: 'Fuzzed', redirect_uris: [REDIRECT], grant_types: ['authorization_code'], token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none'], jwks_uri: `${DOCUMENT_HOST}jwks`, logo_uri: `${DOCUMENT_HOST}logo`, scope: 'notes:read',
    });
    at.hub.inside.documents.publishText(url, edits.reduce(edited, document));
    const request = { method: 'GET', path: '/authorize', query: at.authorizeQuery(url) };
    seen(await answered(at, bytesOf(request, new URL(at.hub.issuer).host, [])));
  });

/** What is hardly HTTP at all. */
export const bentBytes = (at: FuzzedHub, seen: (status: number) => void = () => undefined): BentProperty =>
  fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    const head = `POST /token HTTP/1.1\r\nHost: ${new URL(at.hub.issuer).host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\ngrant_type=x`;
    const bytes = Buffer.from(`${edits.filter(({ kind }) => kind !== 'truncate').reduce(edited, head)}\r\n\r\n\r\n`, 'latin1');
    seen(await answered(at, bytes, { andHangUp: true }));
  });
