import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';

const endedDuring = async (kind: string): Promise<unknown> => {
  const child = spawn(process.execPath, [new URL('../support/ends-at-work.js', import.meta.url).pathname, kind], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code, signal] = await once(child, 'close');
  return { code, signal, printed };
};

describe('a process that ends while a thread works with a native library (F-25)', () => {
  it('waits for the call under way, lets no other begin, and ends with its own code and not by SIGABRT', async () =>
    expect(await endedDuring('long')).toEqual({ code: 3, signal: null, printed: 'done' }));

  it('does not wait for ever', async () => expect(await endedDuring('endless')).toEqual({ code: 3, signal: null, printed: '' }));
});
