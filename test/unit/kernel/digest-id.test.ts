import { expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { idOfDigest } from '../../../node/kernel/digest-id.js'

const digestOf = (name: string) => (turn: number) =>
  createHash('sha256')
    .update(`${name} ${String(turn)}`)
    .digest()

test('is a UUID of version 8, the same for the same digest', () => {
  const id = idOfDigest(digestOf('one'))
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(idOfDigest(digestOf('one'))).toBe(id)
  expect(idOfDigest(digestOf('another'))).not.toBe(id)
})

// An id that began with a dash was taken for an option of the command line.
test('begins with a letter or a digit, whatever the digest begins with', () => {
  for (let name = 0; name < 500; name += 1) expect(idOfDigest(digestOf(String(name)))).toMatch(/^[0-9a-f]/)
})

test('takes another digest when nine digits of the id stand in a row', () => {
  const digits = Buffer.from('aaaaaaaa0bbb1ccc8ddd123456789abc', 'hex')
  const letters = Buffer.from('aaaaaaaa0bbb1ccc8dddabcdefabcdef', 'hex')
  const turns: number[] = []
  const id = idOfDigest((turn) => {
    turns.push(turn)
    return turn === 0 ? digits : letters
  })
  expect(id).toBe('aaaaaaaa-0bbb-8ccc-8ddd-abcdefabcdef')
  expect(turns).toEqual([0, 1])
})
