import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as Listener } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds. */
interface Patience {
  /** For clients to send what they were about to, and to be told in the answer that their connection ends. */
  readonly toArrive: number;
  /** And then for what takes longer: whoever stops in the middle of a request would otherwise keep the process for ever. */
  readonly toFinish: number;
}
const PATIENCE: Patience = { toArrive: 1_000, toFinish: 6_000 };
const BETWEEN_LOOKS = 50;

/**
 * The first part of an end that nobody notices: no new connections, and with each answer the word that it was the last one
 * on its own. To close idle connections at once, as Node does, would cut those on which a request is under way, and whoever
 * sent it could not know what became of it. Whoever was waiting before that word could be given is answered and let go
 * while the hub closes, which takes until the last of them is gone.
 */
export const drain = async (server: Server, { toArrive, toFinish }: Patience = PATIENCE): Promise<void> => {
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  const drained = once(server, 'close').then(() => true);
  Listener.prototype.close.call(server);
  if (await Promise.race([drained, pause(toArrive, false)])) return;
  const letGo = setInterval(() => server.closeIdleConnections(), BETWEEN_LOOKS);
  const cut = setTimeout(() => server.closeAllConnections(), toFinish);
  server.once('close', () => {
    clearInterval(letGo);
    clearTimeout(cut);
  });
};
