import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { packageFile } from '../../../node/kernel/package-root.js'

describe('packageFile', () => {
  test('finds a file of the package by an absolute path', () => {
    const path = packageFile('package.json')
    expect(isAbsolute(path)).toBe(true)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ name: 'bronnet' })
  })

  test('joins segments', () => {
    expect(readFileSync(packageFile('node', 'kernel', 'package-root.ts'), 'utf8')).toContain('packageFile')
  })

  test.each([[['..']], [['policies', '..', '..', 'etc']], [['../x']]])(
    'refuses %j, which leaves the package',
    (segments) => {
      expect(() => packageFile(...segments)).toThrow(expect.objectContaining({ code: 'internal.fault' }))
    },
  )

  test('accepts a name that only begins with two points', () => {
    expect(packageFile('..x')).toMatch(/\.\.x$/)
  })
})
