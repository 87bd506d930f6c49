import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { MasterKey } from '../../../src/platform/vault/master-key.js';
import { NodeCrypto } from '../../../src/platform/vault/node-crypto.js';

const crypto = new NodeCrypto(new MasterKey(Buffer.alloc(32, 1)));
const other = new NodeCrypto(new MasterKey(Buffer.alloc(32, 2)));

describe('the arithmetic of secrets', () => {
  it('makes ids of 128 and secrets of 256 random bits that fit HTTP Basic unescaped', () => {
    expect(crypto.randomId('agt_')).toMatch(/^agt_[\w-]{22}$/);
    expect(crypto.randomSecret('sec_')).toMatch(/^sec_[\w-]{43}$/);
    expect(new Set(Array.from({ length: 1_000 }, () => crypto.randomId(''))).size).toBe(1_000);
  });

  it('makes ids with their time in front, each with 80 random bits of its own', () => {
    const now = Date.parse('2026-11-27T12:00:00.123Z');
    const ids = Array.from({ length: 1_000 }, () => crypto.timedId('tok_', now));
    for (const id of ids) expect(id).toMatch(/^tok_[\w-]{22}$/);
    expect(new Set(ids.map((id) => id.slice(0, 12)))).toEqual(new Set([crypto.timedId('tok_', now).slice(0, 12)]));
    expect(Buffer.from(ids[0]!.slice(4), 'base64url').readUIntBE(0, 6)).toBe(now);
    expect(new Set(ids.map((id) => id.slice(12))).size).toBe(1_000);
    expect(crypto.timedId('', now + 1).slice(0, 8)).not.toBe(ids[0]!.slice(4, 12));
  });

  it('hashes as SHA-256 does', () => {
    for (const text of ['', 'abc', 'Zoë 😀']) expect(crypto.sha256(text)).toBe(createHash('sha256').update(text).digest('base64url'));
  });

  it('has unrelated MACs for different purposes, texts and deployments', () => {
    const macs = [crypto.mac('a', 'x'), crypto.mac('b', 'x'), crypto.mac('a', 'y'), crypto.mac('ax', ''), other.mac('a', 'x'), crypto.sha256('x')];
    expect(new Set(macs).size).toBe(macs.length);
    expect(crypto.mac('a', 'x')).toBe(macs[0]);
  });

  it('compares texts of any length', () => {
    expect(crypto.equal('same', 'same')).toBe(true);
    for (const [a, b] of [['same', 'sama'], ['same', 'same '], ['', 'x'], ['é', 'e\u0301']] as const) expect(crypto.equal(a, b)).toBe(false);
  });

  it('gives one command\'s n-th event one id for ever (RFC 9562 version 5)', () => {
    expect(crypto.eventId('command', 0)).toBe(other.eventId('command', 0));
    expect(crypto.eventId('command', 0)).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(new Set([crypto.eventId('c', 0), crypto.eventId('c', 1), crypto.eventId('c1', 0), crypto.eventId('c', 10), crypto.eventId('c1', 1)]).size).toBe(5);
    // Frozen: another value would turn every retried append into a second event.
    expect(crypto.eventId('command', 0)).toBe('8e4eb706-a3ae-5b56-94d0-44cdcf0525e5');
  });

  it('gives no two events one id for a command\'s being long', () => {
    for (const long of ['x'.repeat(100), 'é'.repeat(100), '\u20ac'.repeat(100)]) expect(crypto.eventId(long, 0)).not.toBe(crypto.eventId(long, 1));
    expect(() => crypto.eventId('x'.repeat(101), 0)).toThrow(RangeError);
  });
});
