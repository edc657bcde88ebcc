// Tells whether a JSON text names a member twice in one object, which JSON.parse passes over.

// Long strings have to be passed over in long steps: a step for each character runs out of stack on a file of 20 MiB.
const TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/gsu

/** Of a text that JSON.parse has accepted: a string before a colon is a name in the innermost open brace. */
export function hasRepeatedMembers(json: string): boolean {
  const open: Set<string>[] = []
  for (const [token, string] of json.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (string !== undefined) {
      const names = open.at(-1)
      const name = JSON.parse(string) as string
      if (names?.has(name) === true) return true
      names?.add(name)
    }
  }
  return false
}
