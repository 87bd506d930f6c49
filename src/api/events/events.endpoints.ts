import { z } from 'zod';
import { limit } from '../admin/common.schemas.js';
import { endpoint } from '../admin/endpoint.js';
import { eventSchema } from './event-view.js';

const after = z.string().max(1024).optional()
  .describe('`next` of an earlier page or the id of an earlier event; `now` for what is still to come; the beginning without');

export const eventsEndpoints = {
  list: endpoint({
    name: 'listEvents', verb: 'get', path: 'events', scope: 'history:read',
    says: 'The tenant\'s events in ledger order. With Accept: text/event-stream they go on live, until the token ends; Last-Event-ID resumes.',
    query: z.strictObject({ after, limit }),
    answer: z.strictObject({ items: z.array(eventSchema), next: z.string().describe('Always there: ask again with it for what comes later'), atEnd: z.boolean() }),
  }),
};
