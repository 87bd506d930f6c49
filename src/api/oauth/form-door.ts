import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type Answer, JSON_HEADERS } from '../http/answer.js';
import type { Asked } from '../http/asked.js';
import { MOST_FORM_BYTES } from '../http/body-parsers.js';
import { originHeaders } from '../http/cors.js';
import type { ErrorAnswers } from '../http/error-answers.js';
import { FORM_TYPE, Form } from '../http/form.js';
import { replaceListener } from '../http/request-listener.js';
import { problemOf } from '../http/request-limits.js';
import { routeTenant } from '../http/tenant-route.js';
import type { FormEndpoint } from './form-endpoint.js';

export interface FormDoorParts {
  readonly endpoints: readonly FormEndpoint[];
  readonly errors: ErrorAnswers;
  readonly addressOf: (request: IncomingMessage) => string;
  newRequestId(): string;
  /** Called when the answer has been handed to the socket. */
  answered(path: string, form: Form | undefined, status: number): void;
}

/** Where a form goes, and what is the same in every answer to it. */
interface Destination {
  readonly endpoint: FormEndpoint;
  readonly route: { readonly url: string };
  readonly headers: readonly string[];
  /** These and those of ordinary JSON. */
  readonly ofJson: readonly string[];
}
interface Exchange {
  readonly to: Destination;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
}

/** As most clients write it, and as `fetch` does for a form. */
const ORDINARY_TYPES: ReadonlySet<string | undefined> = new Set([FORM_TYPE, `${FORM_TYPE};charset=UTF-8`]);
const PREFIX = '/t/';

/**
 * The short way of an ordinary form: from the same server, with its limits and timeouts, past the framework's router and
 * hooks, to the same endpoint. Whatever is not plainly such a request takes the framework's way, which has every rule
 * (docs/decisions/2026-11-27-form-door.md).
 */
export const openFormDoor = (framework: FastifyInstance, parts: FormDoorParts): void => {
  const destinations = new Map(parts.endpoints.map((endpoint) => [endpoint.path, destinationOf(endpoint)]));
  let isClosing = false;
  // What is closing says so in its answers; the framework does.
  framework.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  replaceListener(framework.server, (listener) => (request, response) => {
    const to = isClosing || !isOrdinary(request) ? undefined : destinations.get(pathOf(request));
    if (to === undefined) return listener(request, response);
    const id = parts.newRequestId();
    readThen(request, (body) => void answer(body, { to, request, response, id }, parts).catch((error: unknown) => {
      // Not even the answer could be written: the log hears of it, as of any other failure.
      parts.errors.oauthAnswer(error, id);
      response.destroy();
    }));
  });
};

const destinationOf = (endpoint: FormEndpoint): Destination => {
  const headers = listOf(originHeaders(endpoint.path) ?? {});
  return { endpoint, route: { url: endpoint.path }, headers, ofJson: [...headers, ...listOf(JSON_HEADERS)] };
};

/** As Node takes them with the least work: names and values in turn. */
const listOf = (headers: Readonly<Record<string, string>>): readonly string[] => Object.entries(headers).flat();

/** Without the tenant, which is noted; of what names none, nothing is taken apart. */
const pathOf = (request: IncomingMessage): string => (request.url!.startsWith(PREFIX) ? routeTenant(request) : request.url!);

/** One form of a known and small length. */
const isOrdinary = (request: IncomingMessage): boolean => {
  const { method, headers } = request;
  if (method !== 'POST' || !ORDINARY_TYPES.has(headers['content-type'])) return false;
  const length = Number(headers['content-length']);
  return length > 0 && length <= MOST_FORM_BYTES && problemOf(request) === undefined;
};

/** Who goes away before the end is not answered: there is no end then. */
const readThen = (request: IncomingMessage, done: (body: string) => void): void => {
  // Nearly always the form came in one piece with its headers.
  if (request.complete) return done(String(request.read() ?? ''));
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks).toString()));
};

const answer = async (text: string, { to, request: raw, response, id }: Exchange, { errors, addressOf, answered }: FormDoorParts): Promise<void> => {
  let form: Form | undefined;
  let given: Answer;
  try {
    form = Form.read(text);
    const asked: Asked = { id, ip: addressOf(raw), raw, headers: raw.headers, body: form, routeOptions: to.route };
    given = await to.endpoint.answer(asked);
  } catch (error) {
    given = errors.oauthAnswer(error, id);
  }
  write(response, to, given);
  answered(to.route.url, form, given.status);
};

/** All headers in one list and the body with them: the way of least work through Node. */
const write = (response: ServerResponse, { headers: always, ofJson }: Destination, { status, headers, body }: Answer): void => {
  const all = headers === JSON_HEADERS ? [...ofJson] : [...always, ...listOf(headers)];
  const length = Buffer.byteLength(body);
  all.push('content-length', String(length));
  response.writeHead(status, all);
  // `end` with a body sends an empty piece behind it, and what takes two costs 6 µs more. An answer whose turn on its connection has not come has no socket yet.
  const { socket } = response;
  socket?.cork();
  // A character for each byte: nothing has to be encoded, neither of the body nor of the headers, which go with it.
  response.write(body, length === body.length ? 'latin1' : 'utf8');
  socket?.uncork();
  response.end();
};
