// Names the places of sealed values. A place never changes: values sealed for it would not open any more.

import type { Place } from './sealed.ts'

export const canaryPlace = (keyId: number): Place => ({ table: 'store_keys', row: `data-${keyId}`, column: 'canary' })
export const bodyPlace = (caseNo: string): Place => ({ table: 'case_bodies', row: caseNo, column: 'body' })
export const answerPlace = (caseNo: string): Place => ({ table: 'kept_answers', row: caseNo, column: 'answer' })
export const actWordsPlace = (scope: string): Place => ({ table: 'case_acts', row: scope, column: 'words' })
export const actAnswerPlace = (act: number): Place => ({ table: 'case_acts', row: String(act), column: 'answer' })
export const deliveryActWordsPlace = (scope: string): Place => ({
  table: 'delivery_acts',
  row: scope,
  column: 'words',
})
export const deliveryActAnswerPlace = (act: number): Place => ({
  table: 'delivery_acts',
  row: String(act),
  column: 'answer',
})
export const saltsPlace = (first: number): Place => ({ table: 'disclosures', row: String(first), column: 'salts' })
export const subjectKeyPlace = (subjectId: number): Place => ({
  table: 'subject_keys',
  row: String(subjectId),
  column: 'key',
})
export const disclosedPlace = (position: number): Place => ({
  table: 'disclosed_values',
  row: String(position),
  column: 'content',
})
export const newsPlace = (city: string, eventId: string): Place => ({
  table: 'case_news',
  row: `${city}/${eventId}`,
  column: 'words',
})
export const materialKeyPlace = (materialId: string): Place => ({ table: 'materials', row: materialId, column: 'key' })
export const draftPlace = (position: number): Place => ({ table: 'drafts', row: String(position), column: 'content' })
export const holdPlace = (line: string): Place => ({ table: 'line_holds', row: line, column: 'hold' })
export const differencesPlace = (city: string, backend: string, day: string): Place => ({
  table: 'reconciliations',
  row: `${city}/${backend}/${day}`,
  column: 'differences',
})
/** `message`: the case number, for a message after the application followed by a slash and its place in the case. */
export const reasonsPlace = (message: string, leg: string): Place => ({
  table: 'deliveries',
  row: `${message}/${leg}`,
  column: 'reasons',
})
