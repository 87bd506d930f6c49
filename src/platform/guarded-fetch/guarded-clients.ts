import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { Client } from 'undici';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';
import { type Dial, connectPinned } from './pinned-socket.js';
import { isInNetworks, isLoopbackAddress, isPublicAddress } from './public-address.js';

/** Every address of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export interface GuardOptions {
  /** Also http(s) to localhost and loopback addresses. For development; never in production. */
  readonly allowLoopback?: boolean | undefined;
  /** Networks (CIDR) that are not public and may be reached all the same: the operator's own services. */
  readonly networks?: readonly string[] | undefined;
  /** Certificate authorities in PEM, instead of the usual ones. */
  readonly ca?: string | undefined;
  readonly resolve?: Resolve | undefined;
  readonly dial?: Dial | undefined;
}

const resolveBySystem: Resolve = async (name) => (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address);
const dialDirectly: Dial = (address, port) => connect({ host: address, port });
const MOST_ADDRESSES = 4;
const MOST_HEADER_BYTES = 16_384;

const isLocalName = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[?::1\]?)$/.test(host);
const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

/**
 * The only way out to addresses that somebody else chose. A name is resolved once, every address is judged, and the socket
 * is opened to a judged address, so there is no second look-up that could answer otherwise (DNS rebinding). Each client has
 * a connection of its own: none is kept that a later check did not see. Throws FetchRefused.
 */
export class GuardedClients {
  readonly #options;

  constructor({ allowLoopback = false, networks = [], ca, resolve = resolveBySystem, dial = dialDirectly }: GuardOptions = {}) {
    this.#options = { allowLoopback, networks, ca, resolve, dial };
  }

  judgeUrl(text: string, { anyPort }: { readonly anyPort: boolean }): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const local = this.#options.allowLoopback && url !== undefined && isLocalName(url.hostname);
    const allowed = url && (local ? /^https?:$/.test(url.protocol) : url.protocol === 'https:' && (anyPort || url.port === ''));
    if (!url || !allowed || url.username || url.password)
      throw new FetchRefused('url', `only https${anyPort ? '' : ' on port 443'} is fetched, without a user name`);
    return url;
  }

  async judgedAddresses({ hostname }: URL): Promise<readonly string[]> {
    const host = bare(hostname);
    // A literal address never passes through a resolver; it is judged like any other.
    const addresses = isIP(host) ? [host] : await this.#options.resolve(host).catch(() => []);
    if (addresses.length === 0) throw new FetchRefused('dns', `${host} has no address`);
    const { allowLoopback, networks } = this.#options;
    const isAllowed = allowLoopback && isLocalName(host) ? isLoopbackAddress : (address: string) => isPublicAddress(address) || isInNetworks(address, networks);
    // One special-use address among public ones is somebody trying.
    if (!addresses.every(isAllowed)) throw new FetchRefused('blocked_address', `${host} is not on the public internet`);
    return addresses.slice(0, MOST_ADDRESSES);
  }

  /** For one request; whoever asks for it destroys it. */
  async client(target: URL, addresses: readonly string[], signal: AbortSignal): Promise<Client> {
    // Read when somebody is asked something for the first time: most hubs never ask anybody.
    const undici = await import('undici');
    const { dial, ca } = this.#options;
    return new undici.Client(target.origin, {
      maxHeaderSize: MOST_HEADER_BYTES, allowH2: false, pipelining: 0,
      connect: (_, done) => {
        connectPinned({ addresses, target, dial, signal, ca }).then((socket) => done(null, socket), (error: Error) => done(error, null));
      },
    });
  }
}
