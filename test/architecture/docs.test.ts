import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

const rooms = readdirSync('node', { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe('the README of a room', () => {
  test.each(rooms)('$name has one of at most 20 lines', ({ name }) => {
    const path = `node/${name}/README.md`
    expect(existsSync(path)).toBe(true)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines[0]).toBe(`# ${name}`)
    expect(lines.length).toBeLessThanOrEqual(20)
  })
})
