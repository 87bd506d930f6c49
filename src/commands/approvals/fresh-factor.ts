import { FACTOR_LIFETIME } from '../../domain/approval/lifetimes.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';

/** How and when the person last proved who they are. */
export interface FreshFactor {
  /** NumericDate. */
  readonly authTime: number;
  /** RFC 8176 names. */
  readonly methods: readonly string[];
}

/** RFC 8176: a passkey (a key in hardware or software, with the person's presence) and one-time codes. Never a password alone. */
const STRONG: readonly string[] = ['hwk', 'swk', 'pop', 'otp'];

/** Nobody confirms by being signed in: with something in hand, after it was asked, and not long ago. */
export const factorProblem = ({ authTime, methods }: FreshFactor, askedAt: number, now: number): RefusalCode | undefined =>
  methods.some((method) => STRONG.includes(method)) && authTime >= askedAt && authTime > now - FACTOR_LIFETIME ? undefined : 'approval.factor_needed';
