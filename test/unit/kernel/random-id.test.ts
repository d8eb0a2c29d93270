import { expect, test } from '@jest/globals'
import { randomId } from '../../../node/kernel/random.js'

const ids = Array.from({ length: 5000 }, randomId)

test('ids are UUIDs of version 4, all different', () => {
  const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  expect(ids.filter((id) => !pattern.test(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
})

test('no id has nine digits in a row, which could be taken for a BSN', () => {
  expect(ids.filter((id) => /(^|\D)\d{9}(\D|$)/.test(id))).toEqual([])
})
