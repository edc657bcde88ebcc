// A thread that checks one stretch of a log after the other.

import { parentPort } from 'node:worker_threads'
import { checkStretch, type Stretch } from './range.ts'

parentPort?.on('message', (stretch: Stretch) => {
  checkStretch(stretch).then(
    (report) => parentPort?.postMessage({ report }),
    (error: unknown) =>
      parentPort?.postMessage({ failed: (error as { sentence?: unknown }).sentence ?? String(error) }),
  )
})
