import { createHash, createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Crypto } from '../../domain/ports/crypto.js';
import type { MasterKey } from './master-key.js';

// The namespace of Mandate's event ids (RFC 9562 section 6.6). Changing it would make retried appends into new events.
const EVENT_NAMESPACE = Buffer.from('6d616e64617465804f8ee0a1b6d2c374', 'hex');

/** Secrets' arithmetic on Node's OpenSSL. */
export class NodeCrypto extends Crypto {
  readonly #macKeys = new Map<string, Buffer>();

  constructor(private readonly master: MasterKey) {
    super();
  }

  override randomId(prefix: string): string {
    return prefix + randomBytes(16).toString('base64url');
  }

  override randomSecret(prefix: string): string {
    return prefix + randomBytes(32).toString('base64url');
  }

  override sha256(text: string): string {
    return hash('sha256', text, 'base64url');
  }

  override mac(purpose: string, text: string): string {
    let key = this.#macKeys.get(purpose);
    if (!key) this.#macKeys.set(purpose, (key = this.master.derive(`mac:${purpose}`)));
    return createHmac('sha256', key).update(text).digest('base64url');
  }

  override equal(a: string, b: string): boolean {
    // Hashing first gives both sides one length, so not even the length shows in the time.
    return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
  }

  override eventId(commandId: string, n: number): string {
    const bytes = createHash('sha1').update(EVENT_NAMESPACE).update(`${commandId}:${n}`).digest();
    bytes[6] = (bytes[6]! & 0x0f) | 0x50;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  }
}
