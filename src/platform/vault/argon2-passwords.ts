import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { Passwords } from '../../domain/ports/passwords.js';

// OWASP's floor for argon2id. 2 names argon2id in the library's enumeration, which is not there at run time.
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Passwords as argon2id in PHC form. The work is done off the event loop. */
export class Argon2Passwords extends Passwords {
  // Same cost as a real one, and nobody knows its password: an unknown user can't be told by the clock.
  readonly #decoy = hash(randomBytes(32), ARGON2ID);

  constructor() {
    super();
    // A failure shows to whoever awaits it; it must not end the process before that.
    this.#decoy.catch(() => undefined);
  }

  override hash(password: string): Promise<string> {
    return hash(canonical(password), ARGON2ID);
  }

  override async verify(password: string, stored: string | undefined): Promise<boolean> {
    const right = await verify(stored ?? (await this.#decoy), canonical(password));
    return right && stored !== undefined;
  }
}

// NIST SP 800-63B section 3.1.1.2: the same characters typed on another system may arrive composed differently.
const canonical = (password: string): string => password.normalize('NFKC');
