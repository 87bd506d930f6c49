import type { FastifyReply } from 'fastify';
import { pageHeaders } from '../pages/page-headers.js';

/** Sends a page with the headers that every page has: not framed, not cached, no scripts, no referrer (CN-02, UI-05). */
export const sendPage = (reply: FastifyReply, status: number, html: string): void => {
  void reply.code(status).headers(pageHeaders()).send(html);
};

/** A page where a passkey can be shown: our one script may run, and nothing else. */
export const sendPageWithScript = (reply: FastifyReply, status: number, html: string): void => {
  void reply.code(status).headers(pageHeaders('our script')).send(html);
};
