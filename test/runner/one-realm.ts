import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

interface Given {
  readonly projectConfig: ConstructorParameters<typeof ModernFakeTimers>[0]['config'];
}

/** The environment of every spec file: the realm of the process itself. Only the console and the variables are the file's own. */
export default class OneRealm {
  readonly global = {} as { console: Console };
  readonly moduleMocker = new ModuleMocker(globalThis);
  readonly fakeTimers = null;
  readonly fakeTimersModern: ModernFakeTimers;
  private readonly found = { console: globalThis.console, variables: { ...process.env } };

  constructor({ projectConfig }: Given) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup(): Promise<void> {
    globalThis.console = this.global.console;
  }

  async teardown(): Promise<void> {
    const { console, variables } = this.found;
    this.fakeTimersModern.dispose();
    globalThis.console = console;
    for (const name of Object.keys(process.env)) if (variables[name] === undefined) delete process.env[name];
    Object.assign(process.env, variables);
  }

  getVmContext(): null {
    return null;
  }
}
