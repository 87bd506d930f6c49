import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { APPS, type Family, OAuthModel, SCOPES, SERVER, SERVICE, type Scope, type Subject } from './oauth-model.js';
import type { OAuthWorld } from './oauth-world.js';

export type Step = fc.AsyncCommand<OAuthModel, OAuthWorld>;
type Known = Readonly<OAuthModel>;

/** A step does the same to both, and then everything that was ever handed out is looked at. */
export const step = (says: string, isPossible: (model: Known) => boolean, act: (model: OAuthModel, world: OAuthWorld) => Promise<void>): Step => ({
  check: isPossible,
  run: async (model, world) => {
    await act(model, world);
    const told = await Promise.all(world.tokens.map((token) => world.scopesOf(token)));
    deepStrictEqual(told, model.tokens.map((token) => [...model.scopesOf(token)]));
  },
  toString: () => says,
});
export const always = (): boolean => true;
/** Numbers are drawn before it is known how much there is to choose from; the newest is the likeliest. */
export const pick = <T>(from: readonly T[], n: number): T => from[from.length - 1 - (n % from.length)]!;

export const handOut = (world: OAuthWorld, answer: { readonly accessToken: string } | undefined, expected: boolean): void => {
  strictEqual(answer !== undefined, expected);
  if (answer) world.tokens.push(answer.accessToken);
};

const client = fc.constantFrom(...APPS);
export const scopes = fc.constantFrom<readonly Scope[]>(SCOPES, [SCOPES[0]], [SCOPES[1]]);
export const index = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20) });
export const mostly = <T>(usual: T, ...others: readonly T[]) => fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });

export const authorize = fc.tuple(client, scopes).map(([who, what]) => step(`client ${who} asks for ${what.join(' ')}`, always, async (model, world) => {
  strictEqual(await world.authorize(who, what), model.authorize(who, what));
}));

/** Families that are in one of these states and, where a refresh token is needed, have given one. */
const among = (model: Known, ...states: readonly Family['state'][]): readonly Family[] => model.families.filter(({ state }) => states.includes(state));
const some = (...states: readonly Family['state'][]) => (model: Known): boolean => among(model, ...states).length > 0;
const refreshed = ({ families }: Known): readonly Family[] => families.filter(({ wasLive }) => wasLive);

const redeem = (states: readonly Family['state'][]) => fc.tuple(index, mostly('nothing', 'verifier', 'redirect', 'client')).map(([n, wrong]) =>
  step(`${states.join(' or ')} ${n} is redeemed, wrong: ${wrong}`, some(...states), async (model, world) => {
    const family = pick(among(model, ...states), n);
    const held = world.families[model.families.indexOf(family)]!;
    const who = wrong === 'client' ? 1 - family.client : family.client;
    const answer = await world.redeem(held, who, wrong === 'verifier' || wrong === 'redirect' ? wrong : undefined);
    handOut(world, answer, model.redeem(family, { client: who, proves: wrong === 'nothing' || wrong === 'client' }));
    if (answer) held.refreshTokens[0] = answer.refreshToken;
  }));

const refresh = (states: readonly Family['state'][]) => fc.tuple(index, mostly('own', 'other'), fc.constantFrom(0, 0, 0, 0, 1, 1, 2), mostly<readonly Scope[]>(SCOPES, [SCOPES[0]], [SCOPES[1]])).map(([n, whose, back, what]) =>
  step(`${n}, ${states.join(' or ')}, is refreshed with the token ${back} before the last, by its ${whose} client, for ${what.join(' ')}`, (model) => refreshed(model).some(({ state }) => states.includes(state)), async (model, world) => {
    const family = pick(refreshed(model).filter(({ state }) => states.includes(state)), n);
    const { refreshTokens } = world.families[model.families.indexOf(family)]!;
    const generation = Math.max(0, refreshTokens.length - 1 - back);
    const who = whose === 'own' ? family.client : 1 - family.client;
    const answer = await world.refresh(refreshTokens[generation]!, who, what);
    handOut(world, answer, model.refresh(family, { client: who, generation, scopes: what }));
    if (!answer) return;
    // The one successor, however often it is asked for.
    const next = refreshTokens[family.leaf];
    ok(next === undefined || next === answer.refreshToken);
    refreshTokens[family.leaf] = answer.refreshToken;
  }));

const otherThan = (agent: number): number => (agent === SERVER ? SERVICE : agent === SERVICE ? SERVER : 1 - agent);
export const revokeAccess = fc.tuple(index, mostly('own', 'other')).map(([n, whose]) =>
  step(`access token ${n} is revoked by its ${whose} client`, ({ tokens }) => tokens.length > 0, async (model, world) => {
    const token = pick(model.tokens, n);
    const who = whose === 'own' ? token.agent : otherThan(token.agent);
    // One that has expired is unknown, and revoking an unknown one is no error (RFC 7009 section 2.2).
    const isKnown = model.now < token.until;
    strictEqual(await world.revoke(pick(world.tokens, n), who), model.revokeAccess(token, who) || !isKnown);
  }));

export const revokeRefresh = fc.tuple(index, mostly('own', 'other'), mostly(0, 1)).map(([n, whose, back]) =>
  step(`the refresh token ${back} before the last of ${n} is revoked by its ${whose} client`, (model) => refreshed(model).length > 0, async (model, world) => {
    const family = pick(refreshed(model), n);
    const { refreshTokens } = world.families[model.families.indexOf(family)]!;
    const who = whose === 'own' ? family.client : 1 - family.client;
    strictEqual(await world.revoke(refreshTokens[Math.max(0, refreshTokens.length - 1 - back)]!, who), model.revokeRefresh(family, who));
  }));

/** Of these agents. */
export const suspend = (agents: fc.Arbitrary<number>) => agents.map((who) => step(`agent ${who} is suspended`, ({ suspended }) => !suspended.has(who), async (model, world) => {
  await world.suspend(who);
  model.suspended.add(who);
}));
export const resume = (agents: fc.Arbitrary<number>) => agents.map((who) => step(`agent ${who} is resumed`, ({ suspended }) => suspended.has(who), async (model, world) => {
  await world.resume(who);
  model.suspended.delete(who);
}));

export type Granted = readonly [number, Subject];
const inForce = ([who, whose]: Granted) => (model: Known): boolean => model.grant(who, whose)?.revoked === false;
export const revokeGrant = (grants: fc.Arbitrary<Granted>) => grants.map(([who, whose]) => step(`the grant of ${who} for ${whose} is revoked`, inForce([who, whose]), async (model, world) => {
  await world.revokeGrant(who, whose);
  model.grant(who, whose)!.revoked = true;
}));
export const narrow = (grants: fc.Arbitrary<Granted>) => fc.tuple(grants, fc.constantFrom(...SCOPES)).map(([[who, whose], left]) =>
  step(`the grant of ${who} for ${whose} is narrowed to ${left}`, (model) => inForce([who, whose])(model) && model.grant(who, whose)!.scopes.includes(left), async (model, world) => {
    await world.narrow(who, whose, [left]);
    model.grant(who, whose)!.scopes = [left];
  }));

/** So many seconds pass. */
export const wait = (time: fc.Arbitrary<number>) => time.map((seconds) => step(`${seconds} s pass`, always, async (model, world) => {
  world.advance(seconds);
  model.now += seconds;
}));
const shortly = wait(mostly(1, 30, 59, 61, 239, 301));

const LIVE = ['live'] as const;
export const fresh = redeem(['code']);
export const living = refresh(LIVE);
const consents = client.map((who): Granted => [who, 'person']);

/** Two apps and a person. The more often one stands here, the likelier it is: what moves things on, before what ends them. */
export const familySteps: readonly fc.Arbitrary<Step>[] = [
  authorize, authorize, fresh, fresh, fresh, living, living, living, living, living, shortly, shortly,
  redeem(['live', 'dead']), refresh(['dead']), revokeAccess, revokeRefresh, suspend(client), resume(client), resume(client), revokeGrant(consents), narrow(consents),
];
