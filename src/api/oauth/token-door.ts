import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Answer } from '../http/answer.js';
import type { Asked } from '../http/asked.js';
import { MOST_FORM_BYTES } from '../http/body-parsers.js';
import { OPEN_HEADERS } from '../http/cors.js';
import type { ErrorsFilter } from '../http/errors.filter.js';
import { FORM_TYPE, Form } from '../http/form.js';
import { problemOf } from '../http/request-limits.js';
import { routeTenant } from '../http/tenant-route.js';
import type { TokenEndpoint } from './token-endpoint.js';

export interface TokenDoorParts {
  readonly endpoint: TokenEndpoint;
  readonly errors: ErrorsFilter;
  readonly behindProxy: boolean;
  newRequestId(): string;
  /** Called when the answer has been handed to the socket. */
  answered(body: unknown, status: number): void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
}

/** As most clients write it, and as `fetch` does for a form. */
const ORDINARY_TYPES: ReadonlySet<string | undefined> = new Set([FORM_TYPE, `${FORM_TYPE};charset=UTF-8`]);
const TOKEN = '/token';
const ROUTE = { url: TOKEN };
const ALWAYS: readonly string[] = Object.entries(OPEN_HEADERS).flat();

/**
 * The short way of an ordinary `POST /token`: from the same server, with its limits and timeouts, past the framework's router and
 * hooks, to the same endpoint. Whatever is not plainly such a request takes the framework's way, which has every rule
 * (docs/decisions/2026-11-27-token-door.md).
 */
export const openTokenDoor = (framework: FastifyInstance, parts: TokenDoorParts): void => {
  const { server } = framework;
  const [listener, ...others] = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  if (listener === undefined || others.length > 0) throw new Error('the server has not exactly one listener');
  let isClosing = false;
  // What is closing says so in its answers; the framework does.
  framework.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.off('request', listener);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isClosing || !isOrdinary(request, parts.behindProxy)) listener(request, response);
    else {
      const id = parts.newRequestId();
      readThen(request, (body) => void answer(body, { request, response, id }, parts).catch((error: unknown) => {
        // Not even the answer could be written: the log hears of it, as of any other failure.
        parts.errors.oauthAnswer(error, id);
        response.destroy();
      }));
    }
  });
};

/** One form of a known and small length, sent to that path alone, by somebody whose address is the socket's. */
const isOrdinary = (request: IncomingMessage, behindProxy: boolean): boolean => {
  const { method, url, headers } = request;
  if (method !== 'POST' || !ORDINARY_TYPES.has(headers['content-type']) || !url!.endsWith(TOKEN)) return false;
  if (url !== TOKEN && routeTenant(request) !== TOKEN) return false;
  if (behindProxy && headers['x-forwarded-for'] !== undefined) return false;
  const length = Number(headers['content-length']);
  return length > 0 && length <= MOST_FORM_BYTES && problemOf(request) === undefined;
};

/** Who goes away before the end is not answered: there is no end then. */
const readThen = (request: IncomingMessage, done: (body: string) => void): void => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => done((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()));
};

const answer = async (text: string, { request: raw, response, id }: Exchange, { endpoint, errors, answered }: TokenDoorParts): Promise<void> => {
  let form: Form | undefined;
  let given: Answer;
  try {
    form = Form.read(text);
    // There is none any more when the caller is gone.
    const asked: Asked = { id, ip: raw.socket.remoteAddress ?? '', raw, headers: raw.headers, body: form, routeOptions: ROUTE };
    given = await endpoint.token(asked);
  } catch (error) {
    given = errors.oauthAnswer(error, id);
  }
  write(response, given);
  answered(form, given.status);
};

/** All headers in one list and the body with them: the way of least work through Node. */
const write = (response: ServerResponse, { status, headers, body }: Answer): void => {
  const all: string[] = [...ALWAYS];
  for (const [name, value] of Object.entries(headers)) all.push(name, value);
  all.push('content-length', String(Buffer.byteLength(body)));
  response.writeHead(status, all);
  response.end(body);
};
