import { MOST_REFUSALS } from '../../src/domain/approval/lifetimes.js';
import { passkeyPrompt } from '../support/authenticator.js';
import type { Page } from '../support/browser.js';
import { NOTES } from '../support/hub.js';
import { type JsonAnswer, basic } from '../support/hub-over-http.js';
import { PersonInBrowser } from '../support/person-in-browser.js';
import { type CrashRow, always, said, work } from './crash-row.js';
import type { CrashWorld } from './crash-world.js';

const CIBA = 'urn:openid:params:grant-type:ciba';

const idOf = (asked: JsonAnswer): string => /^ma_(apr_[\w-]+)\./.exec(String(asked.body['auth_req_id']))![1]!;

/** A person with a passkey, and an agent that may ask them. */
const someone = async (world: CrashWorld) => {
  const ana = new PersonInBrowser(world.hub, await world.person(), () => world.seconds);
  await ana.signIn();
  await ana.addPasskey();
  const agent = { name: 'Asks', owner: { kind: 'team', id: 'team_test' }, grant_types: [CIBA] };
  const { client_id: clientId, client_secret: clientSecret } = (await world.admin('POST', '/api/agents', agent)).body as Record<string, string>;
  const granted = { agent_id: clientId, resource_id: world.resourceId, principal: { kind: 'user', id: ana.userId }, scopes: ['notes:read'] };
  await world.admin('POST', '/api/grants', granted);
  const client = basic(clientId!, clientSecret!);
  const ask = () => world.hub.post('/bc-authorize', { login_hint: ana.userId, resource: NOTES.uri, scope: 'notes:read' }, client);
  const poll = (asked: JsonAnswer) => world.hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']) }, client);
  const open = (asked: JsonAnswer) => ana.browser.open(`/my/approvals/${idOf(asked)}`);
  const confirm = (page: Page, asked: JsonAnswer) =>
    ana.browser.submit(page, '/my/approvals/confirm', { factor: 'passkey', answer: ana.passkey.get(passkeyPrompt(page).options), number: String(asked.body['binding_code']) });
  const deny = (page: Page) => ana.browser.submit(page, '/my/approvals/deny', {});
  const withdraw = (page: Page) => ana.browser.submit(page, '/my/approvals/withdraw', {});
  return { ask, poll, open, confirm, deny, withdraw };
};

/** Opens the request once more and answers it, if there is anything left to answer. */
const again = (open: () => Promise<Page>, answer: (page: Page) => Promise<Page>) => async (): Promise<string> => {
  const page = await open();
  return String((page.status === 200 ? await answer(page) : page).status);
};

export const approvalCrashes: Readonly<Record<string, CrashRow>> = {
  AskPerson: {
    // A prompt that was claimed and not written yet is filled by the next try: the person is asked once.
    appends: 2, sees: always('200'),
    prepare: async (world) => {
      const { ask } = await someone(world);
      return async () => said(await ask());
    },
  },
  'AskPerson for the twentieth time in vain': {
    // Suspended first: wherever it dies, no agent is exhausted and goes on.
    appends: 3, sees: (durable) => (durable === 0 ? '400 access_denied' : '400 invalid_grant'),
    prepare: async (world) => {
      const { ask, open, deny } = await someone(world);
      const asked = await ask();
      await deny(await open(asked));
      for (let n = 1; n < MOST_REFUSALS; n += 1) await ask();
      return async () => said(await ask());
    },
  },
  ConfirmApproval: {
    appends: 2, sees: (durable) => (durable === 2 || durable === 'answered' ? '409' : '200'),
    prepare: async (world) => {
      const { ask, open, confirm } = await someone(world);
      const asked = await ask();
      const page = await open(asked);
      return { act: async () => String((await confirm(page, asked)).status), again: again(() => open(asked), (anew) => confirm(anew, asked)) };
    },
  },
  DenyApproval: {
    appends: 1, sees: (durable) => (durable === 0 ? '200' : '409'),
    prepare: async (world) => {
      const { ask, open, deny } = await someone(world);
      const asked = await ask();
      const page = await open(asked);
      return { act: async () => String((await deny(page)).status), again: again(() => open(asked), deny) };
    },
  },
  WithdrawApproval: {
    appends: 1, sees: (durable) => (durable === 0 ? '200' : '409'),
    prepare: async (world) => {
      const { ask, open, confirm, withdraw } = await someone(world);
      const asked = await ask();
      const page = await confirm(await open(asked), asked);
      return async () => String((await withdraw(page)).status);
    },
  },
  ExpireApproval: {
    // It decides nothing, for the time is looked at wherever an approval counts; the next round notes it, once.
    appends: 1, sees: always('ApprovalRequested, ApprovalExpired'),
    prepare: async (world) => {
      const { ask } = await someone(world);
      const id = idOf(await ask());
      return work(world, { name: 'expire-approval', id }, `approval-${id}`, 'ApprovalRequested');
    },
  },
  DiscloseApproval: {
    appends: 1, sees: always('200'),
    prepare: async (world) => {
      const { ask } = await someone(world);
      const path = `/api/approvals/${idOf(await ask())}?reveal=true`;
      return async () => said(await world.admin('GET', path));
    },
  },
  CollectApproval: {
    // Consumed first: from there on nothing comes of it, whether the agent got its token or not.
    appends: 2, sees: (durable) => (durable === 0 ? '200' : '400 invalid_grant'),
    prepare: async (world) => {
      const { ask, open, confirm, poll } = await someone(world);
      const asked = await ask();
      await confirm(await open(asked), asked);
      return async () => {
        const answer = await poll(asked);
        world.tell(answer);
        return said(answer);
      };
    },
  },
};
