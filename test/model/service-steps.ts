import { ok, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { AGENTS, SCOPES, SERVER, SERVICE } from './oauth-model.js';
import { type Granted, type Step, always, authorize, fresh, handOut, index, living, mostly, narrow, pick, resume, revokeAccess, revokeGrant, revokeRefresh, scopes, step, suspend, wait } from './oauth-steps.js';

const clientToken = scopes.map((what) => step(`the service asks for itself, for ${what.join(' ')}`, always, async (model, world) => {
  handOut(world, await world.clientToken(SERVICE, what), model.clientToken(SERVICE, what));
}));

const exchange = fc.tuple(index, mostly(SERVER, SERVICE), scopes).map(([n, who, what]) =>
  step(`access token ${n} is exchanged by ${who} for ${what.join(' ')}`, ({ tokens }) => tokens.length > 0, async (model, world) => {
    handOut(world, await world.exchange(pick(world.tokens, n), who, what), model.exchange(pick(model.tokens, n), who, what));
  }));

const askPerson = scopes.map((what) => step(`the service asks the person about ${what.join(' ')}`, always, async (model, world) => {
  const before = model.approvals.asked.length;
  const [told, expected] = [await world.askPerson(what), model.ask(what)];
  strictEqual(told !== undefined, expected !== undefined);
  if (told === undefined) return;
  if (model.approvals.asked.length > before) world.asked.push(told);
  // What waits for an answer already is the same question.
  strictEqual(world.asked[model.approvals.asked.indexOf(expected!)], told);
}));

const answer = fc.tuple(index, fc.constantFrom('yes' as const, 'yes' as const, 'yes' as const, 'no' as const, 'withdraw' as const, 'withdraw' as const)).map(([n, what]) =>
  step(`the person's answer to question ${n}: ${what}`, ({ approvals }) => approvals.asked.length > 0, async (model, world) => {
    strictEqual(await world.answer(pick(world.asked, n), what), model.approvals.answer(pick(model.approvals.asked, n), what, model.now));
  }));

const collect = fc.tuple(index, mostly(SERVICE, SERVER)).map(([n, who]) =>
  step(`${who} comes for what was asked in question ${n}`, ({ approvals }) => approvals.asked.length > 0, async (model, world) => {
    const given = await world.collect(pick(world.asked, n), who);
    ok(given?.refreshToken === undefined);
    handOut(world, given, model.collect(pick(model.approvals.asked, n), who));
  }));

const agents = fc.constantFrom(...AGENTS);
const grants = fc.constantFrom<Granted>([SERVICE, SERVICE], [SERVICE, 'person'], [SERVER, SERVICE], [SERVER, 'person'], [0, 'person']);
const give = grants.map(([who, whose]) => step(`an administrator grants ${who} everything for ${whose}`, always, async (model, world) => {
  await world.give(who, whose, SCOPES);
  model.give(who, whose, SCOPES);
}));

const awhile = wait(fc.constantFrom(1, 60, 119, 121, 179, 301));

/** A service, the server of the resource, an app and a person: who gets what from whom, and what it hangs on. */
export const serviceSteps: readonly fc.Arbitrary<Step>[] = [
  clientToken, clientToken, exchange, exchange, exchange, exchange, askPerson, askPerson, answer, answer, answer, collect, collect, collect, awhile, awhile, awhile,
  authorize, authorize, fresh, fresh, living, revokeAccess, revokeRefresh, suspend(agents), resume(agents), resume(agents), revokeGrant(grants), narrow(grants), give,
];
