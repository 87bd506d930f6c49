import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/**
 * The address of whoever sent a request, as the framework tells it: the socket's, or behind trusted proxies the last one in
 * `X-Forwarded-For` that is none of theirs. Empty when the caller is gone.
 */
export const callerAddress = (trustedProxies: readonly string[]): ((request: IncomingMessage) => string) => {
  if (trustedProxies.length === 0) return ({ socket }) => socket.remoteAddress ?? '';
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => proxyAddr(request, isTrusted) ?? '';
};
