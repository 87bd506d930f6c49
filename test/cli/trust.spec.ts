import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/cli/run-command.js';
import { OperatorAgent } from '../../src/commands/agents/operator-agent.js';
import { writeOperatorFile } from '../../src/platform/operator-credentials.js';
import { serviceAccountClaims } from '../support/platform-issuer.js';
import { CLUSTER, JWT_BEARER, WorkloadRig, said } from '../support/workload-rig.js';
import { SERVICE_CLIENT } from '../support/hub.js';

describe('mandate trust', () => {
  let rig: WorkloadRig;
  let agentId: string;
  const directory = mkdtempSync(join(tmpdir(), 'mandate-trust-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const mandate = async (...args: readonly string[]) => {
    const [lines, problems]: [string[], string[]] = [[], []];
    const code = await runCommand(args, { out: (line) => lines.push(line), problem: (line) => problems.push(line) }, { MANDATE_DATA: directory });
    return { code, text: lines.join('\n'), problem: problems.join('\n') };
  };
  const token = () => rig.cluster.token({ aud: rig.hub.issuer, ...serviceAccountClaims('shop', 'checkout') });

  beforeAll(async () => {
    rig = await WorkloadRig.start();
    rig.settle();
    writeOperatorFile(directory, await rig.hub.inside.app.get(OperatorAgent, { strict: false }).ensure(undefined, rig.hub.issuer, rig.hub.context));
    ({ agentId } = await rig.hub.agent({ ...SERVICE_CLIENT, grantTypes: [JWT_BEARER], tokenEndpointAuthMethod: 'workload_token' }, 'Checkout'));
  });
  afterAll(async () => {
    await rig.hub.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('adds a rule from a preset, lists it, tries a token without spending it, and removes it', async () => {
    expect((await mandate('trust', 'list')).text).toContain('not trusted here');
    const variables = [`issuer=${CLUSTER}`, 'namespace=shop', 'service_account=checkout'];
    const added = await mandate('trust', 'add', 'kubernetes', agentId, ...variables);
    expect([added.code, added.text]).toEqual([0, expect.stringContaining(CLUSTER)]);
    const ruleId = /trs_[\w-]+/.exec(added.text)![0];
    expect((await mandate('trust', 'list')).text).toMatch(new RegExp(`${ruleId} +kubernetes +${agentId} +${CLUSTER}`));
    const good = await token();
    const tried = await mandate('trust', 'test', file('good', `${good}\n`));
    expect([tried.code, tried.text]).toEqual([0, expect.stringContaining(`Agent ${agentId}`)]);
    const other = await mandate('trust', 'test', file('other', await rig.cluster.token({ aud: 'https://kubernetes.default.svc', ...serviceAccountClaims('shop', 'checkout') })));
    expect([other.code, other.text]).toEqual([1, expect.stringContaining('assertion.audience_mismatch')]);
    expect((await mandate('trust', 'remove', ruleId)).problem).toContain('--reason');
    expect((await mandate('trust', 'remove', ruleId, '--reason', 'a test')).text).toContain('is removed');
    expect(said(await rig.redeem(good))).toEqual([400, 'invalid_grant']);
  });

  it('adds a rule from a file, and says what is wrong with one', async () => {
    const rule = { name: 'CI', issuer: 'https://token.actions.githubusercontent.com', claims: [{ claim: 'repository', equals: 'acme/shop' }], agent_id: agentId };
    expect((await mandate('trust', 'add', file('whole.json', JSON.stringify(rule)))).problem).toContain('Bind the claim repository_id or repository_owner_id');
    const bound = { ...rule, claims: [{ claim: 'repository_id', equals: '2002' }] };
    expect((await mandate('trust', 'add', file('bound.json', JSON.stringify(bound)))).code).toBe(0);
    for (const [args, words] of [[['trust', 'add'], 'Which tokens'], [['trust', 'add', 'kubernetes'], 'Usage'], [['trust', 'add', 'kubernetes', agentId, 'issuer'], 'name=value'], [['trust', 'add', join(directory, 'none.json')], 'can\'t be read'],
      [['trust', 'add', file('broken.json', '{')], 'is no JSON'], [['trust', 'test'], 'others could see it'], [['trust', 'add', 'mars', agentId], 'no preset']] as const)
      expect((await mandate(...args)).problem).toContain(words);
  });

  it('left no failure behind', () => expect(rig.hub.inside.failures).toEqual([]));
});
