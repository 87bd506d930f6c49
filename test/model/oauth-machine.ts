import fc from 'fast-check';
import { OAuthModel } from './oauth-model.js';
import { steps } from './oauth-steps.js';
import { OAuthWorld, type Place } from './oauth-world.js';

/** Whatever two clients, a person and an administrator do in whatever order: hub and model say the same. */
export const machine = (place: Place): fc.IAsyncProperty<[Iterable<fc.AsyncCommand<OAuthModel, OAuthWorld>>]> =>
  fc.asyncProperty(steps(40), async (plan) => {
    const world = await OAuthWorld.on(place);
    await fc.asyncModelRun(() => ({ model: new OAuthModel(), real: world }), plan);
  });
