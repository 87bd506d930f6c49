/** Where one secret of a connection stands. All of it is authenticated, so no ciphertext opens in another place (VA-10). */
export interface VaultPlace {
  readonly tenant: string;
  readonly connectionId: string;
  /** The connection's own id for what the hub proves itself with. */
  readonly credentialId: string;
  /** Names the version; never used twice. */
  readonly secretId: string;
  /** 'access': what is lent. 'refresh': what never leaves the hub. 'client': what the hub proves itself with. */
  readonly part: 'access' | 'refresh' | 'client';
}

/** What stands there is not what was put there: altered, moved, or sealed under another key. */
export class VaultIntegrityError extends Error {
  override readonly name = 'VaultIntegrityError';
}

/** Keys or store can't be reached: 503, and nothing leaves (VA-14). */
export class VaultUnavailable extends Error {
  override readonly name = 'VaultUnavailable';
}

/**
 * Secrets of services. Each version is encrypted with AES-256-GCM under a data key of its own, and the data key is wrapped
 * by the key provider. Rejects with VaultUnavailable, or VaultIntegrityError where something is opened.
 */
export abstract class CredentialVault {
  /** Has done what sealing there needs of the keys: for a secret that is lost when it can't be kept. What it gives seals, durable when it resolves. */
  abstract prepare(place: VaultPlace): Promise<(secret: string) => Promise<void>>;
  /** Durable when it resolves. */
  async seal(place: VaultPlace, secret: string): Promise<void> {
    await (await this.prepare(place))(secret);
  }
  /** Undefined when there is nothing. A data key that was unwrapped in the last five minutes needs no provider. */
  abstract open(place: VaultPlace): Promise<string | undefined>;
  /** Destroys one version, or all of a credential: the data keys are gone with them. */
  abstract shred(tenant: string, credentialId: string, secretId?: string): Promise<void>;
}
