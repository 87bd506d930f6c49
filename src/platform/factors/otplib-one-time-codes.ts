import { timingSafeEqual } from 'node:crypto';
import { OneTimeCodes, type Squares } from '../../domain/ports/one-time-codes.js';

const PERIOD = 30;
const SIX_DIGITS = /^\d{6}$/;

/** One-time codes by otplib, pictures by uqr; both are read when they are used first, for most hubs start without a need of them. */
export class OtplibOneTimeCodes extends OneTimeCodes {
  override async secret(): Promise<string> {
    return (await import('otplib')).generateSecret({ length: 20 });
  }

  override async address(secret: string, { issuer, account }: { issuer: string; account: string }): Promise<string> {
    return (await import('otplib')).generateURI({ issuer, label: account, secret });
  }

  override async picture(text: string): Promise<Squares> {
    return (await import('uqr')).encode(text, { ecc: 'M', border: 0 }).data;
  }

  override async stepOf(secret: string, code: string, now: number): Promise<number | undefined> {
    if (!SIX_DIGITS.test(code)) return undefined;
    const { generateSync } = await import('otplib');
    const step = Math.floor(now / PERIOD);
    // All of them, whichever fits: the time it takes tells nothing.
    const fitting = [step - 1, step, step + 1].filter((one) => timingSafeEqual(Buffer.from(code), Buffer.from(generateSync({ secret, epoch: one * PERIOD }))));
    return fitting[0];
  }
}
