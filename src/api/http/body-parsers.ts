import type { FastifyInstance } from 'fastify';
import { FORM_TYPE, Form } from './form.js';
import { nestsDeeperThan } from './nesting.js';

/** A form carries at most a code, an assertion or a page's transaction (RX-01). */
export const MOST_FORM_BYTES = 65_536;
/** JWK Sets and policies need a handful. */
const MOST_DEPTH = 32;

/** Exactly two kinds of body are read; everything else is 415, whatever it looks like (Fastify CVE-2026-33806 and kin). */
export const readBodies = (server: FastifyInstance): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(FORM_TYPE, { parseAs: 'string', bodyLimit: MOST_FORM_BYTES }, (_request, body: string, done) => {
    let form: Form;
    try {
      form = Form.read(body);
    } catch (error) {
      return done(error as Error);
    }
    done(null, form);
  });
  // `__proto__` and `constructor.prototype` are refused, not stripped: whoever sends them is attacking.
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (nestsDeeperThan(body, MOST_DEPTH)) return done(Object.assign(new Error('the body nests too deep'), { statusCode: 400 }));
    void parse(request, body, done);
  });
};
