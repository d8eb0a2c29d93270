import { relative } from 'node:path'

/** What of a file the tests reached, in the JSON of istanbul. */
export interface FileCoverage {
  /** How often each statement was run, by its number. */
  readonly s: Readonly<Record<string, number>>
  readonly statementMap: Readonly<Record<string, Place>>
  /** How often each arm of a branch was taken. */
  readonly b: Readonly<Record<string, readonly number[]>>
  readonly branchMap: Readonly<Record<string, { readonly loc: Place; readonly locations: readonly Place[] }>>
}

interface Place {
  readonly start: { readonly line: number }
}

/** Files by their absolute path. */
export type Coverage = Readonly<Record<string, FileCoverage>>

interface Sum {
  readonly reached: number
  readonly all: number
}

export interface RoomCoverage {
  readonly room: string
  readonly lines: Sum
  readonly branches: Sum
}

/** A line with a branch that no test takes. */
export interface Unreached {
  /** Below the root. */
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Why no test takes it. A branch is known by the text of its line: line numbers move. */
export interface Reason {
  readonly file: string
  readonly text: string
  readonly why: string
}

/** The room of a file below `root/node`; `(root)` for those above all rooms. */
function roomOf(path: string, root: string): string {
  const [, room = '', inside] = relative(root, path).split('/')
  return inside === undefined ? '(root)' : room
}

/** Lines and branches by room, in the order of their names. */
export function sumByRoom(coverage: Coverage, root: string): readonly RoomCoverage[] {
  const rooms = new Map<string, { readonly lines: boolean[]; readonly branches: boolean[] }>()
  for (const [path, { s, statementMap, b }] of Object.entries(coverage)) {
    const room = rooms.get(roomOf(path, root)) ?? { lines: [], branches: [] }
    rooms.set(roomOf(path, root), room)
    const lines = new Map<number, boolean>()
    for (const [id, count] of Object.entries(s)) {
      const line = statementMap[id]?.start.line ?? 0
      lines.set(line, lines.get(line) === true || count > 0)
    }
    for (const isReached of lines.values()) room.lines.push(isReached)
    for (const arm of Object.values(b).flat()) room.branches.push(arm > 0)
  }
  return [...rooms]
    .map(([room, { lines, branches }]) => ({ room, lines: sum(lines), branches: sum(branches) }))
    .toSorted((left, right) => left.room.localeCompare(right.room))
}

function sum(reached: readonly boolean[]): Sum {
  return { reached: reached.filter(Boolean).length, all: reached.length }
}

/** The lines in `rooms` with a branch that was never taken, each once. */
export function listUnreached(
  coverage: Coverage,
  root: string,
  rooms: readonly string[],
  readLines: (path: string) => readonly string[],
): readonly Unreached[] {
  return Object.entries(coverage).flatMap(([path, { b, branchMap }]) => {
    if (!rooms.includes(roomOf(path, root))) return []
    const lines = Object.entries(b).flatMap(([id, arms]) => {
      const branch = branchMap[id]
      return arms.flatMap((arm, index) => (arm > 0 ? [] : [(branch?.locations[index] ?? branch?.loc)?.start.line ?? 0]))
    })
    if (lines.length === 0) return []
    const text = readLines(path)
    return [...new Set(lines)]
      .toSorted((left, right) => left - right)
      .map((line) => ({ file: relative(root, path), line, text: (text[line - 1] ?? '').trim() }))
  })
}

/** `open` has no reason; `needless` are reasons in `rooms` for what is reached, or is not there. */
export function justify(
  unreached: readonly Unreached[],
  reasons: readonly Reason[],
  rooms: readonly string[],
): { readonly open: readonly Unreached[]; readonly needless: readonly Reason[] } {
  const fits = (reason: Reason, { file, text }: Unreached): boolean => reason.file === file && reason.text === text
  return {
    open: unreached.filter((branch) => !reasons.some((reason) => fits(reason, branch))),
    needless: reasons.filter(
      (reason) => rooms.includes(reason.file.split('/')[1] ?? '') && !unreached.some((branch) => fits(reason, branch)),
    ),
  }
}
