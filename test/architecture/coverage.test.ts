import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { justify, listUnreached, sumByRoom, type Coverage, type Reason } from '../../scripts/coverage-report.js'

const at = (line: number) => ({ start: { line } })
const coverage: Coverage = {
  '/root/node/tokens/a.ts': {
    statementMap: { 0: at(1), 1: at(1), 2: at(3) },
    s: { 0: 0, 1: 2, 2: 0 },
    branchMap: { 0: { loc: at(3), locations: [at(3), at(5)] }, 1: { loc: at(5), locations: [] } },
    b: { 0: [1, 0], 1: [0] },
  },
  '/root/node/main.ts': { statementMap: { 0: at(1) }, s: { 0: 1 }, branchMap: {}, b: {} },
}
const text = ['one', 'two', 'three', 'four', '  five()']
const unreached = listUnreached(coverage, '/root', ['tokens'], () => text)

describe('the report of coverage', () => {
  test('counts lines and branches per room', () => {
    expect(sumByRoom(coverage, '/root')).toEqual([
      { room: '(root)', lines: { reached: 1, all: 1 }, branches: { reached: 0, all: 0 } },
      { room: 'tokens', lines: { reached: 1, all: 2 }, branches: { reached: 1, all: 3 } },
    ])
  })

  test('lists a line with branches that are never taken once, in the rooms that are looked at', () => {
    expect(unreached).toEqual([{ file: 'node/tokens/a.ts', line: 5, text: 'five()' }])
    expect(listUnreached(coverage, '/root', ['audit'], () => text)).toEqual([])
  })

  test('takes a reason for a branch by the text of its line, and says which reasons are not needed', () => {
    const reason: Reason = { file: 'node/tokens/a.ts', text: 'five()', why: 'because' }
    const other: Reason = { file: 'node/tokens/a.ts', text: 'six()', why: 'because' }
    expect(justify(unreached, [], ['tokens'])).toEqual({ open: unreached, needless: [] })
    expect(justify(unreached, [reason, other], ['tokens'])).toEqual({ open: [], needless: [other] })
    expect(justify([], [reason], ['audit'])).toEqual({ open: [], needless: [] })
  })
})

test('every branch that is justified is in a file that is there, on a line with that text, for a reason', () => {
  const reasons = JSON.parse(readFileSync('test/coverage-justified.json', 'utf8')) as readonly Reason[]
  for (const { file, text: line, why } of reasons) {
    expect([file, existsSync(file)]).toEqual([file, true])
    expect(
      readFileSync(file, 'utf8')
        .split('\n')
        .map((each) => each.trim()),
    ).toContain(line)
    expect(why.length).toBeGreaterThan(15)
  }
})
