import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Attempts } from '../http/attempts.js';
import { readCookie, setCookie } from '../browser/cookies.js';
import { type TenantContext, networkOf } from '../http/tenancy.js';
import { PageError } from '../browser/page-error.js';

const FIFTEEN_MINUTES = 900_000;
const REMEMBERED_FOR = 180 * 86_400;

/**
 * Guessing is slow, and nobody keeps a person out by guessing wrong on purpose: a browser in which the person has signed in
 * before has a count of its own (OWASP, device cookies), and strangers are counted per network first. Keys are MACs, so that
 * no address stays in memory. Each node counts for itself (docs/operations.md).
 */
@Injectable()
export class SignInAttempts {
  private readonly perDevice = new Attempts(10, FIFTEEN_MINUTES);
  private readonly perPersonAndNetwork = new Attempts(10, FIFTEEN_MINUTES);
  /** From everywhere, of browsers that nobody knows. NIST SP 800-63B section 5.2.2 has no more than 100. */
  private readonly perPerson = new Attempts(100, FIFTEEN_MINUTES);
  private readonly perNetwork = new Attempts(100, FIFTEEN_MINUTES);

  constructor(private readonly crypto: Crypto, private readonly clock: Clock) {}

  /** Counts one. Throws PageError when there were too many. */
  count(tenant: TenantContext, http: FastifyRequest, email: string): void {
    const now = this.clock.now();
    const person = this.personKey(tenant, email);
    const network = networkOf(http);
    const device = this.deviceOf(tenant, http, person);
    const ofPerson = device === undefined
      ? (this.perPersonAndNetwork.take(`${person} ${network}`, now) ?? this.perPerson.take(person, now))
      : this.perDevice.take(device, now);
    const wait = ofPerson ?? this.perNetwork.take(network, now);
    if (wait === undefined) return;
    throw new PageError(429, 'Too many attempts', 'There were too many attempts to sign in.', `Wait ${Math.ceil(wait / 60)} minutes and try again.`);
  }

  /** The person has shown who they are: this browser is known from now on, and its mistakes are forgotten. */
  succeeded(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, email: string): void {
    const person = this.personKey(tenant, email);
    const known = this.deviceOf(tenant, http, person);
    this.perPersonAndNetwork.forget(`${person} ${networkOf(http)}`);
    if (known !== undefined) this.perDevice.forget(known);
    const device = known ?? this.crypto.randomSecret('');
    setCookie(reply, tenant, 'device', `${device}.${this.deviceMac(person, device)}`, REMEMBERED_FOR);
  }

  /** Undefined unless this browser brings what it got when this very person signed in with it. */
  private deviceOf(tenant: TenantContext, http: FastifyRequest, person: string): string | undefined {
    const [, device, mac = ''] = /^([\w-]{20,64})\.([\w-]{20,64})$/.exec(readCookie(http, tenant, 'device') ?? '') ?? [];
    return device !== undefined && this.crypto.equal(mac, this.deviceMac(person, device)) ? device : undefined;
  }

  private deviceMac(person: string, device: string): string {
    return this.crypto.mac('sign-in-device', JSON.stringify([person, device]));
  }

  private personKey(tenant: TenantContext, email: string): string {
    return this.crypto.mac('attempts', JSON.stringify([tenant.id, email.trim().toLowerCase()]));
  }
}
