import { describe, expect, it } from '@jest/globals';
import type { ConsentModel } from '../../../src/api/pages/consent-model.js';
import { describeRedirect } from '../../../src/api/pages/consent-model.js';
import { consentPage } from '../../../src/api/pages/consent-page.js';
import { consentText } from '../../../src/api/pages/consent-text.js';
import { tagsOf, textOf } from './markup.js';
import { aboutPerson, consent } from './sample-models.js';

const variants: readonly { readonly name: string; readonly model: ConsentModel }[] = [
  { name: 'a web client', model: consent },
  { name: 'a client without a refresh token', model: { ...consent, refreshable: false } },
  { name: 'an app on this computer', model: { ...consent, isLoopback: true, redirectHost: 'localhost:33418' } },
  { name: 'an app with a scheme of its own', model: { ...consent, redirectHost: 'cursor:' } },
  { name: 'a client that is registered here', model: { ...consent, agent: { ...consent.agent, clientId: 'agt_1', clientHost: consent.redirectHost } } },
  { name: 'a client that registered itself', model: { ...consent, agent: { ...consent.agent, clientId: 'agt_1', verified: false }, isNewClient: true } },
  { name: 'a client of an administrator', model: { ...consent, agent: { ...consent.agent, clientId: 'agt_1', verified: true }, isNewClient: false } },
  { name: 'a hostile name', model: { ...consent, agent: { ...consent.agent, name: '</bdi><b>A & B</b>\n“Bank”\u202e' }, resource: { name: '', uri: 'https://x.example/"&<' } } },
  { name: 'a client that wants to know who it is', model: aboutPerson },
  { name: 'a client that wants to know it beside a resource', model: { ...consent, scopes: [...consent.scopes, ...aboutPerson.scopes] } },
  { name: 'words too long', model: { ...consent, scopes: [{ name: 's'.repeat(900), description: 'd'.repeat(900), required: false, agreedBefore: false }] } },
];

const linesOf = (model: ConsentModel): readonly string[] => consentText(model).split('\n');
const said = (page: string): readonly string[] => page.split('<span class="said">').slice(1).map((rest) => textOf(rest.slice(0, rest.indexOf('</span>'))));

describe('the text that a person agrees to', () => {
  it.each(variants)('is on the page word for word and in its order: $name', ({ model }) => {
    expect(said(consentPage(model))).toEqual(linesOf(model));
  });

  it.each(variants)('is on the page word for word, whatever was left out: $name', ({ model }) => {
    const shown = said(consentPage(model));
    for (const scope of model.scopes) for (const line of linesOf({ ...model, scopes: [scope] })) expect(shown).toContain(line);
  });

  it('names the agent, its id, both hosts, the resource, each scope and the version', () => {
    const text = consentText(consent);
    const facts = [
      'Mail Sorter', 'https://sorter.example/client.json', 'sorter.example', 'app.sorter.example', 'Acme Notes', 'https://notes.acme.example/mcp',
      'Read your notes', 'notes:read', 'Delete your notes for good', 'notes:delete', 'version 2',
    ];
    for (const fact of facts) expect(text).toContain(fact);
  });

  it('says how long the access lasts', () => {
    expect(consentText(consent)).toContain('until you revoke it');
    expect(consentText({ ...consent, refreshable: false })).not.toContain('until you revoke it');
    expect(consentText({ ...consent, refreshable: false })).toContain('a short while');
  });

  it('says of a client that only wants to know who it is that it does nothing, and of one that learns something that it can keep it', () => {
    expect(consentText(aboutPerson)).toContain('It can do nothing in your name.');
    expect(consentText(aboutPerson)).not.toContain('It acts in your name');
    expect(consentText(aboutPerson)).toContain('it can keep');
    expect(consentText({ ...aboutPerson, scopes: aboutPerson.scopes.slice(0, 1) })).not.toContain('it can keep');
    expect(consentText(consent)).not.toContain('it can keep');
  });

  it('claims no more about the past than is known: a changed client or another resource is no first meeting', () => {
    expect(consentText({ ...consent, isNewClient: true })).toContain('Nothing that you allowed before covers this.');
    expect(consentText({ ...consent, isNewClient: false })).toContain('You have allowed it some of this before.');
  });

  it('differs when anything that was agreed to differs', () => {
    const { agent, resource } = consent;
    const others: readonly ConsentModel[] = [
      { ...consent, agent: { ...agent, name: 'Mail Sorted' } }, { ...consent, agent: { ...agent, clientId: `${agent.clientId}2` } },
      { ...consent, agent: { ...agent, clientHost: 'other.example' } }, { ...consent, redirectHost: 'other.example' }, { ...consent, isLoopback: true },
      { ...consent, resource: { ...resource, name: 'Notes' } }, { ...consent, resource: { ...resource, uri: `${resource.uri}2` } },
      { ...consent, scopes: consent.scopes.slice(1) }, { ...consent, refreshable: false }, { ...consent, isAboutPerson: true },
      { ...consent, scopes: [...consent.scopes, ...aboutPerson.scopes] },
      { ...consent, scopes: consent.scopes.map((scope) => ({ ...scope, description: `${scope.description}!` })) },
    ];
    expect(new Set([consent, ...others].map(consentText)).size).toBe(others.length + 1);
  });

  it('does not depend on who asks where, or on what was agreed before', () => {
    const other = { ...consent, tenantName: 'B', csrf: 'b', transaction: 'b', action: '/b', user: { name: 'B', email: 'b@b.example' } };
    expect(consentText({ ...other, scopes: other.scopes.map((scope) => ({ ...scope, required: false, agreedBefore: false })) })).toBe(consentText(consent));
  });

  it('can\'t be given a line of its own by a name', () => {
    const forged = { ...consent, agent: { ...consent.agent, name: 'Sorter\nHow long it lasts\r\nFor one minute\u2028only' } };
    expect(linesOf(forged)).toHaveLength(linesOf(consent).length);
  });
});

describe('the consent page', () => {
  const inputs = (model: ConsentModel) => tagsOf(consentPage(model)).filter(({ name }) => name === 'input').map(({ attributes }) => attributes);

  it('sends required scopes in any case, and optional ones as long as they are ticked', () => {
    const scopes = inputs(consent).filter(({ name }) => name === 'scope');
    expect(scopes.map(({ type, value }) => [type, value])).toEqual([['hidden', 'notes:read'], ['checkbox', 'notes:write'], ['checkbox', 'notes:delete']]);
    expect(scopes.filter(({ type }) => type === 'checkbox').every((input) => 'checked' in input)).toBe(true);
  });

  it('never agrees by Enter: the first button of the form says no', () => {
    const buttons = tagsOf(consentPage(consent)).filter(({ name, attributes }) => name === 'button' && attributes['name'] === 'decision');
    expect(buttons.map(({ attributes }) => attributes['value'])).toEqual(['deny', 'allow']);
  });

  it('carries the csrf token and the transaction in both forms, written as a plain reader expects them', () => {
    const page = consentPage(consent);
    for (const action of ['/t/acme/consent', '/t/acme/sign-out']) {
      const form = page.slice(page.indexOf(`<form method="post" action="${action}"`)).split('</form>')[0]!;
      expect(form).toContain('<input type="hidden" name="csrf" value="csrf-1">');
      expect(form).toContain('<input type="hidden" name="transaction" value="transaction-1">');
    }
  });

  it('warns of other programs when an app on the device gets the answer, and ties the warning to "Allow"', () => {
    const local = consentPage({ ...consent, isLoopback: true, redirectHost: 'localhost:33418' });
    expect(textOf(local)).toContain('An app on this computer');
    expect(textOf(local)).toContain('Another program on this device could pretend to be it.');
    const allow = tagsOf(local).find(({ attributes }) => attributes['value'] === 'allow');
    expect(allow?.attributes['aria-describedby']).toBe('caution');
    expect(textOf(consentPage({ ...consent, redirectHost: 'cursor:' }))).toContain('could pretend to be it');
    expect(textOf(consentPage(consent))).not.toContain('could pretend to be it');
  });

  it('puts the address of a client before the name that it chose', () => {
    const asking = (model: ConsentModel) => said(consentPage(model))[2];
    expect(asking(consent)).toBe('sorter.example');
    expect(asking({ ...consent, agent: { ...consent.agent, clientId: 'agt_1' } })).toBe('Mail Sorter');
  });

  it('does not call an address proof of anything when any program on the device could have used it', () => {
    expect(textOf(consentPage(consent))).toContain('go by the address');
    for (const local of [{ isLoopback: true, redirectHost: 'localhost:33418' }, { redirectHost: 'cursor:' }])
      expect(textOf(consentPage({ ...consent, ...local }))).not.toContain('go by the address');
  });

  it('says who registered the client, when that is known', () => {
    const text = (verified: boolean | undefined) => textOf(consentPage({ ...consent, agent: { ...consent.agent, clientId: 'agt_1', verified } }));
    expect(text(true)).toContain('An administrator registered it here.');
    expect(text(false)).toContain('nobody has checked its name');
    expect(text(undefined)).not.toMatch(/administrator|nobody/);
  });

  it('tells what is new from what was allowed before, once there is something old', () => {
    expect(textOf(consentPage(consent)).match(/\b(New|Allowed before)\b/g)).toEqual(['Allowed before', 'New', 'New']);
    const first = { ...consent, scopes: consent.scopes.map((scope) => ({ ...scope, agreedBefore: false })) };
    expect(textOf(consentPage(first))).not.toMatch(/\b(New|Allowed before)\b/);
  });
});

describe('where a redirect leads, in words', () => {
  it.each([
    ['https://App.example:8443/cb?x=1', 'app.example:8443', false], ['http://localhost:33418/cb', 'localhost:33418', true], ['http://[::1]:1/cb', '[::1]:1', true],
    // The host of an app's own scheme is chosen by whoever registers it.
    ['evil://bank.example/cb', 'evil:', false], ['com.example.app:/cb', 'com.example.app:', false],
  ])('%s', (uri, redirectHost, isLoopback) => {
    expect(describeRedirect(uri)).toEqual({ redirectHost, isLoopback });
  });
});
