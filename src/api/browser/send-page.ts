import type { FastifyReply } from 'fastify';
import { pageHeaders } from '../pages/page-headers.js';

/** Sends a page with the headers that every page has: not framed, not cached, no scripts, no referrer (CN-02, UI-05). */
export const sendPage = (reply: FastifyReply, status: number, html: string): void => {
  void reply.code(status).headers(pageHeaders()).send(html);
};

/** Sends the browser on. 303, so that a form's body is never sent with it (RFC 9700 section 4.12). */
export const sendOn = (reply: FastifyReply, location: string): void => {
  void reply.code(303).headers({ location, 'cache-control': 'no-store' }).send();
};

/** The same, where the address that it comes from is nothing for the one that it goes to. */
export const sendAway = (reply: FastifyReply, location: string): void => {
  void reply.header('referrer-policy', 'no-referrer');
  sendOn(reply, location);
};

/** A page where a passkey can be shown: our one script may run, and nothing else. */
export const sendPageWithScript = (reply: FastifyReply, status: number, html: string): void => {
  void reply.code(status).headers(pageHeaders('our script')).send(html);
};
