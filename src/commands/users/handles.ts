import { reservation } from '../../domain/reservation/reservation.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import type { Crypto } from '../../domain/ports/crypto.js';
import type { LiveState } from '../live-state.js';

/** E-mail addresses name people, so the stream that keeps one unique is named by its HMAC. */
export const handleStream = (crypto: Crypto, tenant: string, email: string): string =>
  streams.reservation('handle', crypto.mac('handle', JSON.stringify([tenant, email.trim().toLowerCase()])));

export const userIdOf = async (live: LiveState, crypto: Crypto, tenant: string, email: string): Promise<string | undefined> =>
  (await live.entry(reservation, handleStream(crypto, tenant, email), tenant)).state.holder;
