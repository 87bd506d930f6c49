import type { EventView } from '../api/events/event-view.js';
import type { Command, Surroundings } from './command.js';
import { HubClient } from './hub-client.js';
import { serverSentEvents } from './server-sent-events.js';
import { timeline } from './timeline.js';

export const eventsCommand: Command = {
  usage: 'events [--follow] [--json]',
  says: 'everything that happened; with --follow what happens, live',
  async run({ json, follow }, around) {
    const show = (event: EventView): void => around.out(json ? JSON.stringify(event) : timeline([event])[0]!);
    return follow ? following(around, show) : untilNow(around, show);
  },
};

const untilNow = async (around: Surroundings, show: (event: EventView) => void): Promise<void> => {
  const hub = await HubClient.signIn(around, 'history:read');
  for (let after = ''; ;) {
    const { items, next, atEnd } = await hub.list(`/events?limit=200${after}`);
    for (const event of items) show(event as unknown as EventView);
    if (atEnd) return;
    after = `&after=${encodeURIComponent(next!)}`;
  }
};

/** A token lives for minutes and following for days: when the hub ends the stream, it goes on after the last event seen. */
const following = async (around: Surroundings, show: (event: EventView) => void): Promise<void> => {
  // A place to begin at, so that nothing is lost even when the stream ends before its first event.
  let last = (await (await HubClient.signIn(around, 'history:read')).list('/events?after=now')).next!;
  for (;;) {
    const hub = await HubClient.signIn(around, 'history:read');
    const body = await hub.open(`/events?after=${encodeURIComponent(last)}`, { headers: { accept: 'text/event-stream' } });
    for await (const { id, data, event } of serverSentEvents(body)) {
      if (event === 'end') break;
      show(JSON.parse(data) as EventView);
      last = id ?? last;
    }
  }
};
