import { describe, expect, it } from '@jest/globals';
import { loggedError } from '../../src/logged-error.js';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('SL-02, SL-05: what stands in the log of an error', () => {
  it('is what happened and where, and nothing of what it was about', () => {
    const driver = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (name)=(secret-1) already exists.', parameters: ['secret-2'] });
    const error = Object.assign(new Error('query failed', { cause: driver }), { query: 'INSERT … VALUES ($1)', parameters: ['secret-3'], request: { headers: { authorization: 'Bearer secret-4' } } });
    const logged = loggedError(error);
    expect(logged).toEqual({ type: 'Error', message: 'query failed', stack: expect.any(String), cause: { type: 'Error', message: 'duplicate key', code: '23505', stack: expect.any(String) } });
    expect(JSON.stringify(logged)).not.toMatch(/secret-\d/);
  });

  it('is not the text that could not be read, which errors of the language quote', () => {
    for (const read of [() => JSON.parse('secret-1') as unknown, () => JSON.parse('{"a":secret-2}') as unknown, () => BigInt('secret-3')]) {
      const logged = loggedError(new Error('outside', { cause: thrownBy(read) }));
      expect(logged.cause).toEqual({ type: 'SyntaxError', message: 'a text could not be read', stack: expect.stringContaining('logged-error.spec') });
      expect(JSON.stringify(logged)).not.toMatch(/secret-\d/);
    }
  });

  it('says nothing of what is no error, and comes to an end', () => {
    expect(loggedError('secret')).toEqual({ type: 'string', message: 'something was thrown that is no error' });
    const round = new Error('round');
    round.cause = round;
    expect(JSON.stringify(loggedError(round)).length).toBeLessThan(50_000);
  });
});
