import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as jestGlobals from '@jest/globals';
import { use } from './globals.js';

register('./resolve-globals.js', import.meta.url);
const require = createRequire(import.meta.url);

interface Runtime {
  requireModuleOrMock(from: string, moduleName: string): unknown;
}
type RunFile = (globalConfig: unknown, config: unknown, environment: unknown, runtime: Runtime, testPath: string, send: unknown) => Promise<unknown>;
const { default: circus } = require('jest-circus/runner') as { default: RunFile };

/**
 * Jest's own runner of one spec file, but the file's modules are the process's: they are loaded once for all files of a worker,
 * by Node, instead of once per file into a context of its own.
 */
const runFile: RunFile = (globalConfig, config, environment, runtime, testPath, send) => {
  const inThisRealm = Object.assign(Object.create(runtime) as Runtime, {
    requireInternalModule: afresh,
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: async (path: string) => {
      use(runtime.requireModuleOrMock(testPath, '@jest/globals') as typeof jestGlobals);
      await import(pathToFileURL(path).href);
    },
  });
  return circus(globalConfig, config, environment, inThisRealm, testPath, send);
};

/** Jest's list of a file's tests is state of this module, so every file gets a new one. */
const afresh = (path: string): unknown => {
  delete require.cache[path];
  Reflect.deleteProperty(globalThis, Symbol.for('EVENT_HANDLERS'));
  return require(path);
};

export default runFile;
