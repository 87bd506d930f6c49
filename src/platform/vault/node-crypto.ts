import { createHmac, hash, randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto';
import { Crypto } from '../../domain/ports/crypto.js';
import type { MasterKey } from './master-key.js';

// The namespace of Mandate's event ids (RFC 9562 section 6.6). Changing it would make retried appends into new events.
const EVENT_NAMESPACE = Buffer.from('6d616e64617465804f8ee0a1b6d2c374', 'hex');
const LONGEST_COMMAND_ID = 100;
/** In bytes of UTF-8, with the number of the event behind it. */
const LONGEST_NAME = 3 * LONGEST_COMMAND_ID + 20;

// The two bits that say "RFC 9562" and the two of the digest that stay beside them, as one digit.
const VARIANTS = '89ab';
const ID_BYTES = 16;
const TIME_BYTES = 6;

/** Secrets' arithmetic on Node's OpenSSL. */
export class NodeCrypto extends Crypto {
  readonly #macKeys = new Map<string, Buffer>();
  /** Random bytes for the next ids: asking OpenSSL for many at once costs hardly more than asking for one. */
  readonly #random = Buffer.alloc(256 * ID_BYTES);
  #used = this.#random.length;
  /** The namespace, and behind it the name that is being looked for. */
  readonly #named = Buffer.concat([EVENT_NAMESPACE], EVENT_NAMESPACE.length + LONGEST_NAME);

  constructor(private readonly master: MasterKey) {
    super();
  }

  override randomId(prefix: string): string {
    const from = this.nextRandom();
    return prefix + this.#random.toString('base64url', from, from + ID_BYTES);
  }

  override timedId(prefix: string, now: number): string {
    const from = this.nextRandom();
    this.#random.writeUIntBE(Math.floor(now), from, TIME_BYTES);
    return prefix + this.#random.toString('base64url', from, from + ID_BYTES);
  }

  override randomSecret(prefix: string): string {
    return prefix + randomBytes(32).toString('base64url');
  }

  override sha256(text: string): string {
    return hash('sha256', text, 'base64url');
  }

  override halfSha256(text: string): string {
    return hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
  }

  override mac(purpose: string, text: string): string {
    let key = this.#macKeys.get(purpose);
    if (!key) this.#macKeys.set(purpose, (key = this.master.derive(`mac:${purpose}`)));
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  override equal(a: string, b: string): boolean {
    const [left, right] = [Buffer.from(a), Buffer.from(b)];
    if (left.length === right.length) return timingSafeEqual(left, right);
    // Other lengths are never equal; hashing gives both sides one, so that this too takes no less time.
    return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
  }

  override eventId(commandId: string, n: number): string {
    // Cut short, two of them would be one event.
    if (commandId.length > LONGEST_COMMAND_ID) throw new RangeError('the id of the command is too long');
    const written = this.#named.write(`${commandId}:${n}`, EVENT_NAMESPACE.length);
    const hex = hash('sha1', this.#named.subarray(0, EVENT_NAMESPACE.length + written), 'hex');
    const variant = VARIANTS[Number.parseInt(hex[16]!, 16) & 3]!;
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** Where the random bytes of one id stand; they are given once. */
  private nextRandom(): number {
    if (this.#used === this.#random.length) {
      randomFillSync(this.#random);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += ID_BYTES;
    return from;
  }
}
