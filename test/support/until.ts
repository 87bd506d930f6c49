/** Asks again and again until it is so; only the test's own limit ends it otherwise. What is asked has to wait for something outside. */
export const until = async <T>(ask: () => Promise<T | false | undefined>): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer;
  }
};
