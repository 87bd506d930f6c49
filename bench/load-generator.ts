import { answerParent } from './child.js';
import { quantile } from './figures.js';
import { HttpConnection } from './http-connection.js';
import { type ServerReady, TOKEN_REQUEST, cpuSeconds } from './measured-client.js';

export interface LoadOrder {
  readonly server: ServerReady;
  readonly connections: number;
  readonly seconds: number;
}
export interface LoadResult {
  /** Answers with status 200 and a token. */
  readonly tokens: number;
  readonly errors: number;
  readonly firstError: string | undefined;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  /** The last token of each connection, for the checks that would be too slow for all. */
  readonly samples: readonly string[];
  /** Near 1, the generator and not the server is what was measured. */
  readonly generatorLoad: number;
}

const requestFor = ({ port }: ServerReady, authorization: string): string =>
  [
    'POST /token HTTP/1.1', `Host: localhost:${port}`, `Authorization: ${authorization}`, 'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${TOKEN_REQUEST.length}`, 'Connection: keep-alive', '', TOKEN_REQUEST,
  ].join('\r\n');

const tokenIn = (status: number, body: string): string => {
  const token = status === 200 ? (JSON.parse(body) as { access_token?: string }).access_token : undefined;
  if (token === undefined || token.split('.').length !== 3) throw new Error(`status ${status}: ${body.slice(0, 300)}`);
  return token;
};

/** Every connection asks again as soon as it is answered (closed loop); what is under way at the end is waited for. */
const load = async ({ server, connections, seconds }: LoadOrder): Promise<LoadResult> => {
  const open = await Promise.all(Array.from({ length: connections }, (_, n) =>
    HttpConnection.open(server.port, requestFor(server, server.authorizations[n % server.authorizations.length]!))));
  const milliseconds: number[] = [];
  const samples: string[] = [];
  const failures: unknown[] = [];
  const cpu = cpuSeconds();
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(open.map(async (connection, n) => {
    try {
      for (let sent = performance.now(); sent < end;) {
        const { status, body } = await connection.send();
        const now = performance.now();
        samples[n] = tokenIn(status, body);
        milliseconds.push(now - sent);
        sent = now;
      }
    } catch (error) {
      failures.push(error);
    } finally {
      connection.close();
    }
  }));
  const took = (performance.now() - began) / 1000;
  milliseconds.sort((a, b) => a - b);
  return {
    tokens: milliseconds.length, errors: failures.length, firstError: failures.length > 0 ? String(failures[0]) : undefined, seconds: took,
    p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99), samples, generatorLoad: (cpuSeconds() - cpu) / took,
  };
};

answerParent('ready', (order) => load(order as LoadOrder));
