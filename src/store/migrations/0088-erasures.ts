// By what an erasure names a person in the log, so that a restored backup can be told whom to erase again. Never edited later.

export const version = 88
export const name = 'erasures'

// Random, and in no leaf before the person is erased: from an erasure in the log nothing leads to the person's other records, but a
// backup of before knows whose it is.
export const sql = `
ALTER TABLE subjects ADD COLUMN erasure_ref TEXT;
UPDATE subjects SET erasure_ref = lower(hex(randomblob(16)));
`
