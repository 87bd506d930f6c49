import { describe, expect, it } from '@jest/globals';
import { START } from '../../src/domain/kernel/event.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { activity } from '../../src/projections/activity/activity.projection.js';
import { Activity } from '../../src/projections/activity/activity.queries.js';
import { allProjections } from '../../src/projections/all-projections.js';
import { agentDirectory, agentsTable } from '../../src/projections/agent-directory/agent-directory.projection.js';
import { AgentDirectory } from '../../src/projections/agent-directory/agent-directory.queries.js';
import { projection, tableName } from '../../src/projections/projection.js';
import { ReadModelUnavailable } from '../../src/projections/read-database.js';
import { type Fact, TENANT, given, issued, record, refused, registered, renamed, suspended } from './facts.js';
import { BentLedger } from './ledgers.js';
import { type Place, Rig, before, databases } from './rig.js';
import { commitsSeen, failCommits } from './scheduled-faults.js';

const ROWS = allProjections.flatMap((of) => of.tables.map((table) => tableName(table, of)));

for (const { name, url, skipped } of databases) {
  const suite = skipped ? describe.skip : describe;
  suite(`feeding read models on ${name}${skipped ? ` (${skipped})` : ''}`, () => {
    let place: Place;
    let rig: Rig;
    const rowsOf = async (tables = ROWS) => {
      const all: Record<string, unknown> = {};
      for (const table of tables) all[table] = await place.source.query(`SELECT * FROM ${table} r ORDER BY r::text`);
      return all;
    };
    const use = async (agentId: string) => (await place.source.query<{ issued: string; refused: string }[]>(
      'SELECT issued, refused FROM agent_use_v1 WHERE agent_id = $1', [agentId]))[0];
    const statusOf = (runner: ReturnType<Rig['start']>, which: string) => runner.projectionStatus().find((status) => status.name === which)!;

    const STORY: readonly Fact[] = [
      registered('agt_1'), registered('agt_2'), given('gnt_1', 'agt_1'), issued('agt_1', 'tok_1'), issued('agt_1', 'tok_2'), refused('agt_2'),
      renamed('agt_2', 'Clerk'), suspended('agt_1'), refused('agt_1', 'agent.suspended'), issued('agt_2', 'tok_3'),
    ];

    before(url, (thePlace, theRig) => ([place, rig] = [thePlace, theRig]));

    it('an emptied database has the same rows after the next start, whatever somebody had changed in it by hand', async () => {
      await record(rig.ledger, STORY);
      const runner = rig.start();
      await rig.settled(runner);
      const first = await rowsOf();
      await place.source.query(`UPDATE agent_use_v1 SET issued = 99`);
      await place.source.query(`DELETE FROM agent_directory_v1`);
      expect(await rowsOf()).not.toEqual(first);
      await runner.stop();
      await place.empty();
      await rig.settled(rig.start());
      expect(await rowsOf()).toEqual(first);
    });

    it('a table that somebody drops is built anew, and the other read models stay', async () => {
      await record(rig.ledger, STORY.slice(0, -1));
      await rig.settled(rig.start([activity, agentDirectory]));
      await place.source.query('DROP TABLE agent_use_v1');
      await record(rig.ledger, STORY.slice(-1));
      for (let looks = 0; !(await use('agt_2').catch(() => undefined)) && looks < 20_000; looks += 1); // oxlint-disable-line no-await-in-loop
      expect([await use('agt_1'), await use('agt_2')]).toEqual([{ issued: '2', refused: '1' }, { issued: '1', refused: '1' }]);
      expect(await place.source.query('SELECT name, build FROM projection ORDER BY id')).toEqual([{ name: 'agent-directory', build: 'serving' }, { name: 'activity', build: 'serving' }]);
    });

    const several = url === undefined ? it.skip : it;
    several(`who reads what is served does not wait until a build has its key${url === undefined ? ' (PGlite has one session, and no two who could wait for each other)' : ''}`, async () => {
      await record(rig.ledger, STORY);
      const former = rig.start([activity]);
      await rig.settled(former);
      await former.stop();
      const version2 = { ...activity, version: 2 };
      const [built] = version2.tables.map((table) => tableName(table, version2, 'next'));
      const keys = async () => (await place.source.query<{ keys: number }[]>('SELECT count(*)::int AS keys FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relname = $1 AND relnamespace = current_schema()::regnamespace AND indisprimary', [built]))[0]!.keys;
      const later = rig.runner([version2]);
      // The switch waits for this reader, and whoever comes after waits for the switch.
      await place.source.transaction(async (reader) => {
        await reader.query(`SELECT * FROM ${tableName(activity.tables[0]!, activity)}`);
        later.start();
        let looks = 0;
        while ((await keys()) === 0 && looks < 3_000) looks += 1; // oxlint-disable-line no-await-in-loop
        expect(await keys()).toBe(1);
      });
      await rig.settled(later);
      expect(await keys()).toBe(0);
    });

    it('a server that goes down at the commit changes nothing: each event counts once', async () => {
      await record(rig.ledger, STORY);
      const runner = rig.start();
      await rig.settled(runner);
      await failCommits(place.source, 'agent_use_v1', ['57P01']);
      await record(rig.ledger, [issued('agt_1', 'tok_4'), refused('agt_2')]);
      await rig.settled(runner);
      // Cancelled, a standby that was promised to be the primary, rights that somebody took away: no event is to blame.
      await failCommits(place.source, 'agent_use_v1', ['57014', '25006', '42501']);
      await record(rig.ledger, [issued('agt_1', 'tok_5')]);
      await rig.settled(runner);
      expect(await commitsSeen(place.source)).toBeGreaterThan(3);
      expect(await use('agt_1')).toEqual({ issued: '4', refused: '1' });
      expect(await use('agt_2')).toEqual({ issued: '1', refused: '2' });
      expect(statusOf(runner, 'activity')).toMatchObject({ state: 'serving', parked: 0 });
    });

    it('a restart goes on where the last one ended', async () => {
      for (const fact of STORY) {
        await record(rig.ledger, [fact]);
        const runner = rig.start();
        await rig.settled(runner);
        await runner.stop();
      }
      const piecemeal = await rowsOf();
      await place.empty();
      await rig.settled(rig.start());
      expect(piecemeal).toEqual(await rowsOf());
    });

    it('an event that stands twice in a stream counts once', async () => {
      const repeated = new BentLedger((item) => (item.kind === 'event' && item.event.type === 'TokenIssued'
        ? [item, { kind: 'event', event: { ...item.event, revision: item.event.revision + 1, position: `${item.event.position}+` } }] : [item]));
      const twice = new Rig(place.database, repeated);
      await record(repeated, STORY);
      await twice.settled(twice.start());
      expect(await use('agt_1')).toEqual({ issued: '2', refused: '1' });
      expect((await new Activity(twice.models).list(TENANT)).items).toHaveLength(5);
      await twice.close();
    });

    it('a second feeder of the same rows stands by, and nothing counts twice', async () => {
      await record(rig.ledger, STORY);
      const [one, two] = [rig.start(), rig.start()];
      await Promise.all([rig.settled(one), rig.settled(two)]);
      await record(rig.ledger, [issued('agt_1', 'tok_4'), refused('agt_2')]);
      await Promise.all([rig.settled(one), rig.settled(two)]);
      expect(await use('agt_1')).toEqual({ issued: '3', refused: '1' });
      expect(await use('agt_2')).toEqual({ issued: '1', refused: '2' });
      const states = [one, two].map((runner) => statusOf(runner, 'activity').state);
      expect(states.sort()).toEqual(['serving', 'standby']);
    });

    it('when the feeder stops, the one that stands by takes its place', async () => {
      await record(rig.ledger, STORY);
      const runners = [rig.start(), rig.start()];
      await Promise.all(runners.map((runner) => rig.settled(runner)));
      await record(rig.ledger, [issued('agt_1', 'tok_4')]);
      await Promise.all(runners.map((runner) => rig.settled(runner)));
      const feeder = runners.find((runner) => statusOf(runner, 'activity').state === 'serving')!;
      const successor = runners.find((runner) => runner !== feeder)!;
      await feeder.stop();
      await record(rig.ledger, [issued('agt_1', 'tok_5'), registered('agt_3')]);
      await rig.settled(successor);
      expect(await use('agt_1')).toEqual({ issued: '4', refused: '1' });
      expect((await new AgentDirectory(rig.models, rig.clock).list(TENANT)).items.map(({ agentId }) => agentId)).toContain('agt_3');
    });

    describe('an event that can\'t be applied', () => {
      /** Chokes on one agent's name, until it is repaired; the repair is a new version. */
      const fragile = (version: number) => projection({
        ...agentDirectory, version,
        on: {
          ...agentDirectory.on,
          AgentMetadataChanged: (event) => {
            if (version === 1 && event.data.name === 'poison') throw new TypeError('no such colour');
            return agentsTable.update({ tenant: event.tenant, agentId: event.data.agentId }, { name: event.data.name });
          },
        },
      });
      const namesOf = async (version: number) =>
        (await place.source.query<{ agent_id: string; name: string; status: string }[]>(`SELECT agent_id, name, status FROM agent_directory_v${version} ORDER BY agent_id`))
          .map((row) => [row.agent_id, row.name, row.status]);
      const POISONED: readonly Fact[] = [
        registered('agt_1'), registered('agt_2'), renamed('agt_1', 'before'), renamed('agt_1', 'poison'), renamed('agt_2', 'fine'), suspended('agt_1'), suspended('agt_2'),
      ];

      it('sets its own stream aside, in order, and everything else goes on', async () => {
        await record(rig.ledger, POISONED);
        const runner = rig.start([fragile(1)]);
        await rig.settled(runner);
        expect(await namesOf(1)).toEqual([['agt_1', 'before', 'active'], ['agt_2', 'fine', 'suspended']]);
        expect(statusOf(runner, 'agent-directory')).toMatchObject({ state: 'serving', parked: 1 });
        const parked = await place.source.query<object[]>('SELECT stream, event_type, reason FROM parked');
        expect(parked).toEqual([{ stream: streams.agent('agt_1'), event_type: 'AgentMetadataChanged', reason: 'TypeError in the handler' }]);
      });

      it('is still set aside after a restart', async () => {
        await record(rig.ledger, POISONED);
        const first = rig.start([fragile(1)]);
        await rig.settled(first);
        await first.stop();
        const second = rig.start([fragile(1)]);
        await record(rig.ledger, [renamed('agt_1', 'later'), renamed('agt_2', 'later')]);
        await rig.settled(second);
        expect(await namesOf(1)).toEqual([['agt_1', 'before', 'active'], ['agt_2', 'later', 'suspended']]);
        expect(statusOf(second, 'agent-directory').parked).toBe(1);
      });

      it('is applied by the version that can, from the beginning', async () => {
        await record(rig.ledger, POISONED);
        const first = rig.start([fragile(1)]);
        await rig.settled(first);
        await first.stop();
        const second = rig.start([fragile(2)]);
        await rig.settled(second);
        expect(await namesOf(2)).toEqual([['agt_1', 'poison', 'suspended'], ['agt_2', 'fine', 'suspended']]);
        expect(statusOf(second, 'agent-directory')).toMatchObject({ version: 2, parked: 0 });
        await expect(namesOf(1)).rejects.toMatchObject({ driverError: { code: '42P01' } });
      });

      it('is set aside as well when what the handler says sounds like trouble with the database', async () => {
        const misled = projection({
          ...agentDirectory,
          on: { ...agentDirectory.on, AgentMetadataChanged: (event) => agentsTable.update({ tenant: event.tenant, agentId: (undefined as unknown as { connectionId: string }).connectionId }, {}) },
        });
        await record(rig.ledger, [registered('agt_1'), registered('agt_2'), renamed('agt_1', 'poison'), suspended('agt_1'), suspended('agt_2')]);
        const runner = rig.start([misled]);
        expect(await runner.waitFor(await rig.ledger.head(), 3_000)).toBe(true);
        expect(await namesOf(1)).toEqual([['agt_1', 'Scribe', 'active'], ['agt_2', 'Scribe', 'suspended']]);
        expect(await place.source.query('SELECT reason FROM parked')).toEqual([{ reason: 'TypeError in the handler' }]);
      });

      it('is found also when it is the database that can\'t take it, among many others', async () => {
        const facts = Array.from({ length: 40 }, (_, n) => refused(`agt_${n}`, n === 17 ? 'NUL \0 here' : 'policy.denied'));
        await record(rig.ledger, facts);
        const runner = rig.start();
        await rig.settled(runner);
        expect((await new Activity(rig.models).list(TENANT)).items).toHaveLength(39);
        expect(statusOf(runner, 'activity').parked).toBe(1);
      });
    });

    it('an event of a type that this version does not know stops the read models before it, and is never passed over', async () => {
      const future = new BentLedger((item) => [item.kind === 'event' && item.event.type === 'AgentSuspended'
        ? { kind: 'event', event: { ...item.event, type: 'AgentTeleported' } } : item]);
      const ahead = new Rig(place.database, future);
      await record(future, [registered('agt_1'), given('gnt_1', 'agt_1')]);
      const runner = ahead.start();
      await ahead.settled(runner);
      await record(future, [registered('agt_2'), suspended('agt_1'), registered('agt_3')]);
      expect(await runner.waitFor(await future.head(), 10_000)).toBe(false);
      const shown = (await new AgentDirectory(ahead.models, ahead.clock).list(TENANT)).items.map(({ agentId }) => agentId);
      expect(shown).toEqual(['agt_2', 'agt_1']);
      for (const status of runner.projectionStatus()) {
        expect(status).toMatchObject({ state: 'stopped' });
        expect(status.problem).toContain('AgentTeleported');
      }
      await ahead.close();
    });

    it('another version is built from the beginning beside the one that is served, and takes its place', async () => {
      await record(rig.ledger, STORY);
      const former = rig.start([activity]);
      await rig.settled(former);
      await former.stop();
      const later = rig.start([{ ...activity, version: 2 }]);
      await rig.settled(later);
      const tables = await place.source.query<{ name: string }[]>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1`);
      expect(tables.map(({ name: table }) => table)).toEqual(['activity_v2', 'agent_use_v2', 'parked', 'projection']);
      expect(await place.source.query('SELECT agent_id, issued FROM agent_use_v2 ORDER BY agent_id')).toEqual([{ agent_id: 'agt_1', issued: '2' }, { agent_id: 'agt_2', issued: '1' }]);
    });

    it('a ledger that keeps the feeder waiting keeps nobody else from the database', async () => {
      let asked!: () => void;
      let answer!: () => void;
      const whenAsked = new Promise<void>((resolve) => (asked = resolve));
      const answered = new Promise<void>((resolve) => (answer = resolve));
      const slow = new BentLedger((item) => [item]);
      const head = slow.head.bind(slow);
      slow.head = async () => {
        asked();
        await answered;
        return head();
      };
      const waiting = new Rig(place.database, slow);
      waiting.start();
      await whenAsked;
      expect(await place.source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      answer();
      await waiting.close();
    });

    it('waiting for a position ends when it is reached, and says so when it is not in time', async () => {
      await record(rig.ledger, STORY);
      const runner = rig.start();
      expect(await runner.waitFor(await rig.ledger.head(), 20_000)).toBe(true);
      expect(await runner.waitFor(START, 0)).toBe(true);
      expect(await runner.waitFor(`${await rig.ledger.head()}9`, 50)).toBe(false);
      for (const status of runner.projectionStatus()) expect(status).toMatchObject({ state: 'serving', position: await rig.ledger.head(), lagSeconds: 0, parked: 0 });
    });

    it('nobody reads a model that is not built yet: the query waits for it', async () => {
      await record(rig.ledger, STORY);
      const asked = new AgentDirectory(rig.models, rig.clock).list(TENANT);
      rig.start();
      expect((await asked).items).toHaveLength(2);
      await place.empty();
      const gone = new Rig({ ...place.database, dataSource: () => Promise.reject(new ReadModelUnavailable('opening')) } as never);
      await expect(new AgentDirectory(gone.models, gone.clock).list(TENANT)).rejects.toThrow(ReadModelUnavailable);
      await gone.close();
    });
  });
}
