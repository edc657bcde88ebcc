// The part of a body by which somebody has agreed to an item's text, for the items that have one.

import type { ConsentText } from '../domain/item.ts'
import type { Consent } from '../domain/submission.ts'
import type { Schema } from './schemas.ts'

/** The text stands in it, so that whoever draws the form shows what is agreed to. No other version is taken. */
export const consentSchema = ({ version, zh, en }: ConsentText): Schema => ({
  title: '处理敏感个人信息的单独同意',
  'x-title-en': 'Separate consent to the handling of sensitive personal information',
  description: zh,
  'x-description-en': en,
  type: 'object',
  'x-order': ['version', 'at', 'by'],
  properties: {
    version: {
      title: '所同意文本的版本',
      'x-title-en': 'Version of the text that was agreed to',
      type: 'string',
      const: version,
    },
    at: { $ref: 'date-time.json', title: '同意时间', 'x-title-en': 'When it was agreed to' },
    by: {
      title: '由谁同意',
      'x-title-en': 'Who agreed',
      type: 'string',
      oneOf: [
        { const: 'applicant', title: '申请人本人', 'x-title-en': 'The applicant' },
        { const: 'agent', title: '代理人或监护人', 'x-title-en': 'The agent or guardian' },
      ],
    },
  },
  required: ['version', 'at', 'by'],
  additionalProperties: false,
})

/** For samples. */
export const sampleConsent = ({ version }: ConsentText): Consent => ({
  version,
  at: '2026-11-02T09:00:00+08:00',
  by: 'applicant',
})
