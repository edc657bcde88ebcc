// A sample for tally.test.ts: holds no test at all.
export const nothing = null
