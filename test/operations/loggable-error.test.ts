// An error says in the log where it happened and of what kind, and nothing of the people it happened to.

import t from 'tap'
import { Fault } from '../../src/domain/fault.ts'
import { loggableError } from '../../src/operations/loggable-error.ts'

const SECRETS = ['张三', '210102199003070011', '13912345678', 'maiden', 'Zhang San']

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

t.test('what parsers and others quote is left out, in causes too', async (t) => {
  const quoted = thrownBy(() => JSON.parse('{"name":"Zhang San 张三","certNo":"210102199003070011" maiden'))
  for (const error of [
    quoted,
    new Error('no such person: 张三 (210102199003070011), 13912345678'),
    new Error("near 'Zhang San': syntax error"),
    new Fault('FORM_INVALID', {
      detail: { zh: '张三', en: 'Zhang San' },
      reasons: [{ code: '1', message: '13912345678' }],
      errors: [{ pointer: '/maiden', rule: 'unknown', message: { zh: '张三', en: 'maiden' } }],
      cause: quoted,
    }),
    Object.assign(new Error('x', { cause: new Error('y', { cause: quoted }) }), { code: '张三', body: SECRETS }),
    '张三 13912345678',
    { name: 'Zhang San' },
  ]) {
    const said = JSON.stringify(loggableError(error))
    t.strictSame(
      SECRETS.filter((secret) => said.includes(secret)),
      [],
      said,
    )
  }
})

t.test('where and of what kind it was is kept', async (t) => {
  const error = Object.assign(new TypeError('cannot read properties of undefined'), { code: 'ERR_SOMETHING' })
  const said = loggableError(new Error('outer', { cause: error }))
  t.match(said, { type: 'Error', message: 'outer', at: [/loggable-error\.test\.ts:\d+/] })
  t.match(said.cause, { type: 'TypeError', code: 'ERR_SOMETHING', message: 'cannot read properties of undefined' })
  t.equal(loggableError(new Fault('STORE_BUSY')).message, 'STORE_BUSY')
  const endless = new Error('a')
  endless.cause = endless
  t.ok(JSON.stringify(loggableError(endless)).length < 20_000)
})
