/** Loaded before a program (`--import`): SIGUSR2 is a mistake in its code, a rejection that nobody awaits. */
process.on('SIGUSR2', () => void Promise.reject(Object.assign(new Error('a mistake in the code'), { parameters: ['what it was working on'] })));
