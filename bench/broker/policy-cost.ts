import { compiledPolicy } from '../../src/domain/policy/compiled-policy.js';
import { decideAccess } from '../../src/domain/policy/decide-access.js';
import { requestWith } from '../../test/domain/policy/sample-request.js';
import { median, rounded } from '../figures.js';

/** One of ten is about the request and has to be evaluated; the others are about other agents, people, resources and connections. */
const rule = (n: number): object => {
  const id = `rule-${n}`;
  switch (n % 10) {
    case 0:
      return n === 0 ? { id, effect: 'allow' } : { id, effect: 'deny', agents: { tags: ['support'] }, condition: `history.count_today > ${1_000 + n} && time.hour < 25` };
    case 1: case 6:
      return { id, effect: 'deny', agents: { tags: [`team-${n}`] }, targets: { scopes: ['write'] } };
    case 2: case 7:
      return { id, effect: 'require_approval', targets: { resources: [`https://api-${n}.example`] } };
    case 3: case 8:
      return { id, effect: 'deny', principals: { roles: [`contractor-${n}`] }, condition: 'agent.registered_by == "dynamic"' };
    case 4:
      return { id, effect: 'allow', targets: { connections: [`service-${n}`] } };
    default:
      return { id, effect: 'require_mfa', targets: { scopes: [`scope-${n}`] } };
  }
};

export interface PolicyCost {
  readonly rules: number;
  readonly evaluated: number;
  readonly microseconds: number;
}

const RUNS = 9;
const MILLISECONDS = 200;
const history = { firstUse: false, daysDormant: 0, countToday: 7, agentDaysDormant: 0, agentCountToday: 7 };

/** What one decision costs at so many rules: the one function that every way to a token or a loan goes through, for two scopes. */
export const policyCost = (rules: number): PolicyCost => {
  const request = requestWith(Array.from({ length: rules }, (_, n) => rule(n)), { scopes: ['read', 'refund'], history });
  const { rules: compiled } = compiledPolicy(request.policy.active!.document, request.conditions);
  if (!decideAccess(request).allowed) throw new Error('the sample is not allowed');
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const until = performance.now() + MILLISECONDS;
    const began = performance.now();
    let count = 0;
    for (; performance.now() < until; count += 20) for (let n = 0; n < 20; n += 1) decideAccess(request);
    times.push(((performance.now() - began) * 1000) / count);
  }
  return { rules, evaluated: compiled.filter(({ condition }, n) => condition !== undefined && n % 10 === 0).length, microseconds: rounded(median(times), 2) };
};
