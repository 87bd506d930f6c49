import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as Listener } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds for clients to send what they were about to, and to be told in the answer that their connection ends. */
const TIME_TO_DRAIN = 1_000;

/**
 * The first part of an end that nobody notices: no new connections, and with each answer the word that it was the last one
 * on its own. To close idle connections at once, as Node does, would cut those on which a request is under way, and whoever
 * sent it could not know what became of it.
 */
export const drain = async (server: Server): Promise<void> => {
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  const drained = once(server, 'close');
  Listener.prototype.close.call(server);
  await Promise.race([drained, pause(TIME_TO_DRAIN)]);
};
