import { describe, expect, test } from '@jest/globals'
import { findDuplicates } from '../../scripts/duplicates.js'

const limits = { minTokens: 20, minLines: 3 }
const block = ['if (left > right) {', '  total = total + left', '  count = count - right', '  show(total, count)', '}']
const text = (...lines: readonly string[]) => `${lines.join('\n')}\n`

function find(first: string, second: string) {
  return findDuplicates(
    [
      { path: 'a.ts', text: first },
      { path: 'b.ts', text: second },
    ],
    limits,
  )
}

describe('duplicates', () => {
  test('finds the same lines in two files, and says where they stand', () => {
    expect(find(text('let a = 1', ...block), text('let b = 2', 'let c = 3', ...block, 'end()'))).toEqual([
      {
        first: { path: 'a.ts', fromLine: 2, toLine: 6 },
        second: { path: 'b.ts', fromLine: 3, toLine: 7 },
        tokens: 24,
      },
    ])
  })

  test('finds them in one file', () => {
    const twice = findDuplicates([{ path: 'a.ts', text: text(...block, 'other()', ...block) }], limits)
    expect(twice.map(({ first, second }) => [first.fromLine, second.fromLine])).toEqual([[1, 7]])
  })

  test('finds them whatever the layout and the comments', () => {
    const laidOut = block.map((line) => `  ${line.replaceAll(' ', '  ')} // why`)
    expect(find(text(...block), text(...laidOut))).toHaveLength(1)
  })

  test('leaves shorter stretches alone', () => {
    expect(find(text(...block.slice(0, 3)), text(...block.slice(0, 3)))).toEqual([])
    expect(find(text(block.join(' ')), text(block.join(' ')))).toEqual([])
  })

  test('leaves lists of imports alone', () => {
    const imports = text(...[1, 2, 3, 4, 5].map((n) => `import { a${n}, b${n}, c${n} } from './d${n}.js'`))
    expect(find(imports, imports)).toEqual([])
  })

  test('does not take other names for a copy', () => {
    expect(find(text(...block), text(...block).replaceAll('total', 'sum'))).toEqual([])
  })
})
