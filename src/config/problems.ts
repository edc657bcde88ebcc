// What is wrong with the configuration: where, and in words that tell the reader what to do.

import type { Sentence } from '../domain/words.ts'

/** `file` as the reader knows it (relative to the project, or the name of an environment variable); `line` counts from 1, 0 = no line. */
export interface ConfigProblem {
  readonly file: string
  readonly line: number
  readonly column?: number
  readonly message: Sentence
}

/** `file:line: 中文 / English`, as editors and terminals understand it. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}` : problem.file
  return `${place}: ${problem.message.zh} / ${problem.message.en}`
}

/** Thrown by loadConfig with every problem found, never only the first. Its message lists them all. */
export class ConfigProblems extends Error {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'ConfigProblems'
    this.problems = problems
  }
}

/** By file, then line, so that a reader mends a file from top to bottom. */
export function inReadingOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1
    return a.line - b.line || (a.column ?? 0) - (b.column ?? 0)
  })
}
