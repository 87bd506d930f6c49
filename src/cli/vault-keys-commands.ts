import { setTimeout as passed } from 'node:timers/promises';
import { type Command, CommandProblem, type Surroundings } from './command.js';
import { HubClient } from './hub-client.js';
import { plain } from './plain-text.js';
import { day } from './words.js';

interface Rotation {
  readonly rotation_id: string;
  readonly provider: string;
  readonly status: 'waiting' | 'first' | 'settling' | 'second' | 'finished';
  readonly secrets: number;
  readonly checked: number;
  readonly rewrapped: number;
  readonly left: number;
  readonly left_credentials: readonly string[];
  readonly key_id: string | null;
  readonly activated_at: number | null;
  readonly retired: readonly string[];
  readonly finished_at: string | null;
}
interface Status {
  readonly provider: string;
  readonly usable: boolean;
  readonly problem: string | null;
  readonly secrets: number;
}

const MILLISECONDS_BETWEEN = 250;
/** A worker looks every few seconds. */
const MOST_LOOKS_WITHOUT_WORKER = 120;
/** A token lives for ten minutes, and a large vault takes longer. */
const LOOKS_PER_TOKEN = 1_000;
const SCOPE = 'deployment:keys';

const newest = async (hub: HubClient): Promise<Rotation | undefined> => (await hub.list('/api/vault/rotations?limit=1')).items[0] as unknown as Rotation | undefined;

export const vaultStatusCommand: Command = {
  usage: 'vault status [--json]',
  says: 'the keys that credentials are sealed with, and how far their rotation is',
  operands: 0,
  async run({ json }, around) {
    const hub = await HubClient.signIn(around, SCOPE);
    const status = (await hub.get('/api/vault')) as Status;
    const rotation = await newest(hub);
    if (json) return around.out(JSON.stringify({ ...status, rotation: rotation ?? null }, null, 2));
    for (const line of statusLines(status, rotation)) around.out(plain(line));
  },
};

const statusLines = ({ provider, usable, problem, secrets }: Status, rotation: Rotation | undefined): readonly string[] => [
  `${secrets} secrets, under keys of ${provider}, which ${usable ? 'can be used' : `CAN'T BE USED: ${problem}`}`,
  ...(rotation ? rotationLines(rotation) : ['The key was never changed.']),
];

const SAYS: Readonly<Record<Rotation['status'], string>> = {
  waiting: 'waits for a worker', first: 'is under way', settling: 'is done but for a second look, ten minutes after the key was made', second: 'looks at everything once more', finished: 'is done',
};
const rotationLines = ({ rotation_id, status, secrets, checked, rewrapped, left, left_credentials: leftOnes, key_id, activated_at, retired, finished_at }: Rotation): readonly string[] => [
  `The rotation ${rotation_id} ${SAYS[status]}${finished_at === null ? '' : ` since ${finished_at}`}: ${checked} of ${Math.max(secrets, checked)} looked at, ${rewrapped} wrapped anew${left === 0 ? '' : `, ${left} DO NOT OPEN and were left alone`}`,
  ...leftOnes.map((one) => `does not open: ${one}`),
  ...(key_id === null ? [] : [`${key_id} wraps since ${day(activated_at)}`]), ...retired.map((keyId) => `${keyId} is destroyed`),
];

export const vaultRotateCommand: Command = {
  usage: 'vault rotate',
  says: 'another key for all credentials, or another place for it (docs/operations.md)',
  operands: 0,
  async run({ json }, around) {
    const hub = await HubClient.signIn(around, SCOPE);
    const { rotation_id, started } = (await hub.post('/api/vault/rotations', {})) as { readonly rotation_id: string; readonly started: boolean };
    if (!started && !json) around.out('A rotation is under way already; this is how far it is.');
    const rotation = await watched(hub, rotation_id, around);
    if (json) return around.out(JSON.stringify(rotation, null, 2));
    for (const line of rotationLines(rotation)) around.out(plain(line));
    if (rotation.status !== 'finished') around.out('The former key is kept until then. mandate vault status says when it is gone.');
  },
};

/** Until everything has been looked at for the first time. It goes on without anybody watching, too. */
const watched = async (signedIn: HubClient, rotationId: string, around: Surroundings): Promise<Rotation> => {
  const { progress } = around;
  let hub = signedIn;
  for (let looks = 1; ; looks += 1) {
    if (looks % LOOKS_PER_TOKEN === 0) hub = await HubClient.signIn(around, SCOPE);
    const rotation = await newest(hub);
    if (rotation?.rotation_id === rotationId) {
      progress.show('Wrapping anew', rotation.checked, Math.max(rotation.secrets, rotation.checked));
      if (rotation.status !== 'waiting' && rotation.status !== 'first') {
        progress.clear();
        return rotation;
      }
    }
    const isWaiting = rotation?.rotation_id !== rotationId || rotation.status === 'waiting';
    if (isWaiting && looks >= MOST_LOOKS_WITHOUT_WORKER) throw new CommandProblem('No worker has begun with it. It is recorded and begins when there is one; see mandate vault status, /health/ready and the worker\'s log.');
    await passed(MILLISECONDS_BETWEEN);
  }
};
