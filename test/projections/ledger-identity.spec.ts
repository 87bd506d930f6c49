import { describe, expect, it } from '@jest/globals';
import { type RecordedEvent, START } from '../../src/domain/kernel/event.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';
import { agentDirectory, agentsTable } from '../../src/projections/agent-directory/agent-directory.projection.js';
import { AgentDirectory } from '../../src/projections/agent-directory/agent-directory.queries.js';
import { tableName } from '../../src/projections/projection.js';
import { TENANT, record, refused, registered } from './facts.js';
import { type Place, Rig, before, databases } from './rig.js';

for (const { name, url, skipped } of databases) {
  const suite = skipped ? describe.skip : describe;
  suite(`read models on ${name} and the ledger that they are of${skipped ? ` (${skipped})` : ''}`, () => {
    let place: Place;
    let rig: Rig;
    /** The same events in another ledger, as a restore brings them back. */
    const again = async (ledger: Ledger, events: readonly RecordedEvent[]): Promise<void> => {
      for (const { stream, revision: _, position: __, recordedAt: ___, ...event } of events) await ledger.append(stream, 'any', [event]);
    };

    before(url, (thePlace, theRig) => ([place, rig] = [thePlace, theRig]));

    it('rows that were read from another ledger are not believed', async () => {
      await record(rig.ledger, [registered('agt_1'), registered('agt_2'), refused('agt_2')]);
      const runner = rig.start();
      await rig.settled(runner);
      await runner.stop();
      const another = new Rig(place.database);
      await record(another.ledger, [registered('agt_other')]);
      await another.settled(another.start());
      expect((await new AgentDirectory(another.models, another.clock).list(TENANT)).items.map(({ agentId }) => agentId)).toEqual(['agt_other']);
      await another.close();
    });

    it('rows that know more than the ledger does, after a backup of it was restored, are not believed either', async () => {
      await record(rig.ledger, [registered('agt_1'), registered('agt_lost')]);
      const runner = rig.start();
      await rig.settled(runner);
      await runner.stop();
      const restored = new Rig(place.database);
      await again(restored.ledger, (await rig.ledger.readAll(START, 1)).events);
      await restored.settled(restored.start());
      expect((await new AgentDirectory(restored.models, restored.clock).list(TENANT)).items.map(({ agentId }) => agentId)).toEqual(['agt_1']);
      await restored.close();
    });

    it('nor are rows when the restored ledger has grown past them since', async () => {
      await record(rig.ledger, [registered('agt_1'), registered('agt_lost'), refused('agt_lost')]);
      await rig.settled(rig.start());
      const restored = new Rig(place.database);
      await again(restored.ledger, (await rig.ledger.readAll(START, 1)).events);
      await record(restored.ledger, [registered('agt_2'), refused('agt_2'), registered('agt_3'), refused('agt_3')]);
      await rig.close();
      await restored.settled(restored.start());
      expect((await new AgentDirectory(restored.models, restored.clock).list(TENANT)).items.map(({ agentId }) => agentId)).toEqual(['agt_3', 'agt_2', 'agt_1']);
      await restored.close();
    });

    it('nor are those that were read from another store before the ledger was copied into this one', async () => {
      await record(rig.ledger, [registered('agt_1'), refused('agt_1')]);
      const runner = rig.start();
      await rig.settled(runner);
      await runner.stop();
      const [{ landmark }] = await place.source.query<[{ landmark: string }]>('SELECT landmark FROM projection LIMIT 1');
      // The same event, at a place as an event store gives it.
      await place.source.query('UPDATE projection SET position = $1, landmark = $2', ['00000000000000000042', `00000000000000000041 ${landmark.split(' ')[1]}`]);
      await place.source.query(`DELETE FROM ${tableName(agentsTable, agentDirectory)}`);
      await rig.settled(rig.start());
      expect((await new AgentDirectory(rig.models, rig.clock).list(TENANT)).items.map(({ agentId }) => agentId)).toEqual(['agt_1']);
    });

    it('those of this ledger are, after a restart, however little of it concerned them', async () => {
      await record(rig.ledger, [registered('agt_1'), registered('agt_2'), refused('agt_2')]);
      const first = rig.start();
      await rig.settled(first);
      await record(rig.ledger, [refused('agt_1'), refused('agt_1')]);
      await rig.settled(first);
      await first.stop();
      const before = await place.source.query('SELECT id, name FROM projection ORDER BY id');
      await record(rig.ledger, [registered('agt_next')]);
      await rig.settled(rig.start());
      expect(await place.source.query('SELECT id, name FROM projection ORDER BY id')).toEqual(before);
    });
  });
}
