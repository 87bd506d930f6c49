/** What `npm start` and the image give Node: whatever runs Mandate to be measured is run with it. */
export const START_FLAGS: readonly string[] = ['--max-semi-space-size=8'];
