import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../../../node/kernel/secret.js'
import { isSealed, seal, unseal } from '../../../../node/stores/backup/seal.js'
import { rejectionOf } from '../../../support/refusals.js'

const passphrase = Secret.of('een lange wachtzin')
const chunk = 64 * 1024
const headBytes = 32

async function* inPieces(whole: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
}

async function collect(parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}

const sealed = (text: Buffer) => collect(seal(inPieces(text, 1000), passphrase))
const unsealed = (bytes: Buffer, by = passphrase) => collect(unseal(inPieces(bytes, 777), by))

describe('a sealed file', () => {
  test.each([0, chunk, chunk + 1])('gives back %d bytes', async (length) => {
    const text = Buffer.alloc(length, 'abc')
    const bytes = await sealed(text)
    expect(isSealed(bytes)).toBe(true)
    expect(await unsealed(bytes)).toEqual(text)
    expect(bytes.includes('abcabc')).toBe(false)
  })

  test('is another one each time', async () => {
    expect(await sealed(Buffer.from('same'))).not.toEqual(await sealed(Buffer.from('same')))
  })

  test('does not open with another passphrase', async () => {
    const bytes = await sealed(Buffer.from('text'))
    expect((await rejectionOf(unsealed(bytes, Secret.of('een andere wachtzin')))).code).toBe('store.damaged')
  })

  test('is refused when anything of it is changed, left out, moved or cut off', async () => {
    const bytes = await sealed(Buffer.alloc(2 * chunk + 100, 'x'))
    const [first, second] = [headBytes, headBytes + chunk + 16]
    const third = second + chunk + 16
    const flipped = (at: number) => Buffer.from(bytes).fill((bytes[at] ?? 0) ^ 1, at, at + 1)
    const changed = [
      Buffer.alloc(0),
      bytes.subarray(0, 10),
      Buffer.concat([Buffer.alloc(headBytes, 'x'), bytes.subarray(headBytes)]),
      flipped(first),
      flipped(bytes.length - 1),
      bytes.subarray(0, third),
      bytes.subarray(0, first),
      Buffer.concat([bytes.subarray(0, first), bytes.subarray(second)]),
      Buffer.concat([
        bytes.subarray(0, first),
        bytes.subarray(second, third),
        bytes.subarray(first, second),
        bytes.subarray(third),
      ]),
      Buffer.concat([bytes, Buffer.from('more')]),
    ]
    for (const other of changed) expect((await rejectionOf(unsealed(other))).code).toBe('store.damaged')
  }, 60_000)
})
