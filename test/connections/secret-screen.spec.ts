import { describe, expect, it } from '@jest/globals';
import { bounded, screened } from '../../src/api/connections/secret-screen.js';
import { SecretEchoed } from '../../src/api/errors/service-problem.js';

const SECRET = 'gho_abcabcabd0123';
async function* chunksOf(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
/** What came out until the end, and how it ended. */
const through = async (body: AsyncIterable<Uint8Array>): Promise<{ readonly out: string; readonly error: unknown }> => {
  let out = '';
  try {
    for await (const chunk of body) out += Buffer.from(chunk).toString();
    return { out, error: undefined };
  } catch (error) {
    return { out, error };
  }
};

describe('what a service answers, on its way to the agent', () => {
  it('stops before the secret wherever it is cut in two or three', async () => {
    const text = `{"you":"${SECRET}"}`;
    for (let first = 0; first <= text.length; first += 1) {
      for (const second of [first, Math.min(first + 3, text.length)]) {
        const { out, error } = await through(screened(chunksOf(text.slice(0, first), text.slice(first, second), text.slice(second)), [SECRET]));
        expect([first, second, error instanceof SecretEchoed]).toEqual([first, second, true]);
        // Not even its beginning: what could become the secret is held back until it can't.
        expect('{"you":"'.startsWith(out)).toBe(true);
      }
    }
  });

  it('stops before it when it comes byte by byte, and behind beginnings that came to nothing', async () => {
    const text = `gho_abcgho_abcabc${SECRET}`;
    const { out, error } = await through(screened(chunksOf(...text), [SECRET]));
    expect([out, error instanceof SecretEchoed]).toEqual(['gho_abcgho_abcabc', true]);
  });

  it('looks for each of several secrets', async () => {
    expect((await through(screened(chunksOf('aGVsbG8=', ' and pass', 'word1'), ['password1', 'x-y-z']))).error).toBeInstanceOf(SecretEchoed);
  });

  it('passes everything else through whole, bytes that are no text too, and holds nothing back that can\'t be the beginning', async () => {
    expect(await through(screened(chunksOf('gho_', 'abc', 'x', 'gho_abcabcab'), [SECRET]))).toEqual({ out: 'gho_abcxgho_abcabcab', error: undefined });
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    const got: Uint8Array[] = [];
    for await (const chunk of screened((async function* () { yield bytes; })(), [SECRET])) got.push(chunk);
    expect(Buffer.concat(got)).toEqual(Buffer.from(bytes));
    const stream = screened(chunksOf('data: one\n\n', 'data: two\n\n'), [SECRET]);
    expect(Buffer.from((await stream.next()).value as Uint8Array).toString()).toBe('data: one\n\n');
  });

  it('ends at the most that is passed', async () => {
    expect(await through(bounded(chunksOf('1234', '5678'), 8, () => new Error('too much')))).toEqual({ out: '12345678', error: undefined });
    expect(await through(bounded(chunksOf('1234', '56789'), 8, () => new Error('too much')))).toMatchObject({ out: '1234', error: { message: 'too much' } });
  });
});
