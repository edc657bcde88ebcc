// Shows how far a long command is: a bar on a terminal, a plain line now and then elsewhere. Always on stderr.

const WIDTH = 32
const PLAIN_STEPS = 8

export function openProgress(total: number, stream: NodeJS.WriteStream): (done: number) => void {
  const step = Math.max(1, Math.ceil(total / PLAIN_STEPS))
  return (done) => {
    if (stream.isTTY) {
      const filled = Math.round((done / total) * WIDTH)
      stream.write(
        `\r  ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total}${done === total ? '\n' : ''}`,
      )
    } else if (done % step === 0 || done === total) stream.write(`  ${done}/${total}\n`)
  }
}
