// Loaded before a gateway: its clock, in each of its threads, is the machine's and what a file says, in milliseconds. A clock that is set.

import { readFileSync } from 'node:fs'

const file = process.env['CLOCK_OFFSET_FILE']
if (file === undefined) throw new Error('CLOCK_OFFSET_FILE names no file')
const machine = Date.now
let offset = 0

setInterval(() => {
  try {
    offset = Number(readFileSync(file, 'utf8'))
  } catch {
    offset = 0
  }
}, 20).unref()
Date.now = () => machine() + offset
