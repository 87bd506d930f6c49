import { expect } from '@jest/globals';
import { request } from 'node:http';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import type { TestHub } from './hub.js';

/** What is posted. A function makes a new body for each of the two ways, where one can be used once only. */
export type Posted = readonly [path: string, headers: Readonly<Record<string, string>>, body: string | Buffer | (() => Promise<string>)];

interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Sends it with the length that it has, as clients do, or in pieces, with which the way is always the long one. */
const send = (issuer: string, path: string, { headers, body, inPieces }: { headers: Readonly<Record<string, string>>; body: string | Buffer; inPieces: boolean }): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(issuer);
    request({ hostname, port, path, method: 'POST', headers: { host, ...headers, ...(inPieces ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(body) }) } }, async (answer) => {
      const parts = await answer.setEncoding('utf8').toArray();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parts.join('') });
    }).on('error', reject).end(body);
  });

/** All that a client sees, but for what is of one answer or one connection alone. */
const seen = ({ status, headers: { date: _, connection: __, 'keep-alive': ___, ...headers }, body }: Seen) =>
  ({ status, headers: { ...headers, 'content-length': headers['content-length'] === undefined ? 'none' : 'given' }, body: body.replace(/"access_token":"[^"]+"/, '"access_token":"…"') });

const written = ({ type, actor, tenant, data }: RecordedEvent) =>
  [type, actor, tenant, ...['reason', 'endpoint', 'error', 'grantType'].map((name) => (data as Readonly<Record<string, unknown>>)[name])];

/** Expects the same answer and the same records of the short way and of the framework's. */
export const expectSameBothWays = async (hub: TestHub, requests: readonly Posted[]): Promise<void> => {
  for (const [path, headers, body] of requests) {
    const [one, other] = typeof body === 'function' ? [await body(), await body()] : [body, body];
    const before = (await hub.events()).length;
    const all = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
    const short = await send(hub.issuer, path, { headers: all, body: one, inPieces: false });
    const between = await hub.events();
    const long = await send(hub.issuer, path, { headers: all, body: other, inPieces: true });
    const after = await hub.events();
    expect([path, headers, seen(short)]).toEqual([path, headers, seen(long)]);
    // A refusal that repeats itself is recorded once.
    const [first, second] = [between.slice(before).map(written), after.slice(between.length).map(written)];
    expect([path, headers, second.length === 0 ? first : second]).toEqual([path, headers, first]);
  }
};
