import { describe, expect, it } from '@jest/globals';
import { EventStoreLedger } from '../../../src/platform/ledger/event-store-ledger.js';
import { connectionStringOf } from '../../../src/platform/ledger/event-store-url.js';

describe('the address of an event store', () => {
  it.each([
    ['esdb://ledger:2113?tls=true', 'esdb://ledger:2113?tls=true'],
    ['kurrentdb://ledger:2113', 'esdb://ledger:2113'],
    ['kurrentdb+discover://a:b@cluster.internal?nodePreference=leader&tlsCAFile=/ca.crt', 'esdb+discover://a:b@cluster.internal?nodePreference=leader&tlsCAFile=/ca.crt'],
    ['esdb://a:2113,b:2113,c:2113?tls=true', 'esdb://a:2113,b:2113,c:2113?tls=true'],
    ['esdb://kurrentdb:kurrentdb@kurrentdb:2113', 'esdb://kurrentdb:kurrentdb@kurrentdb:2113'],
  ])('%s is read as %s', (url, asTheClientHasIt) => {
    expect(connectionStringOf(url)).toBe(asTheClientHasIt);
  });

  it.each([
    ['esdb://hub:hunter2@ledger:2113?tsl=true', 'EVENTSTORE_URL: there is no option "tsl".'],
    ['esdb://hub:hunter2@ledger:2113?tlsVerifyCert=false', 'certificates are always checked'],
    ['esdb://hub:hunter2@ledger:2113?tls=maybe', 'EVENTSTORE_URL can\'t be read at character'],
    ['esdb://hub:hunter2@ledger:port', 'expected port number'],
  ])('%s stops the boot with a sentence that has no password', async (url, sentence) => {
    const boot = EventStoreLedger.connect({ url });
    await expect(boot).rejects.toThrow(sentence);
    await expect(boot).rejects.not.toThrow('hunter2');
  });
});
