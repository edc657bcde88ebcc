// A city of each of four protocols, called raw as docs/wire/ says, with its answers brought to the same words.

import { openCity } from '../../src/sandbox/city.ts'
import { readForm } from '../../src/sandbox/protocols/fushun-form.ts'
import { PLACES, type ProtocolName } from '../../src/sandbox/places.ts'
import { readXml } from '../../src/sandbox/protocols/xml.ts'
import type { Sample } from './catalogue-samples.ts'
import { call as callFushun, pack, textOf } from './fushun-calls.ts'
import * as toLiaoyang from './liaoyang-calls.ts'
import { keyOf, post, targetIn } from './shenfu-calls.ts'
import { call as callShenyang, fetchSecret } from './shenyang-calls.ts'
import { newCaseNo } from './submissions.ts'
import { fushunRecord, shenfuMessage, shenyangMessage } from './whole-submissions.ts'

export interface Said {
  readonly kind: 'taken' | 'found' | 'nothing-found' | 'refused' | 'not-understood'
  readonly result?: unknown
  /** Codes of the reasons, or what was not understood. */
  readonly reasons?: readonly unknown[]
}

export interface City extends AsyncDisposable {
  readonly key: string
  /** The city's codes for two of its reasons. */
  readonly reasons: { readonly item: string; readonly competence: string }
  apply(item: string, leg: string, sample: Sample): Promise<Said>
  query(item: string, sample: Sample): Promise<Said>
  taken(): number
}

const open = async (folder: string, key: string, protocol?: ProtocolName) => {
  const place = PLACES.find(({ city }) => city === key)!
  const city = await openCity({ place: { ...place, protocol: protocol ?? place.protocol }, folder })
  return {
    city,
    secret: keyOf(folder, key),
    common: { key, taken: () => city.state().taken, [Symbol.asyncDispose]: () => city[Symbol.asyncDispose]() },
  }
}

const notUnderstood = (...reasons: readonly unknown[]): Said => ({ kind: 'not-understood', reasons })

const codesOf = (reasons: unknown, name: string): readonly unknown[] =>
  (reasons as readonly Readonly<Record<string, unknown>>[]).map((reason) => reason[name])

export async function shenfu(folder: string): Promise<City> {
  const { city, common } = await open(folder, 'shenfu')
  const target = targetIn(folder, city.address)
  const say = async (path: string, message: Parameters<typeof post>[2]): Promise<Said> => {
    const { status, body } = await post(target, path, message)
    if (status === 422) return { kind: 'refused', reasons: codesOf(body['reasons'], 'code') }
    if (status === 201) return { kind: 'taken' }
    if (status !== 200) return notUnderstood(status, body['error'])
    return body['found'] === true ? { kind: 'found', result: body['result'] } : { kind: 'nothing-found' }
  }
  return {
    ...common,
    reasons: { item: 'ITEM_NOT_HANDLED', competence: 'NOT_COMPETENT' },
    apply: (item, leg, sample) =>
      say('/v1/applications', shenfuMessage({ reference: `${newCaseNo()}.${leg}`, item, leg }, sample)),
    query: (item, sample) => say('/v1/queries', shenfuMessage({ reference: 'q-1', item, leg: 'answer' }, sample)),
  }
}

export async function shenyang(folder: string): Promise<City> {
  const { city, secret: appKey, common } = await open(folder, 'shenyang')
  const secret = await fetchSecret(city.address, appKey)
  const say = async (service: 'apply' | 'query', message: object): Promise<Said> => {
    const { code, data } = await callShenyang(city.address, service, secret, message)
    if (code === '3001') return { kind: 'refused', reasons: codesOf(data?.['reasons'], 'reason_code') }
    if (code !== '0000') return notUnderstood(code, data)
    if (service === 'apply') return { kind: 'taken' }
    return data?.['exist'] === '1' ? { kind: 'found', result: data['result'] } : { kind: 'nothing-found' }
  }
  return {
    ...common,
    reasons: { item: 'B01', competence: 'B02' },
    apply: (item, leg, sample) =>
      say('apply', shenyangMessage({ reference: `${newCaseNo()}.${leg}`, item, leg }, sample)),
    query: (item, sample) => say('query', shenyangMessage({ reference: 'q-1', item, leg: 'answer' }, sample)),
  }
}

export async function fushun(folder: string): Promise<City> {
  const { city, secret: licence, common } = await open(folder, 'fushun')
  const say = async (kind: '0101' | '0102', reference: string, record: string): Promise<Said> => {
    const { inner, text } = await callFushun(city.address, licence, pack(kind, reference, record))
    const code = textOf(inner, 'CODE')
    if (code === '-910') {
      return { kind: 'refused', reasons: Array.from(inner.matchAll(/<YYDM>(\d+)<\/YYDM>/g), ([, of]) => of) }
    }
    if (code === '1') return { kind: 'nothing-found' }
    if (code !== '0') return notUnderstood(code, textOf(inner, 'MESSAGE') ?? text)
    if (kind === '0102') return { kind: 'taken' }
    const data = readXml(inner).children.find(({ name }) => name === 'DATA')!
    const read = readForm(data.children[0]!.children[0]!)
    return read.kind === 'read' ? { kind: 'found', result: read.form } : notUnderstood(read.path)
  }
  return {
    ...common,
    reasons: { item: '01', competence: '02' },
    apply: (item, leg, sample) => say('0102', `${newCaseNo()}.${leg}`, fushunRecord({ item, leg }, sample)),
    query: (item, sample) => say('0101', 'q-1', fushunRecord({ item, leg: 'answer' }, sample)),
  }
}

export async function liaoyang(folder: string): Promise<City> {
  const { city, common } = await open(folder, 'liaoyang', 'liaoyang')
  const keys = toLiaoyang.keysIn(folder)
  const say = async (service: 'apply' | 'query', message: object): Promise<Said> => {
    const { code, data } = await toLiaoyang.call(keys, city.address, service, message)
    if (code === 42201) return { kind: 'refused', reasons: codesOf(data?.['reasons'], 'code') }
    if (code !== 0) return notUnderstood(code, data)
    if (service === 'apply') return { kind: 'taken' }
    if (data?.['found'] !== 'Y') return { kind: 'nothing-found' }
    return { kind: 'found', result: toLiaoyang.ours(data['result'] as Readonly<Record<string, unknown>>) }
  }
  return {
    ...common,
    reasons: { item: 'R01', competence: 'R02' },
    apply: (item, leg, sample) =>
      say('apply', toLiaoyang.message({ reference: `${newCaseNo()}.${leg}`, item, leg }, sample)),
    query: (item, sample) => say('query', toLiaoyang.message({ reference: 'q-1', item, leg: 'answer' }, sample)),
  }
}
