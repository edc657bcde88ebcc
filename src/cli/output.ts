// How the commands speak: answers on stdout, everything else on stderr, in Chinese first and English below.

import type { ConfigProblem } from '../config/problems.ts'
import { ConfigProblems, formatProblem } from '../config/problems.ts'
import { Fault, FAULTS } from '../domain/fault.ts'
import type { Sentence } from '../domain/words.ts'

/** 1: the command found problems or could not be done. 2: it was not understood. */
export type ExitCode = 1 | 2

/** Ends a command with a sentence for its user instead of a stack. */
export class CommandError extends Error {
  readonly sentence: Sentence
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, zh: string, en: string) {
    super(en)
    this.name = 'CommandError'
    this.sentence = { zh, en }
    this.exitCode = exitCode
  }
}

/** The one place from which an answer goes to stdout. */
export function answer(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** A remark for the person at the terminal; never mixed into the answer. */
export function remark({ zh, en }: Sentence): void {
  process.stderr.write(`${zh}\n${en}\n`)
}

/** Lists problems as `file:line: 中文 / English`. */
export function listProblems(problems: readonly ConfigProblem[]): void {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`)
}

/** Tells what ended a command, and with which status the process is to end. A programming error keeps its stack. */
export function tell(error: unknown): ExitCode {
  if (error instanceof ConfigProblems) {
    listProblems(error.problems)
    const count = error.problems.length
    remark({ zh: `配置有 ${count} 个问题。`, en: `The configuration has ${count} problem${count === 1 ? '' : 's'}.` })
    return 1
  }
  if (error instanceof CommandError) {
    remark(error.sentence)
    return error.exitCode
  }
  if (error instanceof Fault) {
    const { title } = FAULTS[error.code]
    const { detail } = error.details
    remark({
      zh: detail === undefined ? `${title.zh}。` : `${title.zh}：${detail.zh}`,
      en: detail === undefined ? `${title.en}.` : `${title.en}: ${detail.en}`,
    })
    return 1
  }
  if (hasSentence(error)) {
    remark(error.sentence)
    return 1
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  remark({ zh: '命令未能完成：', en: `The command failed: ${text}` })
  return 1
}

/** What the parts throw when they cannot be opened (StoreProblem, LocalIssuerProblem) says so in both languages itself. */
function hasSentence(error: unknown): error is { readonly sentence: Sentence } {
  return error instanceof Error && 'sentence' in error
}
