import { describe, expect, it } from '@jest/globals';
import type { AccessRequest } from '../../../src/domain/policy/access-request.js';
import { decideAccess } from '../../../src/domain/policy/decide-access.js';
import { decisionInputs } from '../../../src/domain/policy/decision-record.js';
import { AGENT, BY_ITSELF, GITHUB, GRANT, TICKETS, USER, requestWith } from './sample-request.js';

const allow = { id: 'allow', effect: 'allow' };
const decide = (rules: readonly unknown[], change: Partial<AccessRequest> = {}) => decideAccess(requestWith(rules, change));
const reasonOf = (rules: readonly unknown[], change: Partial<AccessRequest> = {}): string => {
  const decision = decide(rules, change);
  return decision.allowed ? 'allowed' : decision.reason;
};

describe('what the rules decide', () => {
  it('nothing is allowed where no rule allows', () => {
    expect(decide([])).toMatchObject({ allowed: false, reason: 'policy.denied', denied: [{ scope: 'read', reason: 'no_rule_allows' }] });
  });

  it('deny wins, wherever it stands', () => {
    const deny = { id: 'no', effect: 'deny' };
    for (const rules of [[allow, deny], [deny, allow]])
      expect(decide(rules)).toMatchObject({ allowed: false, reason: 'policy.denied', ruleIds: ['no'], denied: [{ scope: 'read', reason: 'no' }] });
  });

  it('an obligation holds up what is allowed, and is no match for a deny', () => {
    const [mfa, approval, deny] = [{ id: 'mfa', effect: 'require_mfa' }, { id: 'ask', effect: 'require_approval' }, { id: 'no', effect: 'deny' }];
    expect(decide([allow, approval])).toMatchObject({ allowed: false, reason: 'policy.approval_required', ruleIds: ['ask'], obligations: [{ kind: 'approval', scopes: ['read'], ruleIds: ['ask'] }] });
    expect(decide([mfa, allow])).toMatchObject({ allowed: false, reason: 'policy.mfa_required', obligations: [{ kind: 'mfa', scopes: ['read'], ruleIds: ['mfa'] }] });
    expect(decide([approval, mfa, allow])).toMatchObject({ reason: 'policy.mfa_required', obligations: [{ kind: 'mfa' }, { kind: 'approval' }] });
    expect(decide([approval, mfa, allow, deny])).toMatchObject({ reason: 'policy.denied', obligations: [] });
  });

  it('an obligation allows nothing by itself, even when it is met', () => {
    const mfa = { id: 'mfa', effect: 'require_mfa' };
    expect(reasonOf([mfa])).toBe('policy.denied');
    expect(reasonOf([mfa], { met: ['mfa'] })).toBe('policy.denied');
    expect(decide([mfa, allow], { met: ['mfa'] })).toMatchObject({ allowed: true, ruleIds: ['allow', 'mfa'], obligations: [] });
    expect(reasonOf([mfa, allow], { met: ['approval'] })).toBe('policy.mfa_required');
  });

  it('scopes are decided one by one', () => {
    const rules = [
      { id: 'reading', effect: 'allow', targets: { scopes: ['read', 'write', 'refund', 'unheard-of'] } },
      { id: 'never-write', effect: 'deny', targets: { scopes: ['write'] } },
      { id: 'money', effect: 'require_approval', targets: { scopes: ['refund'] } },
    ];
    expect(decide(rules, { scopes: ['read', 'write', 'refund', 'unheard-of', 'other', 'read'] })).toMatchObject({
      allowed: true, scopes: ['read'], ruleIds: ['reading'],
      denied: [
        { scope: 'write', reason: 'never-write' }, { scope: 'refund', reason: 'policy.approval_required' },
        { scope: 'unheard-of', reason: 'resource.scope_unknown' }, { scope: 'other', reason: 'no_rule_allows' },
      ],
      obligations: [{ kind: 'approval', scopes: ['refund'], ruleIds: ['money'] }],
    });
    expect(decide(rules, { scopes: ['refund'] })).toMatchObject({ allowed: false, reason: 'policy.approval_required' });
    expect(decide(rules, { scopes: ['read'], grant: { ...GRANT, scopes: ['write'] } })).toMatchObject({ allowed: false, reason: 'scope.none_allowed', denied: [{ scope: 'read', reason: 'grant.scope_missing' }] });
  });

  it('no scope at all is nothing to issue, except for a connection that knows none', () => {
    expect(reasonOf([allow], { scopes: [] })).toBe('scope.none_allowed');
    expect(reasonOf([], { scopes: [] })).toBe('policy.denied');
    const connection = { target: { ...GITHUB, scopes: [] } as never, grant: 'none_needed' as const, scopes: [] };
    expect(decide([allow], connection)).toMatchObject({ allowed: true, scopes: [] });
    expect(reasonOf([allow, { id: 'ask', effect: 'require_approval' }], connection)).toBe('policy.approval_required');
    expect(reasonOf([], connection)).toBe('policy.denied');
  });
});

describe('what a rule is about', () => {
  /** Each selector, what fits it and what does not. */
  const selectors: readonly (readonly [string, object, Partial<AccessRequest>, Partial<AccessRequest>])[] = [
    ['principals.ids, of an agent', { principals: { ids: ['agt_boss'] } }, { user: undefined, principal: { kind: 'agent', id: 'agt_boss' } }, BY_ITSELF],
    ['agents.ids', { agents: { ids: ['agt_other', AGENT.agentId] } }, {}, { agent: { ...AGENT, agentId: 'agt_third' } }],
    ['agents.tags', { agents: { tags: ['eu', 'us'] } }, {}, { agent: { ...AGENT, tags: [] } }],
    ['agents.owners', { agents: { owners: [{ kind: 'team', id: 'team_support' }] } }, {}, { agent: { ...AGENT, owner: { kind: 'user', id: 'team_support' } } }],
    ['agents.registered_by', { agents: { registered_by: ['admin'] } }, {}, { agent: { ...AGENT, method: 'dynamic' } }],
    ['agents.attested_by', { agents: { attested_by: ['kubernetes'] } }, { attestedBy: 'kubernetes' }, {}],
    ['principals.kinds', { principals: { kinds: ['user'] } }, {}, BY_ITSELF],
    ['principals.ids', { principals: { ids: [USER.userId] } }, {}, BY_ITSELF],
    ['principals.roles', { principals: { roles: ['clerk', 'boss'] } }, {}, { user: { ...USER, roles: ['Clerk', 'clerks'] } }],
    ['principals.tenants', { principals: { tenants: ['acme'] } }, {}, { tenant: { ...requestWith([]).tenant, slug: 'acme-2' } as never }],
    ['principals.claims', { principals: { claims: { department: ['billing', 'law'] } } }, {}, { user: { ...USER, claims: { department: ['sales'] } } }],
    ['targets.resources', { targets: { resources: [TICKETS.uri] } }, {}, { target: { ...TICKETS, uri: `${TICKETS.uri}/` } }],
    ['targets.connections', { targets: { connections: ['github'], scopes: ['read'] } }, { target: { ...GITHUB, scopes: [{ name: 'read' }] } as never }, {}],
    ['targets.scopes', { targets: { scopes: ['read'] } }, {}, { scopes: ['write'] }],
    ['targets.tools', { targets: { tools: ['list_tickets'] } }, {}, { scopes: ['refund'] }],
    ['targets.tools, asked for one', { targets: { tools: ['list_tickets'] } }, { tool: 'list_tickets' }, { tool: 'pay_back' }],
    ['targets.grant_types', { targets: { grant_types: ['authorization_code'] } }, {}, { grantType: 'refresh_token' }],
    ['condition', { condition: 'agent.owner.id == "team_support" && "clerk" in principal.roles' }, {}, { user: { ...USER, roles: [] } }],
  ];

  it.each(selectors)('%s: applies where it fits and nowhere else', (_, members, fits, differs) => {
    const deny = { id: 'no', effect: 'deny', ...members };
    expect([reasonOf([{ ...allow, ...members }], fits), reasonOf([{ ...allow, ...members }], differs)]).toEqual(['allowed', 'policy.denied']);
    expect([reasonOf([allow, deny], fits), reasonOf([allow, deny], differs)]).toEqual(['policy.denied', 'allowed']);
  });

  it.each(selectors.filter(([name]) => name !== 'condition'))('unless %s: does not apply where it fits', (_, members, fits, differs) => {
    const deny = { id: 'no', effect: 'deny', unless: members };
    expect([reasonOf([allow, deny], fits), reasonOf([allow, deny], differs)]).toEqual(['allowed', 'policy.denied']);
  });

  it('all members of a rule have to fit, and all members of its unless', () => {
    const both = { agents: { tags: ['eu'] }, principals: { roles: ['boss'] } };
    expect(reasonOf([{ ...allow, ...both }])).toBe('policy.denied');
    expect(reasonOf([{ ...allow, ...both }], { user: { ...USER, roles: ['boss'] } })).toBe('allowed');
    expect(reasonOf([{ ...allow, unless: both }])).toBe('allowed');
    expect(reasonOf([{ ...allow, unless: both }], { user: { ...USER, roles: ['boss'] } })).toBe('policy.denied');
    const either = { targets: { resources: [TICKETS.uri], connections: ['github'] } };
    expect([reasonOf([{ ...allow, ...either }]), reasonOf([{ ...allow, ...either }], { target: GITHUB, scopes: ['repo'], grant: 'none_needed' })]).toEqual(['allowed', 'allowed']);
  });

  it('PO-09: members of JavaScript objects are nobody\'s claims and tags', () => {
    expect(reasonOf([{ ...allow, principals: { claims: { constructor: ['x'] } } }])).toBe('policy.error');
    expect(reasonOf([{ ...allow, condition: 'principal.claims.constructor.size() > 0' }])).toBe('policy.error');
  });
});

describe('what was issued already', () => {
  const inspect = { purpose: 'inspect', grantType: 'authorization_code' } as const;

  it('counts as long as the rules allow it, without being asked again how it was issued', () => {
    expect(reasonOf([{ ...allow, targets: { grant_types: ['refresh_token'] } }], inspect)).toBe('allowed');
    expect(reasonOf([{ ...allow, agents: { attested_by: ['aws'] } }], inspect)).toBe('allowed');
    expect(reasonOf([{ ...allow, condition: 'history.count_today < 3 && "eu" in agent.tags' }], inspect)).toBe('allowed');
    expect(reasonOf([allow, { id: 'ask', effect: 'require_approval' }], inspect)).toBe('allowed');
    expect(reasonOf([allow, { id: 'no', effect: 'deny', condition: 'history.first_use' }], inspect)).toBe('allowed');
  });

  it('ends with everything else that the rules forbid', () => {
    expect(reasonOf([{ ...allow, condition: 'history.count_today < 3 && "us" in agent.tags' }], inspect)).toBe('policy.denied');
    expect(reasonOf([allow, { id: 'no', effect: 'deny', principals: { roles: ['clerk'] } }], inspect)).toBe('policy.denied');
    expect(reasonOf([], inspect)).toBe('policy.denied');
  });
});

describe('what can\'t be answered', () => {
  it.each([
    ['an attribute that is missing', 'principal.claims.region == ["eu"]', 'condition.missing'],
    ['history that nobody gathered', 'history.count_today < 100', 'condition.missing'],
    ['a value that has another form', 'int(principal.claims.department[0]) > 3', 'condition.error'],
    ['a division by nothing', '10 / (time.hour - 12) > 1', 'condition.error'],
  ])('PO-05, PO-06: %s allows nothing, denies, and is told', (_, condition, problem) => {
    expect(decide([{ ...allow, condition }])).toMatchObject({ allowed: false, reason: 'policy.error', unanswered: [{ ruleId: 'allow', problem }] });
    for (const effect of ['deny', 'require_approval', 'require_mfa'])
      expect(decide([allow, { id: 'other', effect, condition }])).toMatchObject({ allowed: false, reason: 'policy.error', ruleIds: ['other'], unanswered: [{ ruleId: 'other', problem }] });
  });

  it('PO-06: a condition that this engine can\'t read any more decides like one without an answer', () => {
    const broken = { ...requestWith([]).conditions, version: 'next', compile: () => { throw new Error('gone'); } } as never;
    expect(decide([{ ...allow, condition: 'true' }], { conditions: broken })).toMatchObject({ allowed: false, reason: 'policy.error' });
    expect(decide([allow, { id: 'no', effect: 'deny', condition: 'false' }], { conditions: broken })).toMatchObject({ allowed: false, reason: 'policy.error' });
  });

  it.each([
    ['that the rule selects by', { principals: { claims: { region: ['eu'] } } }],
    ['that the rule makes its exception by', { unless: { principals: { claims: { region: ['eu'] } } } }],
    ['that it makes an exception by for some scopes', { unless: { principals: { claims: { region: ['eu'] } }, targets: { scopes: ['read'] } } }],
  ])('PO-05: a claim that the user lacks, %s, is counted against the request whatever the effect', (_, members) => {
    for (const rules of [[{ ...allow, ...members }], [allow, { id: 'no', effect: 'deny', ...members }], [allow, { id: 'mfa', effect: 'require_mfa', ...members }]])
      expect(decide(rules)).toMatchObject({ allowed: false, reason: 'policy.error', unanswered: [{ problem: 'condition.missing' }] });
    // What does not fit anyway needs no claim, and an agent that acts for itself has none to lack.
    const elsewhere = { ...members, agents: { tags: ['us'] } };
    expect(reasonOf([allow, { id: 'no', effect: 'deny', ...elsewhere }])).toBe('allowed');
    if ('principals' in members) expect(reasonOf([allow, { id: 'no', effect: 'deny', ...members }], BY_ITSELF)).toBe('allowed');
  });

  it('does not matter where the rest of the condition, or another rule, decides', () => {
    expect(reasonOf([allow, { id: 'no', effect: 'deny', condition: 'principal.claims.region == ["eu"] && 1 > 2' }])).toBe('allowed');
    expect(reasonOf([allow, { ...allow, id: 'also', condition: 'history.first_use' }])).toBe('allowed');
  });
});

describe('what stands in the way whatever the rules say', () => {
  it.each([
    ['tenant.suspended', { tenant: { ...requestWith([]).tenant, status: 'suspended' } as never }],
    ['agent.suspended', { agent: { ...AGENT, status: 'suspended' } }],
    ['user.disabled', { user: { ...USER, status: 'disabled' } }],
    ['resource.withdrawn', { target: { ...TICKETS, status: 'withdrawn' } }],
    ['connection.unknown', { target: { kind: 'connection', status: 'unknown' } }],
    ['connection.suspended', { target: { ...GITHUB, status: 'suspended' } as never }],
    ['connection.removed', { target: { ...GITHUB, status: 'removed' } as never }],
    ['grant.revoked', { grant: { ...GRANT, status: 'revoked' } }],
    ['policy.missing', { policy: { versions: new Map(), active: undefined } }],
  ] as readonly (readonly [string, Partial<AccessRequest>])[])('%s', (reason, change) => {
    expect(reasonOf([allow], change)).toBe(reason);
  });
});

describe('what a decision was made on', () => {
  it('is digested as the JSON of all of it, as it always was, whatever the names are made of', () => {
    const [names, basis] = [['agent-a', 'tenant-"odd"\\é'], { at: 5, engine: '2', relied: [1, 0], agreedAt: 4, met: ['mfa'] }];
    const text = decisionInputs(basis, 'client_credentials', ['b', 'a'], names.map((name) => JSON.stringify(name)));
    expect(text).toBe(JSON.stringify(['client_credentials', ['a', 'b'], 5, 4, '', '', ['mfa'], [[names[0], 1], [names[1], 0]]]));
  });
});
