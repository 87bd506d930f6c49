/** A data key as it may stand on a disk: only the provider opens it. */
export interface WrappedKey {
  /** Of the key that it was wrapped with; begins with the provider's kind and a colon. */
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}
/** Where a data key belongs. It is authenticated: a wrapped key that was moved does not open. */
export type KeyBinding = Readonly<Record<string, string>>;

/** The keys can't be used now: nothing is sealed or opened. Whoever waits gets 503 (F-26). */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** The provider says that this is not what it wrapped, or that it belongs elsewhere. */
export class KeyRejected extends Error {
  override readonly name = 'KeyRejected';
}

/**
 * Keys that encrypt keys, kept where no database dump has them. Every secret has a data key of its own; the provider sees
 * data keys and never a secret. Rejects with KeysUnavailable or KeyRejected.
 */
export abstract class KeyProvider {
  /** What its key ids begin with. */
  abstract readonly kind: string;
  /** The key that data keys are wrapped with now. */
  abstract current(): Promise<string>;
  abstract wrap(key: Uint8Array, binding: KeyBinding): Promise<WrappedKey>;
  abstract unwrap(wrapped: WrappedKey, binding: KeyBinding): Promise<Uint8Array>;
  /**
   * From here on another key wraps; older ones still unwrap. Its id. Asked again under one name, keys of the hub's own are one key;
   * providers that turn keys by themselves give the current one.
   */
  abstract rotate(name: string): Promise<string>;
  /** Another provider wraps from here on, on every node: none of these keys is the current one any more. */
  abstract leave(): Promise<void>;
  /** Keys that are not the current one and that are ours to destroy. */
  abstract outdated(): Promise<readonly string[]>;
  /** Nothing is wrapped with this key any more, so it is destroyed where that is ours to do. */
  abstract retire(keyId: string): Promise<void>;
  /** Lets go of connections. */
  abstract close(): Promise<void>;
}
