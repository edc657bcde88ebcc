// Signs as docs/wire/fuxin.md prescribes: over time, transaction code and the content of the message as it is sent.

import { createHmac } from 'node:crypto'

/** Value of `X-Fuxin-Qianming`. `content`: what stands between the tags of `shuju`, its escapes included. */
export function sign(key: Buffer, time: string, transaction: string, content: Buffer): string {
  return createHmac('sha256', key).update(`${time}\n${transaction}\n`).update(content).digest('hex')
}
