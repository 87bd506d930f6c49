import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { SecretsUnavailable } from '../../../src/domain/ports/secret-store.js';
import { copyVault } from '../../../src/platform/vault/copy-vault.js';
import { openSqlite } from '../../../src/platform/sqlite.js';
import { type Vault, openVault } from '../../../src/platform/vault/open-vault.js';
import { SecretIntegrityError } from '../../../src/platform/vault/row-seal.js';
import { FlakyLink } from '../../support/flaky-link.js';
import { type OwnDatabase, databaseUrl, ownDatabase } from '../../support/own-database.js';
import { vaultDirectory } from './vault-directory.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const KEY = randomBytes(32).toString('base64url');
const describeWith = databaseUrl === undefined ? describe.skip : describe;

describeWith('a vault in PostgreSQL that nodes share (set DATABASE_URL to run it)', () => {
  let database: OwnDatabase;
  let places: ReturnType<typeof vaultDirectory>[];
  let open: Vault[];
  beforeEach(async () => {
    database = await ownDatabase();
    places = [vaultDirectory(), vaultDirectory()];
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((vault) => vault.close()));
    for (const place of places) if (existsSync(place.directory)) await place.end();
    await database.drop();
  });

  const node = async (n: number, options: { readonly masterKey?: string; readonly url?: string } = { masterKey: KEY }): Promise<Vault> => {
    const { directory, clock } = places[n]!;
    const vault = await openVault({ directory, databaseUrl: options.url ?? database.url, masterKey: options.masterKey, clock });
    open.push(vault);
    return vault;
  };
  const giveKeyFile = (n: number, text: string): void => {
    const { keyFile } = places[n]!;
    mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 });
    writeFileSync(keyFile, `${text}\n`, { mode: 0o600 });
  };

  it('gives on one node what another has put', async () => {
    const [a, b] = [await node(0), await node(1)];
    await a.secrets.put('t1', 'session', { name: 's', value: bytes('ana') });
    expect(Buffer.from((await b.secrets.get('t1', 'session', 's'))!).toString()).toBe('ana');
    await b.secrets.delete('t1', 'session', 's');
    expect(await a.secrets.get('t1', 'session', 's')).toBeUndefined();
    expect(a.crypto.mac('p', 'x')).toBe(b.crypto.mac('p', 'x'));
  });

  it('CA-05: lets exactly one of 100 callers on two nodes be the first', async () => {
    const [a, b] = [await node(0), await node(1)];
    const put = (vault: Vault) => vault.secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes(''), expiresAt: places[0]!.clock.seconds() + 60 });
    const won = await Promise.all(Array.from({ length: 100 }, (_, n) => put(n % 2 === 0 ? a : b)));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  it('two signing nodes use the key that one of them made', async () => {
    const [a, b] = [await node(0), await node(1)];
    const { kid } = await a.keyRing.generate('t1', 'ES256');
    await b.keyRing.load('t1', kid, 'ES256');
    expect(b.keyRing.sign(kid, 'JWT', { a: 1 })).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('what one node erases, no other opens again', async () => {
    const [a, b] = [await node(0), await node(1)];
    const sealed = await a.privacy.seal('t1', 'usr_1', 'here', 'Ana');
    expect(await b.privacy.open('t1', 'usr_1', 'here', sealed)).toBe('Ana');
    await a.privacy.erase('t1', 'usr_1');
    expect(await b.privacy.open('t1', 'usr_1', 'here', sealed)).toBeUndefined();
  });

  it('nodes that start for the first time at once, in one directory, agree on one key', async () => {
    places[1] = places[0]!;
    const [a, b] = await Promise.all([node(0, {}), node(1, {})]);
    expect(a.crypto.mac('p', 'x')).toBe(b.crypto.mac('p', 'x'));
    expect(readFileSync(places[0]!.keyFile, 'utf8').trim()).toHaveLength(43);
  });

  it('a node without the key makes none of its own, and says what it needs', async () => {
    await node(0, {});
    await expect(node(1, {})).rejects.toThrow(/The vault in PostgreSQL exists but its key .*master\.key is missing\. Restore the key file or set MANDATE_MASTER_KEY/);
    expect(existsSync(places[1]!.keyFile)).toBe(false);
  });

  it('a node with another key stops, whether it is in a file or given', async () => {
    await node(0);
    const other = randomBytes(32).toString('base64url');
    await expect(node(1, { masterKey: other })).rejects.toThrow('The key in MANDATE_MASTER_KEY is not the one that the vault in PostgreSQL was sealed with.');
    giveKeyFile(1, other);
    await expect(node(1, {})).rejects.toThrow(/The key .*master\.key is not the one/);
    giveKeyFile(1, KEY);
    await expect(node(1, {})).resolves.toBeDefined();
  });

  it('runs what has to be done alone on one node at a time', async () => {
    const [a, b] = [await node(0), await node(1)];
    const told: string[] = [];
    let leave!: () => void;
    const inside = new Promise<void>((entered) => {
      void a.alone(async () => {
        told.push('a in');
        entered();
        await new Promise<void>((resolve) => (leave = resolve));
        told.push('a out');
      });
    });
    await inside;
    const second = b.alone(async () => told.push('b in'));
    leave();
    await second;
    expect(told).toEqual(['a in', 'a out', 'b in']);
  });

  it('while PostgreSQL is away nothing is given and nothing hangs; afterwards it goes on by itself', async () => {
    const { hostname, port } = new URL(database.url);
    const link = await FlakyLink.to(hostname, Number(port));
    const url = new URL(database.url);
    Object.assign(url, { hostname: '127.0.0.1', port: String(link.port) });
    const vault = await node(0, { masterKey: KEY, url: url.href });
    await vault.secrets.put('t1', 'session', { name: 's', value: bytes('x') });
    link.takeDown();
    await expect(vault.secrets.get('t1', 'session', 's')).rejects.toBeInstanceOf(SecretsUnavailable);
    await expect(vault.secrets.putNew('t1', 'session', { name: 'n', value: bytes('x') })).rejects.toBeInstanceOf(SecretsUnavailable);
    link.repair();
    expect(await vault.secrets.get('t1', 'session', 's')).toBeDefined();
    await vault.close();
    await link.close();
  });

  describe('when PostgreSQL undoes what it was asked for (F-14)', () => {
    const asOwner = async (sql: string): Promise<pg.QueryResult> => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      return client.query(sql).finally(() => client.end());
    };
    /** The server refuses so many changes with this SQLSTATE, as it does for the sake of others. */
    const storm = (state: string, changes: number) => asOwner(`
      CREATE SEQUENCE refused;
      CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('refused') <= ${changes} THEN RAISE EXCEPTION 'undone for another' USING ERRCODE = '${state}'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER storm BEFORE INSERT OR UPDATE ON mandate_vault.secret FOR EACH ROW EXECUTE FUNCTION undo()`);
    const asked = async (): Promise<number> => Number((await asOwner('SELECT last_value FROM refused')).rows[0].last_value);

    it.each(['40001', '40P01'])('%s: the same is asked for again, and once is once', async (state) => {
      const vault = await node(0);
      await storm(state, 4);
      expect(await vault.secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes(''), expiresAt: places[0]!.clock.seconds() + 60 })).toBe(true);
      expect(await asked()).toBe(5);
      expect(await vault.secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes(''), expiresAt: places[0]!.clock.seconds() + 60 })).toBe(false);
    });

    it.each([['40001', 5], ['40P01', 5], ['23514', 1]] as const)('%s for ever: asked %i times and no more, then it can\'t be done now, and nothing stands there', async (state, times) => {
      const vault = await node(0);
      await storm(state, 1_000);
      await expect(vault.secrets.put('t1', 'session', { name: 's', value: bytes('x') })).rejects.toBeInstanceOf(SecretsUnavailable);
      expect(await asked()).toBe(times);
      expect(await vault.secrets.get('t1', 'session', 's')).toBeUndefined();
    });

    it('100 callers on two nodes of a database that is serializable: one is the first, and nobody meets another problem', async () => {
      await asOwner(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation TO serializable', current_database()); END $$`);
      const [a, b] = [await node(0), await node(1)];
      const won = await Promise.allSettled(Array.from({ length: 100 }, (_, n) =>
        (n % 2 === 0 ? a : b).secrets.putNew('t1', 'assertion-jti', { name: 'jti', value: bytes(''), expiresAt: places[0]!.clock.seconds() + 60 })));
      expect(won.filter((one) => one.status === 'fulfilled' && one.value)).toHaveLength(1);
      expect(won.filter((one) => one.status === 'rejected' && !(one.reason instanceof SecretsUnavailable))).toEqual([]);
    });
  });

  it('a server that can\'t be reached stops the boot with the variable, and without the password', async () => {
    const failed = node(0, { url: 'postgresql://somebody:hunter2@127.0.0.1:1/mandate' });
    await expect(failed).rejects.toThrow(/can't be opened \(DATABASE_URL, 127\.0\.0\.1:1\): .*ECONNREFUSED/);
    await expect(failed).rejects.not.toThrow('hunter2');
  });

  describe('where there was a vault.db before', () => {
    const fillFile = async (): Promise<void> => {
      const vault = await places[0]!.open();
      await Promise.all(Array.from({ length: 1_203 }, (_, n) => vault.secrets.put('t1', 'session', { name: `s${n}`, value: bytes(`value ${n}`) })));
      await vault.secrets.put('tü', 'subject-key', { name: '😀', value: bytes('for ever'), expiresAt: 1_900_000_000 });
      await vault.close();
    };
    const copy = () => copyVault({ directory: places[0]!.directory, databaseUrl: database.url });

    it('the hub does not begin anew beside it, and says what to do', async () => {
      await fillFile();
      await expect(node(0, {})).rejects.toThrow(/it is empty there, while .*vault\.db has this deployment's keys\. Stop the hub and run: npx mandate vault copy/);
    });

    it('everything is moved and opens there, and the file is out of the way', async () => {
      await fillFile();
      expect(await copy()).toEqual({ rows: 1_204, movedTo: join(places[0]!.directory, 'vault.db.moved') });
      const vault = await node(0, {});
      for (const n of [0, 500, 1_202]) expect(Buffer.from((await vault.secrets.get('t1', 'session', `s${n}`))!).toString()).toBe(`value ${n}`);
      expect(Buffer.from((await vault.secrets.get('tü', 'subject-key', '😀'))!).toString()).toBe('for ever');
      expect([existsSync(places[0]!.database), existsSync(`${places[0]!.database}.moved`)]).toEqual([false, true]);
      await expect(copy()).rejects.toThrow(/There is no .*vault\.db: nothing to copy/);
    });

    it('nothing is moved when a row does not open, and what is in the file stays the vault', async () => {
      await fillFile();
      const file = openSqlite(places[0]!.database);
      file.exec("UPDATE secret SET sealed = x'00' WHERE name = 's700'");
      file.close();
      await expect(copy()).rejects.toBeInstanceOf(SecretIntegrityError);
      await expect(node(0, {})).rejects.toThrow(/npx mandate vault copy/);
    });

    it('nothing is moved without the key, with another, or over another vault', async () => {
      await fillFile();
      const right = readFileSync(places[0]!.keyFile, 'utf8').trim();
      rmSync(places[0]!.keyFile);
      await expect(copy()).rejects.toThrow(/The key .*master\.key of the vault .*vault\.db is missing/);
      giveKeyFile(0, randomBytes(32).toString('base64url'));
      await expect(copy()).rejects.toThrow(/is not the one that the vault/);
      await node(1);
      giveKeyFile(0, right);
      await expect(copy()).rejects.toThrow('There is a vault in PostgreSQL already. Nothing was copied.');
      expect(existsSync(places[0]!.database)).toBe(true);
    });
  });
});
