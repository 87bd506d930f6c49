import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/cli/run-command.js';
import { openVault } from '../../src/platform/vault/open-vault.js';
import { type OwnDatabase, databaseUrl, ownDatabase } from '../support/own-database.js';

describe('mandate vault copy', () => {
  let directory: string;
  let database: OwnDatabase | undefined;
  const when = databaseUrl === undefined ? it.skip : it;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-vault-copy-'));
    database = databaseUrl === undefined ? undefined : await ownDatabase();
  });
  afterAll(async () => {
    await database?.drop();
    rmSync(directory, { recursive: true });
  });

  const mandate = async (args: readonly string[], environment: Record<string, string> = {}) => {
    const said: string[] = [];
    const code = await runCommand(args, { out: (line) => said.push(line), problem: (line) => said.push(line) }, { MANDATE_DATA: directory, ...environment });
    return { code, said };
  };

  it.each([
    [['vault', 'copy', 'here'], {}, 2, 'Usage: mandate vault copy'],
    [['vault', 'copy'], {}, 1, 'Set DATABASE_URL'],
    [['vault', 'copy'], { DATABASE_URL: 'postgresql://127.0.0.1:1/x' }, 1, 'vault.db: nothing to copy'],
  ])('%j with %j is answered with a sentence', async (args, environment, code, sentence) => {
    expect(await mandate(args, environment)).toEqual({ code, said: [expect.stringContaining(sentence)] });
  });

  when('(set DATABASE_URL to run it) moves what the embedded hub had, once, and says what to do with the rest', async () => {
    const embedded = await openVault({ directory });
    await embedded.secrets.put('t1', 'password', { name: 'usr_1', value: Buffer.from('hash') });
    const environment = { DATABASE_URL: database!.url };
    expect(await mandate(['vault', 'copy'], environment)).toEqual({ code: 1, said: [expect.stringContaining('Another Mandate process uses the vault')] });
    await embedded.close();
    const { code, said } = await mandate(['vault', 'copy'], environment);
    expect([code, said[0], said[1]]).toEqual([0, 'The vault is in PostgreSQL now, and each of its secrets (1) opens there.', expect.stringContaining('vault.db.moved')]);
    const moved = await openVault({ directory, databaseUrl: database!.url });
    expect(await moved.secrets.get('t1', 'password', 'usr_1')).toBeDefined();
    await moved.close();
    expect((await mandate(['vault', 'copy'], environment)).code).toBe(1);
  });
});
