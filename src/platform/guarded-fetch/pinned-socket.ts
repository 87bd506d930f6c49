import { once } from 'node:events';
import { type Socket, isIP } from 'node:net';
import { connect as startTls } from 'node:tls';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';

/** Opens a TCP connection to exactly this address. */
export type Dial = (address: string, port: number) => Socket;

const PER_ADDRESS_MS = 2_000;

/**
 * A connection to one of the addresses that were checked, in turn, and to nothing else: no name is resolved from here on.
 * Inside TLS the peer still has to prove the name.
 */
export const connectPinned = async (
  { addresses, target, dial, signal, ca }:
  { addresses: readonly string[]; target: URL; dial: Dial; signal: AbortSignal; ca: string | undefined },
): Promise<Socket> => {
  let last: unknown;
  for (const address of addresses) {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PER_ADDRESS_MS)]);
    try {
      return await open(address, target, { dial, patience, ca });
    } catch (error) {
      last = error;
      if (signal.aborted) break;
    }
  }
  throw new FetchRefused('network', `${target.host} could not be connected to: ${codeOf(last)}`);
};

const open = async (
  address: string, target: URL,
  { dial, patience, ca }: { dial: Dial; patience: AbortSignal; ca: string | undefined },
): Promise<Socket> => {
  const secure = target.protocol === 'https:';
  const socket = dial(address, Number(target.port) || (secure ? 443 : 80));
  try {
    await once(socket, 'connect', { signal: patience });
    if (!secure) return socket;
    const name = target.hostname.replace(/^\[|\]$/g, '');
    // RFC 6066 section 3: SNI carries no addresses; the certificate is checked against `host` then.
    const tls = startTls({ socket, host: name, servername: isIP(name) ? '' : name, ALPNProtocols: ['http/1.1'], ...(ca === undefined ? {} : { ca }) });
    await once(tls, 'secureConnect', { signal: patience });
    return tls;
  } catch (error) {
    // A late error of a connection that nobody waits for any more must not end the process.
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? 'no address answered';
