// Shenyang's signing secrets: issues them encrypted, remembers them over a restart, and checks signatures made with them.

import { createCipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readIfThere, replaceFile } from '../disk.ts'

/** Long enough for several gateways; older ones count as never given. */
const SECRETS_MAX = 32

interface Signed {
  readonly sid: string
  readonly rid: string
  readonly rtime: string
  readonly body: Buffer
  readonly sign: string
}

type Verdict = 'right' | 'wrong' | 'expired'

export interface SigningSecrets {
  /** A new secret as docs/wire/shenyang.md puts it on the wire; on disk before it is told. */
  issue(): { readonly secret: string; readonly iv: string; readonly secretEndTime: number }
  check(signed: Signed): Verdict
  checkAppKey(signed: Signed): Verdict
  /** Ends all secrets now, as if their time were over. */
  expireAll(): void
}

export function openSigningSecrets(options: {
  readonly path: string
  readonly appKey: string
  readonly lifeMs: number
  readonly now: () => number
  /** Whether each secret counts as over at the moment. */
  readonly areOver: () => boolean
}): SigningSecrets {
  const { path, appKey, lifeMs, now } = options
  let issued = JSON.parse(readIfThere(path) ?? '[]') as readonly { readonly secret: string; readonly endTime: number }[]
  const cipherKey = createHash('sha256').update(appKey).digest()

  function keep(next: typeof issued): void {
    replaceFile(path, `${JSON.stringify(next)}\n`)
    issued = next
  }

  return {
    issue() {
      const secret = randomBytes(32).toString('base64url')
      const endTime = now() + lifeMs
      keep([...issued, { secret, endTime }].slice(-SECRETS_MAX))
      const iv = randomBytes(16)
      const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
      const encrypted = Buffer.concat([cipher.update(secret, 'ascii'), cipher.final()])
      return { secret: encrypted.toString('base64'), iv: iv.toString('base64'), secretEndTime: endTime }
    },
    check(signed) {
      const known = issued.find(({ secret }) => isSignedWith(secret, signed))
      if (known === undefined) return 'wrong'
      return known.endTime > now() && !options.areOver() ? 'right' : 'expired'
    },
    checkAppKey: (signed) => (isSignedWith(appKey, signed) ? 'right' : 'wrong'),
    expireAll() {
      keep(issued.map(({ secret, endTime }) => ({ secret, endTime: Math.min(endTime, now()) })))
    },
  }
}

function isSignedWith(key: string, { sid, rid, rtime, body, sign }: Signed): boolean {
  const digest = createHash('sha256').update(body).digest('hex')
  const expected = createHmac('sha256', key).update(`${sid}\n${rid}\n${rtime}\n${digest}`).digest()
  const given = Buffer.from(sign, 'base64')
  return given.toString('base64') === sign && given.length === expected.length && timingSafeEqual(given, expected)
}
