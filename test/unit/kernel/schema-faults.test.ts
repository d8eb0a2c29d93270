import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { schemaFaults } from '../../../node/kernel/schema-faults.js'

const schema = z.strictObject({ list: z.array(z.strictObject({ number: z.int() })) })
const faults = (value: unknown, options?: Parameters<typeof schemaFaults>[1]): readonly string[] => {
  const parsed = schema.safeParse(value)
  return parsed.success ? [] : schemaFaults(parsed.error, options)
}
const secret = '999990019'

test('each fault is told with its place, and without the value', () => {
  const found = faults({ list: [{ number: secret }, { number: 1 }, {}] })
  expect(found.map((line) => line.split(': ')[0])).toEqual(['list.0.number', 'list.2.number'])
  expect(found.join()).not.toContain(secret)
})

test('what the value is called stands before each place', () => {
  expect(faults({ list: [{}] }, { of: 'file.json' })[0]).toMatch(/^file\.json: list\.0\.number: /)
})

test('a fault of all of it has the place that is given, or none', () => {
  expect(faults(3, { whole: 'body' })[0]).toMatch(/^body: \S/)
  expect(faults(3)[0]).toMatch(/^[^:]/)
  expect(faults(3, { of: 'file.json' })[0]).toMatch(/^file\.json: [^:]/)
})

test('no more are told than is asked', () => {
  const many = { list: Array.from({ length: 100 }, () => ({})) }
  expect([faults(many).length, faults(many, { most: 3 }).length]).toEqual([20, 3])
})
