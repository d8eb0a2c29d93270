import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { createReadRules } from '../../../node/http/routes/published-rules.js'
import { packageFile } from '../../../node/kernel/package-root.js'

const text = readFileSync(packageFile('policies', 'indicatieregister', 'pack.json'), 'utf8')

describe('the rules of a published file', () => {
  test('are read once, however often they are looked at', () => {
    const readRules = createReadRules()
    const rules = readRules({ text })
    expect(rules).toMatchObject({ pack: { title: 'Raadplegen van het indicatieregister' } })
    expect(readRules({ text: Buffer.from(text).toString() })).toBe(rules)
  })

  test('are those of its own text, and not of one that is much like it', () => {
    const readRules = createReadRules()
    const before = readRules({ text })
    const other = text.replace('Raadplegen van het indicatieregister', 'Raadplegen van een ander register')
    expect(readRules({ text: other })).toMatchObject({ pack: { title: 'Raadplegen van een ander register' } })
    expect(readRules({ text })).toBe(before)
  })

  test.each(['{"title":"van een andere versie"}', 'geen JSON'])(
    'are none for a form that is not known: %s',
    (unknown) => {
      const readRules = createReadRules()
      expect(readRules({ text: unknown })).toBeUndefined()
      expect(readRules({ text: unknown })).toBeUndefined()
      expect(readRules({ text })).toBeDefined()
    },
  )
})
