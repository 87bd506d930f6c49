import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { callerAddress } from '../../../src/api/http/caller-address.js';

const FORWARDED = [
  undefined, '', '203.0.113.9', '203.0.113.9, 10.1.2.3', '10.9.9.9, 203.0.113.9, 10.1.2.3', '10.1.2.3', ' 203.0.113.9 ,10.1.2.3', '2001:db8::1', '::ffff:203.0.113.9', 'unknown, 10.1.2.3',
  '203.0.113.9:4711', 'x', ', ,', '1.2.3.4, 5.6.7.8, ::1', `${'9.9.9.9, '.repeat(60)}10.1.2.3`,
];
const SOCKETS = ['127.0.0.1', '::1', '10.0.0.7', '::ffff:10.0.0.7', '198.51.100.4'];

/** Threat RX-06: two ways in may not see two callers in one. */
describe('the address of whoever sent a request', () => {
  it.each([[[]], [['127.0.0.1', '::1']], [['10.0.0.0/8']], [['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']]])('is the one that the framework tells, whatever is forwarded, with %j trusted', async (trusted) => {
    const addressOf = callerAddress(trusted);
    const server = fastify({ trustProxy: trusted.length > 0 && trusted });
    server.get('/', async ({ ip, raw }) => [ip, addressOf(raw)]);
    for (const remoteAddress of SOCKETS)
      for (const forwarded of FORWARDED) {
        const [theirs, ours] = (await server.inject({ url: '/', remoteAddress, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } })).json<[string, string]>();
        expect([remoteAddress, forwarded, ours]).toEqual([remoteAddress, forwarded, theirs]);
      }
  });

  it('is what stands before the trusted proxies, and nobody\'s word where none is trusted', async () => {
    const request = (forwarded: string) => ({ socket: { remoteAddress: '10.0.0.7' }, headers: { 'x-forwarded-for': forwarded } }) as never;
    expect(callerAddress(['10.0.0.0/8'])(request('1.1.1.1, 203.0.113.9, 10.1.2.3'))).toBe('203.0.113.9');
    expect(callerAddress([])(request('203.0.113.9'))).toBe('10.0.0.7');
  });
});
