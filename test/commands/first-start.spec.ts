import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FirstStart } from '../../src/commands/first-start.js';
import { EraseUser } from '../../src/commands/users/erase-user.js';
import { firstPasswordTold } from '../../src/commands/users/first-password.js';
import type { NewEvent } from '../../src/domain/kernel/event.js';
import { type Appended, type Expected, LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import { signIn } from '../support/code-flow.js';
import { ADMIN, startHub } from '../support/hub.js';
import { TestClock } from '../support/test-clock.js';

/** Stops taking appends at the first event of a type, as a process that is killed there does. */
class CutLedger extends MemoryLedger {
  cutAt: string | undefined;
  override async append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    if (events.some(({ type }) => type === this.cutAt)) throw new LedgerUnavailable('cut');
    return super.append(stream, expected, events);
  }
}

describe('a first start that is cut short', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-first-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('given it dies before anybody was told the password that it chose: the next start tells the same one, until somebody was told', async () => {
    const hub = await startHub({ directory });
    const start = () => hub.do(new FirstStart({ email: 'chosen@example.com', password: undefined }, undefined));
    const { generatedPassword: password } = await start();
    expect(password).toHaveLength(20);
    expect(await start()).toEqual({ generatedPassword: password });
    const browser = hub.browser();
    await signIn(browser, await browser.open('/sign-in'), { email: 'chosen@example.com', password: password! });
    expect(browser.cookie('mandate_session_default')).toBeDefined();
    await firstPasswordTold(hub.inside.vault.secrets);
    expect(await start()).toEqual({ generatedPassword: undefined });
    // Nor a new one, which would open nothing.
    await hub.do(new EraseUser(((await hub.events('UserRegistered')).at(-1)!.data as { userId: string }).userId, 'asked for', hub.context));
    expect(await start()).toEqual({ generatedPassword: undefined });
    await hub.close();
  });

  it.each(['PolicyActivated', 'UserPasswordSet'])('at %s is finished by the next one: the administrator can sign in', async (cutAt) => {
    const clock = new TestClock();
    const ledger = new CutLedger(() => clock.now());
    ledger.cutAt = cutAt;
    await expect(startHub({ ledger, clock, directory })).rejects.toThrow(LedgerUnavailable);
    ledger.cutAt = undefined;
    const hub = await startHub({ ledger, clock, directory });
    const browser = hub.browser();
    await signIn(browser, await browser.open('/sign-in'), ADMIN);
    expect(browser.cookie('mandate_session_default')).toBeDefined();
    await hub.close();
  });
});
