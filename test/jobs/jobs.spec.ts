import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { JobsUnavailable } from '../../src/domain/ports/jobs.js';
import { BullmqJobs } from '../../src/platform/jobs/bullmq-jobs.js';
import { type JobBackend, NotOpenYet } from '../../src/platform/jobs/job-backend.js';
import { type JobStore, jobStores } from './job-stores.js';
import { gate, recorder } from './recorder.js';

const HOUR = 3_600_000;

for (const kind of jobStores) {
  const suite = kind.skipped ? describe.skip : describe;
  suite(`jobs on ${kind.name}${kind.skipped ? ` (${kind.skipped})` : ''}`, () => {
    let store: JobStore;
    const started: BullmqJobs[] = [];
    const queues: string[] = [];
    const jobsOn = (queue: string, report: (problem: string) => void = () => undefined, backend = store.backend): BullmqJobs => {
      const jobs = new BullmqJobs({ backend, now: () => Date.now(), report, queue });
      started.push(jobs);
      return jobs;
    };
    const aQueue = (): string => {
      const queue = `spec-${randomUUID()}`;
      queues.push(queue);
      return queue;
    };

    beforeAll(async () => {
      store = await kind.open();
    }, 60_000);
    afterEach(async () => {
      await Promise.all(started.splice(0).map((jobs) => jobs.stop()));
      // The store may be somebody's: nothing of the spec stays in it.
      for (const queue of queues.splice(0)) await store.empty(queue);
    });
    afterAll(() => store.close());

    it('a woken command runs once, with what it was given', async () => {
      const jobs = jobsOn(aQueue());
      const [asked, last] = [recorder(), recorder()];
      jobs.register('expire-leases', asked.handler);
      jobs.register('last', last.handler);
      await jobs.start();
      await jobs.wake('expire-leases', { tenant: 'tnt_a' }, { dedupeId: 'tnt_a' });
      await asked.reached(1);
      await jobs.wake('last', {}, { dedupeId: 'last' });
      await last.reached(1);
      expect(asked.calls).toEqual([{ tenant: 'tnt_a' }]);
      expect(jobs.status()).toMatchObject({ state: 'running' });
    });

    it('a reminder that already waits is not kept twice, and one for something else is', async () => {
      const queue = aQueue();
      const producer = jobsOn(queue);
      await producer.start();
      for (let n = 0; n < 5; n += 1) await producer.wake('sweep-secrets', { tenant: 'tnt_a' }, { dedupeId: 'tnt_a' });
      await producer.wake('sweep-secrets', { tenant: 'tnt_b' }, { dedupeId: 'tnt_b' });
      const consumer = jobsOn(queue);
      const sweep = recorder();
      const last = recorder();
      consumer.register('sweep-secrets', sweep.handler);
      consumer.register('last', last.handler);
      await consumer.start();
      await sweep.reached(2);
      await producer.wake('last', {}, { dedupeId: 'last' });
      await last.reached(1);
      expect([...sweep.calls].map(({ tenant }) => tenant).sort()).toEqual(['tnt_a', 'tnt_b']);
    });

    it('a reminder that comes while the command runs is kept for afterwards', async () => {
      const jobs = jobsOn(aQueue());
      const hold = gate();
      const pump = recorder((_, call) => (call === 1 ? hold.opened : undefined));
      jobs.register('pump', pump.handler);
      await jobs.start();
      await jobs.wake('pump', { upTo: '1' }, { dedupeId: 'sink' });
      await pump.reached(1);
      await jobs.wake('pump', { upTo: '2' }, { dedupeId: 'sink' });
      await jobs.wake('pump', { upTo: '3' }, { dedupeId: 'sink' });
      hold.open();
      expect(await pump.reached(2)).toEqual([{ upTo: '1' }, { upTo: '3' }]);
    });

    it('a schedule wakes its command again and again', async () => {
      const jobs = jobsOn(aQueue());
      const tick = recorder();
      jobs.register('tick', tick.handler);
      jobs.schedule('tick', 50);
      await jobs.start();
      expect((await tick.reached(3)).length).toBeGreaterThanOrEqual(3);
    });

    it('a restart leaves a schedule in its rhythm', async () => {
      const queue = aQueue();
      const run = async (expected: number): Promise<number> => {
        const jobs = jobsOn(queue);
        const [rotate, last] = [recorder(), recorder()];
        jobs.register('rotate-signing-keys', rotate.handler);
        jobs.register('last', last.handler);
        jobs.schedule('rotate-signing-keys', HOUR);
        await jobs.start();
        await rotate.reached(expected);
        await jobs.wake('last', {}, { dedupeId: 'last' });
        await last.reached(1);
        await jobs.stop();
        return rotate.calls.length;
      };
      expect(await run(1)).toBe(1);
      expect(await run(0)).toBe(0);
    });

    it('a store that lost everything has the schedules again after the next start', async () => {
      const queue = aQueue();
      const run = async (): Promise<void> => {
        const jobs = jobsOn(queue);
        const expire = recorder();
        jobs.register('expire-leases', expire.handler);
        jobs.schedule('expire-leases', HOUR);
        await jobs.start();
        await expire.reached(1);
        await jobs.stop();
      };
      await run();
      await store.empty(queue);
      await run();
    });

    it('a schedule that nobody declares any more wakes nobody', async () => {
      const queue = aQueue();
      const former = jobsOn(queue);
      const old = recorder();
      former.register('old', old.handler);
      former.schedule('old', HOUR);
      await former.start();
      await old.reached(1);
      await former.stop();
      const present = jobsOn(queue);
      present.register('new', recorder().handler);
      await present.start();
      const opened = await store.backend.open(queue);
      expect(await opened.queue.getJobSchedulers()).toEqual([]);
      await opened.queue.close();
      await opened.close();
    });

    it('a command that fails is reported and woken again', async () => {
      const reports: string[] = [];
      const jobs = jobsOn(aQueue(), (problem) => reports.push(problem));
      const flaky = recorder((_, call) => {
        if (call === 1) throw new Error('the ledger is down');
      });
      jobs.register('flaky', flaky.handler);
      await jobs.start();
      await jobs.wake('flaky', { tenant: 'tnt_a' }, { dedupeId: 'a' });
      expect(await flaky.reached(2)).toEqual([{ tenant: 'tnt_a' }, { tenant: 'tnt_a' }]);
      expect(reports).toEqual(['the job flaky failed']);
    });

    it('what has run leaves nothing in the store', async () => {
      const queue = aQueue();
      const jobs = jobsOn(queue);
      const once = recorder();
      jobs.register('once', once.handler);
      await jobs.start();
      await jobs.wake('once', { user: 'usr_canary' }, { dedupeId: 'once' });
      await once.reached(1);
      await jobs.stop();
      const opened = await store.backend.open(queue);
      expect(await opened.queue.getJobs()).toEqual([]);
      await opened.queue.close();
      await opened.close();
    });

    it('a stop waits for the command that runs', async () => {
      const [jobs, bystander] = [jobsOn(aQueue()), jobsOn(aQueue())];
      await bystander.start();
      const hold = gate();
      const slow = recorder(() => hold.opened);
      jobs.register('slow', slow.handler);
      await jobs.start();
      await jobs.wake('slow', {}, { dedupeId: 'slow' });
      await slow.reached(1);
      const order: string[] = [];
      const stopped = jobs.stop().then(() => order.push('stopped'));
      for (let n = 0; n < 20; n += 1) await bystander.wake('other', {}, { dedupeId: `${n}` });
      order.push('command finished');
      hold.open();
      await stopped;
      expect(order).toEqual(['command finished', 'stopped']);
      await expect(jobs.wake('slow', {}, { dedupeId: 'slow' })).rejects.toThrow(JobsUnavailable);
    });

    it('a worker that is stopped finishes what it holds and leaves what waits to another: nothing is lost, and nothing is done twice', async () => {
      const queue = aQueue();
      const [first, second] = [jobsOn(queue), jobsOn(queue)];
      const hold = gate();
      const [held, left] = [recorder(() => hold.opened), recorder()];
      first.register('one', held.handler);
      second.register('one', left.handler);
      await first.start();
      const names = Array.from({ length: 12 }, (_, n) => `${n}`);
      for (const name of names) await first.wake('one', { name }, { dedupeId: name });
      const begun = (await held.reached(1)).length;
      const stopped = first.stop();
      await second.start();
      await left.reached(names.length - 4);
      hold.open();
      await stopped;
      await left.reached(names.length - held.calls.length);
      const both = [...held.calls, ...left.calls].map(({ name }) => name as string);
      expect(both.toSorted()).toEqual(names.toSorted());
      expect(begun).toBeGreaterThan(0);
    });

    it('a store that can\'t be reached keeps nobody from starting, is reported once, and is used when it can', async () => {
      const door = gate();
      let isOpen = false;
      const refusedTwice = gate();
      let refusals = 0;
      const backend: JobBackend = {
        kind: store.backend.kind,
        open: (queue) => {
          if (isOpen) return store.backend.open(queue);
          refusals += 1;
          if (refusals === 2) refusedTwice.open();
          return Promise.reject(new Error('connection refused'));
        },
      };
      const reports: string[] = [];
      const jobs = jobsOn(aQueue(), (problem) => reports.push(problem), backend);
      const tick = recorder();
      jobs.register('tick', tick.handler);
      jobs.schedule('tick', HOUR);
      void jobs.start().then(door.open);
      await expect(jobs.wake('tick', {}, { dedupeId: 'tick' })).rejects.toThrow(JobsUnavailable);
      await refusedTwice.opened;
      expect(jobs.status()).toMatchObject({ state: 'connecting', problem: 'the store of the jobs can\'t be reached: connection refused' });
      isOpen = true;
      await door.opened;
      await tick.reached(1);
      expect(jobs.status()).toEqual({ kind: store.backend.kind, state: 'running' });
      expect(reports).toEqual(['the store of the jobs can\'t be reached']);
    });

    it('a store that its owner is still opening is waited for without a word in the log', async () => {
      let attempts = 0;
      const backend: JobBackend = {
        kind: store.backend.kind,
        open: (queue) => {
          attempts += 1;
          return attempts > 2 ? store.backend.open(queue) : Promise.reject(new NotOpenYet('opening'));
        },
      };
      const reports: string[] = [];
      const jobs = jobsOn(aQueue(), (problem) => reports.push(problem), backend);
      await jobs.start();
      expect(attempts).toBe(3);
      expect(reports).toEqual([]);
    });

    it('a store that is lost while it is used is opened anew and filled again', async () => {
      const queue = aQueue();
      let lose = (_: Error): void => undefined;
      const backend: JobBackend = {
        kind: store.backend.kind,
        open: async (name) => ({ ...(await store.backend.open(name)), onLost: (lost) => void (lose = lost) }),
      };
      const jobs = jobsOn(queue, undefined, backend);
      const tick = recorder();
      jobs.register('tick', tick.handler);
      jobs.schedule('tick', HOUR);
      await jobs.start();
      await tick.reached(1);
      await store.empty(queue);
      lose(new Error('the thread ended'));
      expect(await tick.reached(2)).toHaveLength(2);
    });

    it('nothing is declared twice or too late', async () => {
      const jobs = jobsOn(aQueue());
      jobs.register('once', recorder().handler);
      expect(() => jobs.register('once', recorder().handler)).toThrow('has a handler already');
      expect(() => jobs.schedule('once', 0)).toThrow(RangeError);
      await jobs.start();
      expect(() => jobs.register('late', recorder().handler)).toThrow('before they are started');
      expect(() => jobs.schedule('late', HOUR)).toThrow('before they are started');
    });
  });
}
