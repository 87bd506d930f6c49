import fc from 'fast-check';
import { OAuthModel, SCOPES, SERVER, SERVICE } from './oauth-model.js';
import { type Step, familySteps } from './oauth-steps.js';
import { OAuthWorld, type Place } from './oauth-world.js';
import { serviceSteps } from './service-steps.js';

type Machine = fc.IAsyncProperty<[Iterable<fc.AsyncCommand<OAuthModel, OAuthWorld>>]>;

const machine = (of: readonly fc.Arbitrary<Step>[], start: () => Promise<{ readonly model: OAuthModel; readonly real: OAuthWorld }>): Machine =>
  fc.asyncProperty(fc.commands([...of], { maxCommands: 40, size: 'max' }), async (plan) => {
    const both = await start();
    await fc.asyncModelRun(() => both, plan);
  });

/** Whatever two clients, a person and an administrator do in whatever order: hub and model say the same. */
export const families = (place: Place): Machine => machine(familySteps, async () => ({ model: new OAuthModel(), real: await OAuthWorld.on(place) }));

/** The same of a service, of the server that exchanges what it receives, and of a person who is asked. */
export const services = (place: Place): Machine => machine(serviceSteps, async () => {
  const [model, real] = [new OAuthModel(), await OAuthWorld.on(place)];
  await real.settle();
  for (const agent of [SERVICE, SERVER]) for (const subject of ['person', SERVICE] as const) model.give(agent, subject, SCOPES);
  return { model, real };
});
