import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
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

    it('a schedule wakes its command again and again', async () => {
      const jobs = jobsOn(aQueue());
      const tick = recorder();
      jobs.schedule('tick', 50, tick.handler);
      await jobs.start();
      expect(await tick.reached(3)).toBeGreaterThanOrEqual(3);
      expect(jobs.status()).toMatchObject({ state: 'running' });
    });

    it('a restart leaves a schedule in its rhythm', async () => {
      const queue = aQueue();
      const run = async (expected: number): Promise<number> => {
        const jobs = jobsOn(queue);
        const [rotate, last] = [recorder(), recorder()];
        jobs.schedule('rotate-signing-keys', HOUR, rotate.handler);
        jobs.schedule(`last-${expected}`, HOUR, last.handler);
        await jobs.start();
        await rotate.reached(expected);
        // New at each start, so it runs, and behind the other.
        await last.reached(1);
        await jobs.stop();
        return rotate.calls();
      };
      expect(await run(1)).toBe(1);
      expect(await run(0)).toBe(0);
    });

    it('a store that lost everything has the schedules again after the next start', async () => {
      const queue = aQueue();
      const run = async (): Promise<void> => {
        const jobs = jobsOn(queue);
        const expire = recorder();
        jobs.schedule('expire-leases', HOUR, expire.handler);
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
      former.schedule('old', HOUR, old.handler);
      await former.start();
      await old.reached(1);
      await former.stop();
      const present = jobsOn(queue);
      present.schedule('new', HOUR, recorder().handler);
      await present.start();
      const opened = await store.backend.open(queue);
      expect((await opened.queue.getJobSchedulers()).map(({ key }) => key)).toEqual(['new']);
      await opened.queue.close();
      await opened.close();
    });

    it('a command that fails is reported and woken again', async () => {
      const reports: string[] = [];
      const jobs = jobsOn(aQueue(), (problem) => reports.push(problem));
      const flaky = recorder((call) => {
        if (call === 1) throw new Error('the ledger is down');
      });
      jobs.schedule('flaky', 50, flaky.handler);
      await jobs.start();
      await flaky.reached(2);
      expect(reports).toEqual(['the job flaky failed']);
    });

    it('what has run leaves nothing in the store but its next time', async () => {
      const queue = aQueue();
      const jobs = jobsOn(queue);
      const once = recorder();
      jobs.schedule('once', HOUR, once.handler);
      await jobs.start();
      await once.reached(1);
      await jobs.stop();
      const opened = await store.backend.open(queue);
      expect(Object.entries(await opened.queue.getJobCounts()).filter(([, count]) => count > 0)).toEqual([['delayed', 1]]);
      await opened.queue.close();
      await opened.close();
    });

    it('a stop waits for the command that runs', async () => {
      const [jobs, bystander] = [jobsOn(aQueue()), jobsOn(aQueue())];
      const [hold, ticks] = [gate(), recorder()];
      const slow = recorder(() => hold.opened);
      jobs.schedule('slow', HOUR, slow.handler);
      bystander.schedule('tick', 20, ticks.handler);
      await Promise.all([jobs.start(), bystander.start()]);
      await slow.reached(1);
      const order: string[] = [];
      const stopped = jobs.stop().then(() => order.push('stopped'));
      await ticks.reached(ticks.calls() + 5);
      order.push('command finished');
      hold.open();
      await stopped;
      expect(order).toEqual(['command finished', 'stopped']);
    });

    it('a worker that is stopped finishes what it holds and leaves what waits to another: nothing is lost, and nothing is done twice', async () => {
      const queue = aQueue();
      const [first, second] = [jobsOn(queue), jobsOn(queue)];
      const hold = gate();
      const [held, left] = [recorder(() => hold.opened), recorder()];
      const names = Array.from({ length: 12 }, (_, n) => `job-${n}`);
      const woken: string[] = [];
      for (const [jobs, { handler }] of [[first, held], [second, left]] as const)
        for (const name of names)
          jobs.schedule(name, HOUR, () => {
            woken.push(name);
            return handler();
          });
      await first.start();
      const begun = await held.reached(1);
      const stopped = first.stop();
      await second.start();
      await left.reached(names.length - 4);
      hold.open();
      await stopped;
      await left.reached(names.length - held.calls());
      expect(woken.toSorted()).toEqual(names.toSorted());
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
      jobs.schedule('tick', HOUR, tick.handler);
      void jobs.start().then(door.open);
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
      jobs.schedule('tick', HOUR, tick.handler);
      await jobs.start();
      await tick.reached(1);
      await store.empty(queue);
      lose(new Error('the thread ended'));
      expect(await tick.reached(2)).toBe(2);
    });

    it('nothing is declared twice or too late', async () => {
      const jobs = jobsOn(aQueue());
      const { handler } = recorder();
      jobs.schedule('once', HOUR, handler);
      expect(() => jobs.schedule('once', HOUR, handler)).toThrow('has a handler already');
      expect(() => jobs.schedule('never', 0, handler)).toThrow(RangeError);
      await jobs.start();
      expect(() => jobs.schedule('late', HOUR, handler)).toThrow('before they are started');
    });
  });
}
