import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { Privacy } from '../../domain/ports/privacy.js';
import type { SecretStore } from '../../domain/ports/secret-store.js';

const KIND = 'subject-key';
const PREFIX = 'sealed.v1.';
const MARK_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * One AES-256-GCM key per subject, kept in the vault. A sealed text is `sealed.v1.<mark+nonce>.<ciphertext+tag>`; the mark
 * (four bytes of the key's digest) tells a text of an erased key, which is gone, from a forged one, which is an error.
 */
export class SubjectPrivacy extends Privacy {
  /** In order of use, oldest first. */
  readonly #keys = new Map<string, Buffer>();
  readonly #loading = new Map<string, Promise<Buffer | undefined>>();

  constructor(private readonly secrets: SecretStore, private readonly mostCached = 10_000) {
    super();
  }

  override async seal(tenant: string, subject: string, binding: string, text: string): Promise<string> {
    const key = (await this.#key(tenant, subject)) ?? (await this.#newKey(tenant, subject));
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(tenant, subject, binding));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${PREFIX}${Buffer.concat([markOf(key), nonce]).toString('base64url')}.${sealed.toString('base64url')}`;
  }

  override async open(tenant: string, subject: string, binding: string, sealed: string): Promise<string | undefined> {
    const { mark, nonce, content, tag } = parse(sealed);
    const key = await this.#key(tenant, subject);
    if (!key || !mark.equals(markOf(key))) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(associatedData(tenant, subject, binding))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8');
  }

  override async erase(tenant: string, subject: string): Promise<void> {
    const place = placeOf(tenant, subject);
    // Before and after: a load that began before the deletion must not bring the key back.
    this.#forget(place);
    await this.secrets.delete(tenant, KIND, subject);
    this.#forget(place);
  }

  async #key(tenant: string, subject: string): Promise<Buffer | undefined> {
    const place = placeOf(tenant, subject);
    const cached = this.#keys.get(place);
    if (cached) {
      this.#keys.delete(place);
      this.#keys.set(place, cached);
      return cached;
    }
    let loading = this.#loading.get(place);
    if (!loading) this.#loading.set(place, (loading = this.#load(tenant, subject)));
    try {
      const key = await loading;
      if (key && this.#loading.get(place) === loading) this.#remember(place, key);
      return key;
    } finally {
      if (this.#loading.get(place) === loading) this.#loading.delete(place);
    }
  }

  async #load(tenant: string, subject: string): Promise<Buffer | undefined> {
    const stored = await this.secrets.get(tenant, KIND, subject);
    return stored && Buffer.from(stored);
  }

  /** Several at once agree on the one that was stored first. */
  async #newKey(tenant: string, subject: string): Promise<Buffer> {
    const key = randomBytes(32);
    if (await this.secrets.putNew(tenant, KIND, { name: subject, value: key })) return key;
    const winner = await this.#load(tenant, subject);
    if (!winner) throw new Error('the subject was erased while its data was being sealed');
    return winner;
  }

  #remember(place: string, key: Buffer): void {
    this.#keys.set(place, key);
    if (this.#keys.size > this.mostCached) this.#keys.delete(this.#keys.keys().next().value!);
  }

  #forget(place: string): void {
    this.#keys.delete(place);
    this.#loading.delete(place);
  }
}

const placeOf = (tenant: string, subject: string): string => JSON.stringify([tenant, subject]);
const associatedData = (...parts: string[]): Buffer => Buffer.from(JSON.stringify(parts));
const markOf = (key: Buffer): Buffer => hash('sha256', key, 'buffer').subarray(0, MARK_BYTES);

const parse = (sealed: string): Record<'mark' | 'nonce' | 'content' | 'tag', Buffer> => {
  const [head, body, ...rest] = sealed.startsWith(PREFIX) ? sealed.slice(PREFIX.length).split('.') : [];
  const front = Buffer.from(head ?? '', 'base64url');
  const back = Buffer.from(body ?? '', 'base64url');
  if (front.length !== MARK_BYTES + NONCE_BYTES || back.length < TAG_BYTES || rest.length > 0) throw new Error('this is no sealed text');
  return {
    mark: front.subarray(0, MARK_BYTES), nonce: front.subarray(MARK_BYTES),
    content: back.subarray(0, -TAG_BYTES), tag: back.subarray(-TAG_BYTES),
  };
};
