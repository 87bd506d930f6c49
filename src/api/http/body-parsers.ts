import type { FastifyInstance } from 'fastify';
import { Form } from './form.js';

/** Exactly two kinds of body are read; everything else is 415, whatever it looks like (Fastify CVE-2026-33806 and kin). */
export const readBodies = (server: FastifyInstance): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Form.read(body as string));
  });
  // `__proto__` and `constructor.prototype` are refused, not stripped: whoever sends them is attacking.
  server.addContentTypeParser('application/json', { parseAs: 'string' }, server.getDefaultJsonParser('error', 'error'));
};
